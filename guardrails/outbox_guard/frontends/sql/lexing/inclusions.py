r"""Which files a psql script runs in its place: `\i file`, `\ir file`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from posixpath import dirname, join, normpath

from outbox_guard.facts import Inclusion, Undetermined
from outbox_guard.frontends.sql.lexing.splitter import chunks
from outbox_guard.sources import Project, Source

_COMMAND = re.compile(
    r"\\(?P<how>ir|include_relative|i|include)\s+(?:'(?P<quoted>[^']+)'|(?P<bare>[^\s'\"`:\\]+))"
)
_NEEDED = re.compile(r"^[ \t]*\\i", re.MULTILINE)


def inclusions(source: Source, project: Project) -> Iterator[Inclusion | Undetermined]:
    """Of one file of the schema; what is run and is no part of the schema is told."""
    if not runs_files(source):
        return
    for chunk in chunks(source.text, psql=True):
        if chunk.is_statement:
            continue
        included = included_file(source.path, chunk.text(source.text), project.exists)
        if included is None:
            continue
        place = source.place(chunk.start, chunk.end)
        if project.names.zones.of(included) == "schema":
            yield Inclusion(place=place, path=included)
        elif project.tells(included):
            says = f"{included} is run with the schema, and is not in the zone `schema`"
            yield Undetermined(place=place, reason=says)


def runs_files(source: Source) -> bool:
    """Whether there may be such a command: few scripts have one, and need be cut for it."""
    return _NEEDED.search(source.text) is not None


def runs_file(command: str) -> bool:
    """Whether a backslash command runs a file, wherever that is."""
    return _COMMAND.match(command.strip()) is not None


def included_file(path: str, command: str, exists: Callable[[str], bool]) -> str | None:
    r"""The file of the project that a backslash command runs, by its path from the root.

    What `\i` names is looked for from where psql runs, which nobody writes down: mostly the root,
    else beside the script. None where it is another command, or runs no file of the project.
    """
    found = _COMMAND.match(command.strip())
    if found is None:
        return None
    named = found["quoted"] or found["bare"]
    beside = normpath(join(dirname(path), named))
    relative = found["how"] in ("ir", "include_relative")
    candidates = (beside,) if relative else (normpath(named), beside)
    return next((each for each in candidates if each != path and exists(each)), None)
