"""What a step must answer, in words, and whether an outcome is that."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outbox_guard.live.proofs.files import Step
from outbox_guard.live.servers.sessions import Outcome
from outbox_guard.live.templates import Values, Words, plain

_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[\d.+:-]*")
_SHOWN_ROWS = 5
_NAMES = {
    "23505": "unique violation",
    "23514": "check violation",
    "42501": "insufficient privilege",
}

Wanted = tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """Of one step in one case: names and values are spelt out."""

    step: Step
    words: Words = field(repr=False)
    values: Values = field(repr=False)

    def fits(self, outcomes: Sequence[Outcome]) -> bool:
        step = self.step
        if step.outcomes:
            return Counter(map(_kind, outcomes)) == Counter(self._outcomes)
        return all(self._fits_one(outcome) for outcome in outcomes)

    def _fits_one(self, outcome: Outcome) -> bool:
        step = self.step
        if step.raises:
            return (
                outcome.sqlstate != "" if self._raises == "any" else _kind(outcome) == self._raises
            )
        if outcome.sqlstate:
            return False
        if step.returns != () and outcome.rows != self._returns:
            return False
        if step.rows >= 0 and len(outcome.rows) != step.rows:
            return False
        return not step.keeps or [len(step.keeps)] == [len(row) for row in outcome.rows]

    @property
    def _raises(self) -> str:
        return plain(self.step.raises, self.words, self.values) or ""

    @property
    def _outcomes(self) -> Mapping[str, int]:
        return {
            plain(kind, self.words, self.values) or "": number
            for kind, number in self.step.outcomes.items()
            if number
        }

    @property
    def _returns(self) -> Wanted:
        """Rows of texts, as the server gives them."""
        asked = self.step.returns
        rows = asked if isinstance(asked, tuple) else (asked,)
        return tuple(
            tuple(self._cell(cell) for cell in (row if isinstance(row, tuple) else (row,)))
            for row in rows
        )

    def _cell(self, cell: str | int) -> str | None:
        return plain(cell, self.words, self.values) if isinstance(cell, str) else str(cell)

    # -- in words --------------------------------------------------------------------------

    @property
    def shown(self) -> str:
        step = self.step
        if step.waits == "yes":
            return "waits for another session"
        if step.outcomes:
            return _tally(self._outcomes)
        if step.raises:
            return _error(self._raises)
        if step.returns != ():
            return self.rows_shown(self._returns)
        if step.rows >= 0:
            return _count(step.rows)
        return "1 row" if step.keeps else "succeeds"

    def outcome_shown(self, outcomes: Sequence[Outcome]) -> str:
        if self.step.outcomes:
            return _tally(Counter(map(_kind, outcomes)))
        odd = next((each for each in outcomes if not self._fits_one(each)), outcomes[0])
        if odd.sqlstate:
            message = f": {self.masked(odd.message)}" if odd.message else ""
            return _error(odd.sqlstate) + message
        if self.step.raises:
            return "succeeds"
        if self.step.returns != ():
            return self.rows_shown(odd.rows)
        return _count(len(odd.rows))

    def rows_shown(self, rows: Wanted) -> str:
        if not rows:
            return "no row"
        shown = "; ".join(", ".join(map(self._shown, row)) for row in rows[:_SHOWN_ROWS])
        more = len(rows) - _SHOWN_ROWS
        return f"{shown}; and {more} more" if more > 0 else shown or "an empty row"

    def _shown(self, cell: str | None) -> str:
        return "NULL" if cell is None else self.masked(cell) or "''"

    def masked(self, text: str) -> str:
        """What is another at each run goes by its name, so that two runs read the same."""
        for name, value in self.values.items():
            if value is not None and _UUID.fullmatch(value):
                text = text.replace(value, f":{name}")
        return _TIME.sub("<time>", _UUID.sub("<uuid>", text))


def _kind(outcome: Outcome) -> str:
    return outcome.sqlstate or "ok"


def _error(state: str) -> str:
    if state == "any":
        return "an error"
    name = f" ({_NAMES[state]})" if state in _NAMES else ""
    return f"error {state}{name}"


def _tally(kinds: Mapping[str, int]) -> str:
    ordered = sorted(kinds.items(), key=lambda each: (each[0] != "ok", each[0]))
    return ", ".join(f"{number} {kind}" for kind, number in ordered if number) or "nothing"


def _count(rows: int) -> str:
    return f"{rows} row{'' if rows == 1 else 's'}"
