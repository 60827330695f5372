"""What a Python expression can be worth, as far as the database is concerned.

A handful of printable kinds. Whatever is not one of them is Unknown, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal as OneOf

import libcst

from outbox_guard.facts import Place
from outbox_guard.frontends.python.literals import Offsets
from outbox_guard.frontends.python.syntax import Syntax
from outbox_guard.sources import Source

MOST_CHOICES = 24  # alternatives of one value that are kept
MOST_PIECES = 4_000  # pieces of one text


@dataclass(frozen=True, slots=True)
class Literal:
    """A string literal of a Python file."""

    syntax: Syntax
    node: libcst.CSTNode

    @property
    def source(self) -> Source:
        return self.syntax.source

    @property
    def span(self) -> tuple[int, int]:
        return self.syntax.span(self.node)

    @property
    def place(self) -> Place:
        return self.syntax.place(self.node)


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The text of an SQL file that Python reads by name."""

    source: Source

    @property
    def span(self) -> tuple[int, int]:
        return 0, len(self.source.text)


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters that stand in a file; `offsets` are theirs, from the literal's start."""

    text: str
    literal: Literal | WholeFile
    offsets: Offsets = field(compare=False, repr=False)

    def cut(self, start: int, end: int) -> Piece:
        return Piece(self.text[start:end], self.literal, self.offsets[start:end])

    def place(self, start: int, end: int) -> Place:
        """Where text[start:end] stands."""
        base = self.literal.span[0]
        last = self.offsets[end - 1] + 1 if end > start else self.offsets[start]
        return self.literal.source.place(base + self.offsets[start], base + last)


@dataclass(frozen=True, slots=True)
class Glue:
    """Characters that stand nowhere: quotes that a composition API adds."""

    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a text that is not known, and what it will be."""

    kind: OneOf["identifier", "value", "unknown"] = "unknown"
    locked: tuple[str, ...] = ()  # the pending tables whose locked rows it is made of
    literal: Literal | None = field(default=None, compare=False)  # the field that leaves it open


Segment = Piece | Glue | Gap


@dataclass(frozen=True, slots=True)
class Text:
    segments: tuple[Segment, ...] = ()
    composed: OneOf["", "sql"] = ""  # made by a composition API, so it is SQL for certain

    @property
    def known(self) -> str | None:
        """The whole text, if all of it is known."""
        if any(isinstance(segment, Gap) for segment in self.segments):
            return None
        return "".join(s.text for s in self.segments if not isinstance(s, Gap))

    @property
    def pieces(self) -> Iterator[Piece]:
        return (segment for segment in self.segments if isinstance(segment, Piece))

    @property
    def ending(self) -> Place | None:
        """Where its last characters stand."""
        last = next(reversed([piece for piece in self.pieces if piece.text]), None)
        return None if last is None else last.place(0, len(last.text))

    @property
    def literals(self) -> frozenset[Literal | WholeFile]:
        return frozenset(piece.literal for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several, as branches, defaults and loops leave them."""

    options: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set: the known items, then any number like `rest`."""

    items: tuple[Value, ...] = ()
    rest: Value | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dict with text keys; `rest` is any other value that it may hold."""

    items: tuple[tuple[str, Value], ...] = ()
    rest: Value | None = None
    keys: tuple[Value, ...] = ()  # keys that are not plain text, for ORM columns

    def get(self, key: str) -> Value | None:
        return dict(self.items).get(key)

    def put(self, key: str, value: Value) -> Mapping:
        return Mapping(tuple({**dict(self.items), key: value}.items()), self.rest, self.keys)

    def put_under(self, key: Value | None, value: Value) -> Mapping:
        """Under a key that may not be known, so that it may be any."""
        if isinstance(key, Text) and key.known is not None:
            return self.put(key.known, value)
        rests = [value] if self.rest is None else [self.rest, value]
        return Mapping(self.items, join(rests), self.keys)

    def merge(self, other: Mapping) -> Mapping:
        items = {**dict(self.items), **dict(other.items)}
        rest = join(value for value in (self.rest, other.rest) if value is not None)
        unknown_rest = None if self.rest is other.rest is None else rest
        return Mapping(tuple(items.items()), unknown_rest, self.keys + other.keys)


