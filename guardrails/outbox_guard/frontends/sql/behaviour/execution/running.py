"""Runs the body of a function: SQL statement by statement, PL/pgSQL with all its control."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from outbox_guard.frontends.sql.behaviour.evaluation.errors import (
    Raised,
    catches,
    errcode_in,
    sqlstate_of,
)
from outbox_guard.frontends.sql.behaviour.evaluation.operators import unknown
from outbox_guard.frontends.sql.behaviour.evaluation.parsed import CannotFollow, NotRead
from outbox_guard.frontends.sql.behaviour.evaluation.scope import Rows
from outbox_guard.frontends.sql.behaviour.evaluation.terms import Opaque, Record, Value
from outbox_guard.frontends.sql.behaviour.execution.session import (
    Definition,
    Runner,
    Session,
    row_of,
)
from outbox_guard.frontends.sql.behaviour.execution.structure import (
    Block,
    Branch,
    Choice,
    Loop,
    Plain,
    Statement,
    tree,
)
from outbox_guard.frontends.sql.behaviour.execution.variables import Variables
from outbox_guard.frontends.sql.routines.blocks import Item, PlpgsqlError
from outbox_guard.frontends.sql.routines.plpgsql import extract

_MOST_TURNS = 25
_UNKNOWN_TURNS = 2  # of a loop whose end is not known
_RECORD_TYPE = re.compile(r"%\s*rowtype\b|\brecord\b", re.IGNORECASE)
_LABEL = re.compile(r"<<\s*(\w+)\s*>>\s*(?:declare\b(?:(?!\bbegin\b).)*)?\Z", re.I | re.S)
_ROW_COUNT = re.compile(r"([\w.]+)\s*(?::=|=)\s*row_count\b", re.IGNORECASE)


class _Returned(Exception):
    """RETURN."""


class _Jump(Exception):
    """EXIT or CONTINUE, of the innermost loop or of what has a label."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


class _Left(_Jump):
    """EXIT."""


class _NextTurn(_Jump):
    """CONTINUE."""


@dataclass(slots=True)
class _Cursor:
    rows: Iterator[Record]


@dataclass(slots=True)
class _Frame(Variables):
    """A PL/pgSQL body while it runs."""

    cursors: dict[str, _Cursor] = field(default_factory=dict)
    output: Rows = field(default_factory=list)
    error: Raised | None = None  # that the handler at hand has caught

    def run(self, statements: Iterable[Statement]) -> None:
        for each in statements:
            match each:
                case Plain():
                    self._plain(each)
                case Choice():
                    self._choice(each)
                case Loop():
                    self._loop(each)
                case Block():
                    self._block(each)

    # -- control ---------------------------------------------------------------------------

    def _choice(self, choice: Choice) -> None:
        subject = self._value(choice.subject) if choice.subject is not None else None
        for branch in choice.branches:
            if self._enters(branch, choice.subject is not None, subject):
                self.run(branch.body)
                return
        first = next((head for branch in choice.branches for head in branch.heads), None)
        if first is not None and first.statement == "when":  # a CASE, and no IF
            raise Raised(sqlstate_of("case_not_found"), first.at)

    def _enters(self, branch: Branch, compares: bool, subject: Value) -> bool:
        if not branch.heads:
            return True
        head = branch.heads[0]
        if not compares:
            return bool(self.session.knowledge.truth(self._value(head)))
        values = self.session.values(head.text, head.at, self.variables)
        return any(self.session.knowledge.equal(subject, value) for value in values)

    def _label(self, start: int) -> str:
        """The label that stands before a loop or block."""
        found = _LABEL.search(self.text, 0, start)
        return found[1].lower() if found else ""

    def _block(self, block: Block) -> None:
        try:
            self._guarded(block)
        except _Left as left:
            if not left.label or left.label != self._label(block.start):
                raise

    def _guarded(self, block: Block) -> None:
        """A block with its handlers."""
        if not block.handlers:
            self.run(block.body)
            return
        mark = self.session.database.mark()
        try:
            self.run(block.body)
        except Raised as error:
            handler = next(
                (h for h in block.handlers if catches(h.heads[0].text, error.sqlstate)), None
            )
            if handler is None:
                raise
            self.session.database.roll_back(mark)
            around, self.error = self.error, error
            self.variables["sqlstate"] = error.sqlstate
            try:
                self.run(handler.body)
            finally:
                self.error = around

    def _loop(self, loop: Loop) -> None:
        turns = 0
        for _ in self._turns(loop.heads):
            turns += 1
            if turns > _MOST_TURNS:
                at = loop.heads[0].at if loop.heads else None
                raise CannotFollow(f"a loop that has not ended after {_MOST_TURNS} turns", at)
            try:
                self.run(loop.body)
            except _Jump as jump:
                if jump.label and jump.label != self._label(loop.start):
                    raise
                if isinstance(jump, _Left):
                    break
        if loop.heads and loop.heads[0].statement in ("for", "foreach"):
            self.variables["found"] = turns > 0

    def _turns(self, heads: Sequence[Item]) -> Iterator[None]:
        """One for each turn of the loop, with its variables filled."""
        if not heads:
            while True:
                yield
        last = heads[-1]
        if last.statement == "while":
            while self.session.knowledge.truth(self._value(last)):
                yield
            return
        if last.statement == "foreach":
            for value in self.session.knowledge.elements(self._value(last)):
                self._assign(heads[0].targets, Record((("", value),)))
                yield
            return
        if all(head.kind == "expression" for head in heads) and heads[0].targets:
            yield from self._range(heads)
            return
        filling = next(head for head in heads if head.targets or head.kind != "expression")
        for row in self._rows_of(filling):
            if filling.cursor:
                self.variables[filling.cursor] = row
            self.records.update(filling.targets if len(filling.targets) == 1 else ())
            self._assign(filling.targets, row)
            yield

    def _range(self, heads: Sequence[Item]) -> Iterator[None]:
        """From the first to the last, by the third; REVERSE goes down."""
        low, high, step = (*map(self._value, heads), 1)[:3]
        numbers: Iterable[Value] = range(1, _UNKNOWN_TURNS + 1)
        if isinstance(low, int) and isinstance(high, int) and isinstance(step, int) and step > 0:
            before = self.text[heads[0].at : heads[0].start].lower().split()
            down = "reverse" in before
            numbers = range(low, high - 1, -step) if down else range(low, high + 1, step)
        for number in numbers:
            self._assign(heads[0].targets, Record((("", number),)))
            yield

    # -- statements ------------------------------------------------------------------------

    def _plain(self, statement: Plain) -> None:
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
                self._leave(statement.items)
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

    def _leave(self, items: Sequence[Item]) -> None:
        condition = next((item for item in items if item.kind == "expression"), None)
        if condition is None or self.session.knowledge.truth(self._value(condition)):
            label = items[0].text.lower().split()[1:2]
            jump = _Left if items[0].statement == "exit" else _NextTurn
            raise jump(label[0] if label else "")

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
    with suppress(_Returned, _Jump):
        frame.run(statements)
    outs = [p.name for p in definition.routine.signature.parameters if p.mode not in _TAKEN]
    if outs and not frame.output:
        return [row_of(frame.variables, outs)]
    return frame.output


_TAKEN = ("in", "variadic")


def _sql(session: Session, definition: Definition, variables: dict[str, Value]) -> Rows:
    text = definition.text.text
    body = definition.routine.body
    if body is not None and body.form == "return":
        return session.rows(f"select {text}", 0, variables)
    return session.script(text, None, variables)


RUNNERS: Mapping[str, Runner] = {"plpgsql": _plpgsql, "sql": _sql}
