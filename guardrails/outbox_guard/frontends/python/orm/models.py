"""Which table a class or a table object stands for, and what its columns are called."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.orm import django
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import (
    Class,
    Column,
    Constant,
    Function,
    Object,
    Query,
    Ref,
    Rows,
    Unknown,
    Value,
    options,
)
from outbox_guard.frontends.python.values.name_patterns import NamePattern
from outbox_guard.frontends.python.values.pieces import Glue, Text

TABLE = NamePattern(
    r"(?:sqlalchemy(?:\.\w+)*\.(?:Table|table|TableClause)|pypika(?:\.\w+)*\.Table)\(\)\Z"
)
COLUMN = NamePattern(r"(?:\w+\.)*(?:Column|mapped_column|column|deferred|Field|\w+Field)\(\)\Z")
AUTOMAP = NamePattern(r"automap_base\(\)\.classes\Z")
RELATIONSHIP = NamePattern(r"(?:\w+\.)*(?:relationship|Relationship)\(\)\Z")
MANAGER = re.compile(r"(?:\w+\.)*(?:Manager|QuerySet)\b")
MANAGERS = ("objects", "query", "_default_manager", "_base_manager")
NAME_BY_CLASS = ("flask_sqlalchemy", "advanced_alchemy")  # bases that name the table themselves
ITSELF = ("__table__", "__mapper__", "c", "columns")
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Model:
    """A table, as code that uses an ORM sees it."""

    table: str
    of: Class | Ref
    columns: tuple[tuple[str, Value | None], ...]  # attribute or key → what declares it
    active: bool  # objects are saved one by one, by themselves; else a session watches them

    def column(self, attribute: str) -> str:
        """The column that an attribute or a key means."""
        declared = dict(self.columns).get(attribute)
        return _name_of(declared, attribute)

    def names(self, column: str) -> tuple[str, ...]:
        """What a column is called in code."""
        return (column, *(name for name, v in self.columns if _name_of(v, name) == column))


def table_named(name: str) -> Ref:
    """A table of which only the name is known."""
    return Ref("sqlalchemy.Table()", (Text((Glue(name),)),))


# What a class without bases says of its table.
_NAMING = frozenset(("__table__", "__tablename__", "Meta"))


def model_of(machine: Machine, value: Value | None) -> Model | None:
    """What an outbox table is called in code; None for all that is no outbox table."""
    match value:
        case Class():
            return _of_class(machine, value)
        case Ref(name=name, arguments=(called, *columns)) if TABLE.match(name):
            table = next(filter(machine.judge.names.is_guarded, _known(called)), None)
            if table is not None:
                named = tuple((_key_of(c), c) for c in columns if _is_column(c))
                return Model(table, value, named, active=False)
    return None


def _known(name: Value) -> Iterator[str]:
    """The texts that a name may be, a parameter's default among them."""
    return (o.known for o in options(name) if isinstance(o, Text) and o.known)


def models_in(machine: Machine, value: Value) -> Iterator[Model]:
    """Every table that a value may be."""
    for option in options(value):
        model = model_of(machine, option)
        if model is not None:
            yield model


def _of_class(machine: Machine, cls: Class) -> Model | None:
    if not cls.bases and not cls.keywords and _NAMING.isdisjoint(cls.members):
        return None  # as most are, and nothing more need be asked
    declared = list(_declared(machine, cls))
    tables = declared or list(django.tables(machine, cls))
    table = next(filter(machine.judge.names.is_guarded, tables), None)
    if table is None:
        return None
    return Model(table, cls, tuple(_columns(cls)), active=not declared)


def _declared(machine: Machine, cls: Class) -> Iterator[str]:
    """The table names that SQLAlchemy and SQLModel would take."""
    if cls.members.get("__abstract__") == Constant(True):
        return
    table, name = cls.find("__table__"), cls.find("__tablename__")
    if isinstance(table, Ref):
        name = next(iter(table.arguments), None) if TABLE.match(table.name) else None
    if isinstance(name, Function):
        made = machine.apply(dataclasses.replace(name, receiver=cls), Arguments())
        # However it is computed, a name that is made of the class's is mostly made like this.
        yield from list(_known(made)) or (_words(cls),)
    elif name is not None:
        yield from _known(name)
    elif dict(cls.keywords).get("table") == Constant(True):
        yield cls.name.lower()
    elif any(base.startswith(NAME_BY_CLASS) for base in cls.outer_bases):
        yield _words(cls)


