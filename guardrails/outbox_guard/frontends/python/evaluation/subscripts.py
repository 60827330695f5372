"""What `value[key]` and `value[start:stop]` are worth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache, partial

import libcst

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.evaluation.attributes import bound
from outbox_guard.frontends.python.orm.models import model_of, select, table_named
from outbox_guard.frontends.python.values import containers, text_operations
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import combine, each, rows_of, written
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Class,
    Constant,
    Cursor,
    Function,
    Items,
    Mapping,
    Object,
    Query,
    Ref,
    Rows,
    Unknown,
    Value,
    join,
)
from outbox_guard.frontends.python.values.pieces import Text

TABLES = re.compile(  # SQLAlchemy's, by their names
    r"(?:metadata(?:\(\))?\.tables|automap_base\(\)\.classes)\Z", re.IGNORECASE
)
DATABASES = re.compile(r"(?:(?:\A|[._])(?:db|database)|dataset\.connect\(\))\Z")  # of tables
COLLECTIONS = re.compile(
    r"(?:[Ll]ist|(?:[Ff]rozen|Abstract|Mutable)?[Ss]et|[Tt]uple|[Dd]eque|\w*[Ss]equence|(?:Async)?[Ii]ter\w*"
    r"|(?:Async)?Generator|Collection|Page|(?:Async)?ScalarResult)\Z"
)
MAPPINGS = re.compile(r"(?:dict|Dict|\w*Mapping|OrderedDict|defaultdict|DefaultDict)\Z")
TYPES = 500  # names that are remembered
QUERIES = re.compile(r"(?:\w*QuerySet|\w*Manager|Query|Select)\Z")  # types of queries, of ORMs


def subscript(machine: Machine, node: libcst.Subscript, scope: Scope) -> Value:
    """A member, or a part, of a value."""
    value = machine.evaluate(node.value, scope)
    part = node.slice[0].slice
    if isinstance(part, libcst.Slice):
        bounds = [
            Constant(None) if bound is None else machine.evaluate(bound, scope)
            for bound in (part.lower, part.upper, part.step)
        ]
        return each(value, lambda option: _sliced(option, bounds))
    indexes = [e.slice.value for e in node.slice if isinstance(e.slice, libcst.Index)]
    keys = [machine.evaluate(index, scope) for index in indexes]
    key = keys[0] if len(keys) == 1 else Items(tuple(keys))
    return combine(value, key, partial(item_of, machine))


def item_of(machine: Machine, value: Value, key: Value) -> Value:
    """`value[key]` of one value."""
    match value, key:
        case (Rows(), _):
            number = key.value if isinstance(key, Constant) else None
            return value.part(number) if isinstance(number, int) else value
        case (Cursor(), _):
            return value.rows
        case (Query(), _):
            return rows_of(value)
        case (Class(), Text(known=str(name))):
            return value.find(name) or value
        case (Class(), _):
            return value
        case (Ref(name=name) | Unknown(name=name), Text()) if TABLES.search(name):
            return Ref("sqlalchemy.Table()", (key,))
        case (Ref(name=name) | Unknown(name=name), Text(known=str(table))) if DATABASES.search(
            name
        ):
            guarded = machine.judge.names.is_guarded(table)
            return table_named(table) if guarded else Unknown(_named(name, key))
        case (Ref(name=name) | Unknown(name=name), Class() | Items()) if _is_type(name):
            return _type_of(machine, name, key)
        case (Ref(), _):
            return _generic(value, key)
        case (Object(), _) if isinstance(method := value.of.find("__getitem__"), Function):
            return machine.apply(bound(method, value), Arguments((key,)))
        case (Text(known=str()), Constant(value=int(at))):
            return text_operations.text_slice(value, at, at + 1 or None)
    return containers.element(value, key) or Unknown(_named(written(value), key))


@lru_cache(maxsize=TYPES)
def _is_type(name: str) -> bool:
    """Whether it is a type of what holds others: `list[Attempt]`."""
    last = name.rpartition(".")[2]
    return any(kind.match(last) for kind in (COLLECTIONS, MAPPINGS, QUERIES))


def _type_of(machine: Machine, name: str, key: Value) -> Value:
    """A type that names the class of what is held, as a value that holds it."""
    last = name.rpartition(".")[2]
    named = key.items if isinstance(key, Items) else (key,)
    classes = [value for value in named if isinstance(value, Class)]
    if not classes:
        return Unknown(name)
    if MAPPINGS.match(last):
        return Mapping((), join(classes))
    model = model_of(machine, classes[0]) if QUERIES.match(last) else None
    if model is not None:
        return select(model)
    return Items((), join(classes)) if COLLECTIONS.match(last) else Unknown(name)


def _named(owner: str, key: Value) -> str:
    """`app["pool"]` is called what `app.pool` is."""
    name = key.known if isinstance(key, Text) else None
    return f"{owner}.{name}" if owner and name is not None and name.isidentifier() else owner


def _generic(value: Ref, key: Value) -> Value:
    """`Optional[Pool]` is a Pool or none, `Sequence[Row]` a sequence; `environ["X"]` unknown."""
    last = value.name.rpartition(".")[2]
    if last in ("Optional", "Union", "Annotated", "Final", "ClassVar", "Mapped"):
        return join(key.items if isinstance(key, Items) else [key])
    return value if last[:1].isupper() else Unknown(value.name)


def _sliced(value: Value, bounds: Sequence[Value]) -> Value:
    if isinstance(value, Rows | Query):
        return value
    known = [b.value for b in bounds if isinstance(b, Constant) and not isinstance(b.value, float)]
    if len(known) < len(bounds):
        return value if isinstance(value, Items) else UNKNOWN
    start, stop, step = known
    if isinstance(value, Text) and value.known is not None:
        return text_operations.text_slice(value, start, stop, step)
    if isinstance(value, Items):
        return Items(value.items[slice(start, stop, step or None)], value.rest)
    return UNKNOWN
