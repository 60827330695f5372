"""What PostgreSQL's own functions make of values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from outbox_guard.frontends.sql.behaviour.evaluation import operators
from outbox_guard.frontends.sql.behaviour.evaluation.knowledge import Knowledge
from outbox_guard.frontends.sql.behaviour.evaluation.terms import (
    NOW,
    Array,
    Moment,
    Opaque,
    Period,
    Value,
)

_SPECIFIER = re.compile(r"%(?:(\d+)\$)?([sIL%])")
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
_YEAR = 366 * 86400

Function = Callable[[Knowledge, Sequence[Value]], Value]

CLOCKS = frozenset(
    (
        *("now", "current_timestamp", "clock_timestamp", "statement_timestamp", "localtimestamp"),
        *("transaction_timestamp",),
    )
)


def coalesce(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    """The first that is not NULL; of one that may be, what comes out is something."""
    for index, value in enumerate(values):
        meant = knowledge.meant(value)
        if isinstance(meant, Opaque) and not meant.fixed and meant not in knowledge.present:
            rest = [v for v in values[index + 1 :] if v is not None]
            return operators.unknown("coalesce", meant, *rest) if rest else meant
        if meant is not None:
            return meant
    return None


def _nullif(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    value, other = knowledge.meant(values[0]), knowledge.meant(values[1])
    if isinstance(value, Opaque) or isinstance(other, Opaque):
        return operators.unknown("nullif", value, other)
    return None if knowledge.equal(value, other) else value


def _nulls(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    return sum(knowledge.is_null(value) for value in _spread(values))


def _present(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    return sum(not knowledge.is_null(value) for value in _spread(values))


def _spread(values: Sequence[Value]) -> Sequence[Value]:
    return values[0].items if len(values) == 1 and isinstance(values[0], Array) else values


def _interval(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    """make_interval: years, months, weeks, days, hours, mins, secs."""
    factors = (31536000, 2592000, 604800, 86400, 3600, 60, 1)
    total: Value = Period(0, 0)
    for factor, value in zip(factors, values, strict=False):
        meant = knowledge.meant(value)
        total = operators.add(total, operators.multiply(operators.seconds(meant), factor))
    return total


def _age(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    first = NOW if len(values) == 1 else knowledge.meant(values[0])
    return operators.subtract(first, knowledge.meant(values[-1]))


def _finite(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    value = knowledge.meant(values[0])
    if isinstance(value, Moment):
        return abs(value.low) != float("inf")
    return None if value is None else operators.unknown("isfinite", value)


def _truncated(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    value = knowledge.meant(values[-1])
    if isinstance(value, Moment):
        return Moment(value.low - _YEAR, value.high, value.judged)
    return operators.unknown("date_trunc", value)


def _format(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    pattern, *arguments = (knowledge.meant(value) for value in values)
    if not isinstance(pattern, str) or not all(isinstance(v, (str, int)) for v in arguments):
        return operators.unknown("format", pattern, *arguments)
    rest = iter(arguments)

    def filled(found: re.Match[str]) -> str:
        if found[2] == "%":
            return "%"
        position = int(found[1]) if found[1] else 0
        if position:
            value = str(arguments[position - 1]) if position <= len(arguments) else ""
        else:
            value = str(next(rest, ""))
        return _SPECIFIERS[found[2]](value)

    return _SPECIFIER.sub(filled, pattern)


def _plain(text: str) -> str:
    return text


def _identifier(name: str) -> str:
    return name if _PLAIN_NAME.match(name) else '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_SPECIFIERS: Mapping[str, Callable[[str], str]] = {"I": _identifier, "L": _literal, "s": _plain}


def joined(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    """concat(), and || of texts."""
    meant = [knowledge.meant(value) for value in values]
    if all(isinstance(v, (str, int)) or v is None for v in meant):
        return "".join(str(v) for v in meant if v is not None)
    return operators.unknown("concat", *meant)


def _on_text(change: Callable[[str], str], name: str) -> Function:
    def changed(knowledge: Knowledge, values: Sequence[Value]) -> Value:
        value = knowledge.meant(values[0])
        if value is None:
            return None
        if isinstance(value, Opaque):
            return value  # whatever it is, it is the same in another spelling
        return change(value) if isinstance(value, str) else operators.unknown(name, value)

    return changed


def _length(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    value = knowledge.meant(values[0])
    return None if value is None else len(knowledge.elements(value))


def _array_length(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    return _length(knowledge, values) or None


def _appended(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    array, item = (knowledge.meant(value) for value in values)
    if array is None or isinstance(array, Array):
        return Array((*(array.items if isinstance(array, Array) else ()), item))
    return operators.unknown("array_append", array, item)


def chained(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    """array_cat(), and || where one side is an array."""
    items: list[Value] = []
    for value in values:
        meant = knowledge.meant(value)
        items += meant.items if isinstance(meant, Array) else [] if meant is None else [meant]
    return Array(tuple(items))


def _greatest(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    return operators.largest(map(knowledge.meant, values))


def _least(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    return operators.smallest(map(knowledge.meant, values))


def _seconds_after_epoch(knowledge: Knowledge, values: Sequence[Value]) -> Value:
    return operators.unknown("to_timestamp", *map(knowledge.meant, values))


FUNCTIONS: Mapping[str, Function] = {
    "age": _age,
    "array_append": _appended,
    "array_cat": chained,
    "array_length": _array_length,
    "cardinality": _length,
    "coalesce": coalesce,
    "concat": joined,
    "date_trunc": _truncated,
    "format": _format,
    "greatest": _greatest,
    "isfinite": _finite,
    "least": _least,
    "lower": _on_text(str.lower, "lower"),
    "make_interval": _interval,
    "nullif": _nullif,
    "num_nonnulls": _present,
    "num_nulls": _nulls,
    "quote_ident": _on_text(_identifier, "quote_ident"),
    "quote_literal": _on_text(_literal, "quote_literal"),
    "to_timestamp": _seconds_after_epoch,
    "trim": _on_text(str.strip, "trim"),
    "upper": _on_text(str.upper, "upper"),
}
