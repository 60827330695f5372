"""The tree of a shell script, as far as it decides about a status."""

from __future__ import annotations

from dataclasses import dataclass

from outbox_guard.frontends.workflow.shell.tokens import Token


@dataclass(frozen=True, slots=True)
class Redirect:
    sign: str
    target: str
    document: str = ""
    document_start: int = 0


@dataclass(frozen=True, slots=True)
class Simple:
    """A command: the variables set before it, and its words as they are written."""

    words: tuple[Token, ...]
    assignments: tuple[tuple[str, Token], ...]  # a name, and the word after "="
    redirects: tuple[Redirect, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Group:
    body: Script
    subshell: bool
    start: int
    end: int
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class If:
    branches: tuple[tuple[Script, Script], ...]
    otherwise: Script
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Loop:
    """`while` and `until` have a condition, `for` has none."""

    condition: Script
    until: bool
    body: Script
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Case:
    arms: tuple[Script, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    body: Command
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Test:
    """`[[ … ]]` and `(( … ))`: the words between."""

    words: tuple[Token, ...]
    start: int
    end: int


Command = Simple | Group | If | Loop | Case | Function | Test


@dataclass(frozen=True, slots=True)
class Pipeline:
    commands: tuple[Command, ...]
    negated: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Pipelines joined by `&&` and `||`; `signs[n]` stands before `pipelines[n + 1]`."""

    pipelines: tuple[Pipeline, ...]
    signs: tuple[str, ...]
    background: bool
    start: int
    end: int


Script = tuple[Chain, ...]
