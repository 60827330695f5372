"""Expressions of workflows are worked out as far as they can be known, and no further."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.frontends.workflow.evaluation import (
    UNKNOWN,
    Unknown,
    Value,
    evaluate_text,
    filled,
)
from outbox_guard.frontends.workflow.expressions import ExpressionFault, parse
from outbox_guard.frontends.workflow.scopes import Bound, Moment, Scope

OUTER = Scope()
SCOPE = Scope(
    env={"URL": Bound("${{ secrets.DATABASE_URL }}", OUTER), "ON": Bound("1", OUTER)},
    inputs={"enforce": Bound("true", OUTER)},
)
PASSED, FAILED = Moment(event="pull_request"), Moment(failed=True, event="pull_request")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("true", True),
        ("'it''s'", "it's"),
        ("1.5 < 2", True),
        ("'A' == 'a'", True),
        ("'1' == 1", True),
        ("'x' == true", False),
        ("null == ''", True),
        ("inputs.enforce == 'true' && '1' || '0'", "1"),
        ("inputs.other == 'true' && '1' || '0'", Unknown(True)),
        ("env.ON", "1"),
        ("env.URL", UNKNOWN),
        ("env.URL || 'postgresql://localhost'", Unknown(True)),
        ("github.ref == 'refs/heads/main'", False),
        ("startsWith(github.ref, 'refs/tags/')", False),
        ("github.event.pull_request.draft", UNKNOWN),
        ("!github.event.pull_request", False),
        ("contains('abc', 'B')", True),
        ("format('{0}-{1}', 'a', 1)", "a-1"),
        ("fromJSON('[1]')[0]", UNKNOWN),
        ("false && github.actor", False),
        ("github.actor && false", Unknown(False)),
    ],
)
def test_a_value_is_what_github_makes_of_it(expression: str, value: Value) -> None:
    assert SCOPE.value(f"${{{{ {expression} }}}}", PASSED) == value


@pytest.mark.parametrize(
    ("condition", "after_success", "after_failure"),
    [
        ("", True, False),
        ("always()", True, True),
        ("${{ always() }}", True, True),
        ("!cancelled()", True, True),
        ("failure()", False, True),
        ("success() || failure()", True, True),
        ("github.actor == 'x'", None, False),
        ("always() && github.actor == 'x'", None, None),
        ("always() && github.event_name == 'push'", False, False),
        ("${{ github.actor }} && always()", True, False),
        ("${{ always() }} && true", True, True),
        ("steps.a.outcome == 'failure'", False, False),
        ("no expression at all", True, False),
    ],
)
def test_an_if_lets_a_step_run(
    condition: str, after_success: bool | None, after_failure: bool | None
) -> None:
    assert SCOPE.holds(condition, PASSED) is after_success
    assert SCOPE.holds(condition, FAILED) is after_failure


def test_secrets_are_known_through_other_names() -> None:
    inner = Scope(inputs={"address": Bound("${{ env.URL }}", SCOPE)}, secrets={})
    assert inner.secrets_of("${{ inputs.address != '' }}") == {"DATABASE_URL"}
    assert inner.secrets_of("${{ secrets.OTHER }}") == frozenset()


def test_a_text_with_something_unknown_in_it_is_unknown() -> None:
    assert filled("a ${{ x }}", lambda _parts: UNKNOWN) is UNKNOWN
    assert filled("a ${{ x }} b", lambda _parts: "y") == "a y b"


@pytest.mark.parametrize(
    "text", ["a.", "a.b.", "a.(b)", "a.1", "a[", "(" * 5000, "!" * 5000 + "a", "a && " * 5000 + "a"]
)
def test_what_is_no_expression_has_no_value(text: str) -> None:
    with pytest.raises(ExpressionFault):
        parse(text)
    assert SCOPE.value(f"${{{{ {text} }}}}", PASSED) is UNKNOWN
    assert SCOPE.holds(text, PASSED)  # a text, which is true


@pytest.mark.parametrize("text", ["!" * 390 + "a", "a == " * 190 + "a", "a && " * 190 + "a"])
def test_what_is_an_expression_is_walked_to_its_end(text: str) -> None:
    assert SCOPE.value(f"${{{{ {text} }}}}", PASSED) == UNKNOWN
    assert SCOPE.holds(text, PASSED) is None


@given(st.text(alphabet="ab.()[]!&|=<>'*, 01${}", max_size=30))
def test_any_text_is_an_expression_or_a_fault(text: str) -> None:
    evaluate_text(text, lambda _parts: UNKNOWN)
    try:
        parse(text)
    except ExpressionFault:
        return