@dataclass(frozen=True, slots=True)
class Constant:
    """None, a bool or a number."""

    value: bool | int | float | None


@dataclass(frozen=True, slots=True)
class Ref:
    """Something of a module that is not the project's: `psycopg.connect`, or what it returns:
    `psycopg.connect()`."""

    name: str
    arguments: tuple[Value, ...] = ()  # of the last call in the name
    keywords: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enum: drivers send its name or its value."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that a query returned, or anything taken from them."""

    locked: tuple[str, ...] = ()  # the pending tables that they were locked in, skipping others
    name: str = ""  # as written
    entities: tuple[Object | None, ...] = ()  # of ORM objects: any one, of each class selected

    @property
    def entity(self) -> Object | None:
        return self.entities[0] if len(self.entities) == 1 else None

    def part(self, number: int) -> Rows:
        """A column of these rows by its position, where classes are selected together."""
        together = len(self.entities) != 1 and -len(self.entities) <= number < len(self.entities)
        return Rows(self.locked, self.name, (self.entities[number],)) if together else self


@dataclass(frozen=True, slots=True)
class Cursor:
    """Something that SQL was run on, and the rows it holds since."""

    of: Value
    rows: Rows


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table that a class or an object of an ORM declares."""

    table: str
    name: str
    owner: str = ""  # what it is an attribute of, as written


@dataclass(frozen=True, slots=True)
class Query:
    """An ORM's expression: a select, or a write that is still being put together."""

    op: OneOf["select", "insert", "update", "delete"]
    table: str = ""  # what it writes, or reads first
    of: Value | None = None  # the class or the table object that declares the table
    origin: Call | None = None  # of a write: the call that makes it one
    entities: tuple[Object | None, ...] = ()  # of whole objects: see Rows
    locked: tuple[str, ...] = ()  # the pending tables whose locked rows it is about
    reads: tuple[str, ...] = ()  # every table that it selects from
    columns: tuple[Value, ...] = ()  # what it selects
    binds: tuple[str, ...] = ()  # the names of the parameters that give the state
    manager: Class | None = None  # a manager of the project, whose methods it has


@dataclass(frozen=True, slots=True)
class Call:
    """A call expression of a file: what an ORM write points at."""

    syntax: Syntax
    node: libcst.Call


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the project, with the names around it."""

    syntax: Syntax
    node: libcst.FunctionDef | libcst.Lambda
    scope: object  # the Scope in which it was defined
    name: str
    receiver: Value | None = None  # what it is bound to
    decorators: tuple[Value, ...] = ()


@dataclass(frozen=True, eq=False)
class Class:
    """A class of the project."""

    syntax: Syntax
    node: libcst.ClassDef
    name: str
    members: dict[str, Value]
    bases: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    fields: tuple[str, ...] = ()  # annotated names, in order: dataclass fields, ORM columns

    def mro(self) -> Iterator[Class]:
        """This class and its bases in the project, nearest first."""
        seen: set[int] = set()
        queue: list[Value] = [self]
        while queue:
            current = queue.pop(0)
            if isinstance(current, Class) and id(current) not in seen:
                seen.add(id(current))
                yield current
                queue.extend(current.bases)

    def find(self, name: str) -> Value | None:
        return next((c.members[name] for c in self.mro() if name in c.members), None)

    def outer_bases(self) -> Iterator[str]:
        """The names of the bases that are not the project's."""
        for owner in self.mro():
            yield from (base.name for base in owner.bases if isinstance(base, Ref | Unknown))


