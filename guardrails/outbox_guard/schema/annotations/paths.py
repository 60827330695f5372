"""By whose search path a function finds its tables: its own, or its caller's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from outbox_guard.facts import (
    UNKNOWN_NAME,
    Declaration,
    Function,
    FunctionChange,
    Place,
    Undetermined,
    Use,
)
from outbox_guard.schema.objects import Schema
from outbox_guard.schema.replay.applying import apply
from outbox_guard.schema.replay.functions import parts

_TEMPORARY_SCHEMA = "pg_temp"
_CALLERS = "its caller's search path"
_TEMPORARY = "its caller's temporary tables before its own"


def with_paths(schema: Schema) -> None:
    """Tell of each function by which path it finds tables, and what is wrong with that."""
    for name, overloads in schema.overloads.items():
        schema.overloads[name] = [_with_path(function) for function in overloads]


def _with_path(function: Function) -> Function:
    path = pinned(function.settings)
    fault = "" if path else _CALLERS
    if _TEMPORARY_SCHEMA in _schemas(path)[:-1]:
        fault = _TEMPORARY
    return replace(function, search_path=path, path_fault=fault)


def pinned(settings: tuple[str, ...]) -> str:
    """What the search path is set to by these clauses, "" where the caller's holds."""
    values = (value for name, value in map(parts, settings) if name == "search_path")
    return next((value for value in values if value.lower() != "default"), "")


def _schemas(path: str) -> list[str]:
    return [name.strip().strip("'\"") for name in path.split(",")]


def unsure_paths(schema: Schema, ordered: Sequence[Declaration]) -> Iterator[Undetermined]:
    """Functions that an ALTER FUNCTION of unknown names may have opened or closed.

    A loop over pg_proc is such a one: nobody but the server knows what it finds. The verdict that
    depends on it is taken back, and told as undecided.
    """
    unknown = [each for each in ordered if _is_of_unknown(each)]
    if not unknown:
        return
    if_all = {function.place: function for function in _altered_all(ordered).functions()}
    unsure = {
        function.place
        for function in schema.functions()
        if function.outbox and _is_open(function) != _is_open(if_all[function.place])
    }
    for name, overloads in schema.overloads.items():
        schema.overloads[name] = [_undecided(f) if f.place in unsure else f for f in overloads]
    for function in schema.functions():
        if function.place in unsure:
            yield _untold(function, unknown[-1].place)


def _is_of_unknown(declaration: Declaration) -> bool:
    return isinstance(declaration, FunctionChange) and declaration.name == UNKNOWN_NAME


def _altered_all(ordered: Sequence[Declaration]) -> Schema:
    """The schema, had each such statement been about every function of its time."""
    schema = Schema()
    for declaration in ordered:
        if isinstance(declaration, FunctionChange) and declaration.name == UNKNOWN_NAME:
            for f in tuple(schema.functions()):
                named = replace(
                    declaration, namespace=f.namespace, name=f.name, identity=f.identity
                )
                apply(schema, named)
        elif not isinstance(declaration, Use):
            apply(schema, declaration)
    with_paths(schema)
    return schema


def _is_open(function: Function) -> bool:
    return function.security_definer and function.path_fault != ""


def _undecided(function: Function) -> Function:
    return replace(function, path_fault="")


def _untold(function: Function, place: Place) -> Undetermined:
    reason = f"whether it alters {function.identity}, and so its search path, only the server knows"
    return Undetermined(place=place, reason=reason, tables=function.tables or (function.name,))