def _words(cls: Class) -> str:
    """`payment_outbox_pending`, of a class PaymentOutboxPending."""
    return _CAPITAL.sub("_", cls.name).lower()


def _columns(cls: Class) -> Iterator[tuple[str, Value | None]]:
    table = cls.find("__table__")
    if isinstance(table, Ref):
        yield from ((_key_of(column), column) for column in table.arguments[1:])
    for owner in cls.mro:
        for name in owner.fields:
            value = owner.members.get(name)
            if not name.startswith("__") and not isinstance(value, Function | Class):
                yield name, value


def _is_column(value: Value) -> bool:
    return isinstance(value, Ref) and COLUMN.match(value.name) is not None


def _name_of(declared: Value | None, attribute: str) -> str:
    """The column's own name, where it is declared under another."""
    if not isinstance(declared, Ref) or not COLUMN.match(declared.name):
        return attribute
    keywords = dict(declared.keywords)
    inner = keywords.get("sa_column")
    if inner is not None:
        return _name_of(inner, attribute)
    first = next(iter(declared.arguments), None)
    # The first argument of a Django field is what people call it, of SQLModel's a default.
    places = [first] if "Field" not in declared.name else []
    for value in (*places, keywords.get("db_column"), keywords.get("name")):
        if isinstance(value, Text) and value.known:
            return value.known
    return attribute


def _key_of(declared: Value) -> str:
    """What a column of a table object is called in code."""
    key = dict(declared.keywords).get("key") if isinstance(declared, Ref) else None
    return (key.known if isinstance(key, Text) else None) or _name_of(declared, "")


def mapped_attribute(machine: Machine, value: Value, name: str) -> Value | None:
    """A column or a manager of a class that maps to an outbox table; None for all else."""
    if not isinstance(value, Class | Ref):
        return None
    if isinstance(value, Ref) and AUTOMAP.search(value.name):
        return Ref("sqlalchemy.Table()", (Text((Glue(name),)),))
    model = model_of(machine, value)
    if model is None:
        return _all_of(value) if name in MANAGERS and isinstance(value, Class) else None
    member = value.find(name) if isinstance(value, Class) else None
    if name in ITSELF and not isinstance(member, Ref | Text):
        return value
    if name == "__table__":
        return member
    if name in MANAGERS or _is_manager(member):
        return select(model, manager=member.of if isinstance(member, Object) else None)
    if member is None or isinstance(member, Unknown) or _is_column(member):
        owner = value.name if isinstance(value, Class) else model.table
        return None if name.startswith("__") else Column(model.table, model.column(name), owner)
    return None


def _all_of(cls: Class) -> Query | None:
    """All objects of a class that has no outbox table, but leads to the rows of one."""
    members = (member for owner in cls.mro for member in owner.members.values())
    leads = any(isinstance(member, Query) for member in members)
    return Query("select", of=cls, entities=(Object(cls, {}),)) if leads else None


def is_relationship(member: Value | None) -> bool:
    """Whether a member stands for the rows of another class, as SQLAlchemy declares it."""
    return isinstance(member, Ref) and RELATIONSHIP.match(member.name) is not None


def _is_manager(member: Value | None) -> bool:
    match member:
        case Ref(name=name):
            return name.endswith(")") and MANAGER.match(name) is not None
        case Object(of=cls):
            return any(MANAGER.match(base) for base in cls.outer_bases)
    return False


def select(model: Model, *, manager: Class | None = None) -> Query:
    """All rows of a table, as objects where a class declares it."""
    entity = Object(model.of, {}) if isinstance(model.of, Class) else None
    reads = (model.table,)
    return Query("select", model.table, model.of, entities=(entity,), reads=reads, manager=manager)


def row_of(value: Value) -> Object | None:
    """The object that a value is, or is any one of."""
    match value:
        case Object():
            return value
        case Rows():
            return value.entity
    return None
