"""Follows one Python file: its top level, then every function that it defines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import libcst

from outbox_guard.facts import DOWNGRADES
from outbox_guard.frontends.python import orm
from outbox_guard.frontends.python.context import parameters
from outbox_guard.frontends.python.context.machine import (
    DEEPEST_CALL,
    Budget,
)
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.evaluation import expressions
from outbox_guard.frontends.python.interpreter import (
    assignments,
    calls,
    common,
    construction,
    execution,
)
from outbox_guard.frontends.python.interpreter.imported import Modules
from outbox_guard.frontends.python.judging.judge import Judge
from outbox_guard.frontends.python.judging.sessions import Mark
from outbox_guard.frontends.python.parsing.syntax import Syntax
from outbox_guard.frontends.python.tracing.entry_points import Entries, Entry
from outbox_guard.frontends.python.tracing.episodes import Diary, Episode, Made, Name
from outbox_guard.frontends.python.tracing.relevance import concerns, matters
from outbox_guard.frontends.python.tracing.summaries import Retracing, what_is_told
from outbox_guard.frontends.python.tracing.tallying import Known, Tally
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import written
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Class,
    Function,
    Items,
    Mapping,
    ModuleValue,
    Object,
    Value,
    births,
    join,
)
from outbox_guard.sources import Project

Followed = TypeVar("Followed")
Keep = Callable[["Interpreter", Scope], Known]  # asked when the top level is followed
_Found = tuple[Mapping, Mark]  # what a function found that others have too


def nothing(run: Interpreter, scope: Scope) -> Known:
    """Follow all of a file."""
    del run, scope
    return {}


class Interpreter:
    """The machine of `machine.Machine`, for one file and what it imports."""

    def __init__(self, project: Project, judge: Judge) -> None:
        self.project = project
        self.judge = judge
        self.budget = Budget()
        self._imported = Modules(self, self._run_apart)
        self._homes: set[Scope] = set()  # the blocks in which functions are defined
        self.diary = Diary(judge, self.budget, detailed=project.memory is not None)
        self.entries = Entries(self, self.diary)
        self.retracing = Retracing(judge.sessions)
        self._active: list[libcst.CSTNode] = []
        self._tally = Tally()  # of calls that said nothing of the database
        self._path = ""

    def run(self, syntax: Syntax, keep: Keep = nothing) -> Scope:
        """Follow a file: its top level, and each function but those of which all is known."""
        scope = Scope("module", syntax)
        self._path = self.diary.path = syntax.source.path
        self._imported.begin(scope)
        self.body(syntax.tree, scope)
        self.entries.sort()
        self.diary.now.ended = next(births)
        known = keep(self, scope)
        own = (each for each in self.entries if each.syntax is syntax)
        seen = [self._follow_alone(each) for each in own if not self._tally.skips(each.name, known)]
        # What a later function left in an object or a global, an earlier one may have found there.
        for episode, function, found in seen:
            if found != self._common(function):
                self.diary.enter(episode)
                self.retracing.forget(function)
                self._apply_alone(function)
        self.diary.pause()
        return scope

    def release(self) -> None:
        """Nothing more is asked: let go of what holds each other.

        It would stay until garbage is looked for, which is seldom done.
        """
        for scope in (*self.modules, *self._homes):
            scope.names.clear()
            scope.bring = None
        del self.entries, self._imported

    @property
    def circumstances(self) -> tuple[bool, bool, bool]:
        """What is asked of the file as a whole."""
        path, project = self._path, self.project
        return project.tells(path), project.carries(path), self._imported.guarded

    @property
    def fits(self) -> bool:
        """Whether of each function as many calls are followed as where all is."""
        return self._tally.fits

    @property
    def modules(self) -> Iterator[Scope]:
        """All that is known of this file and of others."""
        return self._imported.scopes()

    def names(self) -> Iterator[Name]:
        """The episodes that there will be of what the top level has defined."""
        for entry in self.entries:
            if entry.syntax.source.path == self._path:
                yield entry.name

    def _follow_alone(self, entry: Entry) -> tuple[Episode, Function, _Found]:
        """Follow a function that nobody in view need have called; and what it found shared."""
        episode = entry.within or self.diary.episode(entry.name)
        self.diary.enter(episode)
        function = self.entries.on_object(entry)
        found = self._common(function)
        self.judge.on_behalf_of = function.name if function.name in DOWNGRADES else ""
        self._apply_alone(function)
        self.judge.on_behalf_of = ""
        episode.over = True
        return episode, function, found

    def _apply_alone(self, function: Function) -> None:
        """Whatever another function left on a connection that both have may be there by now."""
        with self.judge.sessions.aside(partial(common.lines, function)):
            self.apply(function, Arguments())

    def _common(self, function: Function) -> _Found:
        on_lines = self.judge.sessions.shared_on(partial(common.lines, function))
        return common.values(function), on_lines

    def evaluate(self, node: libcst.BaseExpression, scope: Scope) -> Value:
        return expressions.evaluate(self, node, scope)

    def call(self, node: libcst.Call, scope: Scope) -> Value:
        return calls.call(self, node, scope)

    def invoke(self, node: libcst.Call, scope: Scope, callee: Value, arguments: Arguments) -> Value:
        return calls.invoke(self, node, scope, callee, arguments)

    def body(self, suite: libcst.BaseSuite | libcst.Module, scope: Scope) -> bool:
        return execution.body(self, suite, scope)

    def assign(self, target: libcst.BaseExpression, value: Value, scope: Scope) -> None:
        assignments.assign(self, target, value, scope)

    def defined(self, function: Function) -> None:
        if isinstance(function.scope, Scope):
            self._homes.add(function.scope)
        self.entries.join(function, None)

    def declared(self, cls: Class) -> None:
        """A class; if it adds what matters, what its bases do is another thing on its objects."""
        tells = self.project.tells(cls.syntax.source.path)
        adds = tells or any(matters(member, self.project) for member in cls.members.values())
        for owner in cls.mro[1:] if adds else ():
            for name, member in owner.members.items():
                if isinstance(member, Function) and cls.find(name) is member:
                    self.entries.join(member, cls)

    def module(self, module: ModuleValue, *, wanted: str = "") -> Scope | None:
        if module.path == self._path:
            self.diary.asked.add(wanted)
        return self._imported.scope(module.path, wanted)

    def on_behalf(self, importer: str, follow: Callable[[], Followed]) -> Followed:
        return self._imported.on_behalf(importer, follow)

    def _run_apart(self, syntax: Syntax, scope: Scope) -> None:
        """Statements of another module, run as if it were imported only now."""
        active, self._active = self._active, []
        try:
            with self.judge.mute(), self.diary.apart():
                path = syntax.source.path
                self.on_behalf(path, lambda: self.body(syntax.tree, scope))
        finally:
            self._active = active

    def construct(self, cls: Class, arguments: Arguments) -> Value:
        return construction.construct(self, cls, arguments)

    def apply(self, function: Function, arguments: Arguments) -> Value:
        """What a function returns for these arguments; the same call is followed once."""
        key = self.retracing.key(function, arguments)
        if key in self.retracing:
            self.diary.meets(key)
            return self.retracing.recall(key, arguments)
        if function.node in self._active or not self._worth(function, arguments):
            return UNKNOWN
        if len(self._active) >= DEEPEST_CALL:
            self.budget.too_deep = self.budget.too_deep or self._hand_on(arguments)
            return UNKNOWN
        if self.retracing.is_full(key):
            self.budget.too_many = True
            return UNKNOWN
        self.retracing.begin(key)
        self.diary.follows(key, partial(self._made, function, arguments))
        self._active.append(function.node)
        try:
            result = self._follow(function, arguments)
        finally:
            self._active.pop()
        self.retracing.end(key, arguments, result)
        return result

    def touched(self, owner: Value) -> None:
        real = owner.real or owner if isinstance(owner, Object) else None
        self.diary.touches(owner, None if real is None else self.entries.object_of(real.of))

    def left(self, function: Function, arguments: Arguments) -> dict[str, Value]:
        """What such a call left in its parameters, where that is not what it was given."""
        return self.retracing.left(function, arguments)

    def _worth(self, function: Function, arguments: Arguments) -> bool:
        """Whether a call can say anything that following the function by itself does not.

        What is handed over may matter to the database; else a few calls show what a function
        makes of its arguments, and most code has nothing to do with either.
        """
        if self._tell(arguments):
            return True
        # A method is as near as the class of the object that it is called on.
        near, receiver = [function.syntax.source.path], function.receiver
        owner = receiver.of if isinstance(receiver, Object) else receiver
        if isinstance(owner, Class):
            near.append(owner.syntax.source.path)
        if not any(path == self._path or self.project.carries(path) for path in near):
            # What nobody but this file's code says of the database, its own objects may hold.
            return isinstance(receiver, Object) and matters(receiver, self.project)
        if not arguments.all:
            return True  # by itself, or as good as that
        allowed = self._tally.allows(function.node)
        made = partial(self._made, function, arguments)
        return self.diary.counts(function.node, made, allowed=allowed)

    def _made(self, function: Function, arguments: Arguments) -> Made:
        return function.node, self.entries.lasting(function), what_is_told(arguments)

    def _tell(self, arguments: Arguments) -> bool:
        """Whether what is handed over may matter to the database."""
        return any(matters(value, self.project) for value in arguments.all)

    def _hand_on(self, arguments: Arguments) -> bool:
        """Whether a guarded table is handed over: by its name, in SQL, or as its rows."""
        return any(concerns(value, self.project) for value in arguments.all)

    def _follow(self, function: Function, arguments: Arguments) -> Value:
        self.diary.lends(function, arguments)
        outer = function.scope
        parent = outer if isinstance(outer, Scope) else None
        scope = Scope("function", function.syntax, function.name, parent)
        parameters.bind(self, function, arguments, scope)
        if function.decorators:
            orm.hand_over(self, function, scope)
        given = dict(scope.names)
        scope.shared = set(given)
        node = function.node
        if isinstance(node, libcst.Lambda):
            return self.evaluate(node.body, scope)
        if self.body(node.body, scope):
            scope.left.append(self.judge.sessions.state)
        changed = {n: scope.names[n] for n in scope.shared if scope.names[n] is not given[n]}
        if changed:
            self.retracing.leave(function, arguments, changed)
        manages = bool(scope.yielded) and _manages(function)
        if states := scope.kept if manages else scope.left:
            self.judge.sessions.meet(states)
        if scope.yielded:  # a context manager gives it to `with`, a generator to a loop
            yielded = join(scope.yielded)
            return yielded if manages else Items((), yielded)
        return join(scope.returned) if scope.returned else UNKNOWN


def _manages(function: Function) -> bool:
    """Whether a function that yields is a context manager."""
    decorators = {written(d).rpartition(".")[2] for d in function.decorators}
    return bool(decorators & {"contextmanager", "asynccontextmanager", "fixture"})
