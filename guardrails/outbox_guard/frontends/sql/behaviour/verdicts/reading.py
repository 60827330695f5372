"""The verdicts on the functions of a text, as facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from outbox_guard.facts import Aside, Behaviour, Fact, Place, Undetermined
from outbox_guard.frontends.sql.behaviour import Role
from outbox_guard.frontends.sql.behaviour.evaluation.choices import TooMany
from outbox_guard.frontends.sql.behaviour.evaluation.parsed import CannotFollow, NotRead
from outbox_guard.frontends.sql.behaviour.execution.library import Routines, definitions
from outbox_guard.frontends.sql.behaviour.execution.running import RUNNERS
from outbox_guard.frontends.sql.behaviour.execution.session import Definition
from outbox_guard.frontends.sql.behaviour.verdicts import claiming, completing, repairing
from outbox_guard.frontends.sql.behaviour.verdicts.counting import Reach, reach
from outbox_guard.frontends.sql.behaviour.verdicts.outcomes import Doubt, Fault, Verdict
from outbox_guard.frontends.sql.behaviour.verdicts.worlds import Trial
from outbox_guard.frontends.sql.lexing.passages import Cutter
from outbox_guard.frontends.sql.lexing.text import SqlText
from outbox_guard.frontends.sql.lexing.tokens import LexError
from outbox_guard.names import Names
from outbox_guard.sources import Project

_WORD = re.compile(r"\w+")
_JUDGES: Mapping[Role, Callable[[Trial], Iterator[Verdict]]] = {
    "claim": claiming.judge,
    "complete": completing.judge,
    "repair": repairing.judge,
}


def read(
    text: SqlText,
    cutter: Cutter,
    names: Names,
    roles: Mapping[str, tuple[str, Role]],
    project: Project | None,
) -> Iterator[Fact]:
    """How each function of a text behaves that has a role, by the name that it has in the end."""
    library = Routines(text, cutter, project)
    for definition in definitions(text, cutter):
        if (found := roles.get(definition.routine.name)) is not None:
            yield from _Reading(definition, library, names, *found).facts()


@dataclass(slots=True)
class _Reading:
    definition: Definition
    library: Routines
    names: Names
    called: str
    role: Role
    faults: dict[str, Fault] = field(default_factory=dict)
    doubts: dict[str, Doubt] = field(default_factory=dict)
    lost: CannotFollow | None = None
    reach: Reach = field(default_factory=Reach)

    def facts(self) -> Iterator[Fact]:
        if self.definition.routine.language not in RUNNERS:
            return  # that its body is not followed is told where all bodies are read
        try:
            for pending in self._pending():
                self._try(Trial(self.definition, self.library, self.names, pending))
        except CannotFollow as failure:
            self.lost = failure
        except LexError as error:
            self.lost = NotRead(error.what, error.offset)
        except TooMany:
            self.lost = CannotFollow("there are too many ways through this function")
        yield self._behaviour()
        yield from self._undetermined()

    def _pending(self) -> tuple[str, ...]:
        """The pending tables that the body names, or else the configured ones."""
        words = set(_WORD.findall(self.definition.text.text.lower()))
        named = {word for word in words if self.names.is_pending(word)}
        return tuple(sorted(named)) or self.names.outbox.pending

    def _try(self, trial: Trial) -> None:
        for verdict in _JUDGES[self.role](trial):
            if isinstance(verdict, Fault):
                self.faults.setdefault(verdict.kind, verdict)
            else:
                self.doubts.setdefault(verdict.fault.kind, verdict)
        if self.role == "complete":
            texts = [self.definition.text.text]
            texts += [d.text.text for d in self.library.found.values() if d is not None]
            self.reach = reach(trial, texts)

    def _behaviour(self) -> Behaviour:
        routine = self.definition.routine
        return Behaviour(
            place=self.definition.place,
            role=self.role,
            function=self.called,
            routine=routine.identity,
            faults=tuple(self.faults),
            said="; ".join(fault.said for fault in self.faults.values()),
            asides=tuple(Aside(self._place(f.at), f.said) for f in self.faults.values() if f.at),
            followed=self.lost is None and not self.doubts,
            highest_count=self.reach.highest,
            count_unknown=self.reach.unknown,
        )

    def _undetermined(self) -> Iterator[Undetermined]:
        name = self.called
        if self.lost is not None and not isinstance(self.lost, NotRead):
            yield self._lost(self.lost.reason, self.lost.offset)
        for kind, doubt in self.doubts.items():
            if kind not in self.faults:
                reason = f"whether {name} {doubt.fault.said} depends on {', '.join(doubt.reasons)}"
                yield self._lost(reason, doubt.fault.at)

    def _lost(self, reason: str, offset: int | None) -> Undetermined:
        routine = self.definition.routine
        place = self.definition.place if offset is None else self._place(offset)
        tables = self._pending()
        return Undetermined(
            place=place,
            inside=routine.identity,
            reason=reason,
            tables=tables,
            routine=routine.identity,
        )

    def _place(self, offset: int) -> Place:
        """Of the statement that begins there: of its first word."""
        text = self.definition.text
        start = min(offset, len(text.text))
        word = _WORD.match(text.text, start)
        return text.place(start, word.end() if word else min(start + 1, len(text.text)))
