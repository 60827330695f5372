"""Writes that are put together: what each step of a statement or a query set says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.judging.binding import binds_of
from outbox_guard.frontends.python.orm import clocks
from outbox_guard.frontends.python.orm.models import Model, model_of, models_in, select
from outbox_guard.frontends.python.orm.selects import is_true, locked_of, narrowed, selected
from outbox_guard.frontends.python.orm.states import given, parameters_in
from outbox_guard.frontends.python.orm.writing import Draft, enter
from outbox_guard.frontends.python.values.combining import rows_of
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Call,
    Class,
    Column,
    Function,
    Items,
    Mapping,
    Query,
    Ref,
    Rows,
    Unknown,
    Value,
    join,
    options,
)
from outbox_guard.frontends.python.values.name_patterns import NamePattern
from outbox_guard.frontends.python.values.pieces import Text

CONSTRUCTORS = NamePattern(
    r"(?:(?:sqlalchemy|sqlmodel)(?:\.\w+)*|pypika(?:\.\w+)*\.\w*Query)"
    r"\.(?P<op>insert|update|delete|select)\Z"
)
WRITES = ("insert", "update", "delete")
SYNONYMS = {
    "insert_many": "insert",
    "insert_from": "insert",
    "insert_ignore": "insert",
    "_raw_delete": "delete",
    "delete_by_id": "delete",
    "set_by_id": "update",
    "update_many": "update",
    "truncate_table": "delete",
}
SETS = frozenset(("values", "set", "set_", "ordered_values", "returning_values"))
UPSERTS = frozenset(("on_conflict_do_update", "on_duplicate_key_update", "on_conflict"))
AT_ONCE = frozenset(("upsert", "upsert_many"))
ONE_ROW = frozenset(
    """
    get get_by_id get_or_none first last latest earliest one one_or_none
    scalar scalar_one scalar_one_or_none
    """.split()
)
NO_ROWS = frozenset(("count", "aggregate", "explain", "compile", "contains"))
# What `Model.method()` may be, in ORMs whose classes are their own managers.
ON_CLASSES = frozenset(
    """
    select filter filter_by all exclude where query get get_by_id get_or_none first create
    get_or_create update_or_create bulk_create bulk_update insert insert_many insert_from update
    set_by_id delete delete_by_id truncate_table raw objects columns insert_ignore upsert
    upsert_many update_many
    """.split()
)


def construct(site: Site, callee: Ref | Unknown) -> Query | None:
    """`insert(table)`, `update(Model)`, `delete(Model)`, `select(Model.id, …)`."""
    known = CONSTRUCTORS.match(callee.name)
    op = known["op"] if known else callee.name.rpartition(".")[2]
    first = site.arguments.get(0, "table", "entity")
    if op in WRITES and first is not None:
        for model in models_in(site.machine, first):
            # A name that is not in view is taken at its word; a method of a stranger is not.
            if known or (isinstance(callee, Unknown) and site.receiver_node is None):
                return _begin(site, select(model), op)
    return selected(site) if known and op == "select" else None


def on_table(site: Site, value: Class | Ref) -> Value | None:
    """`table.insert()`, `Model.filter(…)`: a method that the project did not define itself."""
    if site.method.removeprefix("a") not in ON_CLASSES and site.method not in ON_CLASSES:
        return None
    if isinstance(value, Class) and value.find(site.method) is not None:
        return None
    model = model_of(site.machine, value)
    if model is None or (site.method == "create" and not _gives_columns(site, model)):
        return None
    return chain(site, select(model))


def _gives_columns(site: Site, model: Model) -> bool:
    """`Model.create(state=…)` makes a row, SQLAlchemy's `table.create(engine)` a table."""
    columns = dict(model.columns)
    return model.active or any(key in columns for key, _ in site.arguments.keywords)


