"""What a variable of a PL/pgSQL body may hold at one spot of it: reaching definitions by branch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from outbox_guard.frontends.sql.routines.claims import Path, exclusive
from outbox_guard.frontends.sql.routines.folding import Texts, alternatives, as_computed, unknown
from outbox_guard.frontends.sql.values.choices import free
from outbox_guard.frontends.sql.values.kinds import Value
from outbox_guard.frontends.sql.values.rows import Rows


@dataclass(frozen=True, slots=True)
class Definition:
    """At one moment of a body, a variable or one field of it gets a value."""

    variable: str
    rows: Rows
    moment: int
    path: Path
    field: str = ""
    texts: Texts = ()  # as SQL that EXECUTE may run: with the place of each character
    offset: int = 0  # of the expression
    null: bool = False  # declared, and given nothing: no text comes of that

    def live_for(self, path: Path) -> bool:
        return not exclusive(self.path, path)

    def texts_of(self, column: str = "") -> Texts:
        """Of a scalar, or of one column of a record; where it can't be folded, by its value."""
        if self.texts and not column:
            return self.texts
        value = self.rows.named(column) if column else self.rows.first
        return as_computed(value or Value(), self.offset)

    @property
    def carried(self) -> Definition:
        """As a later turn of a loop finds it, or what comes after the loop: of any turn."""
        texts = tuple(replace(each, picks=free(each.picks)) for each in self.texts)
        return replace(self, rows=self.rows.by(free), texts=texts)


class Definitions:
    """Those of a body as it is played: of this turn so far, and what lies ahead of the last one."""

    def __init__(self, last_turn: Iterable[Definition]) -> None:
        self._seen: dict[str, list[Definition]] = {}
        self._last: dict[str, list[Definition]] = {}
        for definition in last_turn:
            self._last.setdefault(definition.variable, []).append(definition)

    def add(self, definitions: Iterable[Definition]) -> None:
        for definition in definitions:
            self._seen.setdefault(definition.variable, []).append(definition)

    def of(self, variable: str, moment: int, path: Path) -> list[Definition]:
        """Those of one variable that are on a way with the path, as they are known by then."""
        ahead = (d for d in self._last.get(variable, ()) if d.moment >= moment)
        return [d for d in chain(self._seen.get(variable, ()), ahead) if d.live_for(path)]


def texts_held(
    definitions: Definitions, moment: int, path: Path, wanted: Collection[str]
) -> dict[str, Texts]:
    """The texts that variables may hold; among them a hole, where it may be anything else too."""
    held: dict[str, Texts] = {}
    for name in wanted:
        mine = [d for d in definitions.of(name, moment, path) if not d.field]
        live = list(_live(mine, moment, path))
        named = {column.name for d in live for column in d.rows.columns} & set(wanted)
        for column in ("", *sorted(named - {""})):
            several = [d.texts_of(column) for d in live if not d.null]
            if any(several):
                key = f"{name}.{column}" if column else name
                held[key] = alternatives([each or (unknown(0),) for each in several])
    return held


def reaching(
    definitions: Definitions, moment: int, path: Path, wanted: Collection[str]
) -> dict[str, Rows]:
    """What each wanted variable may hold at this moment of the body."""
    held: dict[str, Rows] = {}
    for name in wanted:
        mine = definitions.of(name, moment, path)
        if mine:
            held[name] = _joined(list(_live(mine, moment, path)))
    return held


def _live(mine: Sequence[Definition], moment: int, path: Path) -> Iterator[Definition]:
    """Those that no other overwrites on every way to this moment, the oldest first."""
    killer: Definition | None = None
    before: list[Definition] = []
    for definition in reversed([d for d in mine if d.moment < moment]):
        before.append(definition)
        if not definition.field and _surely_before(definition.path, path):
            killer = definition
            break
    # What a loop assigns further down, its next turn finds, unless it assigns anew before that.
    loops = {arm for arm in path if arm.kind == "loop"}
    if killer is not None:
        loops -= set(killer.path)
    yield from (d.carried for d in mine if d.moment >= moment and loops & set(d.path))
    for definition in reversed(before):
        left = any(arm.kind == "loop" and arm not in path for arm in definition.path)
        yield definition.carried if left else definition


def _surely_before(definition: Path, use: Path) -> bool:
    """Whether who comes to the use has passed the definition, which stands before it."""
    return use[: len(definition)] == definition


def _joined(live: Sequence[Definition]) -> Rows:
    whole = [definition.rows for definition in live if not definition.field]
    rows = whole[0] if whole else Rows()
    for other in whole[1:]:
        rows |= other
    for definition in live:
        if definition.field:
            known = rows.named(definition.field) or Value()
            rows = rows.assigned(definition.field, known | definition.rows.first)
    return rows
