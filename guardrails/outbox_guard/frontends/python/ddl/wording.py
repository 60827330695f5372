"""The words of DDL that calls stand for: what a call says by its name is found at that name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import libcst

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.evaluation.strings import identifier
from outbox_guard.frontends.python.parsing.syntax import Syntax
from outbox_guard.frontends.python.values.combining import concatenate_all, each
from outbox_guard.frontends.python.values.kinds import Constant, Items, Ref, Value
from outbox_guard.frontends.python.values.pieces import Gap, Glue, Literal, Piece, Text
from outbox_guard.frontends.python.values.text_operations import quoted

UNKNOWN_TEXT = Text((Gap("unknown"),))
NOTHING = Constant(None)


@dataclass(frozen=True, slots=True)
class Wording:
    """What says something: a call, or an argument of one."""

    syntax: Syntax
    node: libcst.BaseExpression

    @classmethod
    def of(cls, site: Site) -> Wording:
        return cls(site.scope.syntax, site.node)

    def argument(self, position: int, *names: str) -> Wording:
        """The words of an argument; the call's own, where it is not written out."""
        given = self.node.args if isinstance(self.node, libcst.Call) else ()
        for number, argument in enumerate(given):
            named = argument.keyword is not None and argument.keyword.value in names
            if named or (number == position and argument.keyword is None and not argument.star):
                return Wording(self.syntax, argument.value)
        return self

    def each(self, count: int) -> list[Wording]:
        """The words of so many arguments, of which a list may have been spread out."""
        given = self.node.args if isinstance(self.node, libcst.Call) else ()
        told = [
            argument for argument in given if argument.keyword is None and argument.star != "**"
        ]
        found: list[Wording] = []
        for argument in told:
            times = count - len(told) + 1 if argument.star else 1
            found += [self if argument.star else Wording(self.syntax, argument.value)] * times
        return [*found, *[self] * (count - len(found))][:count]

    def item(self, number: int) -> Wording:
        """The words of a member of a list that is written out."""
        if isinstance(self.node, libcst.List | libcst.Tuple) and number < len(self.node.elements):
            return Wording(self.syntax, self.node.elements[number].value)
        return self

    def entry(self, key: str) -> Wording:
        """The words of an entry of a dict that is written out."""
        for entry in self.node.elements if isinstance(self.node, libcst.Dict) else ():
            called = entry.key if isinstance(entry, libcst.DictElement) else None
            if isinstance(called, libcst.SimpleString) and called.evaluated_value == key:
                return Wording(self.syntax, entry.value)
        return self

    def say(self, words: str) -> Text:
        """Words of SQL, each of which is found where this is said."""
        at = self._name
        start, end = at.span
        segments: list[Piece | Glue] = []
        for word in words.split():
            offsets = (0, *[end - start - 1] * (len(word) - 1))
            segments += [Piece(word, at, offsets), Glue(" ")]
        return Text(tuple(segments))

    @property
    def _name(self) -> Literal:
        """A call is known by the last part of what it calls."""
        node = self.node.func if isinstance(self.node, libcst.Call) else self.node
        return Literal(
            self.syntax.standing, node.attr if isinstance(node, libcst.Attribute) else node
        )


def glue(text: str) -> Text:
    return Text((Glue(text),))


def name(value: Value | None) -> Value:
    """An identifier that a call is given."""
    return UNKNOWN_TEXT if value is None else each(value, _identifier)


def _identifier(option: Value) -> Value:
    return identifier(option) if isinstance(option, Text) else Text((Gap("identifier"),))


def listed(parts: Iterable[Value]) -> Value:
    """`(a, b, c)`"""
    held: list[Value] = [glue("(")]
    for number, part in enumerate(parts):
        held += [part] if number == 0 else [glue(", "), part]
    return concatenate_all([*held, glue(")")])


def bracketed(value: Value | None) -> Value:
    return listed([expression(value)])


def expression(value: Value | None) -> Value:
    """A condition or a value in SQL: a text as it is, a call of a function by its name."""
    match value:
        case Text():
            return value
        case Ref(name=called, arguments=()) if ".func." in called and called.endswith("()"):
            return glue(called.rpartition(".")[2])
        case Constant(value=bool() | int() as known):
            return glue(str(known).lower())
    return UNKNOWN_TEXT


def default(value: Value) -> Value:
    """What a column holds by default: a plain text stands for itself."""
    if isinstance(value, Text) and not value.composed:
        return quoted(value, "'")
    return expression(value)


def keys(keywords: Mapping[str, Value], words: Wording) -> Iterator[Value]:
    """What a column is by itself a key of."""
    for keyword, clause in (("primary_key", "PRIMARY KEY"), ("unique", "UNIQUE")):
        if is_true(keywords.get(keyword)):
            yield words.say(clause)


def members(value: Value | None) -> Iterator[Value]:
    """The items of a list; one that is not known is said to be one."""
    match value:
        case Items(items=items, rest=rest):
            yield from items
            yield from () if rest is None else (UNKNOWN_TEXT,)
        case None:
            return
        case _:
            yield UNKNOWN_TEXT


def is_true(value: Value | None) -> bool:
    return value == Constant(True)


def is_false(value: Value | None) -> bool:
    return value == Constant(False)


def kind_of(value: Value) -> str:
    """What a class that is called, or only named, is called itself: "Column", "Integer"."""
    if not isinstance(value, Ref):
        return ""
    return value.name.removesuffix("()").rpartition(".")[2]