def chain(site: Site, query: Query) -> Value:
    """A method of a query."""
    method, arguments = site.method, site.arguments
    own = query.manager.find(method) if query.manager is not None else None
    if isinstance(own, Function):
        return site.machine.apply(replace(own, receiver=query), arguments)
    if method.startswith("a") and method[1:] in (*WRITES, *CREATES, *ONE_ROW):
        method = method[1:]
    method = SYNONYMS.get(method, method)
    query = replace(query, locked=locked_of(query.locked, arguments.all))
    clocks.filtered(site, query)
    if query.op != "select":
        return _continued(site, query, method)
    if method in WRITES:
        return _begin(site, query, method)
    if method in AT_ONCE:
        return settle(site, _begin(site, query, "insert"), mutates=True)
    if method in CREATES:
        return _created(site, query, method)
    if method == "columns" and arguments.positional:
        return replace(query, columns=arguments.positional)
    if method in ("raw", "from_statement"):
        run = site.machine.judge.run(
            arguments.get(0) or UNKNOWN, binds_of(arguments, 1), inside=site.scope.name
        )
        return replace(query, locked=locked_of(query.locked, [run]))
    if method in ONE_ROW:
        return rows_of(narrowed(site, query))
    return UNKNOWN if method in NO_ROWS else narrowed(site, query)


def _begin(site: Site, query: Query, op: str) -> Query:
    """A select or a table becomes a write."""
    match op:
        case "insert":
            begun = replace(query, op="insert")
        case "update":
            begun = replace(query, op="update")
        case _:
            begun = replace(query, op="delete")
    begun = replace(
        begun,
        origin=Call(site.scope.syntax, site.node),
        locked=locked_of(query.locked, site.arguments.all),
    )
    return settle(site, begun, _values(site, begun))


def settle(
    site: Site, query: Query, values: Iterable[Value] = (), *, mutates: bool = False
) -> Query:
    """Tell what is known of a write by now."""
    states = list(given(state_names(site, query), values))
    origin = query.origin
    if origin is not None and query.op != "select" and origin.syntax is site.scope.syntax:
        draft = Draft(query.op, query.table, states, mutates=mutates, locked=query.locked)
        enter(site.machine, site.scope, origin.node.func, draft)
    binds = [name for value in states for name in parameters_in(value)]
    return replace(query, binds=tuple(dict.fromkeys((*query.binds, *binds))))


def state_names(site: Site, query: Query) -> tuple[str, ...]:
    model = model_of(site.machine, query.of)
    column = site.machine.judge.names.outbox.state_column
    return (*(model.names(column) if model else (column,)), *query.binds)


def _values(site: Site, query: Query) -> list[Value]:
    """What a step gives to columns: `values(state=…)`, `values({…})`, `values([{…}, …])`."""
    values: list[Value] = [Mapping(site.arguments.keywords)]
    if (row := _row_by_position(site, query)) is not None:
        return [*values, row]
    for value in site.arguments.positional:
        values.extend(_by_name(site, query, option) for option in options(value))
    # `insert(table, values={…})`
    values.extend(v for k, v in site.arguments.keywords if k in ("values", "set_", "update"))
    return values


def _row_by_position(site: Site, query: Query) -> Mapping | None:
    """`columns("outbox_id", "state").insert(1, "FAILED")`, `set(table.state, "FAILED")`"""
    given: tuple[Value, ...] = site.arguments.positional
    match given:
        case (Column(name=name), value):
            return Mapping(((name, value),))
    names = [column.known for column in query.columns if isinstance(column, Text) and column.known]
    if not names or len(names) != len(given):
        return None
    return Mapping(tuple(zip(names, given, strict=True)))


def _by_name(site: Site, query: Query, value: Value) -> Value:
    """A row that is given by position, by the names of its columns."""
    if not isinstance(value, Items) or query.op == "delete":
        return value
    rows = [*value.items, *([] if value.rest is None else [value.rest])]
    if any(isinstance(option, Mapping | Items) for row in rows for option in options(row)):
        pairs = [row for row in rows if isinstance(row, Items)]
        if pairs and all(map(_is_pair, pairs)):
            return _pairs(pairs)
        return Items(tuple(_by_name(site, query, row) for row in rows))
    model = model_of(site.machine, query.of)
    names = [model.column(name) for name, _ in model.columns] if model else []
    if len(names) < len(value.items):
        return Mapping((), join(value.items))  # any of them may be the state
    return Mapping(tuple(zip(names, value.items, strict=False)))


