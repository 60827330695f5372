"""Which events a trigger function refuses, and what it makes of the rows of the others.

It refuses an event for which every path through its body raises; it drops the row where a path
returns NULL, or what leaves the row as it was. What a condition comes to is known only where it
asks for the event (TG_OP); everything else may be true or false. A body that runs to its end
without RETURN raises too (2F005).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from outbox_guard.frontends.sql.conditions import NotFollowed, condition
from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.frontends.sql.lexing.tokens import LexError
from outbox_guard.frontends.sql.routines.blocks import ArmKind, Item, PlpgsqlError
from outbox_guard.frontends.sql.routines.plpgsql import extract
from outbox_guard.truth import column
from outbox_guard.truth.evaluation import truths

Ending = Literal["raises", "returns", "drops", "leaves", "goes on"]
Endings = frozenset[Ending]

EVENTS = ("insert", "update", "delete", "truncate")
_GOES_ON: Endings = frozenset(("goes on",))
_LEAVES: Endings = frozenset(("leaves", "goes on"))  # EXIT and CONTINUE, with or without WHEN
# What a BEFORE trigger returns to let an event happen as it was asked for, and as it set NEW.
_EITHER = ("coalesce(new,old)",)
_PASSES: Mapping[str, tuple[str, ...]] = {
    "insert": ("new", *_EITHER),
    "update": ("new", *_EITHER),
    "delete": ("old", "coalesce(old,new)", *_EITHER),
    "truncate": ("null", "new", "old", *_EITHER),
}
_PERFORMED = re.compile(r"\s*(?:[\w\"]+\s*\.\s*)*\"?(?P<name>\w+)\"?\s*\(")
_HEADS: dict[str, ArmKind] = {
    "case": "case",
    "for": "loop",
    "foreach": "loop",
    "if": "if",
    "while": "loop",
}


@dataclass(frozen=True, slots=True)
class Refusals:
    """What is known of a body; `followed` is False where it is no PL/pgSQL."""

    raises: bool = False
    refuses: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()  # events of which a row may be left out, or left as it was
    sets: tuple[str, ...] = ()  # columns of NEW; "*" is all of it
    helpers: tuple[str, ...] = ()  # functions that it performs
    with_help: tuple[str, ...] = ()  # events that it refuses if each of these raises
    always: bool = False  # of a function that is no trigger's: it ends by raising
    followed: bool = True


def refusals(body: str) -> Refusals:
    """What a body makes of each event."""
    try:
        items = extract(body)
    except PlpgsqlError:
        return Refusals(followed=False)
    ends = {event: _Run(event).endings(items, 0) for event in EVENTS}
    helpers = tuple(sorted({_performed(item) for item in items} - {""}))
    helped = {e: _Run(e, helped=True).endings(items, 0) for e in EVENTS if helpers}
    raises = any(map(_is_raise, items))
    return Refusals(
        raises=raises,
        refuses=tuple(e for e in EVENTS if raises and not ends[e] & {"returns", "drops"}),
        drops=tuple(event for event in EVENTS if "drops" in ends[event]),
        sets=tuple(sorted({name for item in items for name in _set_by(item)})),
        helpers=helpers,
        with_help=tuple(event for event in helped if not helped[event] & {"returns", "drops"}),
    )


def raises_always(body: str) -> bool:
    """Whether a function that is no trigger's does nothing in the end but raise."""
    try:
        return _Run("").endings(extract(body), 0) == {"raises"}
    except PlpgsqlError:
        return False


def _performed(item: Item) -> str:
    called = _PERFORMED.match(item.text) if item.kind == "perform" else None
    return called["name"].lower() if called else ""


def _set_by(item: Item) -> Iterator[str]:
    for target in item.targets:
        row, _, name = target.partition(".")
        if row == "new":
            yield name or "*"


def _is_raise(item: Item) -> bool:
    return item.kind == "raise" and item.level == "exception"


@dataclass(slots=True)
class _Compound:
    """IF, CASE, a loop or a block: its conditions and its branches, by where they begin."""

    kind: ArmKind
    start: int
    conditions: dict[int, Item] = field(default_factory=dict)
    arms: dict[int, list[Item]] = field(default_factory=dict)


