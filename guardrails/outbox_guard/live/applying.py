"""The project's schema, applied in its order to an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from outbox_guard.config import Config, Loaded
from outbox_guard.discovery import discover, read_source
from outbox_guard.facts import Unreadable
from outbox_guard.frontends.sql.splitter import Chunk, chunks
from outbox_guard.globs import any_path
from outbox_guard.live.errors import LiveError
from outbox_guard.live.sessions import Session
from outbox_guard.schema.order import apply_order, is_down
from outbox_guard.sources import Source

# psql's commands that change nothing in what the statements do.
_HARMLESS = (
    r"\echo", r"\qecho", r"\warn", r"\timing", r"\pset", r"\restrict", r"\unrestrict", r"\encoding",
    r"\x", r"\a", r"\t", r"\o",
)  # fmt: skip
_SETTINGS = ("on_error_stop", "on_error_rollback", "quiet", "echo", "verbosity", "autocommit")


@dataclass(frozen=True, slots=True)
class SqlFile:
    path: str
    source: Source
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
    return tuple(
        replace(_read(found.file(path), path), comes_last=any_path(config.live.after, path))
        for path in paths
    )


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
        and not is_down(path)
        and not any_path((*live.before, *live.after), path)
    ]
    yield from _matching(live.before, files)
    yield from sorted(schema, key=apply_order)
    yield from _matching(live.after, files)


def _matching(globs: tuple[str, ...], files: tuple[str, ...]) -> Iterator[str]:
    """The files of each glob in turn."""
    for glob in globs:
        yield from sorted((path for path in files if any_path((glob,), path)), key=apply_order)


def _read(file: Path, path: str) -> SqlFile:
    source = read_source(file, path, "schema")
    if isinstance(source, Unreadable):
        raise LiveError(f"{path}:{source.place.line}: {source.reason}")
    return SqlFile(path, source)


def apply(file: SqlFile, session: Session) -> None:
    """Run a file's statements one by one, as psql does.

    Raises LiveError at the first that fails, or that only psql could run.
    """
    text = file.source.text
    for chunk in chunks(text, psql=True):
        line = file.source.place(chunk.start, chunk.start).line
        where = f"{file.path}:{line}"
        if chunk.error is not None:
            raise LiveError(f"{where}: {chunk.error.what}")
        if not chunk.is_statement:
            _check_harmless(chunk, text, where)
            continue
        variable = next((token for token in chunk.tokens if token.kind == "variable"), None)
        if variable is not None:
            name = text[variable.start : variable.end]
            raise LiveError(f"{where}: {name} is a variable of psql; {_REMEDY}")
        outcome = session.run(chunk.text(text))
        if outcome.sqlstate:
            raise LiveError(f"{where}: {outcome.message} ({outcome.sqlstate})")


_REMEDY = "name plain SQL files instead, with `schema` in [zones] or `before` in [live]"


def _check_harmless(chunk: Chunk, text: str, where: str) -> None:
    command = text[chunk.start : chunk.end].strip()
    words = command.split()
    if words[0] in _HARMLESS:
        return
    if words[0] == r"\set" and len(words) > 1 and words[1].lower() in _SETTINGS:
        return
    what = "data of COPY" if chunk.tokens[0].kind == "data" else f"psql's {words[0]}"
    raise LiveError(f"{where}: {what} cannot be applied here; {_REMEDY}")
