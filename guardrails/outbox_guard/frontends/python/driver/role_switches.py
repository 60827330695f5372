"""Roles that are switched without a statement: by options of a connection, by `func.set_config`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outbox_guard.facts import RoleSwitch
from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import written
from outbox_guard.frontends.python.values.kinds import Mapping, Value, options
from outbox_guard.frontends.python.values.name_patterns import NamePattern
from outbox_guard.frontends.python.values.pieces import Text

_SETTINGS = ("role", "session_authorization")
_OPTION = re.compile(
    r"(?:-c(?:\s|%20)*|--)(?P<name>role|session_authorization)(?:=|%3d)(?P<role>[\w$]*)",
    re.IGNORECASE,
)
_SET_CONFIG = NamePattern(r"sqlalchemy(?:\.\w+)*\.func\.(?:pg_catalog\.)?set_config\Z")
_DEEPEST = 3  # dicts within the keywords of a call


def record_switches(site: Site, callee: Value) -> None:
    """What a call says about the role of a session, if it opens a connection or is SQL's own."""
    name = written(callee)
    first, judge = name.partition(".")[0], site.machine.judge
    if not first or (first != "sqlalchemy" and first not in judge.names.boundary.drivers):
        return
    if _SET_CONFIG.match(name):
        found = list(_configured(site.arguments))
    else:
        found = list(_opened(site.arguments.mapping()))
    for statement, role in found:
        place = site.scope.syntax.place(site.node.func)
        judge.record(
            RoleSwitch(place=place, inside=site.scope.name, statement=statement, role=role)
        )


def _configured(arguments: Arguments) -> Iterator[tuple[str, str]]:
    """`func.set_config("role", role, True)`"""
    setting, role = arguments.get(0), arguments.get(1)
    if isinstance(setting, Text) and (setting.known or "").lower() in _SETTINGS:
        yield "set_config", (role.known or "" if isinstance(role, Text) else "")


def _opened(given: Mapping, depth: int = 0) -> Iterator[tuple[str, str]]:
    """`options="-c role=x"`, `server_settings={"role": …}`, and both within other keywords."""
    for key, value in given.items:
        for option in options(value):
            if isinstance(option, Mapping) and depth < _DEEPEST:
                if key == "server_settings":
                    yield from _among_settings(option)
                yield from _opened(option, depth + 1)
            elif key == "options" and isinstance(option, Text) and option.known:
                for found in _OPTION.finditer(option.known):
                    yield f"the option {found['name'].lower()}", found["role"]


def _among_settings(settings: Mapping) -> Iterator[tuple[str, str]]:
    for name, value in settings.items:
        if name.lower() in _SETTINGS:
            role = value.known if isinstance(value, Text) else None
            yield f"the setting {name.lower()}", role or ""
