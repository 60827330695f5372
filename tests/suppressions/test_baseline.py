"""A baseline lets known findings pass, new ones fail, and itself only shrink."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard import check
from outbox_guard.baseline import (
    UNEXPLAINED,
    Baseline,
    BaselineError,
    apply,
    parse_baseline,
    read_baseline,
    render_baseline,
    update,
)
from outbox_guard.facts import Place
from outbox_guard.findings import Finding, Suppression
from outbox_guard.fingerprints import fingerprinted

FILE = ".outbox-guard-baseline.json"
CODES = ("OBG003", "OBG101", "OBG103")


def finding(code: str = "OBG103", text: str = "x()", line: int = 1, path: str = "a.py") -> Finding:
    at = Place(path, line, 1, line, 4)
    return Finding(
        code=code, name="n", severity="error", message=f"m {text}", place=at, lines=(text,)
    )


def known(*findings: Finding) -> Baseline:
    """The baseline of these findings, after a trip through its file."""
    return parse_baseline(render_baseline(update(None, findings).baseline), FILE)


def run(findings: list[Finding], baseline: Baseline) -> tuple[list[int], list[tuple[str, int]]]:
    """The lines of the findings left, and the stale entries by code and line."""
    marked, stale = apply(findings, baseline, active=CODES)
    left = [each.place.line for each in marked if not each.suppressed]
    return left, [(fact.code, fact.place.line) for fact in stale]


# --- fingerprints ---------------------------------------------------------------------------


def prints(*findings: Finding) -> list[str]:
    return [each.fingerprint for each in fingerprinted(findings)]


def test_a_fingerprint_survives_moves_and_spacing() -> None:
    moved = finding(text="  x()", line=9)
    assert prints(finding(text="x()")) == prints(moved)
    assert prints(finding(text="a  = 1")) == prints(finding(text="a\t= 1 "))


@pytest.mark.parametrize(
    "other",
    [finding(code="OBG101"), finding(text="y()"), finding(path="b.py"), finding(text="x( )")],
)
def test_a_fingerprint_tells_findings_apart(other: Finding) -> None:
    assert prints(other) != prints(finding())


def test_equal_findings_are_told_apart_by_their_order() -> None:
    first, second = prints(finding(line=7), finding(line=3))
    assert first != second
    assert [each.place.line for each in fingerprinted([finding(line=7), finding(line=3)])] == [3, 7]
    assert prints(finding(line=3)) == [first]


def test_a_fingerprint_is_for_ever() -> None:
    """Baselines and dashboards hold them: a change here breaks them all."""
    assert prints(finding()) == ["cbda49ace001f4701231831734f1aaf6"]


# --- what passes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "left", "stale"),
    [
        ([], [finding()], [1], []),
        ([finding()], [finding(line=9)], [], []),
        ([finding()], [finding(line=3), finding(line=9)], [9], []),  # one was known, not two
        ([finding(), finding(line=2)], [finding(line=9)], [], [("OBG103", 3)]),
        ([finding()], [], [], [("OBG103", 3)]),
        ([finding()], [finding(code="OBG101")], [1], [("OBG103", 3)]),
        ([finding("OBG101"), finding()], [finding("OBG101")], [], [("OBG103", 4)]),
        ([finding("OBG003")], [finding("OBG003")], [1], []),  # no entry keeps itself alive
    ],
)
def test_the_known_pass_and_the_stale_are_told(
    before: list[Finding],
    now: list[Finding],
    left: list[int],
    stale: list[tuple[str, int]],
) -> None:
    assert run(now, known(*before)) == (left, stale)


def test_what_a_comment_allows_uses_no_entry() -> None:
    allowed = replace(finding(), suppressed=Suppression("inline", "r"))
    assert run([allowed], known(finding())) == ([], [("OBG103", 3)])
    assert update(None, [allowed]).baseline.entries == ()


def test_nothing_is_said_of_rules_and_files_that_were_left_out() -> None:
    baseline = known(finding(), finding("OBG101"), finding(path="b.py"))
    _, stale = apply([], baseline, active=("OBG103",), covers=lambda path: path == "b.py")
    assert [(fact.code, fact.origin, fact.place.path) for fact in stale] == [
        ("OBG103", "baseline", FILE)
    ]


@pytest.mark.parametrize(
    ("paths", "found"), [((), ["OBG003"]), ((".",), ["OBG003"]), (("a.py",), [])]
)
def test_the_entry_of_a_file_that_is_gone_is_told_where_the_whole_project_is_checked(
    tmp_path: Path, paths: tuple[str, ...], found: list[str]
) -> None:
    entries = update(None, [finding(path="gone.py")]).baseline
    (tmp_path / FILE).write_text(render_baseline(entries), "utf-8")
    (tmp_path / "a.py").touch()
    assert [each.code for each in check(tmp_path, paths)] == found


def test_the_reason_in_the_file_is_the_reason() -> None:
    baseline = known(finding())
    reasoned = replace(baseline, entries=(replace(baseline.entries[0], reason="why"),))
    for each, reason in ((baseline, UNEXPLAINED), (reasoned, "why")):
        [marked], _ = apply([finding()], each, active=CODES)
        assert marked.suppressed == Suppression("baseline", reason)


# --- the ratchet ----------------------------------------------------------------------------


def test_the_first_baseline_takes_all() -> None:
    first = update(None, [finding(), finding(line=2), finding("OBG101")])
    assert [(each.code, each.count) for each in first.baseline.entries] == [
        ("OBG101", 1),
        ("OBG103", 2),
    ]
    assert (first.removed, len(first.added), first.refused) == (0, 3, ())


def test_what_is_gone_goes_and_what_is_new_is_refused() -> None:
    old = known(finding(), finding(line=2), finding("OBG101"))
    now = [finding(line=5), finding(text="new()", line=6)]
    after = update(old, now)
    assert [(each.code, each.count) for each in after.baseline.entries] == [("OBG103", 1)]
    assert (after.removed, after.added) == (2, ())
    assert [each.place.line for each in after.refused] == [6]


def test_more_of_the_same_is_new() -> None:
    after = update(known(finding()), [finding(line=1), finding(line=2)])
    assert [each.count for each in after.baseline.entries] == [1]
    assert [each.place.line for each in after.refused] == [2]


def test_new_ones_are_accepted_on_demand_and_reasons_stay() -> None:
    old = known(finding())
    old = replace(old, entries=(replace(old.entries[0], reason="why"),))
    after = update(old, [finding(), finding(line=2), finding("OBG101")], accept_new=True)
    assert [(each.code, each.count, each.reason) for each in after.baseline.entries] == [
        ("OBG101", 1, ""),
        ("OBG103", 2, "why"),
    ]
    assert (after.removed, len(after.added), after.refused) == (0, 2, ())


FINDINGS = st.lists(
    st.builds(
        finding,
        st.sampled_from(CODES),
        st.sampled_from(["x()", "y()"]),
        st.integers(1, 9),
        st.sampled_from(["a.py", "b.py"]),
    ),
    max_size=8,
)


@given(FINDINGS, FINDINGS)
def test_a_baseline_never_grows_and_refuses_what_it_lets_through(
    before: list[Finding], now: list[Finding]
) -> None:
    old = known(*before)
    after = update(old, now)
    counts = {each.fingerprint: each.count for each in old.entries}
    assert all(each.count <= counts[each.fingerprint] for each in after.baseline.entries)
    marked, stale = apply(now, after.baseline, active=CODES)
    assert stale == []
    left = [each for each in marked if not each.suppressed and each.code != "OBG003"]
    assert sorted(left, key=str) == sorted(after.refused, key=str)
    anew = update(old, now, accept_new=True).baseline
    assert anew.entries == update(None, now).baseline.entries


@given(FINDINGS)
def test_the_file_says_what_the_baseline_says_one_entry_a_line(findings: list[Finding]) -> None:
    baseline = update(None, findings).baseline
    text = render_baseline(baseline)
    again = parse_baseline(text, FILE)
    assert again.entries == baseline.entries
    assert render_baseline(again) == text
    for entry in again.entries:
        assert entry.fingerprint in text.splitlines()[entry.line - 1]
    assert len(text.splitlines()) <= len(baseline.entries) + 3


def test_the_file_reads_well() -> None:
    entry = replace(known(finding()).entries[0], reason="é", fingerprint="f" * 32)
    assert render_baseline(Baseline((entry,))) == (
        '{"version": 1,\n "findings": [\n'
        '  {"code": "OBG103", "path": "a.py", "fingerprint": "ffffffffffffffffffffffffffffffff", '
        '"count": 1, "message": "m x()", "reason": "é"}\n ]}\n'
    )


# --- broken files ---------------------------------------------------------------------------

ENTRY = {"code": "OBG103", "path": "a.py", "fingerprint": "f", "count": 1}


def listed(*entries: object) -> str:
    return json.dumps({"version": 1, "findings": entries}, indent=1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", f"{FILE}:1: is not JSON"),
        ('{"version": 1,\n<<<<<<< ours', f"{FILE}:2: is not JSON: .*a merge left its marks"),
        ("[]", "is no baseline of this version, which is 1"),
        ('{"version": 2, "findings": []}', "is no baseline of this version, which is 1"),
        ('{"version": 1}', "'findings' is a list"),
        (listed(3), "entry 1: is no object"),
        (listed(ENTRY, ENTRY | {"cuont": 1}), "entry 2: no key 'cuont'; did you mean 'count'?"),
        (listed(ENTRY | {"count": True}), "entry 1: count is a number"),
        (listed(ENTRY | {"reason": None}), "entry 1: reason is a text"),
        (listed(ENTRY | {"count": 0}), "entry 1: count is 1 or more"),
        (listed({"code": "OBG103"}), "entry 1: 'path' is missing"),
        (listed(ENTRY, ENTRY), f"{FILE}:7: the same entry again; add up the counts"),
        ("[" * 99999, "nested too deep|not JSON"),
    ],
)
def test_a_broken_file_is_told(text: str, says: str) -> None:
    with pytest.raises(BaselineError, match=says):
        parse_baseline(text, FILE)


def test_a_file_must_be_there_only_when_it_is_named(tmp_path: Path) -> None:
    assert read_baseline(tmp_path / FILE, FILE) is None
    with pytest.raises(BaselineError, match="`outbox-guard baseline` writes it"):
        read_baseline(tmp_path / FILE, FILE, required=True)
    with pytest.raises(BaselineError, match="cannot be read"):
        read_baseline(tmp_path, FILE)
    (tmp_path / FILE).write_bytes(b"\xe9")
    with pytest.raises(BaselineError, match="not UTF-8"):
        read_baseline(tmp_path / FILE, FILE)
    (tmp_path / FILE).write_bytes(b"\xef\xbb\xbf" + listed(ENTRY).replace("\n", "\r\n").encode())
    baseline = read_baseline(tmp_path / FILE, FILE)
    assert baseline is not None
    assert len(baseline.entries) == 1
