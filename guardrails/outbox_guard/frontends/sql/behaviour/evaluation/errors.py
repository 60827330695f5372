"""What RAISE raises, and which handler catches it."""

from __future__ import annotations

import re

from outbox_guard.frontends.sql.lexing.lexer import lex

CONDITIONS = {
    "assert_failure": "P0004",
    "case_not_found": "20000",
    "check_violation": "23514",
    "foreign_key_violation": "23503",
    "insufficient_privilege": "42501",
    "invalid_parameter_value": "22023",
    "lock_not_available": "55P03",
    "no_data_found": "P0002",
    "not_null_violation": "23502",
    "raise_exception": "P0001",
    "too_many_rows": "P0003",
    "unique_violation": "23505",
}
UNKNOWN = "?????"  # the SQLSTATE of an error that nobody can foretell
_NOT_OTHERS = ("P0004", "57014")
_ERRCODE = re.compile(r"\berrcode\s*(?::=|=)\s*", re.IGNORECASE)


class Raised(Exception):
    """An error of SQL, by its SQLSTATE, and where it was raised."""

    def __init__(self, sqlstate: str, at: int) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate
        self.at = at


def sqlstate_of(condition: str) -> str:
    """The SQLSTATE of a condition's name; one that is no name is itself."""
    return CONDITIONS.get(condition.lower(), condition)


def errcode_in(text: str) -> str:
    """The expression behind ERRCODE =, up to the next option of RAISE."""
    found = _ERRCODE.search(text)
    if found is None:
        return ""
    depth = 0
    for token in lex(text, start=found.end()):
        depth += token.is_mark("(", "[") - token.is_mark(")", "]")
        if depth == 0 and token.is_mark(","):
            return text[found.end() : token.start]
    return text[found.end() :]


def catches(conditions: str, sqlstate: str) -> bool:
    """Whether WHEN conditions is for this error."""
    tokens = [token for token in lex(conditions) if not token.is_word("or", "sqlstate")]
    for token in tokens:
        if token.is_word("others") and sqlstate not in _NOT_OTHERS:
            return True
        if sqlstate_of(token.value) == sqlstate:
            return True
        whole_class = token.kind == "string" and token.value.endswith("000")
        if whole_class and sqlstate.startswith(token.value[:2]):
            return True
    return False
