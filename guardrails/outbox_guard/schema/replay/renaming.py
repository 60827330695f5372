"""What ALTER … RENAME and SET SCHEMA make of the things that stand."""

from __future__ import annotations

import re
from dataclasses import replace

from outbox_guard.facts import Check, Constraint, Function, Index, Rename
from outbox_guard.schema.identifiers import last_name, quoted
from outbox_guard.schema.objects import Schema, StandingTable
from outbox_guard.schema.replay.functions import named_by
from outbox_guard.truth import formula_of, renamed, text_of


def rename(schema: Schema, change: Rename) -> None:
    """Give a thing its other name, or another schema."""
    match change.kind:
        case "table" | "view" | "index":
            if not _rename_relation(schema, change):
                _rename_other(schema, change)
        case "column" | "constraint" | "trigger":
            table = schema.tables.find(change.namespace, change.of)
            if table is not None:
                _rename_part(table, change)
        case "type":
            _rename_type(schema, change)
        case "value":
            schema.values[change.of] = [
                replace(each, value=change.to) if each.value == change.name else each
                for each in schema.values.get(change.of, ())
            ]
        case "function":
            _rename_functions(schema, change)
        case _:
            _rename_other(schema, change)


def _rename_relation(schema: Schema, change: Rename) -> bool:
    """ALTER TABLE may rename an index or a view as well, and ALTER INDEX a table."""
    table = schema.tables.take(change.namespace, change.name)
    if table is not None:
        _move_table(schema, table, change)
        return True
    for other in schema.tables:
        for position, index in enumerate(other.indexes):
            if index.name == change.name and change.to:
                other.indexes[position] = replace(index, name=change.to)
                return True
    return False


def _move_table(schema: Schema, table: StandingTable, change: Rename) -> None:
    name, space = change.to or table.name, change.into or table.created.namespace
    table.created = replace(table.created, table=name, namespace=space)
    table.columns = {k: replace(c, table=name) for k, c in table.columns.items()}
    table.constraints = [replace(each, table=name) for each in table.constraints]
    table.indexes = [replace(each, table=name) for each in table.indexes]
    table.triggers = {k: replace(t, table=name) for k, t in table.triggers.items()}
    table.rules = {k: replace(r, table=name) for k, r in table.rules.items()}
    schema.tables.put(space, name, table)


def _rename_other(schema: Schema, change: Rename) -> None:
    for kind in dict.fromkeys((change.kind, "view", "sequence")):
        register = schema.others.get(kind)
        thing = register.take(change.namespace, change.name) if register is not None else None
        if register is not None and thing is not None:
            name, space = change.to or thing.name, change.into or thing.namespace
            register.put(space, name, replace(thing, name=name, namespace=space))
            return


def _rename_part(table: StandingTable, change: Rename) -> None:
    match change.kind:
        case "trigger" if change.name in table.triggers:
            trigger = table.triggers.pop(change.name)
            table.triggers[change.to] = replace(trigger, name=change.to)
        case "constraint":
            table.constraints = [
                replace(each, name=change.to) if each.name == change.name else each
                for each in table.constraints
            ]
        case "column":
            _rename_column(table, change.name, change.to)


def _rename_column(table: StandingTable, old: str, new: str) -> None:
    table.columns = {
        (new if name == old else name): replace(
            column,
            column=new if name == old else name,
            formula=_in_formula(column.formula, old, new),
        )
        for name, column in table.columns.items()
    }
    table.constraints = [_in_constraint(each, old, new) for each in table.constraints]
    table.indexes = [_in_index(each, old, new) for each in table.indexes]


def _in_constraint(constraint: Constraint, old: str, new: str) -> Constraint:
    if isinstance(constraint, Check):
        constraint = replace(constraint, formula=_in_formula(constraint.formula, old, new))
    return replace(
        constraint,
        columns=_in_names(constraint.columns, old, new),
        expression=_in_expression(constraint.expression, old, new),
    )


def _in_index(index: Index, old: str, new: str) -> Index:
    return replace(
        index,
        columns=_in_names(index.columns, old, new),
        predicate=_in_expression(index.predicate, old, new),
        formula=_in_formula(index.formula, old, new),
    )


def _in_formula(formula: str, old: str, new: str) -> str:
    return text_of(renamed(formula_of(formula), old, new)) if formula else ""


def _in_names(names: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if name == old else _in_expression(name, old, new) for name in names)


def _in_expression(expression: str, old: str, new: str) -> str:
    """The expression with a column's new name, outside of literals and quoted names."""
    pattern = rf"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\b{re.escape(old)}\b"
    return re.sub(pattern, lambda m: new if m[0] == old else m[0], expression)


def _rename_type(schema: Schema, change: Rename) -> None:
    made = schema.types.take(change.namespace, change.name)
    if made is None:
        return
    name, space = change.to or made.name, change.into or made.namespace
    schema.types.put(space, name, replace(made, name=name, namespace=space))
    values = schema.values.pop(change.name, [])
    schema.values[name] = [replace(each, type=name) for each in values]
    if change.to:
        _rename_domain(schema, change)
        for table in schema.tables:  # a column knows its type, and not that type's name
            table.columns = {
                key: replace(column, type=_in_type(column.type, change.name, change.to))
                for key, column in table.columns.items()
            }


def _rename_domain(schema: Schema, change: Rename) -> None:
    """What a domain gives to the columns of it."""
    if change.name in schema.domain_checks:
        schema.domain_checks[change.to] = schema.domain_checks.pop(change.name)
    if change.name in schema.domain_defaults:
        default = schema.domain_defaults.pop(change.name)
        schema.domain_defaults[change.to] = replace(default, name=change.to)


def _in_type(written: str, old: str, new: str) -> str:
    """A type as it is written, with its new name where this was its old one."""
    if last_name(written) != old:
        return written
    modifiers = re.search(r"[\[(].*", written)
    space, dot, _ = written[: modifiers.start() if modifiers else None].rpartition(".")
    return f"{space}{dot}{quoted(new)}{modifiers[0] if modifiers else ''}"


def _rename_functions(schema: Schema, change: Rename) -> None:
    known = schema.overloads.pop(change.name, [])
    for function in known:
        renamed = _renamed(function, change) if named_by(function, change) else function
        schema.overloads.setdefault(renamed.name, []).append(renamed)
    if change.to and not schema.overloads.get(change.name):
        # A trigger knows its function, and not that function's name.
        for table in schema.tables:
            table.triggers = {
                name: replace(trigger, function=change.to)
                if trigger.function == change.name
                else trigger
                for name, trigger in table.triggers.items()
            }


def _renamed(function: Function, change: Rename) -> Function:
    name, space = change.to or function.name, change.into or function.namespace
    identity = name + function.identity[len(function.name) :]
    return replace(function, name=name, namespace=space, identity=identity)
