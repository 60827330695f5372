"""How the proofs call a project's functions, as its configuration says or its catalog tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from outbox_guard.errors import did_you_mean
from outbox_guard.live.catalog.objects import Function, Parameter
from outbox_guard.live.catalog.outbox import Outbox
from outbox_guard.live.errors import LiveError
from outbox_guard.live.proofs.words import WORDS, moment_in
from outbox_guard.live.templates import names_in, quoted, quoted_name, values_in

Call = Literal["enqueue", "claim", "complete", "repair", "expire", "make-due"]
Kind = Literal["identity", "plain", "seconds", "payload", "filler"]


@dataclass(frozen=True, slots=True)
class Argument:
    """Something that a call is given, and how a parameter for it is called."""

    name: str
    default: str
    parameter: re.Pattern[str]
    kind: Kind = "plain"


def _argument(name: str, default: str, pattern: str, kind: Kind = "plain") -> Argument:
    return Argument(name, default, re.compile(pattern, re.IGNORECASE), kind)


# Of several that fit a parameter's name the first is taken, and each only once.
ARGUMENTS: Mapping[Call, tuple[Argument, ...]] = {
    "enqueue": (
        _argument("key", "key-1", r"idempot|dedup|_key\Z|\Akey\Z", "identity"),
        _argument("instruction", "instruction-1", r"instruction|request|payment_id", "identity"),
        _argument(
            "instruction", "instruction-1", r"message_id|order|reference|event_id", "identity"
        ),
        _argument("participant", "participant-1", r"participant|tenant|party|account", "identity"),
        _argument("payload", '{"amount": "10.00"}', r"payload|body|data|message", "payload"),
    ),
    "claim": (
        _argument("worker", "worker-1", r"worker|claim|owner|consumer|relay|instance", "identity"),
        _argument("seconds", "60", r"lease|ttl|visib|duration|second|expir|until", "seconds"),
        _argument("limit", "10", r"batch|limit|size|max|count|\An\Z|rows"),
    ),
    "complete": (
        _argument("token", "", r"token|nonce|fence|epoch|lease_id"),
        _argument("worker", "worker-1", r"worker|claim|owner|consumer|relay|instance", "identity"),
        _argument("delay", "0", r"delay|backoff|retry|next_attempt|second", "seconds"),
        _argument("state", "", r"state|status|outcome|result"),
        _argument("payment", "", r"outbox_id|payment|message_id|event_id|\A(?:p_)?id\Z"),
    ),
    "repair": (
        _argument("worker", "repairer", r"worker|claim|owner|consumer|relay|instance", "identity"),
        _argument("limit", "10", r"batch|limit|size|max|count|\An\Z|rows"),
        _argument("delay", "0", r"delay|backoff|retry|next_attempt", "seconds"),
    ),
    "expire": (),
    "make-due": (),
}
_PAYLOADS = ("json", "jsonb", "text", "character varying", "bytea")  # types that take the default


def defaults_of(call: Call) -> dict[str, str]:
    """What an argument is where a step does not give it."""
    return {argument.name: argument.default for argument in ARGUMENTS[call]}


@dataclass(frozen=True)
class Calls:
    """The SQL of each call, worked out when it is first asked for."""

    outbox: Outbox
    _known: dict[Call, str] = field(default_factory=dict)

    def sql(self, call: Call) -> str:
        """With `:name` for each argument.

        Raises LiveError where neither configuration nor catalog tells how to call it.
        """
        if call not in self._known:
            self._known[call] = self._configured(call) or self._worked_out(call)
        return self._known[call]

    def _configured(self, call: Call) -> str:
        calls = self.outbox.config.live.calls
        text = {
            "enqueue": calls.enqueue,
            "claim": calls.claim,
            "complete": calls.complete,
            "repair": calls.repair,
            "expire": calls.expire,
            "make-due": calls.make_due,
        }[call]
        for sign, used, known in (
            (":", values_in(text), frozenset(defaults_of(call))),
            ("$", names_in(text), WORDS),
        ):
            for name in sorted(used - known):
                hint = did_you_mean(name, known, otherwise="" if known else "it is given none")
                raise LiveError(f"`{call}` in [live.calls]: there is no {sign}{name}; {hint}")
        return text

    def _worked_out(self, call: Call) -> str:
        match call:
            case "expire":
                return "UPDATE $pending SET $expiry_column = $expiry_past WHERE $leased"
            case "make-due":
                return f"UPDATE $pending SET $due = {self._due_moment()}"
        return self._function_call(call)

    def _due_moment(self) -> str:
        due = self.outbox.config.outbox.due_column
        column = next(each for each in self.outbox.pending_columns if each.name == due)
        return moment_in(column, "now() - interval '1 second'")

    def _function_call(self, call: Literal["enqueue", "claim", "complete", "repair"]) -> str:
        name = getattr(self.outbox.config.functions, call)
        found = [f for f in self.outbox.functions if f.name == name and not f.is_trigger]
        if not found:
            raise LiveError(
                f"the schema makes no function {name}; look at `{call}` in [functions],"
                f" or write the call into `{call}` in [live.calls]"
            )
        attempts = [_CallOf(call, function, self.outbox) for function in found]
        fitting = [attempt for attempt in attempts if not attempt.fault]
        if len(fitting) != 1:
            raise LiveError(_not_called(call, attempts))
        return fitting[0].sql


def _not_called(call: Call, attempts: Sequence[_CallOf]) -> str:
    first = attempts[0]
    reason = first.fault or "there are several that could be meant"
    known = ", ".join(f":{name}" for name in defaults_of(call))
    example = f'{call} = "{first.sketch}"'
    return (
        f"how to call {first.function} is not clear: {reason}\n"
        f"write it into the configuration, with {known} for what the proofs give:\n"
        f"[live.calls]\n{example}"
    )


@dataclass(frozen=True)
class _CallOf:
    """A call of one function, as its parameters' names suggest it."""

    call: Call
    function: Function
    outbox: Outbox

    @property
    def fault(self) -> str:
        """Why it cannot be called so; "" where it can."""
        if not all(parameter.name for parameter in self.function.parameters):
            return "its parameters have no names"
        filled = dict(self._filled())
        for parameter in self.function.parameters:
            if parameter.is_required and parameter.name not in filled:
                return f"what {parameter.name} takes is not known"
        missing = self._needed() - self._taken()
        if missing:
            return f"none of its parameters seems to take the {min(missing)}"
        return self._columns_fault()

    @property
    def sql(self) -> str:
        named = (f"{quoted_name(name)} => {value}" for name, value in self._filled())
        target = f"{self.function.sql}({', '.join(named)})"
        if self.function.is_procedure:
            return f"CALL {target}"
        return f"SELECT {self._columns()} FROM {target}"

    @property
    def sketch(self) -> str:
        """Something to begin with, where it is not clear."""
        values = dict(self._filled())
        listed = (values.get(p.name, "…") for p in self.function.parameters if p.is_required)
        return f"SELECT {self._columns()} FROM {self.function.name}({', '.join(listed)})"

    def _columns(self) -> str:
        lease, key = self.outbox.lease, self.outbox.config.outbox.key_column
        if self.call == "claim":
            return f"{quoted_name(key)}, {quoted_name(lease.token)}"
        if self.call == "enqueue" and key in self.function.returns:
            return quoted_name(key)
        return "*"

    def _columns_fault(self) -> str:
        key, returns = self.outbox.config.outbox.key_column, self.function.returns
        wanted = {"claim": (key, self.outbox.lease.token)}.get(self.call, ())
        lacking = [name for name in wanted if name not in returns]
        if lacking:
            return f"it returns no column {lacking[0]}"
        if self.call == "enqueue" and len(returns) > 1 and key not in returns:
            return f"it returns no column {key}"
        return ""

    def _needed(self) -> frozenset[str]:
        """What a call is nothing without."""
        return frozenset(("payment", "token", "state")) if self.call == "complete" else frozenset()

    def _taken(self) -> frozenset[str]:
        return frozenset(argument.name for argument, _ in self._pairs())

    def _pairs(self) -> Iterator[tuple[Argument, Parameter]]:
        """Which argument goes to which parameter."""
        free = list(self.function.parameters)
        given: set[str] = set()
        for argument in ARGUMENTS[self.call]:
            if argument.name in given:
                continue
            found = next((p for p in free if argument.parameter.search(p.name)), None)
            if found is not None:
                given.add(argument.name)
                free.remove(found)
                yield argument, found

    def _filled(self) -> Iterator[tuple[str, str]]:
        """A value for each parameter that gets one, in the order of the function."""
        values = {
            parameter.name: self._value(argument, parameter)
            for argument, parameter in self._pairs()
        }
        for parameter in self.function.parameters:
            if parameter.name in values:
                yield parameter.name, values[parameter.name]
            elif parameter.is_required and self.call == "enqueue":
                # What a payment says beside its identity does not matter to any proof.
                yield parameter.name, self._filler(parameter.type)

    def _value(self, argument: Argument, parameter: Parameter) -> str:
        reference = f":{argument.name}"
        match argument.kind:
            case "identity":
                return _identity(reference, parameter.type)
            case "seconds":
                return _duration(reference, parameter)
            case "payload":
                return reference if parameter.type in _PAYLOADS else self._filler(parameter.type)
        return reference

    def _filler(self, type_: str) -> str:
        """Some value of a type: an enum's first label, else what `_FILLERS` has."""
        labels = self.outbox.labels.get(type_)
        if labels:
            return quoted(labels[0])
        return next((value for pattern, value in _FILLERS if pattern.search(type_)), "'proof'")


def _identity(reference: str, type_: str) -> str:
    """A text made into a value of the type: the same text always into the same."""
    if type_ == "uuid":
        return f"md5({reference})::uuid"
    if re.search(r"int|numeric", type_):
        return f"(('x' || substr(md5({reference}), 1, 7))::bit(28)::integer)"
    return reference


def _duration(reference: str, parameter: Parameter) -> str:
    interval = f"make_interval(secs => {reference})"
    if parameter.type == "interval":
        return interval
    if parameter.type.startswith(("timestamp", "date")):
        return f"now() + {interval}"
    if re.search(r"(?:_|\b)(?:ms|millis\w*)\Z", parameter.name, re.IGNORECASE):
        return f"CAST({reference} AS integer) * 1000"
    return reference


_FILLERS = tuple(
    (re.compile(pattern), value)
    for pattern, value in (
        (r"\[\]\Z", "'{}'"),
        (r"json", "'{}'"),
        (r"uuid", "'00000000-0000-4000-8000-000000000001'"),
        (r"bool", "true"),
        (r"int|numeric|real|double|money", "1"),
        (r"interval", "'1 second'"),
        (r"timestamp|date|time", "now()"),
    )
)
