"""An allow comment suppresses what it says, where it says it, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.allowing.suppressions import NEVER_ALLOWED, judged, suppress
from outbox_guard.facts import Allow, Place, UselessAllow
from outbox_guard.findings import Finding, Suppression

CODES = ("OBG001", "OBG003", "OBG004", "OBG101", "OBG103", "OBG104")
FILES = ("a.py", "b.py")


def place(line: int, path: str = "a.py", lines: int = 1) -> Place:
    return Place(path, line, 5, line + lines - 1, 9)


def finding(code: str, line: int, path: str = "a.py", lines: int = 1) -> Finding:
    at = place(line, path, lines)
    return Finding(code=code, name="n", severity="error", message="m", place=at)


def allow(
    codes: str, line: int, path: str = "a.py", *, alone: bool = False, whole_file: bool = False
) -> Allow:
    return Allow(
        place=place(line, path),
        codes=tuple(codes.split(",")),
        reason="because",
        alone=alone,
        whole_file=whole_file,
    )


def run(
    findings: list[Finding], allows: list[Allow], reported: tuple[str, ...] = FILES
) -> tuple[list[str], list[str]]:
    """The places of the findings left, and the codes of comments that did nothing."""
    marked, useless = suppress(findings, allows, active=CODES, reported=reported)
    left = [f"{each.code}@{each.place.line}" for each in marked if not each.suppressed]
    return left, [f"{each.code}@{each.place.line}" for each in useless]


@pytest.mark.parametrize(
    ("allows", "left", "useless"),
    [
        ([], ["OBG101@5", "OBG103@5", "OBG103@6"], []),
        ([allow("OBG101", 5)], ["OBG103@5", "OBG103@6"], []),
        ([allow("OBG101,OBG103", 5)], ["OBG103@6"], []),
        ([allow("OBG103", 4, alone=True)], ["OBG101@5", "OBG103@6"], []),
        ([allow("OBG103", 4)], ["OBG101@5", "OBG103@5", "OBG103@6"], ["OBG103@4"]),  # not alone
        ([allow("OBG103", 3, alone=True)], ["OBG101@5", "OBG103@5", "OBG103@6"], ["OBG103@3"]),
        ([allow("OBG103", 6, alone=True)], ["OBG101@5", "OBG103@5", "OBG103@6"], ["OBG103@6"]),
        ([allow("OBG103", 5, "b.py")], ["OBG101@5", "OBG103@5", "OBG103@6"], ["OBG103@5"]),
        ([allow("OBG103,OBG104", 5)], ["OBG101@5", "OBG103@6"], ["OBG104@5"]),
        ([allow("OBG103,OBG103", 5)], ["OBG101@5", "OBG103@6"], []),
        ([allow("OBG103", 1, whole_file=True)], ["OBG101@5"], []),
        ([allow("OBG103", 1, whole_file=True), allow("OBG103", 5)], ["OBG101@5"], ["OBG103@5"]),
        ([allow("OBG103", 4, alone=True), allow("OBG103", 5)], ["OBG101@5", "OBG103@6"], None),
        (  # a stack of comments speaks for the line below it
            [allow("OBG101", 3, alone=True), allow("OBG103", 4, alone=True)],
            ["OBG103@6"],
            [],
        ),
        (  # a broken comment in the stack does not break the stack
            [allow("OBG101", 3, alone=True), replace(allow("", 4, alone=True), fault="bare")],
            ["OBG103@5", "OBG103@6"],
            [],
        ),
        ([replace(allow("OBG101", 5), fault="bare")], ["OBG101@5", "OBG103@5", "OBG103@6"], []),
    ],
)
def test_a_comment_covers_its_line_and_codes(
    allows: list[Allow], left: list[str], useless: list[str] | None
) -> None:
    findings = [finding("OBG101", 5), finding("OBG103", 5, lines=3), finding("OBG103", 6)]
    assert run(findings, allows) == (left, ["OBG103@5"] if useless is None else useless)


def test_a_comment_of_two_lines_speaks_for_the_line_below_both() -> None:
    block = replace(allow("OBG101", 3, alone=True), place=place(3, lines=2))
    assert run([finding("OBG101", 5)], [block]) == ([], [])


def test_the_reason_is_kept() -> None:
    [marked], _ = suppress(
        [finding("OBG101", 5)], [allow("OBG101", 5)], active=CODES, reported=FILES
    )
    assert marked.suppressed == Suppression("inline", "because")


def test_nothing_is_said_of_files_and_rules_that_were_left_out() -> None:
    allows = [allow("OBG101,OBG103", 5), allow("OBG101", 5, "b.py")]
    _, useless = suppress([], allows, active=("OBG103",), reported=("a.py",))
    assert useless == [
        UselessAllow(place=allows[0].place, code="OBG103", origin="comment"),
    ]


# --- faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comment", "fault"),
    [
        (allow("OBG103", 50), ""),
        (allow("OBG103", 10, whole_file=True), ""),
        (allow("OBG103", 11, whole_file=True), "first 10 lines"),
        (allow("OBG103,OBG999", 5), "no rule OBG999; `outbox-guard rules` lists them"),
        (allow("OBG1103", 5), "no rule OBG1103; did you mean 'OBG103'?"),
        (replace(allow("OBG999", 5), fault="bare"), "bare"),
        *((allow(code, 5), reason) for code, reason in NEVER_ALLOWED.items()),
    ],
)
def test_a_comment_that_cannot_work_says_why(comment: Allow, fault: str) -> None:
    seen = judged(comment, CODES)
    assert fault in seen.fault
    assert bool(seen.fault) is bool(fault)


@pytest.mark.parametrize(
    ("today", "over"),
    [("2027-01-30", False), ("2027-01-31", True), ("2028-01-01", True), ("", False)],
)
def test_a_comment_counts_until_its_day(today: str, over: bool) -> None:
    comment = replace(allow("OBG103", 5), until="2027-01-31")
    assert bool(judged(comment, CODES, today).fault) is over


# --- of any comments ------------------------------------------------------------------------

LINES = st.integers(1, 8)
ORDINARY = st.sampled_from(CODES[3:])
PATHS = st.sampled_from(FILES)
FINDINGS = st.lists(st.builds(finding, ORDINARY, LINES, PATHS), max_size=8, unique=True)
ALLOWS = st.lists(
    st.builds(
        allow,
        st.lists(ORDINARY, min_size=1, max_size=3).map(",".join),
        LINES,
        PATHS,
        alone=st.booleans(),
        whole_file=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda each: (each.place.path, each.place.line),
)


def left(findings: list[Finding], allows: list[Allow]) -> list[Finding]:
    marked, _ = suppress(findings, allows, active=CODES, reported=FILES)
    assert [replace(each, suppressed=None) for each in marked] == findings
    return [each for each in marked if not each.suppressed]


def without(comment: Allow, code: str) -> Allow:
    """The same comment, still in its place, that no longer allows this code."""
    codes = tuple(each for each in comment.codes if each != code)
    return replace(comment, codes=codes)


@given(FINDINGS, ALLOWS)
def test_a_comment_suppresses_nothing_but_its_code_in_its_file(
    findings: list[Finding], allows: list[Allow]
) -> None:
    remaining = left(findings, allows)
    for each in findings:
        if each not in remaining:
            assert any(
                each.code in comment.codes
                and comment.place.path == each.place.path
                and (comment.whole_file or comment.place.line <= each.place.line)
                for comment in allows
            )


@given(FINDINGS, ALLOWS)
def test_exactly_the_useless_codes_can_go(findings: list[Finding], allows: list[Allow]) -> None:
    _, useless = suppress(findings, allows, active=CODES, reported=FILES)
    useful = list(allows)
    for fact in useless:
        useful = [without(each, fact.code) if each.place == fact.place else each for each in useful]
    assert left(findings, useful) == left(findings, allows)
    for position, comment in enumerate(useful):
        for code in comment.codes:
            fewer = [*useful[:position], without(comment, code), *useful[position + 1 :]]
            assert len(left(findings, fewer)) > len(left(findings, useful))
