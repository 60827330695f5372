"""The script of a step: its shell, its commands, and what becomes of it when one fails."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from outbox_guard.frontends.workflow.shell.commands import options_of, runs_in_container, unwrapped
from outbox_guard.frontends.workflow.shell.inner import commands, within
from outbox_guard.frontends.workflow.shell.outcomes import Outcome, failing, passing
from outbox_guard.frontends.workflow.shell.running import NOTHING, Files, no_files
from outbox_guard.frontends.workflow.shell.states import State
from outbox_guard.frontends.workflow.shell.syntax import parse
from outbox_guard.frontends.workflow.shell.tokens import ShellFault
from outbox_guard.frontends.workflow.shell.tree import Group, Redirect, Script, Simple
from outbox_guard.frontends.workflow.shell.ways import TooManyWays
from outbox_guard.frontends.workflow.shell.words import literal

_LAUNCHERS: Mapping[tuple[str, ...], int] = {  # what only starts another program
    ("uv", "run"): 2,
    ("poetry", "run"): 2,
    ("pdm", "run"): 2,
    ("hatch", "run"): 2,
    ("pipenv", "run"): 2,
    ("rye", "run"): 2,
    ("uvx",): 1,
    ("pipx", "run"): 2,
    ("npx",): 1,
    ("xvfb-run",): 1,
}
_PYTHON = re.compile(r"python[\d.]*|py")
_HOUSEKEEPING = NOTHING | frozenset(
    "cd set export unset source . mkdir rm cp mv touch chmod cat ls pwd sleep date apt-get apt "
    "brew pip pip3 git curl wget docker docker-compose createdb dropdb exit trap kill wait "
    "test [ tee head tail grep".split()
)
_CARELESS: Mapping[str, tuple[str, ...]] = {
    "outbox-guard": ("--exit-zero",),
    "make": ("-i", "--ignore-errors"),
}
_IDLE: Mapping[str, tuple[str, ...]] = {
    "outbox-guard": ("-h", "--help", "--version"),
    "pytest": ("-h", "--help", "--version", "--collect-only", "--co", "--setup-plan"),
    "make": ("-n", "--dry-run", "--just-print", "--recon"),
}
_GITHUB_ENV = re.compile(r"[\"']?\$\{?GITHUB_ENV\}?[\"']?")
_PAIR = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell of the bourne kind, with the options that it is started with."""

    options: frozenset[str]


def shell(name: str) -> Shell | None:
    """The shell that a step names; None where it is of another kind."""
    words = name.split()
    if not words:
        return Shell(frozenset(("errexit",)))
    program = words[0].rpartition("/")[2]
    if program not in ("bash", "sh"):
        return None
    if len(words) == 1:
        return Shell(frozenset(("errexit", "pipefail") if program == "bash" else ("errexit",)))
    return Shell(options_of(words[1:]))


