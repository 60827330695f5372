"""What is wrong in a rule file is told when it is loaded, with the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from outbox_guard.names import Names
from outbox_guard.rules import RuleError, build_rule, shipped
from tests.support.examples import TABLES

RIGHT = TABLES["OBG104-attempts-mutation"]
EXAMPLE = {"path": "a.py", "code": "x = 1\n"}
# What is another in the file, and what is said of it.
WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"wy": "a"}, "no key 'wy'; did you mean 'why'?"),
    ({"code": 3}, "code is a text"),
    ({"why": " "}, "why is a text"),
    ({"notes": "a"}, "notes is a list of texts, not 'a'"),
    ({"notes": True}, "notes is a list of texts, not True"),
    ({"severity": {"default": 3}}, "3 is no severity: write a text"),
    ({"severity": "fatal"}, "no severity 'fatal'; there are: error, warning"),
    ({"message": "{tabel}"}, "no field of Write (in message) 'tabel'; did you mean 'table'?"),
    ({"finds": 3}, "finds is a table, or several: [[finds]]"),
    ({"finds": {"fact": 3}}, "3 is no fact: write a text"),
    ({"finds": {"fact": "Wirte"}}, "no fact 'Wirte'; did you mean 'Write'?"),
    ({"finds": {"fact": "Write", "table": "$pendin"}}, "no name 'pendin'; did you mean 'pending'?"),
    (
        {"finds": {"fact": "Write", "mutates": "x"}},
        "mutates is true or false: it cannot be compared with 'x'",
    ),
    (
        {"finds": {"fact": "Write", "table": [{"not": True}]}},
        "table is a text: it cannot be compared with True",
    ),
    (
        {"finds": {"fact": "Write", "path": 3}},
        "path is a text: it cannot be compared with 3",
    ),
    ({"finds": {"fact": "Write", "table": {"is": "x"}}}, "no operator 'is'; "),
    ({"finds": {"fact": "Write", "table": {"matches": "("}}}, "'(' is no regular expression: "),
    ({"finds": {"fact": "Write", "table": {"has": "x"}}}, "table is not a list: it has no has"),
    ({"finds": {"fact": "Write", "states": "x"}}, "states is a list: ask with has"),
    ({"finds": {"fact": "Write", "states": {"empty": "x"}}}, "empty is true or false, not 'x'"),
    ({"when": {"fact": "Write", "same": True}}, "same is a list of texts, not True"),
    ({"when": {"fact": "Write", "comes": "later"}}, "comes is 'before' or 'after', not 'later'"),
    ({"bad": [{"path": "a.py"}]}, "an example needs 'code'"),
    ({"bad": [{**EXAMPLE, "also": None}]}, "also is a list of texts, not None"),
    ({"bad": [{**EXAMPLE, "files": ["a"]}]}, "the files of an example are texts by their paths"),
    ({"bad": [{**EXAMPLE, "enforced": "no"}]}, "enforced is true or false"),
)


@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_wrong_rule_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(RuleError) as refused:
        build_rule({**RIGHT, **change}, Names(), file="rules/mine.toml")
    assert str(refused.value).startswith(f"rules/mine.toml: {said}")


def test_rules_that_the_tool_lacks_are_no_clean_result() -> None:
    assert shipped("rules").is_dir()
    with pytest.raises(FileNotFoundError, match="no-such"):
        shipped("no-such")
