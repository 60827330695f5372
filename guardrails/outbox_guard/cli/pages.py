"""Rules as they are read in a terminal: the page of one, and the list of all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from rich.text import Text

from outbox_guard.cli.terminal import LONGEST_LINE
from outbox_guard.explain import severity_of
from outbox_guard.reporters.console import console
from outbox_guard.reporters.safety import encodable, printable
from outbox_guard.rules import Example, Rule
from outbox_guard.selftest import MARK

INDENT = "  "
LABEL = 6
NARROWEST = 30
QUIET = "dim"
SEVERITIES = {"error": "bold red", "warning": "bold yellow", "off": QUIET}


def page(rule: Rule, *, width: int, color: bool) -> str:
    """What a rule reports, why, what to do; its notes; and a case of each kind."""
    return _printed(_page(rule, min(width, LONGEST_LINE)), width, color)


def listing(rules: Iterable[tuple[Rule, str]], *, width: int, color: bool) -> str:
    """Every rule with its state, a summary beside each."""
    return _printed(_listing(list(rules), width), width, color)


def _printed(lines: Iterable[Text], width: int, color: bool) -> str:
    output = StringIO()
    printer = console(output, width=width, color=color)
    for line in lines:
        printer.print(line, soft_wrap=True)
    return encodable(output.getvalue())


def _page(rule: Rule, width: int) -> Iterator[Text]:
    style = SEVERITIES[rule.severity["default"]]
    yield Text.assemble((rule.code, style), f" {rule.name} ", (severity_of(rule), style))
    yield from _beside(Text(INDENT), rule.summary, width)
    yield Text()
    for label, text in (("why", rule.why), ("fix", rule.fix)):
        yield from _beside(Text(f"{INDENT}{label:<{LABEL}}", QUIET), text, width)
    for note in rule.notes:
        yield from _beside(Text(f"{INDENT}{'note':<{LABEL}}", QUIET), note, width)
    for verdict, examples in (("found", rule.bad), ("not found", rule.good)):
        for example in examples[:1]:
            yield Text()
            yield from _example(verdict, example)


def _example(verdict: str, example: Example) -> Iterator[Text]:
    mode = " in enforce mode" if example.enforced else ""
    for where, code in ((example.path, example.code), *example.files.items()):
        says = f"{verdict}{mode} in" if code is example.code else "with"
        yield Text.assemble((f"{INDENT}{says} ", QUIET), (printable(where), "bold"))
        for line in code.strip("\n").splitlines():
            marked = MARK.search(line) is not None
            shown = printable(line.replace("\t", "    "))
            yield Text(f"{INDENT * 2}{shown}", "red" if marked else "")


def _listing(rules: Sequence[tuple[Rule, str]], width: int) -> Iterator[Text]:
    longest = max((len(rule.name) for rule, _ in rules), default=0)
    for rule, state in rules:
        lead = Text.assemble(
            f"{rule.code}  ", (f"{state:<7}", SEVERITIES[state]), f"  {rule.name:<{longest}}  "
        )
        if width - lead.cell_len < NARROWEST:
            lead.rstrip()
            yield lead
            lead = Text(INDENT)
        yield from _beside(lead, rule.summary, width)


def _beside(lead: Text, text: str, width: int) -> Iterator[Text]:
    """The text beside its lead, and its further lines below its first."""
    room = console(StringIO(), width=width, color=False)
    words = Text(printable(" ".join(text.split())))
    for number, line in enumerate(words.wrap(room, max(width - lead.cell_len, NARROWEST))):
        line.rstrip()  # wrapping leaves the space that it broke at
        yield Text.assemble(lead if number == 0 else " " * lead.cell_len, line)
