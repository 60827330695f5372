"""The declarations of `schema/`, applied one after the other as a server would."""

from __future__ import annotations

from dataclasses import replace

from outbox_guard.facts import (
    Column,
    Comment,
    Constraint,
    Created,
    Declaration,
    DomainCheck,
    DomainDefault,
    Drop,
    EnumValue,
    Function,
    FunctionChange,
    Index,
    Rename,
    Rewriting,
    RowSecurity,
    Table,
    Trigger,
    TriggerMode,
)
from outbox_guard.schema.objects import Register, Schema, StandingTable
from outbox_guard.schema.replay.dropping import drop
from outbox_guard.schema.replay.functions import altered
from outbox_guard.schema.replay.naming import index_name
from outbox_guard.schema.replay.renaming import rename
from outbox_guard.schema.replay.tables import (
    add_constraint,
    change_column,
    created_table,
    drop_columns,
    names_taken,
)


def apply(schema: Schema, declaration: Declaration) -> None:
    """What a declaration makes of the schema as it stands when its turn comes."""
    if _belongs_to_passed_over(schema, declaration):
        return
    match declaration:
        case Table(change="create"):
            _create_table(schema, declaration)
        case (
            Table()
            | Column()
            | Constraint()
            | Trigger()
            | TriggerMode()
            | Rewriting()
            | RowSecurity()
            | Index()
        ):
            table = schema.tables.find(declaration.namespace, declaration.table)
            if table is not None:
                _change_table(schema, table, declaration)
        case Created():
            _create(schema, declaration)
        case DomainCheck() | DomainDefault():
            _change_domain(schema, declaration)
        case EnumValue():
            _add_value(schema.values.setdefault(declaration.type, []), declaration)
        case Function():
            _create_function(schema, declaration)
        case FunctionChange():
            known = schema.functions_named(declaration.name)
            schema.overloads[declaration.name] = [altered(f, declaration) for f in known]
        case Comment():
            key = (declaration.kind, declaration.of, declaration.name)
            schema.comments[key] = declaration
        case Rename():
            rename(schema, declaration)
        case Drop():
            drop(schema, declaration)


def _change_domain(schema: Schema, declaration: DomainCheck | DomainDefault) -> None:
    if isinstance(declaration, DomainDefault):
        schema.domain_defaults[declaration.name] = declaration
        return
    known = schema.domain_checks.setdefault(declaration.name, [])
    if declaration.change == "add":
        known.append(declaration)
    else:
        known[:] = [each for each in known if each.constraint != declaration.constraint]


def _create_table(schema: Schema, declaration: Table) -> None:
    known = schema.tables.known(declaration.namespace, declaration.table)
    if known and declaration.conditional:
        schema.passed_over.add((declaration.statement, ""))
        return
    table = created_table(schema, declaration)
    schema.tables.put(declaration.namespace, declaration.table, table)


def _belongs_to_passed_over(schema: Schema, declaration: Declaration) -> bool:
    """Whether it is a part of something that IF NOT EXISTS, or a branch, did not make again."""
    at = declaration.statement
    if (at, "") in schema.passed_over:
        return True
    of_column = declaration.at_column if isinstance(declaration, Constraint) else ""
    return of_column != "" and (at, of_column) in schema.passed_over


def _change_table(schema: Schema, table: StandingTable, declaration: Declaration) -> None:
    match declaration:
        case Table(change="attach" | "detach", parent=parent, is_partition=is_partition):
            table.created = replace(table.created, parent=parent, is_partition=is_partition)
        case Table():
            drop_columns(table, declaration)
        case Column(change="add", conditional=True) if declaration.column in table.columns:
            schema.passed_over.add((declaration.statement, declaration.column))
        case Column():
            change_column(table, declaration)
        case Constraint():
            add_constraint(schema, table, declaration)
        case Index():
            _create_index(schema, table, declaration)
        case Trigger():
            if declaration.name not in table.triggers or not declaration.conditional:
                table.triggers[declaration.name] = declaration
        case Rewriting() | RowSecurity():
            _come_between(table, declaration)
        case TriggerMode():
            for name, trigger in table.triggers.items():
                if declaration.name in (name, "*"):
                    table.triggers[name] = replace(trigger, enabled=declaration.enabled)
            _switch_inherited(schema, table, declaration)


def _switch_inherited(schema: Schema, table: StandingTable, mode: TriggerMode) -> None:
    """A partition has the triggers of the table above, which are switched with those of that."""
    if table.created.is_partition:
        before = {} if mode.name == "*" else table.switched
        table.switched = {**before, mode.name: mode.enabled}
    for part in schema.tables:
        if part.created.is_partition and part.created.parent.rpartition(".")[2] == table.name:
            kept = part.switched.items() if mode.name != "*" else ()
            part.switched = {name: enabled for name, enabled in kept if name != mode.name}


def _come_between(table: StandingTable, declaration: Rewriting | RowSecurity) -> None:
    if isinstance(declaration, Rewriting):
        table.rules[declaration.name] = declaration
    else:
        table.row_security = declaration if declaration.forced else None


def _create_index(schema: Schema, table: StandingTable, index: Index) -> None:
    if not index.name:
        name = index_name(index, table.columns, names_taken(schema, table.created.namespace))
        index = replace(index, name=name)
    elif index.conditional and index.name in names_taken(schema, table.created.namespace):
        return
    table.indexes = [each for each in table.indexes if each.name != index.name]
    table.indexes.append(replace(index, table=table.name))


def _create(schema: Schema, declaration: Created) -> None:
    register = _register(schema, declaration.kind)
    known = register.known(declaration.namespace, declaration.name)
    if known and declaration.conditional:
        schema.passed_over.add((declaration.statement, ""))
        return
    if declaration.kind == "type":
        schema.values[declaration.name] = []
    register.put(declaration.namespace, declaration.name, declaration)


def _register(schema: Schema, kind: str) -> Register[Created]:
    return schema.types if kind == "type" else schema.others.setdefault(kind, Register())


def _add_value(values: list[EnumValue], value: EnumValue) -> None:
    if all(each.value != value.value for each in values):
        values.append(value)


def _create_function(schema: Schema, function: Function) -> None:
    """One of the same signature is replaced, whether or not OR REPLACE says so."""
    others = [f for f in schema.functions_named(function.name) if not _same(f, function)]
    schema.overloads[function.name] = [*others, function]


def _same(one: Function, other: Function) -> bool:
    spaces = {one.namespace, other.namespace}
    return one.identity == other.identity and (len(spaces) == 1 or "" in spaces)