def _nodes(items: Sequence[Item], depth: int) -> list[Item | _Compound]:
    """The statements of one sequence, those that hold others with what they hold."""
    owners = {i.path[depth].arm: i.path[depth].start for i in items if len(i.path) > depth}
    compounds: dict[int, _Compound] = {}
    nodes: list[Item | _Compound] = []

    def compound(kind: ArmKind, start: int) -> _Compound:
        if start not in compounds:
            compounds[start] = _Compound(kind, start)
            nodes.append(compounds[start])
        return compounds[start]

    for item in items:
        if len(item.path) > depth:
            arm = item.path[depth]
            compound(arm.kind, arm.start).arms.setdefault(arm.arm, []).append(item)
        elif item.statement in _HEADS:
            compound(_HEADS[item.statement], item.at).conditions.setdefault(item.at, item)
        elif item.statement in ("elsif", "elseif", "when"):
            last = next(reversed(compounds), item.at)
            start = owners.get(item.at, last)
            compound("case", start).conditions[item.at] = item
        else:
            nodes.append(item)
    return nodes


@dataclass(frozen=True, slots=True)
class _Run:
    """A body run for one event."""

    event: str
    helped: bool = False  # by the functions that it performs: they raise

    def endings(self, items: Sequence[Item], depth: int) -> Endings:
        """How a sequence of statements may end."""
        found: set[Ending] = set()
        for node in _nodes(items, depth):
            ends = self._compound(node, depth) if isinstance(node, _Compound) else self._plain(node)
            found |= ends - _GOES_ON
            if "goes on" not in ends:
                return frozenset(found)
        return frozenset(found) | _GOES_ON

    def _compound(self, node: _Compound, depth: int) -> Endings:
        match node.kind:
            case "if":
                return self._branches(node, depth, otherwise=_GOES_ON)
            case "case":
                # Where no WHEN fits and there is no ELSE, CASE raises.
                return self._branches(node, depth, otherwise=frozenset(("raises",)))
            case "loop":
                return self._any(node, [*node.arms], depth) | _GOES_ON
            case _:
                ends = self._any(node, [node.start, *node.conditions, *node.arms], depth)
                return ends | _GOES_ON if "leaves" in ends else ends

    def _any(self, node: _Compound, starts: Sequence[int], depth: int) -> Endings:
        found: set[Ending] = set()
        for at in starts:
            found |= self.endings(node.arms.get(at, []), depth + 1)
        return frozenset(found)

    def _branches(self, node: _Compound, depth: int, *, otherwise: Endings) -> Endings:
        """The branches that may be taken, one after the other; without ELSE, what happens then."""
        subject = node.conditions.get(node.start) if node.kind == "case" else None
        found: Endings = frozenset()
        for at, test in node.conditions.items():
            if test is subject:
                continue
            truth = self._truth(f"{subject.text} IN ({test.text})" if subject else test.text)
            if truth is not False:
                found |= self.endings(node.arms.get(at, []), depth + 1)
            if truth:
                return found
        others = [at for at in node.arms if at not in node.conditions]
        return found | (self._any(node, others, depth) if others else otherwise)

    def _truth(self, test: str) -> bool | None:
        """What a condition comes to, as far as that depends on the event alone."""
        try:
            formula = condition(lex(test))
        except (NotFollowed, LexError):
            return None
        known = frozenset((self.event.upper(),))
        found = truths(formula, {column("tg_op"): known})
        if found == {True}:
            return True
        return None if True in found else False

    def _plain(self, item: Item) -> Endings:
        if _is_raise(item) or (self.helped and _performed(item)):
            return frozenset(("raises",))
        if item.kind == "control" and item.statement == "return":
            returned = item.text.lower().removeprefix("return").strip().replace(" ", "")
            passes = returned in _PASSES.get(self.event, (returned,))
            return frozenset(("returns",) if passes else ("drops",))
        return _LEAVES if item.statement in ("exit", "continue") else _GOES_ON
