"""The page of a rule says what its file says, and docs/rules.md is made of those pages."""

from __future__ import annotations

import re

import pytest

from outbox_guard.explain import explain, rules_page
from outbox_guard.names import Names
from outbox_guard.reporters.phrases import rule_url
from outbox_guard.rules import Example, Rule, builtin_files, load_rules

RULES = load_rules(builtin_files(), Names())


def rule_with(**fields: object) -> Rule:
    given: dict[str, object] = {
        "code": "OBG999",
        "name": "a-name",
        "severity": {"default": "error"},
        "message": "found",
        "summary": "What it finds.",
        "why": "\nBecause it\nhurts.",
        "fix": "\nMend it.",
        "finds": (),
        **fields,
    }
    return Rule(**given)  # type: ignore[arg-type]  # the fields of Rule, by name


def test_a_page_tells_the_rule_in_the_words_of_its_file() -> None:
    page = explain(
        rule_with(
            severity={"default": "error", "tests": "warning", "scripts": "warning"},
            notes=("One ruling.",),
            bad=(Example(path="a/b.py", code="\nbad()  # <-- here\n"),),
            good=(Example(path="a/c.sql", code="\nSELECT 1;\n"),),
        )
    )
    assert page == (
        "# OBG999 a-name\n\n"
        "Severity: **error**; warning in tests and scripts\n\n"
        "What it finds.\n\n"
        "**Why.** Because it hurts.\n\n"
        "**Fix.** Mend it.\n\n"
        "- One ruling.\n\n"
        "Found in `a/b.py`:\n\n"
        "```python\nbad()  # <-- here\n```\n\n"
        "Not found in `a/c.sql`:\n\n"
        "```sql\nSELECT 1;\n```\n"
    )


@pytest.mark.parametrize(
    ("severity", "said"),
    [
        ({"default": "warning"}, "Severity: **warning**\n"),
        ({"default": "warning", "enforced": "error"}, "**warning**; error in enforce mode\n"),
        ({"default": "error", "home": "error"}, "Severity: **error**\n"),
    ],
)
def test_a_page_says_where_another_severity_holds(severity: dict[str, str], said: str) -> None:
    assert said in explain(rule_with(severity=severity))


def test_an_example_shows_the_mode_and_the_files_that_it_needs() -> None:
    files = {"b.sql": "y", "outbox-guard.toml": "exclude = []"}
    example = Example(path="a.py", code="x", files=files, enforced=True)
    page = explain(rule_with(bad=(example,)))
    assert "Found in `a.py`, in enforce mode:" in page
    assert "with `b.sql`:\n\n```sql\ny\n```" in page
    assert "with `outbox-guard.toml`:\n\n```toml\nexclude = []\n```" in page


def test_an_example_cannot_close_its_own_fence() -> None:
    page = explain(rule_with(bad=(Example(path="a.py", code="'''\n````\n'''"),)))
    assert "\n`````python\n" in page
    assert page.endswith("\n`````\n")


def test_the_page_of_all_rules_has_a_place_for_every_link_to_a_rule() -> None:
    own = (*RULES, rule_with(code="ACME1", summary="a | b"))
    page = rules_page(own)
    anchors = set(re.findall(r'<a id="([^"]+)">', page))
    assert anchors == {rule.code.lower() for rule in own}
    assert {str(rule_url(rule.code)).partition("#")[2] for rule in RULES} <= anchors
    assert r"| a \| b |" in page
