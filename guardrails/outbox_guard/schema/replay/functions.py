"""What ALTER FUNCTION makes of a function."""

from __future__ import annotations

import re
from dataclasses import replace

from outbox_guard.facts import Drop, Function, FunctionChange, Rename

_CLAUSE = re.compile(
    r"\"?(?P<name>[\w.]+)\"?\s*(?:=|\bto\b)?\s*(?P<value>.*)", re.IGNORECASE | re.DOTALL
)


def named_by(function: Function, change: FunctionChange | Rename | Drop) -> bool:
    """Whether a statement is about this function: by its signature, or by its name alone."""
    if change.namespace and function.namespace and change.namespace != function.namespace:
        return False
    if change.identity:
        return function.identity == change.identity
    return function.name == change.name


def altered(function: Function, change: FunctionChange) -> Function:
    if not named_by(function, change):
        return function
    match change.change:
        case "security":
            return replace(function, security_definer=change.value == "definer")
        case "set":
            rest = _without(function.settings, change.setting)
            return replace(function, settings=(*rest, change.value))
        case "reset":
            return replace(function, settings=_without(function.settings, change.setting))


def _without(settings: tuple[str, ...], name: str) -> tuple[str, ...]:
    if name == "all":
        return ()
    return tuple(clause for clause in settings if setting_of(clause) != name)


def setting_of(clause: str) -> str:
    """The name of what a SET clause sets."""
    return parts(clause)[0]


def parts(clause: str) -> tuple[str, str]:
    """The name and the value of `search_path = a, b`, `search_path TO a`, `… FROM CURRENT`."""
    found = _CLAUSE.match(clause)
    return (found["name"].lower(), found["value"]) if found else (clause.lower(), "")