@cache
def read(script: str) -> Script | None:
    """The tree of a script, None where it cannot be read."""
    try:
        tree = parse(script)
        tuple(commands(tree))  # also those in its substitutions
    except (ShellFault, RecursionError):
        return None
    return tree


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a script as one would say it: `outbox-guard check .`"""

    simple: Simple
    words: tuple[str, ...]  # without what only launches it
    path: str  # of the program, as it is written

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def never_fails(self) -> str:
        """The option that says that whatever happens is no failure."""
        return self._option(_CARELESS)

    @property
    def runs_nothing(self) -> str:
        """The option for which it only tells what it would do."""
        return self._option(_IDLE)

    def _option(self, known: Mapping[str, tuple[str, ...]]) -> str:
        options = known.get(self.words[0], ()) if self.words else ()
        return next((word for word in self.words[1:] if word in options), "")

    @property
    def does_nothing(self) -> bool:
        return not self.words or self.words[0] in NOTHING

    @property
    def keeps_house(self) -> bool:
        """Whether it only prepares or tidies up."""
        if not self.words or _installs(self.words):
            return True
        within = runs_in_container(self.words[0], self.words[1:])
        return self.words[0] in _HOUSEKEEPING and not within


def spoken(script: str) -> tuple[Command, ...]:
    """The commands of a script, in the order of the text."""
    tree = read(script)
    if tree is None:
        return ()
    return tuple(_command(each) for each in commands(tree) if each.words)


def _command(simple: Simple) -> Command:
    raw = [literal(word.text) or word.text for word in simple.words]
    program, arguments, _ = unwrapped(raw, State())
    words = _launched([program or "", *(word or "" for word in arguments)])
    path = next((word for word in raw if word.rpartition("/")[2] == words[0]), words[0])
    return Command(simple, tuple(words), path)


def _launched(words: list[str]) -> list[str]:
    """Without `uv run`, `python -m` and the path of the program."""
    words = [words[0].rpartition("/")[2] or words[0], *words[1:]]
    for launcher, size in _LAUNCHERS.items():
        if tuple(words[:size]) == launcher and len(words) > size:
            rest = words[size:]
            while len(rest) > 1 and rest[0].startswith("-"):
                rest = rest[1:]
            return _launched(rest)
    if _PYTHON.fullmatch(words[0]) and "-m" in words[1:-1]:
        module, *rest = words[words.index("-m") + 1 :]
        return [module.replace("_", "-"), *rest]
    return words


def _installs(words: tuple[str, ...]) -> bool:
    return any(word in ("install", "sync", "ci") for word in words[1:3])


def outcome(
    script: str,
    command: Simple,
    shell_: Shell,
    environment: Mapping[str, str | None],
    files: Files = no_files,
) -> Outcome | None:
    """What becomes of the script when the command fails; None where that is not known."""
    tree = read(script)
    if tree is None:
        return None
    state = State(options=shell_.options, variables=environment, exported=frozenset(environment))
    try:
        return failing(tree, command, state, files)
    except (TooManyWays, ShellFault, RecursionError):
        return None


def fails(script: str, shell_: Shell) -> bool:
    """Whether a script ends with a failure by itself, as `exit 1` does."""
    tree = read(script)
    if not tree:
        return False
    try:
        ends = passing(tree, State(options=shell_.options))
    except (TooManyWays, ShellFault, RecursionError):
        return False
    return bool(ends) and all(end.status for end in ends)


def exported(script: str) -> Iterator[tuple[str, str]]:
    """The variables that a script writes to $GITHUB_ENV for the steps after it."""
    if "GITHUB_ENV" not in script:
        return
    tree = read(script)
    for simple in commands(tree) if tree else ():
        if any(_leads_there(redirect) for redirect in simple.redirects):
            yield from _written(simple)
    for pipeline in (pipeline for chain in tree or () for pipeline in chain.pipelines):
        *before, last = pipeline.commands
        if isinstance(last, Group) and any(map(_leads_there, last.redirects)):
            before = [last]
        elif not (isinstance(last, Simple) and _tees_there(last)):
            continue
        for command in before:
            for simple in within(command):
                yield from _written(simple)


def _leads_there(redirect: Redirect) -> bool:
    return redirect.sign == ">>" and _GITHUB_ENV.fullmatch(redirect.target) is not None


def _tees_there(simple: Simple) -> bool:
    words = [word.text for word in simple.words]
    return "tee" in words[:2] and any(_GITHUB_ENV.fullmatch(word) for word in words)


def _written(simple: Simple) -> Iterator[tuple[str, str]]:
    texts = [literal(word.text) or word.text for word in simple.words[1:]]
    documents = [redirect.document for redirect in simple.redirects if redirect.document]
    for line in (*" ".join(texts).split("\\n"), *"\n".join(documents).splitlines()):
        if match := _PAIR.fullmatch(line.strip()):
            yield match[1], match[2]
