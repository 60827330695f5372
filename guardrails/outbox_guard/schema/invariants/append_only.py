"""Whether every UPDATE and DELETE of an attempts table is refused by a trigger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from outbox_guard.facts import Function, Lack, Trigger, Undetermined, Wanted
from outbox_guard.schema.invariants.lacks import lack
from outbox_guard.schema.invariants.remedies import append_only
from outbox_guard.schema.objects import Schema, StandingTable

MUTATIONS = ("update", "delete")
WANTED: Wanted = "append-only trigger"


def unrefused(table: StandingTable, schema: Schema, named: str) -> Iterator[Lack | Undetermined]:
    """What lets a change through: at the trigger that should refuse it, else at the table.

    `named` is the function that is configured to refuse.
    """
    triggers = [_Judged(trigger, schema) for trigger in table.triggers.values()]
    open_ = [event for event in MUTATIONS if not any(event in t.refuses for t in triggers)]
    if not open_:
        return
    meant = [t for t in triggers if t.is_meant(named)]
    called = schema.functions_named(named)
    refuses = bool(called) and set(called[-1].refuses).issuperset(MUTATIONS)
    remedy = append_only(table, named, refuses=refuses)
    if not meant:
        yield lack(table, table.created, WANTED, f"nothing refuses {_listed(open_)}", remedy)
        return
    best = max(meant, key=lambda t: (t.calls(named), len(t.refuses), t.trigger.name))
    if best.unknown:
        yield Undetermined(
            place=best.trigger.place,
            reason=f"what {best.trigger.function}() refuses is not known",
            tables=(table.name,),
        )
    else:
        because = f"{best.trigger.name} {best.fault(open_)}"
        yield lack(table, best.trigger, WANTED, because, remedy)


class _Judged:
    """A trigger, with what it refuses."""

    def __init__(self, trigger: Trigger, schema: Schema) -> None:
        self.trigger = trigger
        called = schema.functions_named(trigger.function)
        self.function = called[-1] if called else None
        self.helped = self.function is not None and _is_helped(self.function, schema)

    @property
    def unknown(self) -> bool:
        """Whether it may refuse what nobody can see: otherwise it is as it should be."""
        followed = self.function is not None and self.function.followed
        return not followed and not self._form() and not self._missing(MUTATIONS)

    @property
    def refuses(self) -> frozenset[str]:
        if self.function is None or self._form():
            return frozenset()
        events = self.trigger.events
        narrow = ("update",) if self.trigger.columns else ()
        refused = self.function.with_help if self.helped else self.function.refuses
        return frozenset(events).intersection(refused).difference(narrow)

    def calls(self, named: str) -> bool:
        return self.trigger.function == named

    def is_meant(self, named: str) -> bool:
        """Whether it looks as if it were there to refuse changes."""
        raises = self.helped or (self.function is not None and self.function.raises)
        changes = not set(MUTATIONS).isdisjoint(self.trigger.events)
        return self.calls(named) or (changes and (raises or self.unknown))

    def _form(self) -> str:
        """What is wrong with the trigger itself, whatever it calls."""
        trigger = self.trigger
        if not trigger.enabled:
            return "is disabled"
        if trigger.timing != "before":
            return f"fires {trigger.timing.upper()}, not BEFORE"
        if not trigger.per_row:
            return "fires for each statement, not for each row"
        return f"fires only WHEN ({trigger.condition})" if trigger.condition else ""

    def _missing(self, events: Iterable[str]) -> list[str]:
        return [event for event in events if event not in self.trigger.events]

    def fault(self, events: Sequence[str]) -> str:
        if form := self._form():
            return form
        if missing := self._missing(events):
            return f"does not fire on {_listed(missing)}"
        if self.trigger.columns and "update" in events:
            return f"fires only on an UPDATE of {', '.join(self.trigger.columns)}"
        if self.function is None:
            return f"calls {self.trigger.function}(), which the schema does not have"
        return f"calls {self.trigger.function}(), which need not raise on {_listed(events)}"


def _is_helped(function: Function, schema: Schema) -> bool:
    """Whether all functions that it performs raise, whatever happens."""
    helpers = [schema.functions_named(name) for name in function.helpers]
    return bool(helpers) and all(h and all(each.always_raises for each in h) for h in helpers)


def _listed(events: Iterable[str]) -> str:
    return " and ".join(event.upper() for event in events)
