"""What DROP takes away: the thing, and all that cannot be without it."""

from __future__ import annotations

from outbox_guard.facts import Created, Drop
from outbox_guard.schema.identifiers import last_name
from outbox_guard.schema.objects import Register, Schema
from outbox_guard.schema.replay.functions import named_by
from outbox_guard.schema.replay.tables import drop_column


def drop(schema: Schema, gone: Drop) -> None:
    """Take a thing away, with what cannot be without it."""
    match gone.kind:
        case "table":
            # Its columns, constraints, indexes and triggers go with it.
            schema.tables.take(gone.namespace, gone.name, exact=gone.conditional)
        case "index":
            _drop_index(schema, gone)
        case "trigger":
            owner = schema.tables.find(gone.namespace, gone.of, exact=gone.conditional)
            if owner is not None:
                owner.triggers.pop(gone.name, None)
        case "rule":
            owner = schema.tables.find(gone.namespace, gone.of, exact=gone.conditional)
            if owner is not None:
                owner.rules.pop(gone.name, None)
        case "function":
            _drop_functions(schema, gone)
        case "type":
            _drop_type(schema, gone)
        case "schema":
            _drop_schema(schema, gone)
        case _ if gone.kind in schema.others:
            schema.others[gone.kind].take(gone.namespace, gone.name, exact=gone.conditional)


def _drop_index(schema: Schema, gone: Drop) -> None:
    """It is in the schema of its table; a bare name means one of public, if there is one."""
    having = [t for t in schema.tables if any(index.name == gone.name for index in t.indexes)]
    space = gone.namespace or "public"
    exact = [t for t in having if (t.created.namespace or "public") == space]
    for table in exact or ([] if gone.conditional else having):
        table.indexes = [index for index in table.indexes if index.name != gone.name]


def _drop_functions(schema: Schema, gone: Drop) -> None:
    known = schema.functions_named(gone.name)
    dropped = [f for f in known if named_by(f, gone)]
    schema.overloads[gone.name] = [f for f in known if f not in dropped]
    names = {f.name for f in dropped if f.returns == "trigger"}
    for table in schema.tables:
        # Without CASCADE the server refuses: then the trigger has gone in a way not seen here.
        table.triggers = {k: t for k, t in table.triggers.items() if t.function not in names}


def _drop_type(schema: Schema, gone: Drop) -> None:
    if schema.types.take(gone.namespace, gone.name, exact=gone.conditional) is None:
        return
    for given in (schema.values, schema.domain_checks, schema.domain_defaults):
        given.pop(gone.name, None)
    if gone.cascade:
        for table in schema.tables:
            for name in [n for n, c in table.columns.items() if last_name(c.type) == gone.name]:
                drop_column(table, name)


def _drop_schema(schema: Schema, gone: Drop) -> None:
    for register in (*schema.others.values(), schema.types):
        register.take_space(gone.name)
    schema.tables.take_space(gone.name)
    schema.others.get("schema", Register[Created]()).take("", gone.name)
    for name, known in schema.overloads.items():
        schema.overloads[name] = [f for f in known if f.namespace != gone.name]
