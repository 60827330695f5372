"""What DROP takes away: the thing, and all that cannot be without it."""

from __future__ import annotations

from outbox_guard.facts import Created, Drop
from outbox_guard.schema.functions import named_by
from outbox_guard.schema.objects import Register, Schema, StandingTable


def drop(schema: Schema, gone: Drop) -> None:
    match gone.kind:
        case "table":
            # Its columns, constraints, indexes and triggers go with it.
            schema.tables.take(gone.namespace, gone.name)
        case "index":
            for table in schema.tables:
                table.indexes = [each for each in table.indexes if each.name != gone.name]
        case "trigger":
            owner = schema.tables.find(gone.namespace, gone.of)
            if owner is not None:
                owner.triggers.pop(gone.name, None)
        case "function":
            _drop_functions(schema, gone)
        case "type":
            _drop_type(schema, gone)
        case "schema":
            _drop_schema(schema, gone)
        case _ if gone.kind in schema.others:
            schema.others[gone.kind].take(gone.namespace, gone.name)


def _drop_functions(schema: Schema, gone: Drop) -> None:
    known = schema.functions_named(gone.name)
    dropped = [f for f in known if named_by(f, gone)]
    schema.overloads[gone.name] = [f for f in known if f not in dropped]
    names = {f.name for f in dropped if f.returns == "trigger"}
    for table in schema.tables:
        # Without CASCADE the server refuses: then the trigger has gone in a way not seen here.
        table.triggers = {k: t for k, t in table.triggers.items() if t.function not in names}


def _drop_type(schema: Schema, gone: Drop) -> None:
    schema.types.take(gone.namespace, gone.name)
    schema.values.pop(gone.name, None)
    if gone.cascade:
        for table in schema.tables:
            _drop_columns_of(table, gone.name)


def _drop_columns_of(table: StandingTable, type_name: str) -> None:
    kept = {k: c for k, c in table.columns.items() if _last(c.type) != type_name}
    table.columns = kept


def _last(written: str) -> str:
    return written.rpartition(".")[2].removesuffix("[]").strip('"')


def _drop_schema(schema: Schema, gone: Drop) -> None:
    for register in (*schema.others.values(), schema.types):
        register.take_space(gone.name)
    schema.tables.take_space(gone.name)
    schema.others.get("schema", Register[Created]()).take("", gone.name)
    for name, known in schema.overloads.items():
        schema.overloads[name] = [f for f in known if f.namespace != gone.name]
