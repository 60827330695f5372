"""A run for people: a table of the proofs, then what did not hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import StringIO
from textwrap import fill

from outbox_guard.live.proofs.results import Done, Result, Run
from outbox_guard.reporters.safety import encodable, printable

WIDTH = 100
_MARKS = {"proved": "proved", "failed": "FAILED", "inapplicable": "-"}
_STYLES = {"proved": "green", "failed": "bold red", "inapplicable": "dim"}
_SAYS = {"finish": "what it waited for is over"}
_CONCLUSIONS = {
    "proved": "Every step went as the proof says.",
    "failed": "It does not hold.",
    "inapplicable": "The project has nothing of what this is about.",
}


def render(run: Run, *, width: int = WIDTH, color: bool = False) -> str:
    parts = [_table(run.results, width, color), *(_failure(each) for each in run.of("failed"))]
    return encodable("\n".join([*parts, _summary(run)]) + "\n")


def _table(results: Iterable[Result], width: int, color: bool) -> str:
    from rich.table import Table
    from rich.text import Text

    from outbox_guard.reporters.console import console

    table = Table(box=None, show_header=False, pad_edge=False)
    for column in ("verdict", "name"):
        table.add_column(column, no_wrap=True)
    table.add_column("title")
    for result in results:
        verdict = Text(_MARKS[result.verdict], style=_STYLES[result.verdict])
        table.add_row(verdict, Text(printable(result.proof.name)), Text(_title(result)))
    out = StringIO()
    console(out, width=width, color=color).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _title(result: Result) -> str:
    title = printable(result.proof.title)
    if result.verdict == "inapplicable":
        return f"{title} (the project has nothing of this)"
    return title


def _failure(result: Result) -> str:
    return "\n".join(_failure_lines(result))


def _failure_lines(result: Result) -> Iterator[str]:
    proof = result.proof
    yield f"FAILED {printable(proof.name)}: {printable(proof.title)}"
    for done in result.failures:
        yield from (f"  {line}" for line in _step(done))
    yield f"  why       {printable(' '.join(proof.why.split()))}"
    if proof.rules:
        yield f"  see also  {', '.join(proof.rules)}, which judge the same without a database"
    yield f"  steps     outbox-guard prove --show {printable(proof.name)}"
    yield ""


def _step(done: Done) -> Iterator[str]:
    where = f"{printable(done.session)}: {printable(done.statement)}"
    yield f"{where}   [{printable(done.case)}]" if done.case else where
    if done.says:
        yield f"  ({printable(done.says)})"
    yield f"  expected  {printable(done.expected)}"
    yield f"  got       {printable(done.got)}"


def _summary(run: Run) -> str:
    counts = [f"{len(run.of('proved'))} proved", f"{len(run.of('failed'))} failed"]
    if run.of("inapplicable"):
        counts.append(f"{len(run.of('inapplicable'))} not applicable")
    files = f"{len(run.files)} SQL file{'' if len(run.files) == 1 else 's'}"
    where = "of its own" if run.database == "embedded" else f"at {printable(run.database)}"
    return f"{', '.join(counts)} · {files} applied to PostgreSQL {run.server} {where}"


def narrate(run: Run, *, width: int = WIDTH) -> str:
    """Every step of every proof, as it happened."""
    lines = (line for result in run.results for line in _narrated(result, width))
    return encodable("\n".join(lines) + "\n")


def _narrated(result: Result, width: int) -> Iterator[str]:
    proof = result.proof
    yield f"{printable(proof.name)}: {printable(proof.title)}"
    yield ""
    yield fill(printable(" ".join(proof.why.split())), min(width, WIDTH))
    case = None
    for number, done in enumerate(result.steps, 1):
        if done.case and done.case != case:
            yield ""
            yield f"[{printable(done.case)}]"
        case = done.case
        yield ""
        yield from _told(number, done, min(width, WIDTH))
    yield ""
    yield _CONCLUSIONS[result.verdict]


def _told(number: int, done: Done, width: int) -> Iterator[str]:
    """A step: what it is about, where the proof says so, what was done, and what came of it."""
    doing = f"{printable(done.session)}: {printable(done.statement)}"
    if says := done.says or _SAYS.get(done.statement):
        yield f"{number}. {printable(says)}"
        yield _wrapped(f"   {doing}", width)
    else:
        yield _wrapped(f"{number}. {doing}", width)
    yield f"   {'->' if done.held else 'expected'} {printable(done.expected)}"
    if not done.held:
        yield f"   GOT      {printable(done.got)}"


def _wrapped(line: str, width: int) -> str:
    return fill(
        line, width, subsequent_indent=" " * 6, break_long_words=False, break_on_hyphens=False
    )
