"""A schema as it stands: its tables with all their parts, its functions, types and other things."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from outbox_guard.facts import (
    Column,
    Comment,
    Constraint,
    Created,
    DomainCheck,
    DomainDefault,
    EnumValue,
    Fact,
    Function,
    Index,
    Place,
    Rewriting,
    RowSecurity,
    Table,
    Trigger,
    Undetermined,
    Use,
)

T = TypeVar("T")


class Register(Generic[T]):
    """Things by their name, and by the schema that it was qualified with where they were made.

    Which schema a bare name means, the search path says, and that is not in view: it means the
    one thing of this name, whatever schema it is in.
    """

    def __init__(self) -> None:
        self._spaces: dict[str, dict[str, T]] = {}

    def _space(self, namespace: str, name: str) -> str | None:
        """The schema under which a name is known."""
        spaces = self._spaces.get(name, {})
        if namespace in spaces:
            return namespace
        if namespace:
            return "" if "" in spaces else None
        if "public" in spaces:
            return "public"
        return next(iter(spaces)) if len(spaces) == 1 else None

    def find(self, namespace: str, name: str, *, exact: bool = False) -> T | None:
        """`exact` where a bare name is one of public, and nothing happens if there is none."""
        space = self._space(namespace, name)
        if exact and not self.known(namespace, name):
            return None
        return None if space is None else self._spaces[name][space]

    def known(self, namespace: str, name: str) -> bool:
        """Whether creating it would fail, because it is there."""
        return self._made(namespace, name) in self._spaces.get(name, {})

    def put(self, namespace: str, name: str, thing: T) -> None:
        """A new thing, in place of the one that is known under just this name."""
        self._spaces.setdefault(name, {})[self._made(namespace, name)] = thing

    def _made(self, namespace: str, name: str) -> str:
        """The schema in which something is created: a bare name is mostly one in public."""
        spaces = self._spaces.get(name, {})
        same = {"": "public", "public": ""}.get(namespace, namespace)
        return same if same in spaces and namespace not in spaces else namespace

    def take(self, namespace: str, name: str, *, exact: bool = False) -> T | None:
        """The thing, which is known no longer."""
        space = self._space(namespace, name)
        if exact and not self.known(namespace, name):
            return None
        return None if space is None else self._spaces[name].pop(space)

    def take_space(self, namespace: str) -> list[T]:
        """All things of a schema, which are known no longer."""
        return [spaces.pop(namespace) for spaces in self._spaces.values() if namespace in spaces]

    def __iter__(self) -> Iterator[T]:
        return (thing for spaces in self._spaces.values() for thing in spaces.values())


@dataclass(slots=True)
class StandingTable:
    """A table: by the statement that created it, and as later ones left it."""

    created: Table
    columns: dict[str, Column] = field(default_factory=dict)  # in order
    constraints: list[Constraint] = field(default_factory=list)  # CHECKs too, each with its name
    indexes: list[Index] = field(default_factory=list)  # those that have a statement of their own
    triggers: dict[str, Trigger] = field(default_factory=dict)
    rules: dict[str, Rewriting] = field(default_factory=dict)
    row_security: RowSecurity | None = None  # that is for the owner, too
    # Of a partition: which of the triggers above it were switched on or off here.
    switched: dict[str, bool] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.created.table

    def facts(self) -> Iterator[Fact]:
        yield self.created
        yield from self.columns.values()
        yield from self.constraints
        yield from self.indexes
        yield from self.triggers.values()


@dataclass(slots=True)
class Schema:
    """Everything that stands after the last statement; while it is replayed, after the latest."""

    tables: Register[StandingTable] = field(default_factory=Register)
    types: Register[Created] = field(default_factory=Register)  # enums, domains, composites
    values: dict[str, list[EnumValue]] = field(default_factory=dict)  # by their type
    domain_checks: dict[str, list[DomainCheck]] = field(default_factory=dict)
    domain_defaults: dict[str, DomainDefault] = field(default_factory=dict)
    others: dict[str, Register[Created]] = field(default_factory=dict)  # by kind: views, …
    overloads: dict[str, list[Function]] = field(default_factory=dict)  # by their name
    comments: dict[tuple[str, str, str], Comment] = field(default_factory=dict)  # kind, of, name
    # Statements, and columns in them, that made nothing because it was there.
    passed_over: set[tuple[Place | None, str]] = field(default_factory=set)
    missed: list[Use] = field(default_factory=list)  # of what was not there when its turn came
    undecided: list[Undetermined] = field(default_factory=list)

    def functions(self) -> Iterator[Function]:
        for overloads in self.overloads.values():
            yield from overloads

    def functions_named(self, name: str) -> Sequence[Function]:
        return self.overloads.get(name, ())

    def facts(self) -> Iterator[Fact]:
        """All that stands, as facts, with the names and the parts that it has now."""
        for table in self.tables:
            yield from table.facts()
        yield from self.types
        for values in self.values.values():
            yield from values
        for register in self.others.values():
            yield from register
        yield from self.functions()
        yield from self.comments.values()
        yield from self.missed