def _is_pair(row: Items) -> bool:
    match row.items:
        case (Column(), _):
            return True
    return False


def _pairs(rows: Iterable[Items]) -> Mapping:
    """`ordered_values((table.c.state, "FAILED"), …)`"""
    named = ((row.items[0], row.items[1]) for row in rows)
    return Mapping(tuple((key.name, v) for key, v in named if isinstance(key, Column)))


def _continued(site: Site, query: Query, method: str) -> Query:
    """The next step of a write."""
    if method in SETS:
        return settle(site, query, _values(site, query))
    if method in UPSERTS:
        values = [value for _, value in site.arguments.keywords]
        return settle(site, query, values, mutates=True)
    if method == "from_select":
        return settle(site, query, _from_select(site))
    return settle(site, query)


def _from_select(site: Site) -> Iterator[Value]:
    """`insert(table).from_select(["outbox_id", "state"], select(…))`: columns by position."""
    names, source = site.arguments.get(0, "names"), site.arguments.get(1, "select")
    if isinstance(names, Items) and isinstance(source, Query):
        keys = (_key(name) for name in names.items)
        yield Mapping(tuple(zip(keys, source.columns, strict=False)))


def _key(value: Value) -> str:
    match value:
        case Text(known=str(name)) | Column(name=name):
            return name
    return ""


CREATES = frozenset(
    ("add", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update")
)


def _created(site: Site, query: Query, method: str) -> Value:
    """Methods of a manager that write at once."""
    arguments = site.arguments
    values: list[Value] = [Mapping(arguments.keywords)]
    for name in ("defaults", "create_defaults"):
        values.extend(v for v in [arguments.get(-1, name)] if v is not None)
    if method.startswith("bulk"):
        values.extend(_objects(arguments.get(0, "objs")))
    else:
        values.extend(arguments.positional)
    origin = Call(site.scope.syntax, site.node)
    begun = replace(query, op="update" if method == "bulk_update" else "insert", origin=origin)
    upserts = method == "update_or_create" or is_true(arguments.get(-1, "update_conflicts"))
    settle(site, begun, values, mutates=upserts)
    rows = rows_of(query)
    if method in ("get_or_create", "update_or_create"):
        return Items((rows, UNKNOWN))
    return rows


def _objects(value: Value | None) -> Iterator[Value]:
    """Objects, and what stands for the objects of a query, in a list or on their own."""
    for option in options(value) if value is not None else ():
        match option:
            case Items(items=items, rest=rest):
                for item in items if rest is None else (*items, rest):
                    yield from _objects(item)
            case Rows(entities=entities) | Query(entities=entities):
                yield from (entity for entity in entities if entity is not None)
            case _:
                yield option


def run(site: Site) -> Value | None:
    """A query is handed to what runs it, with the values of its parameters; its rows."""
    arguments = site.arguments
    held = [(n, v) for n, v in enumerate(arguments.positional) if _queries(v)]
    held += [(-1, v) for _, v in arguments.keywords if _queries(v)]
    if not held:
        return None
    position, value = held[0]
    parameters: list[Value] = [Mapping(arguments.keywords), *arguments.positional[position + 1 :]]
    parameters.extend(v for _, v in arguments.keywords if isinstance(v, Mapping | Items))
    queries = _queries(value)
    for query in queries:
        settle(site, query, parameters if query.op in ("insert", "update") else ())
    entities = next((query.entities for query in queries if query.entities), ())
    if len(queries) < len(options(value)):
        return None  # SQL text, in another branch: that is run by who runs SQL
    return Rows(locked_of((), queries), f"{site.spelling}()", entities)


def _queries(value: Value) -> list[Query]:
    return [option for option in options(value) if isinstance(option, Query)]
