"""Text output shows the exact words, says what to do, and cannot be used against its reader."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from outbox_guard.facts import Place
from outbox_guard.findings import Finding, Report
from outbox_guard.reporters.excerpt import excerpt
from outbox_guard.reporters.text import Options, render, statistics, summary, terminal_options
from tests.support.sample_reports import (
    AGAIN,
    ALLOWED,
    CLAIM,
    CLEAN,
    EMPTY,
    EVERYTHING,
    KNOWN,
    MULTILINE,
    RULES,
    SUPPRESSED_HIDDEN,
    TABBED,
    WARNINGS,
    WHOLE_FILE,
    WIDE,
)

ESCAPE = "\x1b"
WIDTH = 80


def shown(*findings: Finding, width: int = WIDTH, color: bool = False) -> str:
    report = Report(findings=findings, rules=RULES, show_suppressed=True)
    return render(report, width=width, color=color)


def underlined(text: str) -> str:
    """The words that the first line of carets stands under, cell by cell."""
    lines = text.splitlines()
    number = next(n for n, line in enumerate(lines) if re.search(r"\| +\^", line))
    start = lines[number].index("^")
    end = lines[number].rindex("^") + 1
    cells = "".join(char + "\0" * (cell_len(char) - 1) for char in lines[number - 1])
    return cells[start:end].replace("\0", "")


def test_a_finding_is_a_place_a_rule_the_words_and_the_way_out() -> None:
    assert shown(CLAIM) == (
        "services/relay/claim.py:12:9 OBG101 delete-on-claim error\n"
        "  DELETE of payment_outbox_pending takes the rows that the same claim locked\n"
        "     |\n"
        "  12 |         DELETE FROM payment_outbox_pending USING due\n"
        "     |         ^^^^^^\n"
        "  note  services/relay/claim.py:9:5: the rows are locked here\n"
        "  note  libs/sql, 100%.py:3:1: and come from here\n"
        "  why   A worker that deletes rows as it claims them loses the payment when it\n"
        "        dies before it has recorded an outcome.\n"
        "  fix   Call `claim_outbox_batch`, which leases due rows.\n"
        "\n"
        "1 error, 0 warnings · nothing here for outbox-guard to check\n"
        "More on a rule: outbox-guard explain OBG101\n"
    )


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (CLAIM, "DELETE"),
        (TABBED, "db.query"),
        (WIDE, "SET ROLE"),
        (MULTILINE, "SET LOCAL"),
        (replace(WIDE, place=Place("a.py", 1, 8, 1, 12)), "支払いの"),
        (replace(CLAIM, place=Place("a.py", 1, 9, 1, 9)), "D"),
    ],
)
@pytest.mark.parametrize("width", [80, 200])
def test_the_carets_stand_under_the_exact_words(finding: Finding, words: str, width: int) -> None:
    assert underlined(shown(finding, width=width)) == words


def test_words_of_several_lines_say_where_they_end() -> None:
    assert "^^^^^^^^^ … to line 8\n" in shown(MULTILINE)


def test_a_finding_about_a_whole_file_shows_no_source() -> None:
    assert shown(WHOLE_FILE).startswith("z.py:1:1 ACME1 acme-header error\n  no header\n\n")


@pytest.mark.parametrize("width", [40, 80, 200])
def test_source_and_prose_keep_within_the_width(width: int) -> None:
    cut = replace(MULTILINE, lines=(MULTILINE.lines[0] + "x" * 300, "y"))
    report = replace(EVERYTHING, findings=(*EVERYTHING.findings, cut))
    below_headers = [line for line in render(report, width=width).splitlines() if line[:1] == " "]
    assert max(map(cell_len, below_headers)) <= width


def test_a_line_of_a_megabyte_is_cut_around_its_words() -> None:
    long = replace(
        CLAIM,
        place=Place("a.sql", 1, 500_001, 1, 500_007),
        lines=("x" * 500_000 + "DELETE" + "y" * 500_000,),
    )
    text = shown(long)
    assert underlined(text) == "DELETE"
    assert "…xxxx" in text
    assert "yyyy…" in text
    assert all(len(line) <= WIDTH for line in text.splitlines())


@given(
    line=st.text("ab \t支\x1b\u0301", max_size=80),
    start=st.integers(0, 80),
    length=st.integers(0, 80),
    cells=st.integers(10, 40),
)
def test_an_excerpt_never_grows_beyond_its_cells(
    line: str, start: int, length: int, cells: int
) -> None:
    part = excerpt(Place("a", 1, start + 1, 1, start + length + 1), line, cells)
    assert cell_len(part.before + part.words + part.after) <= cells
    assert part.words or not line[start : start + length]


def test_a_rule_is_explained_once() -> None:
    text = shown(TABBED, AGAIN)
    counts = [text.count(words) for words in ("names no role", "  why ", "  fix ")]
    assert counts == [2, 1, 1]


def test_suppressed_findings_say_by_what_and_why() -> None:
    text = shown(ALLOWED, KNOWN)
    assert "OBG204 role-switch error (suppressed)\n" in text
    assert "suppressed by an allow comment: the repair runs as the owner" in text
    assert "suppressed by the baseline: known since the baseline" in text
    assert "  why " not in text


@given(hostile=st.text(max_size=50))
@pytest.mark.parametrize("color", [True, False])
def test_no_source_text_reaches_the_terminal_as_anything_but_text(
    color: bool, hostile: str
) -> None:
    finding = replace(
        ALLOWED,
        message=hostile,
        place=Place(hostile, 1, 1, 1, 2),
        lines=(hostile.replace("\n", "").replace("\r", ""),),
    )
    text = shown(finding, color=color)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert color or plain == text
    assert all(char.isprintable() or char.isspace() for char in plain)
    assert not {"\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"} & set(plain)


def test_markup_in_source_is_shown_and_not_obeyed() -> None:
    text = shown(MULTILINE, color=True)
    assert "[red]wrong[/red], \\x1b[2J\\u202e" in text
    assert ": [bold]c.py" in text


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (EMPTY, "0 errors, 0 warnings · nothing here for outbox-guard to check"),
        (CLEAN, "0 errors, 0 warnings · 120 files, 3 parsed, 7 SQL statements followed"),
        (WARNINGS, "0 errors, 2 warnings · 2 files, 1 parsed, 1 SQL statement followed"),
        (
            SUPPRESSED_HIDDEN,
            "1 error, 0 warnings (2 suppressed) · 1,120 files, 14 parsed, "
            "33 SQL statements followed, 1 of them not to the end",
        ),
    ],
)
def test_the_summary_says_how_much_was_looked_at(report: Report, said: str) -> None:
    assert summary(report, width=200) == said
    assert summary(report, width=40) == said.replace(" · ", "\n")
    assert said in render(report, width=200)


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (replace(CLEAN, enforced=True), "Enforce mode: warnings fail the run.\n"),
        (replace(CLEAN, strict=True), "Strict mode: warnings fail the run.\n"),
        (CLEAN, "followed\n"),
    ],
)
def test_the_last_line_says_when_warnings_fail_the_run(report: Report, said: str) -> None:
    assert render(report).endswith(said)


def test_statistics_count_by_rule_the_most_frequent_first() -> None:
    assert statistics(EVERYTHING) == (
        "3  OBG204  role-switch      error\n"
        "3  OBG205  unroled-query    warning\n"
        "1  ACME1   acme-header      error\n"
        "1  OBG101  delete-on-claim  error\n"
    )
    assert statistics(CLEAN) == ""


@pytest.mark.parametrize(
    ("environ", "is_terminal", "options"),
    [
        ({}, True, Options(132, color=True)),
        ({}, False, Options(100, color=False)),
        ({"TERM": "dumb"}, True, Options(132, color=False)),
        ({"NO_COLOR": "1"}, True, Options(132, color=False)),
        ({"NO_COLOR": ""}, True, Options(132, color=True)),
        ({"FORCE_COLOR": "1"}, False, Options(100, color=True)),
        ({"FORCE_COLOR": "0"}, False, Options(100, color=False)),
        ({"FORCE_COLOR": ""}, False, Options(100, color=False)),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, Options(132, color=False)),
    ],
)
def test_colour_is_for_terminals_unless_the_environment_says_otherwise(
    environ: dict[str, str], is_terminal: bool, options: Options
) -> None:
    assert terminal_options(environ, is_terminal=is_terminal, columns=132) == options


def test_colour_changes_nothing_but_colour() -> None:
    for width in (80, 200):
        colored = render(EVERYTHING, width=width, color=True)
        assert ESCAPE in colored
        assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render(EVERYTHING, width=width)
