"""Runs the body of a function, in SQL or in PL/pgSQL, statement by statement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from outbox_guard.frontends.sql.behaviour.evaluation.errors import Raised, errcode_in, sqlstate_of
from outbox_guard.frontends.sql.behaviour.evaluation.operators import unknown
from outbox_guard.frontends.sql.behaviour.evaluation.parsed import CannotFollow, NotRead
from outbox_guard.frontends.sql.behaviour.evaluation.scope import Rows
from outbox_guard.frontends.sql.behaviour.evaluation.terms import Opaque, Record, Value
from outbox_guard.frontends.sql.behaviour.execution.control import Control, Jump
from outbox_guard.frontends.sql.behaviour.execution.session import (
    Definition,
    Runner,
    Session,
    row_of,
)
from outbox_guard.frontends.sql.behaviour.execution.structure import Plain, Statement, tree
from outbox_guard.frontends.sql.routines.blocks import Item, PlpgsqlError
from outbox_guard.frontends.sql.routines.plpgsql import extract

_RECORD_TYPE = re.compile(r"%\s*rowtype\b|\brecord\b", re.IGNORECASE)
_ROW_COUNT = re.compile(r"([\w.]+)\s*(?::=|=)\s*row_count\b", re.IGNORECASE)


class _Returned(Exception):
    """RETURN."""


@dataclass(slots=True)
class _Cursor:
    rows: Iterator[Record]


@dataclass(slots=True)
class _Frame(Control):
    """A PL/pgSQL body while it runs: what its statements do, one by one."""

    cursors: dict[str, _Cursor] = field(default_factory=dict)
    output: Rows = field(default_factory=list)

    def plain(self, statement: Plain) -> None:
        last = statement.last
        match last.statement:
            case "declare":
                self._declare(statement.items)
            case "assign":
                self._set(last)
            case "return":
                self._return(statement.items)
            case "raise":
                self._raise(statement.items)
            case "exit" | "continue":
                self.leave(statement.items)
            case "get":
                self._diagnose(last)
            case "fetch" | "move":
                self._fetch(last)
            case "open":
                self._open(statement.items)
            case "assert":
                if not self.session.knowledge.truth(self._value(statement.items[0])):
                    raise Raised("P0004", last.at)
            case "sql" | "perform" | "execute":
                self._sql(last)

    def _declare(self, items: Sequence[Item]) -> None:
        for item in items:
            if item.kind == "cursor":
                self.queries[item.cursor] = item
            elif item.kind == "declaration":
                if self._is_row(item.text):
                    self.records.add(item.targets[0])
                self.variables[item.targets[0]] = None
            else:
                self.variables[item.targets[0]] = self._value(item)

    def _is_row(self, declaration: str) -> bool:
        names = self.session.database.names
        return bool(_RECORD_TYPE.search(declaration)) or any(
            names.is_guarded(word) and "%" not in declaration
            for word in re.split(r"[\s.]+", declaration.lower())
        )

    def _set(self, item: Item) -> None:
        value = self._value(item)
        if "[" in self.text[item.at : item.start]:
            value = unknown("an array", value)
        self._fill(item.targets[0], value)

    def _return(self, items: Sequence[Item]) -> None:
        first, last = items[0], items[-1]
        query = next((item for item in items if item.kind in ("query", "dynamic")), None)
        if query is not None:
            rows = self._rows_of(query)
            self.output += rows
            self._count(len(rows))
        elif first.kind == "expression":
            value = self._value(first)
            self.output.append(value if isinstance(value, Record) else Record((("", value),)))
        if last.kind == "control":
            raise _Returned

    def _raise(self, items: Sequence[Item]) -> None:
        item = items[-1]
        if item.level != "exception":
            return
        if item.text.strip().lower() == "raise" and self.error is not None:
            raise self.error
        condition: Value = item.condition
        if not condition and (code := errcode_in(item.text)):
            condition = self.session.value(code, item.at, self.variables)
            if not isinstance(condition, str):
                condition = "of unknown SQLSTATE"
        raise Raised(sqlstate_of(str(condition or "raise_exception")), item.at)

    def _diagnose(self, item: Item) -> None:
        for target in item.targets:
            self.variables[target] = Opaque(target)
        for target in _ROW_COUNT.findall(item.text):
            self._fill(target.lower(), self.row_count)

    def _open(self, items: Sequence[Item]) -> None:
        item = items[-1]
        name = item.cursor
        source = item if item.kind in ("query", "dynamic") else self.queries.get(name)
        if source is None:
            raise CannotFollow(f"the query of the cursor {name} is not known", item.at)
        self.cursors[name] = _Cursor(iter(self._rows_of(source)))

    def _fetch(self, item: Item) -> None:
        cursor = self.cursors.get(item.cursor)
        if cursor is None:
            raise CannotFollow(f"the query of the cursor {item.cursor} is not known", item.at)
        row = next(cursor.rows, None)
        self.variables[item.cursor] = row
        self._count(row is not None)
        self._assign(item.targets, row)

    def _sql(self, item: Item) -> None:
        rows = self._rows_of(item)
        if item.targets:
            if not rows and "strict" in self.text[item.at : item.end].lower().split():
                raise Raised("P0002", item.at)
            self._assign(item.targets, rows[0] if rows else None)
            rows = rows[:1]
        found = self.variables.get("found")
        self._count(len(rows))
        if item.kind == "dynamic":
            self.variables["found"] = found  # EXECUTE leaves FOUND alone


@lru_cache(maxsize=64)
def _statements(text: str) -> tuple[Statement, ...]:
    """A body as its statements; it is run many times over."""
    try:
        return tuple(tree(extract(text)))
    except PlpgsqlError as error:
        raise NotRead(error.what, error.offset) from error


def _plpgsql(session: Session, definition: Definition, variables: dict[str, Value]) -> Rows:
    text = definition.text.text
    statements = _statements(text)
    variables["found"] = False
    frame = _Frame(session, text, variables)
    with suppress(_Returned, Jump):
        frame.run(statements)
    outs = [p.name for p in definition.routine.signature.parameters if p.is_returned]
    if outs and not frame.output:
        return [row_of(frame.variables, outs)]
    return frame.output


def _sql(session: Session, definition: Definition, variables: dict[str, Value]) -> Rows:
    text = definition.text.text
    body = definition.routine.body
    if body is not None and body.form == "return":
        return session.rows(f"select {text}", 0, variables)
    return session.script(text, None, variables)


RUNNERS: Mapping[str, Runner] = {"plpgsql": _plpgsql, "sql": _sql}
