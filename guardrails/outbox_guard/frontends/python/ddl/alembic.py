"""The DDL that operations of Alembic send."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.ddl import enums, wording
from outbox_guard.frontends.python.ddl.types import type_of
from outbox_guard.frontends.python.ddl.wording import Wording, glue, kind_of, listed, name
from outbox_guard.frontends.python.values.combining import concatenate_all
from outbox_guard.frontends.python.values.kinds import Ref, Value
from outbox_guard.frontends.python.values.pieces import Text

_OPERATION = re.compile(
    r"alembic\.op\.(?P<batch>batch_alter_table\(\)\.(?:__enter__\(\)\.)?)?(?P<name>\w+)\Z"
)


def operation_of(called: str) -> str:
    """Which operation a call is; "" for any other."""
    found = _OPERATION.match(called)
    return found["name"] if found and found["name"] in _STATEMENTS else ""


def statements(site: Site, operation: str, callee: Ref) -> Iterator[Value]:
    found = _OPERATION.match(callee.name)
    batch = found is not None and found["batch"] is not None
    table = next(iter(callee.arguments), None) if batch else None
    yield from _STATEMENTS[operation](_Operation(site, Wording.of(site), table))


@dataclass(frozen=True, slots=True)
class _Operation:
    site: Site
    words: Wording
    of_batch: Value | None  # the table of the batch that it is a part of

    def get(self, position: int, *names: str) -> Value | None:
        """An argument; within a batch, the table's place is left out."""
        return self.site.arguments.get(self._at(position), *names)

    def rest(self, position: int) -> Iterator[tuple[Value, Wording]]:
        """All arguments from a place on, with their words."""
        start, values = self._at(position), self.site.arguments.positional
        yield from list(zip(values, self.words.each(len(values)), strict=True))[start:]

    def _at(self, position: int) -> int:
        return position - 1 if self.of_batch is not None else position

    def table(self, position: int, *names: str) -> Value:
        table = self.of_batch
        if table is None:
            table = self.site.arguments.get(position, *names)
        space = self.site.arguments.get(-1, "schema")
        if isinstance(space, Text):
            return concatenate_all([name(space), glue("."), name(table)])
        return name(table)

    def say(self, words: str, *parts: Value) -> Value:
        return concatenate_all([self.words.say(words), *parts])

    def alter(self, table: Value, words: str, *parts: Value) -> Value:
        return self.say("ALTER TABLE", table, glue(" "), self.words.say(words), *parts)


def _create_table(op: _Operation) -> Iterator[Value]:
    state = op.site.machine.judge.names.outbox.state_column
    table = op.table(0, "table_name")
    elements = [e for value, words in op.rest(1) for e in element(value, words, state)]
    for value, words in op.rest(1):
        yield from _types(value, words)
    exists = "IF NOT EXISTS" if wording.is_true(op.get(-1, "if_not_exists")) else ""
    created = op.say(f"CREATE TABLE {exists}")
    yield concatenate_all([created, table, glue(" "), listed(elements)])
    for value, words in op.rest(1):
        if isinstance(value, Ref) and kind_of(value) == "Index":
            called, *columns = value.arguments or (wording.UNKNOWN_TEXT,)
            yield _index(words, called, table, columns, dict(value.keywords))


def _types(column: Value, words: Wording) -> Iterator[Value]:
    """The enum types that a column has need of."""
    if isinstance(column, Ref) and kind_of(column) == "Column":
        given = enumerate(column.arguments)
        told = [(value, words.argument(number)) for number, value in given]
        told += [(v, words.argument(-1, key)) for key, v in column.keywords if key == "type_"]
        for value, said in told:
            if isinstance(value, Ref):
                yield from enums.made_by(value, said)


def element(value: Value, words: Wording, state: str) -> Iterator[Value]:
    """A column or a constraint of a table; nothing for one that refers to others."""
    kind = kind_of(value)
    if not isinstance(value, Ref):
        return
    if kind == "Column":
        yield _column(value, words, state)
    elif kind == "CheckConstraint":
        yield constraint(value, words, wording.bracketed(_given(value, 0, "sqltext")))
    elif kind in _KEYS:
        columns = [name(column) for column in value.arguments]
        yield constraint(value, words, listed(columns), _KEYS[kind])


_KEYS: Mapping[str, str] = {"UniqueConstraint": "UNIQUE", "PrimaryKeyConstraint": "PRIMARY KEY"}


def constraint(value: Ref, words: Wording, what: Value, kind: str = "CHECK") -> Value:
    called = _given(value, -1, "name")
    named = [words.say("CONSTRAINT"), name(called), glue(" ")] if isinstance(called, Text) else []
    return concatenate_all([*named, words.say(kind), what])


def _given(value: Ref, position: int, *names: str) -> Value | None:
    if 0 <= position < len(value.arguments):
        return value.arguments[position]
    return next((given for key, given in value.keywords if key in names), None)


def _column(column: Ref, words: Wording, state: str) -> Value:
    """`Column(name, type, constraint, …, nullable=…, server_default=…)`"""
    keywords = dict(column.keywords)
    first, *others = column.arguments or (wording.UNKNOWN_TEXT,)
    parts: list[Value] = [name(first), glue(" "), type_of(others, keywords.get("type_")), glue(" ")]
    if wording.is_false(keywords.get("nullable")):
        parts.append(words.say("NOT NULL"))
    given = keywords.get("server_default")
    # The default of the state is a write of its own, and told where the column is told.
    if given is not None and not (isinstance(first, Text) and first.known == state):
        parts += [words.say("DEFAULT"), wording.default(given), glue(" ")]
    parts += wording.keys(keywords, words)
    for number, inner in enumerate(others, 1):
        if kind_of(inner) == "CheckConstraint":
            parts += element(inner, words.argument(number), state)
    return concatenate_all(parts)


