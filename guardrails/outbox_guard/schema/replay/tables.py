"""A table while its schema is replayed: columns and constraints that come, change and go."""

from __future__ import annotations

from dataclasses import replace

from outbox_guard.facts import Column, Constraint, Table
from outbox_guard.schema.objects import Schema, StandingTable
from outbox_guard.schema.replay.naming import constraint_name, index_name, is_about


def created_table(schema: Schema, declaration: Table) -> StandingTable:
    """A new table, with what LIKE and PARTITION OF take over from another one."""
    table = StandingTable(declaration)
    if declaration.parent:
        model = schema.tables.find("", declaration.parent)
        if model is not None:
            table.columns = dict(model.columns)
    elif declaration.like:
        space, _, name = declaration.like[0].rpartition(".")
        model = schema.tables.find(space, name)
        if model is not None:
            _take_over(schema, table, model, declaration.like[1:])
    return table


def _take_over(
    schema: Schema, table: StandingTable, model: StandingTable, including: tuple[str, ...]
) -> None:
    """LIKE: the columns with their NOT NULL, and what is INCLUDING; triggers never."""
    created = table.created

    def wanted(kind: str) -> bool:
        return kind in including or "all" in including

    for name, column in model.columns.items():
        default = column.default if wanted("defaults") else ""
        table.columns[name] = replace(
            column, table=created.table, default=default, place=created.place
        )
    for constraint in model.constraints:
        of_index = constraint.kind in ("unique", "primary key", "exclude")
        if wanted("indexes") if of_index else wanted("constraints") and constraint.kind == "check":
            here = replace(constraint, table=created.table, place=created.place)
            add_constraint(schema, table, replace(here, name="") if of_index else here)
    if wanted("indexes"):
        for index in model.indexes:
            copy = replace(index, table=created.table, place=created.place)
            taken = names_taken(schema, created.namespace) | {each.name for each in table.indexes}
            name = index_name(copy, table.columns, taken)
            table.indexes.append(replace(copy, name=name))


def drop_columns(table: StandingTable, declaration: Table) -> None:
    """DROP COLUMN takes along what is about it; what ADD COLUMN adds is told by a Column."""
    if declaration.change == "drop":
        for name in declaration.columns:
            drop_column(table, name)


def drop_column(table: StandingTable, name: str) -> None:
    """The column, and all constraints and indexes that are about it."""
    table.columns.pop(name, None)
    table.constraints = [each for each in table.constraints if not is_about(each, name)]
    table.indexes = [each for each in table.indexes if not is_about(each, name)]


def change_column(table: StandingTable, column: Column) -> None:
    """Add a column, or change a part of it."""
    known = table.columns.get(column.column)
    match column.change:
        case "add":
            table.columns[column.column] = replace(column, table=table.name)
        case _ if known is None:
            pass  # of a table whose columns are not all known, as of CREATE TABLE AS
        case "type":
            table.columns[column.column] = replace(known, type=column.type)
        case "default":
            table.columns[column.column] = replace(known, default=column.default)
        case "not null":
            table.columns[column.column] = replace(known, not_null=column.not_null)


def add_constraint(schema: Schema, table: StandingTable, constraint: Constraint) -> None:
    match constraint.change:
        case "drop":
            table.constraints = [c for c in table.constraints if c.name != constraint.name]
        case "validate":
            table.constraints = [
                replace(c, valid=True) if c.name == constraint.name else c
                for c in table.constraints
            ]
        case "add":
            _add(schema, table, constraint)


def _add(schema: Schema, table: StandingTable, constraint: Constraint) -> None:
    names = {each.name for each in table.constraints}
    if constraint.conditional and constraint.name and constraint.name in names:
        return
    if constraint.index:
        constraint = _using_index(table, constraint)
    elif not constraint.name:
        taken = names_taken(schema, table.created.namespace) | names
        name = constraint_name(constraint, table.columns, taken)
        constraint = replace(constraint, name=name)
    table.constraints.append(replace(constraint, table=table.name))


def names_taken(schema: Schema, namespace: str) -> set[str]:
    """The names of the constraints and indexes of a schema: none of them is chosen again."""
    near = ("", "public") if namespace in ("", "public") else (namespace,)
    tables = [table for table in schema.tables if table.created.namespace in near]
    constraints = (constraint.name for table in tables for constraint in table.constraints)
    return {*constraints, *(index.name for table in tables for index in table.indexes)}


def _using_index(table: StandingTable, constraint: Constraint) -> Constraint:
    """ADD CONSTRAINT … USING INDEX makes an index a part of a constraint, with its name."""
    index = next((each for each in table.indexes if each.name == constraint.index), None)
    columns = index.columns if index is not None else ()
    table.indexes = [each for each in table.indexes if each is not index]
    return replace(constraint, name=constraint.name or constraint.index, columns=columns)
