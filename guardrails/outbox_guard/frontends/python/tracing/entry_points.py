"""The functions of a file that are followed by themselves, and what their methods are called on."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from outbox_guard.facts import DOWNGRADES, UPGRADES
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.evaluation.attributes import bound
from outbox_guard.frontends.python.parsing.syntax import Syntax
from outbox_guard.frontends.python.tracing.episodes import ANY, OWN, TOP, Diary, Episode, Name
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import written
from outbox_guard.frontends.python.values.kinds import Class, Function, Object

OF_CLASSES = (".__init_subclass__", ".__class_getitem__", ".__new__")  # by themselves


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """A function that is to be followed by itself."""

    function: Function
    cls: Class | None  # to call it on
    within: Episode | None  # in which it was defined, if that was not the top level

    @property
    def syntax(self) -> Syntax:
        """The file that it is followed for."""
        return (self.function if self.cls is None else self.cls).syntax

    @property
    def name(self) -> Name:
        """What its episode is called."""
        if self.within is not None:
            return self.within.name
        return self.function.node, "" if self.cls is None else self.cls.name


@dataclass(eq=False, slots=True)
class Entries:
    """Those of one run, in the order in which they are followed."""

    machine: Machine
    diary: Diary
    _queue: list[Entry] = field(default_factory=list)
    _awaited: dict[tuple[int, int], Episode] = field(default_factory=dict)
    _objects: dict[int, Object] = field(default_factory=dict)  # by the class that they are of

    def __iter__(self) -> Iterator[Entry]:
        """Functions that are defined within functions join the queue as it is worked off."""
        return iter(self._queue)

    def join(self, function: Function, cls: Class | None) -> None:
        """Once for each place in the code, however often that is followed."""
        key = (id(function.node), id(cls and cls.node))
        now = self.diary.now
        if key in self._awaited:
            now.needs.add(self._awaited[key].name)
        else:
            self._awaited[key] = now
            self._queue.append(Entry(function, cls, None if now.name == TOP else now))

    def sort(self) -> None:
        """What a migration does comes first, in its own order, and then what takes it back: its
        helpers do either on behalf of one of them."""
        self._queue.sort(key=_turn)

    @property
    def objects(self) -> Iterator[Object]:
        """Those on which methods are called."""
        return iter(self._objects.values())

    def object_of(self, cls: Class) -> Object | None:
        """The one of a class, if it was made."""
        return self._objects.get(id(cls))

    def lasting(self, function: Function) -> Hashable:
        """What a function is called on, as it is called in another state of the file as well."""
        receiver, scope = function.receiver, function.scope
        if isinstance(scope, Scope) and scope.kind == "function":
            return ANY
        match receiver:
            case None | Class():
                return receiver
            case Object(of=of) if self.object_of(of) is receiver:
                return of.name
            case Object() if not self.diary.is_shared(receiver):
                held = (
                    (owner.of.name, name)
                    for owner in self.objects
                    for name, value in owner.attributes.items()
                    if value is receiver
                )
                return next(held, OWN if self.diary.is_own(receiver) else ANY)
        return ANY

    def on_object(self, entry: Entry) -> Function:
        """A method on its own is called on an object that its class's `__init__` made."""
        function, scope = entry.function, entry.function.scope
        if not isinstance(scope, Scope) or scope.kind != "class" or scope.parent is None:
            return function
        cls = entry.cls or scope.parent.find(scope.name.rpartition(".")[2])
        decorators = {written(d).rpartition(".")[2] for d in function.decorators}
        if not isinstance(cls, Class) or "staticmethod" in decorators:
            return function
        if "classmethod" in decorators or function.name.endswith(OF_CLASSES):
            return bound(function, cls)
        if id(cls) not in self._objects:
            self._make(cls, entry)
        if entry.within is None:
            self.diary.now.of = cls.name
        return bound(function, self._objects[id(cls)])

    def _make(self, cls: Class, entry: Entry) -> None:
        made = self._objects[id(cls)] = Object(cls, {})
        initialiser = cls.find("__init__")
        if isinstance(initialiser, Function):
            before = self.diary.enter(entry.within or self.diary.origin(cls.name))
            self.machine.apply(bound(initialiser, made), Arguments())
            self.diary.enter(before)


def _turn(entry: Entry) -> int:
    name = entry.function.name
    return 0 if name in UPGRADES else 1 if name in DOWNGRADES else 2
