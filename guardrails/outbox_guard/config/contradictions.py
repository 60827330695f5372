"""What cannot all be so: names of the configuration that are given to two things at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from outbox_guard.config.lines import Key
from outbox_guard.config.options import Config
from outbox_guard.names import Functions, Outbox, Texts

Told = Mapping[Key, Texts]  # the names that each key gives


def contradictions(config: Config) -> Iterator[tuple[str, Key, Key]]:
    """Each name that two keys give to two things; two globs may still overlap."""
    for told in (*_of_outbox(config.names.outbox), _of_functions(config.names.functions)):
        for (one, names), (other, others) in combinations(told.items(), 2):
            for name in sorted(set(names) & set(others)):
                yield name, one, other


def _of_outbox(outbox: Outbox) -> Iterator[Told]:
    """Its states; its tables; the columns of attempts, and of pending."""
    yield {
        ("outbox", "forbidden-states"): outbox.forbidden_states,
        ("outbox", "terminal-states"): outbox.terminal_states,
        ("outbox", "requeue-state"): (outbox.requeue_state,),
    }
    yield {
        ("outbox", "pending"): outbox.pending,
        ("outbox", "attempts"): outbox.attempts,
        ("outbox", "sequences"): outbox.sequences,
    }
    key: Told = {("outbox", "key-column"): (outbox.key_column,)}
    yield {**key, ("outbox", "state-column"): (outbox.state_column,)}
    yield {
        **key,
        ("outbox", "due-column"): (outbox.due_column,),
        ("outbox", "count-column"): (outbox.count_column,),
        ("outbox", "lease-columns"): outbox.lease_columns,
    }


def _of_functions(functions: Functions) -> Told:
    return {
        ("functions", "enqueue"): (functions.enqueue,),
        ("functions", "claim"): (functions.claim,),
        ("functions", "complete"): (functions.complete,),
        ("functions", "repair"): (functions.repair,),
        ("functions", "append-only"): (functions.append_only,),
    }
