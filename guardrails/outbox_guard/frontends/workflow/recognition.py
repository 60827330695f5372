"""Which step of the gate a step is, by its name, its commands or its action."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import get_args

from outbox_guard.facts import GateKind
from outbox_guard.frontends.workflow.scripts import Command, spoken
from outbox_guard.frontends.workflow.steps import Step
from outbox_guard.globs import name_pattern
from outbox_guard.names import Gate

KINDS: tuple[GateKind, ...] = get_args(GateKind)
TELLING: tuple[GateKind, ...] = ("guardrails", "regression", "evidence")  # two make a gate
_WILD = re.compile(r"[*?\[]")

Exactness = tuple[int, int]


def kind_of(step: Step, gate: Gate) -> GateKind | None:
    """The kind whose pattern fits most exactly: an action, a command, the name, a glob."""
    found = [(exactness, kind) for kind in KINDS for exactness in _fits(step, gate, kind)]
    best = max((exactness for exactness, _ in found), default=None)
    return next((kind for exactness, kind in found if exactness == best), None)


def _fits(step: Step, gate: Gate, kind: GateKind) -> Iterator[Exactness]:
    uses = step.table.text("uses").partition("@")[0].lower()
    names = [text.lower() for key in ("name", "id") if (text := step.table.text(key))]
    said = [command for command in commands(step) if not command.does_nothing]
    for pattern in map(str.lower, gate.recognise.patterns(kind)):
        size = len(pattern)
        if not _WILD.search(pattern):
            if uses == pattern:
                yield 4, size
            for command in said:
                if _begins(command, pattern):
                    # What may find anything is a record: the name says of what.
                    yield (1 if command.never_fails else 3), size
            continue
        fits = name_pattern(pattern).match
        if any(map(fits, names)):
            yield 2, size
        if any(fits(command.text.lower()) for command in said) or (uses and fits(uses)):
            yield 1, size


def told_by(step: Step, gate: Gate) -> Iterator[tuple[GateKind, Command]]:
    """The kinds that single commands of a script are of, by themselves or by what they are given.

    What a file or an option is called says nothing of a command that only keeps house.
    """
    for command in commands(step):
        if command.does_nothing:
            continue
        exact = [k for k in KINDS for p in _exact(gate, k) if _begins(command, p)]
        if exact:
            yield exact[0], command
        elif not command.keeps_house:
            for word in command.words:
                if not word.startswith("-") and (kind := _named(word.lower(), gate)):
                    yield kind, command


def _exact(gate: Gate, kind: GateKind) -> tuple[str, ...]:
    patterns = map(str.lower, gate.recognise.patterns(kind))
    return tuple(pattern for pattern in patterns if not _WILD.search(pattern))


def _named(word: str, gate: Gate) -> GateKind | None:
    """The kind whose glob fits a word most exactly."""
    found = [
        (len(pattern), kind)
        for kind in KINDS
        for pattern in map(str.lower, gate.recognise.patterns(kind))
        if _WILD.search(pattern) and name_pattern(pattern).match(word)
    ]
    return max(found, key=lambda each: each[0])[1] if found else None


def commands(step: Step) -> tuple[Command, ...]:
    return spoken(step.table.text("run"))


def deciding(said: Sequence[Command], gate: Gate, kind: GateKind) -> tuple[Command, ...]:
    """The commands that make a step what it is: if none says so, the last that does anything."""
    patterns = tuple(map(str.lower, gate.recognise.patterns(kind)))
    said = [command for command in said if not command.runs_nothing] or said
    exact = [c for c in said if any(_begins(c, p) for p in patterns if not _WILD.search(p))]
    wild = [name_pattern(p).match for p in patterns if _WILD.search(p)]
    does = [command for command in said if not command.keeps_house]
    fitting = [c for c in does if any(fits(c.text.lower()) for fits in wild)]
    return tuple(exact or fitting or does[-1:])


def mentions(text: str, gate: Gate, kind: GateKind) -> bool:
    """Whether a command that makes a step what it is may stand in a text that nobody can read."""
    return any(pattern in text.lower() for pattern in _exact(gate, kind))


def _begins(command: Command, pattern: str) -> bool:
    words = _words(pattern)
    return tuple(word.lower() for word in command.words[: len(words)]) == words


@cache
def _words(pattern: str) -> tuple[str, ...]:
    return tuple(pattern.split())
