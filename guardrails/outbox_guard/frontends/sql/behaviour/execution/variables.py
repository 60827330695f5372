"""The variables of a PL/pgSQL body while it runs, and the statements that fill them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from outbox_guard.frontends.sql.behaviour.evaluation.operators import unknown
from outbox_guard.frontends.sql.behaviour.evaluation.parsed import CannotFollow
from outbox_guard.frontends.sql.behaviour.evaluation.scope import Rows
from outbox_guard.frontends.sql.behaviour.evaluation.terms import Record, Value
from outbox_guard.frontends.sql.behaviour.execution.session import Session
from outbox_guard.frontends.sql.routines.blocks import Item


@dataclass(slots=True)
class Variables:
    """What a body's expressions and statements see, and what they change."""

    session: Session
    text: str
    variables: dict[str, Value]
    records: set[str] = field(default_factory=set)  # variables that hold rows
    queries: dict[str, Item] = field(default_factory=dict)  # of declared cursors
    row_count: int = 0

    def _value(self, item: Item) -> Value:
        return self.session.value(item.text, item.at, self.variables)

    def _rows_of(self, item: Item) -> Rows:
        match item.kind:
            case "dynamic":
                return self._executed(item)
            case "perform":
                return self.session.performed(item.text, item.at, self.variables)
            case "fetch":
                query = self.queries.get(item.cursor)
                if query is None:
                    reason = f"the query of the cursor {item.cursor} is not known"
                    raise CannotFollow(reason, item.at)
                return self._rows_of(query)
            case _:
                return self.session.rows(item.text, item.start, self.variables)

    def _executed(self, item: Item) -> Rows:
        text = self._value(item)
        if not isinstance(text, str):
            raise CannotFollow("EXECUTE of a text that is put together at run time", item.at)
        given = {
            f"${number}": self.session.value(self.text[start:end], item.at, self.variables)
            for number, (start, end) in enumerate(item.using, 1)
        }
        return self.session.script(text, item.at, given)

    def _assign(self, targets: Sequence[str], row: Record | None) -> None:
        """INTO targets, and the variables of a loop."""
        if len(targets) == 1:
            self._fill(targets[0], self._whole(targets[0], row))
            return
        values = list(row.values) if row is not None else []
        if row is not None and row.rest:
            values = [unknown("a column of", row.rest)] * len(targets)
        values += [None] * (len(targets) - len(values))
        for target, value in zip(targets, values, strict=False):
            self._fill(target, value)

    def _whole(self, target: str, row: Record | None) -> Value:
        if target in self.records:
            inner = row.values[0] if row is not None and len(row.fields) == 1 else None
            return inner if isinstance(inner, Record) else row or Record(missing=True)
        if row is None:
            return None
        return row.values[0] if len(row.fields) == 1 and not row.rest else row

    def _fill(self, target: str, value: Value) -> None:
        name, _, part = target.partition(".")
        held = self.variables.get(name)
        labelled = part in self.variables and name not in self.variables
        if part and not labelled and (held is None or isinstance(held, Record)):
            record = held if isinstance(held, Record) else Record(missing=True)
            self.variables[name] = record.having(part, value)
        else:
            self.variables[part or name] = value

    def _count(self, rows: int) -> None:
        self.row_count = rows
        self.variables["found"] = rows > 0