@dataclass(frozen=True, eq=False)
class Object:
    """An instance of a class of the project."""

    of: Class
    attributes: dict[str, Value]
    made: bool = False  # by a call in view; otherwise it came from somewhere else
    real: Object | None = None  # of `super()`: the object that is looked at as one of its bases


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """A module or package of the project."""

    name: str  # dotted, from the folder that it is imported from
    path: str  # of its file, "" for a folder without __init__.py
    folder: str = ""  # of a package


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything else; `name` is how it is written, where that says something."""

    name: str = ""
    module: ModuleValue | None = None  # of the project, not followed, in which it is bound


@dataclass(eq=False, slots=True)
class Later:
    """What an import binds, worked out when somebody asks: most of what is imported is not used.

    Scopes hold it, and hand out its value.
    """

    follow: Callable[[], Value]
    being_followed: bool = False

    def value(self) -> Value:
        if self.being_followed:  # two modules hand the name to each other
            return UNKNOWN
        self.being_followed = True
        try:
            return self.follow()
        finally:
            self.being_followed = False


Value = (
    Text
    | Choice
    | Items
    | Mapping
    | Constant
    | Ref
    | Member
    | Rows
    | Cursor
    | Column
    | Query
    | Function
    | Class
    | Object
    | ModuleValue
    | Unknown
    | Later
)

UNKNOWN = Unknown()


def options(value: Value) -> tuple[Value, ...]:
    """The alternatives of a value; it alone if there is one."""
    return value.options if isinstance(value, Choice) else (value,)


def join(values: Iterable[Value]) -> Value:
    """What may be any of these."""
    kept = list(dict.fromkeys(option for value in values for option in options(value)))
    if not kept:
        return UNKNOWN
    if len(kept) > MOST_CHOICES:
        kept = [*kept[: MOST_CHOICES - 1], Unknown("too many alternatives")]
    return kept[0] if len(kept) == 1 else Choice(tuple(kept))


def each(value: Value, transform: Callable[[Value], Value]) -> Value:
    """A function of one value, over its alternatives."""
    if not isinstance(value, Choice):
        return transform(value)
    return join(transform(option) for option in value.options)


def pairs(left: Value, right: Value) -> Iterator[tuple[Value, Value]]:
    """The alternatives of two values with each other, as many as are kept."""
    combinations = ((a, b) for a in options(left) for b in options(right))
    for _, pair in zip(range(MOST_CHOICES), combinations, strict=False):
        yield pair


def as_text(value: Value) -> Text:
    """What a value contributes to a text that it is formatted into."""
    match value:
        case Text():
            return value
        case Member(value=Text() as inner):
            return inner
        case Constant():
            return Text((Gap("value"),))
    return Text((Gap("unknown", locked_in(value)),))


def concatenate(left: Value, right: Value) -> Value:
    return join(_concatenated(as_text(a), as_text(b)) for a, b in pairs(left, right))


def _concatenated(left: Text, right: Text) -> Text:
    segments = (left.segments + right.segments)[:MOST_PIECES]
    return Text(segments, left.composed or right.composed)


def concatenate_all(values: Iterable[Value]) -> Value:
    result: Value = Text()
    for value in values:
        result = concatenate(result, value)
    return result


def written(value: Value) -> str:
    """How a value is called, where it is nothing that can be followed."""
    match value:
        case Ref(name=name) | Unknown(name=name) | Rows(name=name) | ModuleValue(name=name):
            return name
        case Cursor(of=inner):
            return written(inner)
        case Column(owner=owner, name=name):
            return f"{owner}.{name}" if owner else name
        case Function() | Class():
            return value.name
        case Object(of=owner):
            return owner.name
    return ""


def locked_in(value: Value) -> tuple[str, ...]:
    """The pending tables whose locked rows this value comes from, wholly or in part."""
    match value:
        case Rows(locked=locked) | Cursor(rows=Rows(locked=locked)) | Query(locked=locked):
            return locked
        case Choice(options=held):
            inner = held
        case Items(items=held, rest=rest):
            inner = held if rest is None else (*held, rest)
        case Mapping(items=entries, rest=rest):
            inner = tuple(entry for _, entry in entries) + (() if rest is None else (rest,))
        case Text(segments=segments):
            return next((s.locked for s in segments if isinstance(s, Gap) and s.locked), ())
        case _:
            return ()
    return next((found for found in map(locked_in, inner) if found), ())


def rows_of(query: Query) -> Rows:
    """What a query gives when it is run."""
    return Rows(query.locked, entities=query.entities)


def texts(value: Value) -> Iterator[Text]:
    """Every text that a value may be, or hold."""
    match value:
        case Text():
            yield value
        case Choice(options=held) | Items(items=held):
            for inner in held:
                yield from texts(inner)
        case Mapping(items=entries):
            for _, inner in entries:
                yield from texts(inner)
        case Member(value=inner):
            yield from texts(inner)
