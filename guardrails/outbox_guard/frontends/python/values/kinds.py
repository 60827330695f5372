"""What a Python expression can be worth, as far as the database is concerned.

A handful of printable kinds. Whatever is not one of them is Unknown, never a guess.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal as OneOf

import libcst

from outbox_guard.frontends.python.parsing.syntax import Syntax
from outbox_guard.frontends.python.values.pieces import Text
from outbox_guard.frontends.python.values.sharing import Shared, shared

MOST_CHOICES = 24  # alternatives of one value that are kept
births = itertools.count()  # of what can be changed, numbered as it is made


@shared
class Choice(Shared):
    """One of several, as branches, defaults and loops leave them."""

    options: tuple[Value, ...]


@shared
class Items(Shared):
    """A list, tuple or set: the known items, then any number like `rest`."""

    items: tuple[Value, ...] = ()
    rest: Value | None = None


@shared
class Mapping(Shared):
    """A dict with text keys; `rest` is any other value that it may hold."""

    items: tuple[tuple[str, Value], ...] = ()
    rest: Value | None = None
    keys: tuple[Value, ...] = ()  # those that are not plain text

    def get(self, key: str) -> Value | None:
        return dict(self.items).get(key)

    def put(self, key: str, value: Value) -> Mapping:
        return Mapping(tuple({**dict(self.items), key: value}.items()), self.rest, self.keys)

    def put_under(self, key: Value | None, value: Value) -> Mapping:
        """Under a key that may not be known, so that it may be any."""
        if isinstance(key, Text) and key.known is not None:
            return self.put(key.known, value)
        rests = [value] if self.rest is None else [self.rest, value]
        keys = self.keys if key is None or key in self.keys else (*self.keys, key)
        return Mapping(self.items, join(rests), keys)

    def merge(self, other: Mapping) -> Mapping:
        items = {**dict(self.items), **dict(other.items)}
        rest = join(value for value in (self.rest, other.rest) if value is not None)
        unknown_rest = None if self.rest is other.rest is None else rest
        return Mapping(tuple(items.items()), unknown_rest, self.keys + other.keys)


@dataclass(frozen=True, slots=True)
class Constant:
    """None, a bool or a number."""

    value: bool | int | float | None


@shared
class Ref(Shared):
    """Something of a module that is not the project's: `psycopg.connect`, or what it returns:
    `psycopg.connect()`."""

    name: str
    arguments: tuple[Value, ...] = ()  # of the last call in the name
    keywords: tuple[tuple[str, Value], ...] = ()
    line: str = field(default="", compare=False)  # see sessions
    made_by: libcst.Call | None = None  # of a file in memory: it is no other one


@shared
class Member(Shared):
    """A member of an enum: drivers send its name or its value."""

    name: str
    value: Value


@shared
class Rows(Shared):
    """Rows that a query returned, or anything taken from them."""

    locked: tuple[str, ...] = ()  # the pending tables that they were locked in, skipping others
    name: str = ""  # as written
    entities: tuple[Object | None, ...] = ()  # of ORM objects: any one, of each class selected
    line: str = field(default="", compare=False)  # see sessions

    @property
    def entity(self) -> Object | None:
        return self.entities[0] if len(self.entities) == 1 else None

    def part(self, number: int) -> Rows:
        """A column of these rows by its position, where classes are selected together."""
        together = len(self.entities) != 1 and -len(self.entities) <= number < len(self.entities)
        return Rows(self.locked, self.name, (self.entities[number],)) if together else self


@shared
class Cursor(Shared):
    """Something that SQL was run on, and the rows it holds since."""

    of: Value
    rows: Rows


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table that a class or an object of an ORM declares."""

    table: str
    name: str
    owner: str = ""  # what it is an attribute of, as written


@shared
class Query(Shared):
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
    keys: tuple[libcst.BaseExpression, ...] = ()  # what its conditions compare the key with


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
    node: libcst.ClassDef | libcst.Call  # the statement, or the call that makes it
    name: str
    members: dict[str, Value]
    bases: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    fields: tuple[str, ...] = ()  # annotated names, in order: dataclass fields, ORM columns
    given: tuple[Value, ...] = ()  # what its statement gives to generic bases: `Store[Attempt]`
    born: int = field(default_factory=births.__next__)

    @cached_property
    def mro(self) -> tuple[Class, ...]:
        """This class and its bases in the project, nearest first."""
        found: dict[int, Class] = {}
        queue: list[Value] = [self]
        while queue:
            current = queue.pop(0)
            if isinstance(current, Class) and id(current) not in found:
                found[id(current)] = current
                queue.extend(current.bases)
        return tuple(found.values())

    def find(self, name: str) -> Value | None:
        for owner in self.mro:
            if name in owner.members:
                return owner.members[name]
        return None

    @property
    def all_fields(self) -> tuple[str, ...]:
        """Its own fields after those of its bases, each once, as dataclasses have them."""
        owners = reversed(self.mro)
        return tuple(dict.fromkeys(name for owner in owners for name in owner.fields))

    @cached_property
    def outer_bases(self) -> tuple[str, ...]:
        """The names of the bases that are not the project's."""
        bases = (base for owner in self.mro for base in owner.bases)
        return tuple(base.name for base in bases if isinstance(base, Ref | Unknown))


@dataclass(frozen=True, eq=False)
class Object:
    """An instance of a class of the project."""

    of: Class
    attributes: dict[str, Value]
    made: bool = False  # by a call in view; otherwise it came from somewhere else
    real: Object | None = None  # of `super()`: the object that is looked at as one of its bases
    born: int = field(default_factory=births.__next__)


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
    line: str = field(default="", compare=False)  # see sessions


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
LEFT_OUT = Unknown("too many alternatives")  # for those that are not kept


def options(value: Value) -> tuple[Value, ...]:
    """The alternatives of a value; it alone if there is one."""
    return value.options if isinstance(value, Choice) else (value,)


def join(values: Iterable[Value]) -> Value:
    """What may be any of these."""
    joined = list(values)
    if len(joined) == 1:
        return joined[0]  # mostly, and to hash it takes longer than all else here
    kept = list(dict.fromkeys(option for value in joined for option in options(value)))
    if not kept:
        return UNKNOWN
    if len(kept) > MOST_CHOICES:
        kept = [*kept[: MOST_CHOICES - 1], LEFT_OUT]
    return kept[0] if len(kept) == 1 else Choice(tuple(kept))
