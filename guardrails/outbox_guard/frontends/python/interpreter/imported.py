"""The modules that a followed file imports: each is read for the names that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import libcst

from outbox_guard.frontends.python.context.machine import MOST_READ_GUARDED, Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.driver import sinks
from outbox_guard.frontends.python.modules.questions import GIVES, GIVES_CLASSES
from outbox_guard.frontends.python.parsing.syntax import Syntax
from outbox_guard.frontends.python.parsing.top_level import EVERYTHING
from outbox_guard.frontends.python.tracing.partial_modules import Follow, Unread
from outbox_guard.sources import Source

Followed = TypeVar("Followed")


class Modules:
    """The names of each file, by its path; the followed file is one of them."""

    def __init__(self, machine: Machine, follow: Follow) -> None:
        self._machine = machine
        self._follow = follow
        self._scopes: dict[str, Scope | None] = {}
        self._left_out: set[str] = set()  # modules that there was no room for
        self._path = ""  # of the file that is followed
        self._importer = ""  # the file whose top level is being followed
        self.guarded = False  # whether constants of any module may matter

    def begin(self, scope: Scope) -> None:
        """The file that is followed, of which nothing is known yet."""
        source, project = scope.syntax.source, self._machine.project
        self._path = self._importer = source.path
        self._scopes[source.path] = scope
        told = project.tells(source.path)
        if told:
            self._machine.budget.left_to_read = MOST_READ_GUARDED
        leads_out = sinks.LEADS_OUT.search(source.text) is not None
        self.guarded = told or leads_out or project.mentions(source.text)

    def scopes(self) -> Iterator[Scope]:
        return (scope for scope in self._scopes.values() if scope is not None)

    def scope(self, path: str, wanted: str) -> Scope | None:
        """The names of another file, followed for them alone; all of them, or as they are asked."""
        project = self._machine.project
        if path not in self._scopes and path:
            if wanted and not project.carries(path) and not self._gives(path, wanted):
                return None
            source = project.outlined(path)
            self._scopes[path] = None if source is None else self._begun(source)
        scope = self._scopes.get(path)
        if scope is not None and scope.bring is not None and wanted in ("", EVERYTHING):
            scope.bring(EVERYTHING)
        return scope

    def on_behalf(self, importer: str, follow: Callable[[], Followed]) -> Followed:
        """What an import of another file is worth, followed as that file would."""
        before, self._importer = self._importer, importer
        try:
            return follow()
        finally:
            self._importer = before

    def _begun(self, source: Source) -> Scope:
        """A module of which nothing is read yet."""
        scope = Scope("module", Syntax(source, libcst.Module(())))
        may_read = partial(self._may_read, source)
        unread = Unread(scope, self._machine.project, may_read, self._follow)
        scope.bring = unread.bring
        self.guarded = self.guarded or self._machine.project.speaks(source.path)
        return scope

    def _may_read(self, source: Source, size: int) -> bool:
        """Within the bounds; where they cut and guarded tables are in play, that is said."""
        machine = self._machine
        if machine.budget.read(size):
            return True
        if source.path in self._left_out:
            return False
        self._left_out.add(source.path)
        if machine.project.tells(self._path) and self._names_a_table(source.path):
            machine.budget.left_out = source.path
            machine.judge.seen.names_a_table = True
        return False

    def _names_a_table(self, path: str) -> bool:
        source = self._machine.project.source(path)
        return source is not None and self._machine.judge.guarded.found_in(source.text)

    def _gives(self, path: str, name: str) -> bool:
        """Whether a file binds a name to what may matter to the one that imports it.

        Any word may be part of a statement, and a class may build one of the words that it is
        given. That is asked only where a guarded name is in play, or where a text may be SQL or
        name a module or a database; for most files are full of constants and classes.
        """
        project = self._machine.project
        source = project.outlined(path) if self.guarded else None
        if source is None:
            return False
        question = GIVES_CLASSES if project.tells(self._importer) else GIVES
        return project.asked(source, question, name)
