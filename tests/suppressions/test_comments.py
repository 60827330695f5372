"""An allow comment says which codes and why, or what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.allowing.comments import ParsedAllow, parse_allow, parts

RIGHT = {
    "outbox-guard: allow[OBG103] a drill": (("OBG103",), "a drill", False),
    "# outbox-guard: allow[OBG103] a drill": (("OBG103",), "a drill", False),
    "-- outbox-guard: allow[OBG101,OBG103] a drill": (("OBG101", "OBG103"), "a drill", False),
    "// Outbox-Guard:allow[ OBG101 , OBG103 ]a drill": (("OBG101", "OBG103"), "a drill", False),
    "/* outbox-guard: allow[OBG101] a\n   drill */": (("OBG101",), "a drill", False),
    "outbox-guard: allow-file[OBG701] history": (("OBG701",), "history", True),
    "outbox-guard: allow[XY0042] a rule of our own": (("XY0042",), "a rule of our own", False),
}
WRONG = {
    "outbox-guard: allow[OBG103]": "reason",
    "/* outbox-guard: allow[OBG103] */": "reason",
    "# outbox-guard: allow[OBG103]  # noqa": "reason",
    "# outbox-guard: allow[OBG103]  # type: ignore[attr-defined]": "reason",
    "outbox-guard: allow OBG103 a drill": "no code",
    "outbox-guard: allow[] a drill": "no code",
    "outbox-guard: allow": "no code",
    "outbox-guard: ignore[OBG103] a drill": "no 'ignore'",
    "outbox-guard: allow-line[OBG103] a drill": "no 'allow-line'",
    "outbox-guard:": "nothing is allowed",
    "outbox-guard: allow[delete-on-claim] a drill": "'delete-on-claim' is no code",
}
OWNED = {
    "a drill @payments until 2027-01-31": ("payments", "2027-01-31"),
    "a drill (@acme/payments-team), Until 2027-01-31.": ("acme/payments-team", "2027-01-31"),
    "@acme/payments-team: a drill": ("acme/payments-team", ""),
    "mail ops@example.org, until we know more": ("", ""),
    "until further notice, ticket 2027-01-31": ("", ""),
}
OTHERS = [
    "",
    "# noqa",
    "see outbox-guard: allow[OBG103] x",
    "outbox-guard is a tool",
    "we call `outbox-guard: allow[OBG103] why` an allow comment",
    "not outbox-guard: allow[A1] b",
]


@pytest.mark.parametrize("comment", RIGHT)
def test_a_right_comment_is_read(comment: str) -> None:
    codes, reason, whole_file = RIGHT[comment]
    assert parse_allow(comment) == ParsedAllow(codes, reason, whole_file)


@pytest.mark.parametrize("comment", WRONG)
def test_a_wrong_comment_says_what_to_write(comment: str) -> None:
    parsed = parse_allow(comment)
    assert parsed is not None
    assert WRONG[comment] in parsed.fault
    assert "write: outbox-guard: allow[OBG103]" in parsed.fault


@pytest.mark.parametrize("reason", OWNED)
def test_a_reason_says_who_answers_for_it_and_until_when(reason: str) -> None:
    parsed = parse_allow(f"outbox-guard: allow[OBG103] {reason}")
    assert parsed is not None
    assert (parsed.owner, parsed.until) == OWNED[reason]
    assert (parsed.reason, parsed.fault) == (reason, "")


@pytest.mark.parametrize("day", ["2027-02-29", "2027-1-31", "31-01-2027", "20270-01-01"])
def test_a_day_that_is_none_is_told(day: str) -> None:
    parsed = parse_allow(f"outbox-guard: allow[OBG103] a drill until {day}")
    assert parsed is not None
    assert parsed.fault.startswith(f"{day} is no day")


@pytest.mark.parametrize("comment", OTHERS)
def test_prose_is_no_allow_comment(comment: str) -> None:
    assert parse_allow(comment) is None


TOGETHER = {
    "# noqa: S608  # outbox-guard: allow[OBG103] a drill": [
        "# noqa: S608",
        "allow[OBG103] a drill",
    ],
    "-- noqa -- outbox-guard: allow[OBG103] a": ["-- noqa", "allow[OBG103] a"],
    "# outbox-guard: allow[OBG101] a # outbox-guard: allow[OBG103] b": [
        "allow[OBG101] a",
        "allow[OBG103] b",
    ],
    "# outbox-guard: allow[OBG103] a -- drill #3": ["allow[OBG103] a -- drill #3"],
    "# `# outbox-guard: allow[OBG103] why` is one": ["`# outbox-guard: allow[OBG103] why` is one"],
}


@pytest.mark.parametrize("comment", TOGETHER)
def test_comments_for_several_tools_stand_in_one(comment: str) -> None:
    found = [comment[start:end] for start, end in parts(comment)]
    assert len(found) == len(TOGETHER[comment])
    assert all(map(str.endswith, found, TOGETHER[comment]))


@given(st.text())
def test_no_comment_raises(comment: str) -> None:
    parse_allow(comment)
    assert parse_allow(f"outbox-guard: {comment}") is not None
