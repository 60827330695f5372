"""What is asked of a module that is followed for a few of its names.

Whoever asks nothing else need not be read anew where the module changed elsewhere: a comment, a
function that nobody called.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache

from outbox_guard.frontends.python.parsing.top_level import (
    EVERYTHING,
    KEPT,
    Statement,
    bindings,
    statements_of,
)
from outbox_guard.sources import Question, Source

_GLOBAL = re.compile(r"^[ \t]+global[ \t]+([\w, \t]+)", re.MULTILINE)
_WORD = re.compile(r"\w+")
Made = tuple[Statement, ...]
ANSWERS = 2_000  # for the next file that asks the same


@lru_cache(maxsize=ANSWERS)
def _behind(source: Source, name: str) -> Made:
    return tuple(statements_of(source).behind(name))


def _spelt(source: Source, made: Made, placed: bool) -> str:
    """The statements as they stand; of some with the same words, also which one it is."""
    numbers = _numbers(source)
    marks = [
        (each.text, numbers[each.start], source.at(each.start) if placed else None) for each in made
    ]
    return repr(marks)


@lru_cache(maxsize=KEPT)
def _numbers(source: Source) -> dict[int, int]:
    """Of the statement at each offset: how many before it have the same words."""
    seen: Counter[str] = Counter()
    numbers = {}
    for each in statements_of(source).all:
        numbers[each.start] = seen[each.text]
        seen[each.text] += 1
    return numbers


def _rebound(source: Source, name: str) -> frozenset[str]:
    found = _rebound_in(source)
    return found if name == EVERYTHING else found & {name}


@lru_cache(maxsize=KEPT)
def _rebound_in(source: Source) -> frozenset[str]:
    lines = _GLOBAL.findall(source.text) if "global" in source.text else ()
    return frozenset(name for line in lines for name in _WORD.findall(line))


def _gives(source: Source, name: str) -> bool:
    return bindings(source).may_give(name, classes=False)


def _gives_classes(source: Source, name: str) -> bool:
    return bindings(source).may_give(name, classes=True)


def _named(_: Source, names: frozenset[str], placed: bool) -> str:
    del placed
    return repr(sorted(names))


def _said(_: Source, said: bool, placed: bool) -> str:
    del placed
    return repr(said)


# Each is asked about a name of the module, or EVERYTHING.
BEHIND = Question("behind", _behind, _spelt)  # the statements that say what it is worth
REBOUND = Question("rebound", _rebound, _named)  # whether functions bind it anew when called
GIVES = Question("gives", _gives, _said)  # whether it may be a value, or a class of choices
GIVES_CLASSES = Question("gives classes", _gives_classes, _said)  # or any class

QUESTIONS: Mapping[str, Callable[..., str]] = {
    BEHIND.name: BEHIND.answer,
    REBOUND.name: REBOUND.answer,
    GIVES.name: GIVES.answer,
    GIVES_CLASSES.name: GIVES_CLASSES.answer,
}
