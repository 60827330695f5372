"""The project's schema, applied in its order to an empty database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import tee, zip_longest
from pathlib import Path

from outbox_guard.config import Config, Loaded
from outbox_guard.discovery import discover, read_source
from outbox_guard.facts import Unreadable
from outbox_guard.frontends.sql.lexing.inclusions import included_file, runs_file, runs_files
from outbox_guard.frontends.sql.lexing.splitter import Chunk, chunks
from outbox_guard.globs import any_path
from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.sessions import Session
from outbox_guard.schema.order import applied_files, apply_order
from outbox_guard.sources import Source

# psql's commands that change nothing in what the statements do.
_HARMLESS = (
    r"\echo", r"\qecho", r"\warn", r"\timing", r"\pset", r"\restrict", r"\unrestrict", r"\encoding",
    r"\x", r"\a", r"\t", r"\o",
)  # fmt: skip
_SETTINGS = ("on_error_stop", "on_error_rollback", "quiet", "echo", "verbosity", "autocommit")


@dataclass(frozen=True, slots=True)
class SqlFile:
    """A file that is applied."""

    path: str
    source: Source
    run_by: tuple[str, ...] = ()  # the scripts that run it
    comes_last: bool = False  # after the schema


def schema_files(project: Loaded) -> tuple[SqlFile, ...]:
    """What is applied, in its order: [live] before, the schema, [live] after.

    With a command that applies the schema, its files are not applied. Raises LiveError where there
    is nothing to apply, or where a file cannot be read.
    """
    config = project.config
    found = discover(project.root, ("*.sql",), config.exclude, config.zones)
    if found.unreadable:
        raise LiveError(f"{found.unreadable[0].place.path}: {found.unreadable[0].reason}")
    paths = list(_in_order(found.files, config))
    if not config.live.apply and not any(config.zones.of(path) == "schema" for path in paths):
        where = ", ".join(config.zones.schema)
        raise LiveError(f"no SQL file is in the schema ({where}); look at `schema` in [zones]")
    files = [
        replace(_read(found.file(path), path), comes_last=any_path(config.live.after, path))
        for path in paths
    ]
    run = {file.path: set(_run_by(file, project)) for file in files}
    first = tuple(file for file in files if not any(file.path in each for each in run.values()))
    _check_reached({file.path for file in first}, run)
    return first


def _check_reached(reached: set[str], run: Mapping[str, set[str]]) -> None:
    """Scripts that run each other would else be applied by nobody."""
    while more := {path for each in reached for path in run.get(each, ())} - reached:
        reached |= more
    if lost := sorted(run.keys() - reached):
        raise LiveError(f"{lost[0]}: it is run by a file that it runs itself")


def _run_by(file: SqlFile, project: Loaded) -> Iterator[str]:
    """The files that one runs in its place, which are not applied by themselves."""
    if not runs_files(file.source):
        return
    for chunk in chunks(file.source.text, psql=True):
        if not chunk.is_statement:
            command = chunk.text(file.source.text)
            included = included_file(file.path, command, lambda path: _is_in(project, path))
            if included is not None:
                yield included


def _in_order(files: tuple[str, ...], config: Config) -> Iterator[str]:
    live = config.live
    for globs in (live.before, live.after):
        for glob in globs:
            if not any(any_path((glob,), path) for path in files):
                raise LiveError(f"no SQL file matches {glob}; look at [live]")
    schema = [
        path
        for path in files
        if not live.apply
        and config.zones.of(path) == "schema"
        and not any_path((*live.before, *live.after), path)
    ]
    yield from _matching(live.before, files)
    yield from applied_files(schema)
    yield from _matching(live.after, files)


def _matching(globs: tuple[str, ...], files: tuple[str, ...]) -> Iterator[str]:
    """The files of each glob in turn."""
    for glob in globs:
        yield from sorted((path for path in files if any_path((glob,), path)), key=apply_order)


def _read(file: Path, path: str, run_by: tuple[str, ...] = ()) -> SqlFile:
    source = read_source(file, path, "schema")
    if isinstance(source, Unreadable):
        raise LiveError(f"{path}:{source.place.line}: {source.reason}")
    return SqlFile(path, source, run_by)


def apply(file: SqlFile, session: Session, project: Loaded) -> None:
    """Run a file's statements one by one, as psql does, and those of the files that it runs.

    Raises LiveError at the first that fails, or that only psql could run.
    """
    text = file.source.text
    for chunk, following in _with_next(chunks(text, psql=True)):
        line = file.source.place(chunk.start, chunk.start).line
        where = f"{file.path}:{line}"
        if chunk.error is not None:
            raise LiveError(f"{where}: {chunk.error.what}")
        if not chunk.is_statement:
            _command(chunk, file, session, project)
            continue
        variable = next((token for token in chunk.tokens if token.kind == "variable"), None)
        if variable is not None:
            name = text[variable.start : variable.end]
            raise LiveError(f"{where}: {name} is a variable of psql; {_REMEDY}")
        data = following if following is not None and _is_data(following) else None
        session.data = None if data is None else data.text(text).encode()
        outcome = session.run(chunk.text(text))
        if outcome.sqlstate:
            raise LiveError(f"{where}: {outcome.message} ({outcome.sqlstate})")


_REMEDY = "name plain SQL files instead, with `schema` in [zones] or `before` in [live]"


def _with_next(found: Iterable[Chunk]) -> Iterator[tuple[Chunk, Chunk | None]]:
    ahead, behind = tee(found)
    next(behind, None)
    return zip_longest(ahead, behind)


def _is_data(chunk: Chunk) -> bool:
    return bool(chunk.tokens) and chunk.tokens[0].kind == "data"


def _command(chunk: Chunk, file: SqlFile, session: Session, project: Loaded) -> None:
    """What psql would do itself; data has been taken by the COPY before it."""
    command = file.source.text[chunk.start : chunk.end].strip()
    words = command.split()
    if _is_data(chunk) or words[0] in _HARMLESS:
        return
    if words[0] == r"\set" and len(words) > 1 and words[1].lower() in _SETTINGS:
        return
    line = file.source.place(chunk.start, chunk.start).line
    where = f"{file.path}:{line}"
    included = included_file(file.path, command, lambda path: _is_in(project, path))
    if included is None:
        raise LiveError(f"{where}: {_not_run(command)}")
    if included in file.run_by:
        raise LiveError(f"{where}: {included} is run by a file that it runs itself")
    apply(_read(project.root / included, included, (*file.run_by, file.path)), session, project)


def _not_run(command: str) -> str:
    if runs_file(command):
        return f"{command} names no file of the project, from its root or beside this one"
    return f"psql's {command.split(maxsplit=1)[0]} cannot be applied here; {_REMEDY}"


def _is_in(project: Loaded, path: str) -> bool:
    return not path.startswith("../") and (project.root / path).is_file()
