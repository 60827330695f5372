"""Classes that are made by a call: `Enum("State", "A B")`, `type("Row", (Base,), {…})`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.values import text_operations
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Class,
    Constant,
    Items,
    Mapping,
    Member,
    Ref,
    Value,
)
from outbox_guard.frontends.python.values.name_patterns import NamePattern
from outbox_guard.frontends.python.values.pieces import Glue, Text

ENUM = NamePattern(r"enum\.\w*(?:Enum|Flag)\Z|(?:\w+\.)+\w*Choices\Z")
RECORD = {
    "collections.namedtuple": "typing.NamedTuple",
    "typing.NamedTuple": "typing.NamedTuple",
    "typing.TypedDict": "typing.TypedDict",
    "typing_extensions.TypedDict": "typing.TypedDict",
    "dataclasses.make_dataclass": "",
    "attrs.make_class": "",
    "attr.make_class": "",
}
MAKES = ("type", "builtins.type")
_WORD = re.compile(r"[^\s,]+")


def declared(site: Site, name: str) -> Class | None:
    """The class that a call of this function declares; None for any other call."""
    if name in MAKES:
        return _made(site)
    given = site.arguments.get(1, "names", "field_names", "fields", "attrs")
    if given is None:
        return None
    if ENUM.match(name):
        members = {key: Member(key, value) for key, value in _named(given, name)}
        return _class(site, name, members, tuple(members))
    if name in RECORD:
        fields = tuple(key for key, _ in _named(given, name))
        return _class(site, RECORD[name], {}, fields)
    return None


def _made(site: Site) -> Class | None:
    """`type("Row", (Base,), {"__tablename__": "rows"})`, as a class statement would make it."""
    match site.arguments.positional:
        case (name, Items(items=bases), Mapping(items=namespace)):
            known = name.known if isinstance(name, Text) else None
            fields = tuple(key for key, _ in namespace)
            members = dict(namespace)
            return Class(site.scope.syntax, site.node, known or "", members, bases, fields=fields)
    return None


def _class(site: Site, base: str, members: dict[str, Member], fields: tuple[str, ...]) -> Class:
    first = site.arguments.get(0)
    name = first.known if isinstance(first, Text) else None
    bases = (Ref(base),) if base else ()
    held: dict[str, Value] = {**members}
    return Class(site.scope.syntax, site.node, name or "", held, bases, fields=fields)


def _named(given: Value, base: str) -> Iterator[tuple[str, Value]]:
    """The names that a declaration lists, in any of its forms, and their values."""
    match given:
        case Text(known=str(words)):
            for word in _WORD.finditer(words):
                part = text_operations.text_slice(given, word.start(), word.end())
                yield word.group(), _numbered(part, base)
        case Items(items=items):
            for item in items:
                match item:
                    case Items(items=(Text(known=str(name)), value, *_)):
                        yield name, value
                    case Text(known=str(name)):
                        yield name, _numbered(item, base)
        case Mapping(items=entries):
            yield from entries


def _numbered(name: Text, base: str) -> Value:
    """A member without a value of its own: of a StrEnum its name, of others a number."""
    if base.endswith(("StrEnum", "TextChoices")):
        return Text((Glue((name.known or "").lower()),))
    return Constant(None) if base in RECORD else UNKNOWN
