"""A module that is followed for a few of its names: what nobody asks for is not even parsed."""

from __future__ import annotations

from collections.abc import Callable

from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.modules.questions import BEHIND, REBOUND
from outbox_guard.frontends.python.parsing.syntax import Syntax, SyntaxFault, parse_part
from outbox_guard.frontends.python.parsing.top_level import EVERYTHING, Statement
from outbox_guard.frontends.python.values.kinds import UNKNOWN, Unknown, join
from outbox_guard.sources import Project, Source

Follow = Callable[[Syntax, Scope], None]  # run some statements at the top level of the module


class Unread:
    """The statements of a module, each run when a name that it binds is asked for."""

    def __init__(
        self, scope: Scope, project: Project, may_read: Callable[[int], bool], follow: Follow
    ) -> None:
        self._scope = scope
        self._project = project
        self._may_read = may_read  # so many characters
        self._follow = follow
        self._asked: set[str] = set()
        self._run: set[int] = set()

    def bring(self, name: str) -> None:
        """Bind a name, or EVERYTHING, if the module does."""
        if name in self._asked or EVERYTHING in self._asked:
            return
        self._asked.add(name)
        source = self._scope.syntax.source
        for statement in self._project.asked(source, BEHIND, name):
            if statement.start not in self._run:
                self._run.add(statement.start)
                self._read(statement)
        for rebound in self._project.asked(source, REBOUND, name):
            bound = self._scope.get(rebound) or UNKNOWN
            self._scope.names[rebound] = join([bound, Unknown(rebound)])

    def _read(self, statement: Statement) -> None:
        source = self._scope.syntax.source
        if self._may_read(len(statement.text)):
            syntax = _parsed(source, statement.start, statement.end)
            if syntax is None:  # perhaps it does not end where it seems to
                self._project.source(source.path)
                syntax = _parsed(source, 0, len(source.text))
                self._asked.add(EVERYTHING)
            if syntax is not None:
                self._scope.syntax.parts.append(syntax)
                self._follow(syntax, self._scope)


def _parsed(source: Source, start: int, end: int) -> Syntax | None:
    try:
        return parse_part(source, start, end)
    except SyntaxFault:
        return None  # reported where the file itself is read
