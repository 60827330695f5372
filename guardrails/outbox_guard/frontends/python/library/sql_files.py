"""SQL files of the project that Python reads by name."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from outbox_guard.frontends.python.values.kinds import Value
from outbox_guard.frontends.python.values.pieces import Piece, Text, WholeFile
from outbox_guard.sources import Project

SUFFIXES = (".sql", ".pgsql", ".psql")


def file_named(names: Sequence[str], project: Project, importer: str) -> Value | None:
    """The text of the file that these parts of a path name, None where there is no such.

    The path may be relative to the project's root or to any folder above the importing file.
    """
    if not names or not names[-1].endswith(SUFFIXES):
        return None
    folder = posixpath.dirname(importer)
    while True:
        for parts in (names, names[-1:]):
            path = posixpath.normpath(posixpath.join(folder, *parts))
            source = project.source(path) if project.exists(path) else None
            if source is not None:
                piece = Piece(source.text, WholeFile(source), range(len(source.text)))
                return Text((piece,))
        if not folder:
            return None
        folder = posixpath.dirname(folder)