def _add_column(op: _Operation) -> Iterator[Value]:
    state = op.site.machine.judge.names.outbox.state_column
    column = op.get(1, "column")
    if isinstance(column, Ref):
        words = op.words.argument(1 if op.of_batch is None else 0, "column")
        yield from _types(column, words)
        yield op.alter(op.table(0, "table_name"), "ADD COLUMN", _column(column, words, state))


def _drop_column(op: _Operation) -> Iterator[Value]:
    yield op.alter(op.table(0, "table_name"), "DROP COLUMN", name(op.get(1, "column_name")))


def _alter_column(op: _Operation) -> Iterator[Value]:
    table, column = op.table(0, "table_name"), name(op.get(1, "column_name"))
    nullable, given = op.get(-1, "nullable"), op.get(-1, "server_default")
    if wording.is_true(nullable) or wording.is_false(nullable):
        verb = "DROP" if wording.is_true(nullable) else "SET"
        yield op.alter(table, "ALTER COLUMN", column, glue(f" {verb} NOT NULL"))
    if given is not None:
        removed = given == wording.NOTHING
        change = (
            [glue(" DROP DEFAULT")] if removed else [glue(" SET DEFAULT "), wording.default(given)]
        )
        yield op.alter(table, "ALTER COLUMN", column, *change)
    kind = op.get(-1, "type_")
    if kind is not None:
        yield op.alter(table, "ALTER COLUMN", column, glue(" TYPE "), type_of((), kind))
    if (new := op.get(-1, "new_column_name")) is not None:
        yield op.alter(table, "", glue("RENAME COLUMN "), column, glue(" TO "), name(new))


def _drop_table(op: _Operation) -> Iterator[Value]:
    yield op.say("DROP TABLE", op.table(0, "table_name"))


def _rename_table(op: _Operation) -> Iterator[Value]:
    table, new = op.table(0, "old_table_name"), name(op.get(1, "new_table_name"))
    yield op.alter(table, "", glue("RENAME TO "), new)


def _add_check(op: _Operation) -> Iterator[Value]:
    called, what = op.get(0, "constraint_name"), op.get(2, "condition")
    if op.of_batch is not None:
        called = op.site.arguments.get(0, "constraint_name")
    table = op.table(1, "table_name", "source")
    yield op.alter(table, "ADD CONSTRAINT", name(called), glue(" CHECK "), wording.bracketed(what))


def _add_unique(op: _Operation) -> Iterator[Value]:
    yield _add_key(op, "UNIQUE")


def _add_primary_key(op: _Operation) -> Iterator[Value]:
    yield _add_key(op, "PRIMARY KEY")


def _add_key(op: _Operation, kind: str) -> Value:
    called = op.site.arguments.get(0, "constraint_name")
    columns = [name(column) for column in wording.members(op.get(2, "columns"))]
    table = op.table(1, "table_name", "source")
    return op.alter(table, "ADD CONSTRAINT", name(called), glue(f" {kind} "), listed(columns))


def _drop_constraint(op: _Operation) -> Iterator[Value]:
    called = op.site.arguments.get(0, "constraint_name")
    yield op.alter(op.table(1, "table_name"), "DROP CONSTRAINT", name(called))


def _create_index(op: _Operation) -> Iterator[Value]:
    called = op.site.arguments.get(0, "index_name")
    columns = wording.members(op.get(2, "columns"))
    keywords = dict(op.site.arguments.keywords)
    yield _index(op.words, called, op.table(1, "table_name"), columns, keywords)


def _index(
    words: Wording,
    called: Value | None,
    table: Value,
    columns: Iterable[Value],
    keywords: Mapping[str, Value],
) -> Value:
    unique = "UNIQUE " if wording.is_true(keywords.get("unique")) else ""
    where = keywords.get("postgresql_where")
    only = [] if where is None else [glue(" WHERE "), wording.bracketed(where)]
    head = words.say(f"CREATE {unique}INDEX")
    keys = listed(map(_key, columns))
    return concatenate_all([head, name(called), glue(" ON "), table, glue(" "), keys, *only])


def _key(column: Value) -> Value:
    """A column by its name, or an expression."""
    if isinstance(column, Text) and column.composed:
        return concatenate_all([glue("("), column, glue(")")])
    return name(column)


def _drop_index(op: _Operation) -> Iterator[Value]:
    yield op.say("DROP INDEX", name(op.site.arguments.get(0, "index_name")))


_STATEMENTS: Mapping[str, Callable[[_Operation], Iterator[Value]]] = {
    "create_table": _create_table,
    "drop_table": _drop_table,
    "rename_table": _rename_table,
    "add_column": _add_column,
    "drop_column": _drop_column,
    "alter_column": _alter_column,
    "create_check_constraint": _add_check,
    "create_unique_constraint": _add_unique,
    "create_primary_key": _add_primary_key,
    "drop_constraint": _drop_constraint,
    "create_index": _create_index,
    "drop_index": _drop_index,
}
