"""What was said on a command line, and what is told where that makes no sense."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from outbox_guard.cli.statuses import MEANING
from outbox_guard.cli.terminal import LONGEST_LINE, columns, complain
from outbox_guard.errors import UsageError, did_you_mean
from outbox_guard.reporters import FORMATS
from outbox_guard.version import __version__


class Arguments(argparse.Namespace):
    """What was said; what a command has no option for keeps its value here."""

    command: str | None = None
    root: Path | None = None
    config: Path | None = None
    # check
    paths: Sequence[str] = ()
    format: str = "text"
    output: Path | None = None
    select: Sequence[str] | None = None
    ignore: Sequence[str] | None = None
    strict: bool = False
    enforce: bool = False
    exit_zero: bool = False
    statistics: bool = False
    show_suppressed: bool = False
    no_sieve: bool = False
    no_cache: bool = False
    executor: str = ""
    since: str | None = None
    add_allow: str | None = None
    watch: bool = False
    stdin_filename: str | None = None
    fix: bool = False
    diff: bool = False
    # the others
    rule: str = ""
    accept_new: bool = False
    schema: bool = False
    gate: bool = False
    # stats
    depth: int = 2
    # gate, drift, prove, evidence
    url: str | None = None
    require_url: bool = False
    timeout: int = 30
    # prove
    names: Sequence[str] = ()
    show: str = ""
    list: bool = False
    embedded: bool = False
    # evidence
    verify: bool = False
    compare: Path | None = None
    proof_results: Path | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """What a command is for, and what it takes."""

    summary: str
    fill: Callable[[argparse.ArgumentParser], None]
    epilog: str | None = None


class Parser(argparse.ArgumentParser):
    """Errors that end with status 2 and suggest the nearest word."""

    known: tuple[str, ...] = ()

    def error(self, message: str) -> NoReturn:
        if "invalid choice" in message:
            self.refuse(message.partition("invalid choice: '")[2].partition("'")[0], self.known)
        raise UsageError(f"{message}; see {self.prog} --help")

    def refuse(self, word: str, known: Iterable[str]) -> NoReturn:
        hint = did_you_mean(word, known, otherwise=f"see {self.prog} --help")
        raise UsageError(f"{word!r} is not known here; {hint}")

    @property
    def options(self) -> frozenset[str]:
        return frozenset(re.findall(r"--[a-z-]+", self.format_usage()))


class _Help(argparse.HelpFormatter):
    """Paragraphs as wide as the terminal, and never wider than they are read well."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=min(columns() - 2, LONGEST_LINE))

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        paragraphs = (
            super(_Help, self)._fill_text(each, width, indent) for each in text.split("\n\n")
        )
        return "\n\n".join(paragraphs)


def parse(argv: Sequence[str] | None, commands: Mapping[str, Command]) -> Arguments:
    """Raises UsageError, and SystemExit after --help or --version.

    Without a command there is nothing to do but to say which there are.
    """
    parser, own = _parsers(commands)
    arguments, unknown = parser.parse_known_args(argv, Arguments())
    if unknown:
        asked = own.get(arguments.command or "", parser)
        asked.refuse(unknown[0].partition("=")[0], asked.options)
    if arguments.command is None:
        for line in parser.format_help().splitlines():
            complain(line)
    return arguments


def _parsers(commands: Mapping[str, Command]) -> tuple[Parser, Mapping[str, Parser]]:
    """The one of all commands, and each command's own."""
    parser = Parser(
        prog="outbox-guard",
        description="Keeps a transactional outbox on PostgreSQL from sliding back.",
        epilog=MEANING,
        formatter_class=_Help,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"outbox-guard {__version__}")
    parser.known = (*commands, *FORMATS)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for name, command in commands.items():
        own = subparsers.add_parser(
            name,
            help=command.summary,
            description=command.summary,
            epilog=command.epilog,
            formatter_class=_Help,
            allow_abbrev=False,
        )
        own.known = parser.known
        command.fill(own)
    return parser, subparsers.choices
