"""Who may do what, as one statement of the schema after the other leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from outbox_guard.facts import (
    UNKNOWN_NAME,
    Created,
    Drop,
    Fact,
    Function,
    Grant,
    How,
    Membership,
    Owner,
    Rename,
    Role,
    Session,
    Table,
    ViewChange,
)
from outbox_guard.schema.rights.acl import Acl, Standing, Statement, StillNeeded
from outbox_guard.schema.rights.defaults import Defaults
from outbox_guard.schema.rights.items import Item, Items, Kind, split
from outbox_guard.schema.rights.privileges import KnownPrivileges
from outbox_guard.schema.rights.roles import Roles
from outbox_guard.schema.rights.sessions import APPLIER, Runner

# What `Estate.apply` has something to do with.
UNDERSTOOD: tuple[type[Fact], ...] = (
    Created,
    Drop,
    Function,
    Grant,
    Membership,
    Owner,
    Rename,
    Role,
    Session,
    Table,
    ViewChange,
)


class Estate:
    """A database's privileges; `apply` takes them one statement further."""

    def __init__(self, version: int, insiders: frozenset[str]) -> None:
        self.privileges = KnownPrivileges(version)
        self.roles = Roles(version)
        self.items = Items()
        self._insiders = insiders  # roles of which it is known that they do not apply the schema
        self.defaults = Defaults(self.privileges)
        self._runner = Runner()
        self._file = ""

    def apply(self, fact: Fact, number: int) -> None:
        if fact.place.path != self._file:
            self._file, self._runner = fact.place.path, Runner()
        match fact:
            case Session():
                self._runner = self._runner.after(fact)
            case Role():
                self._role(fact, Statement(number, fact.words, fact.place, "attribute"))
            case Membership():
                by = Statement(number, fact.words, fact.place, "membership")
                self.roles = self.roles.linked(self._resolved(fact), by)
            case Table(change="create") | Function():
                self._create(fact, number)
            case Table():
                self._alter(fact)
            case Created(kind="view") | ViewChange():
                self._view(fact, number)
            case Owner():
                self._own(fact, Statement(number, fact.words, fact.place, "owner"))
            case Rename():
                self.items.rename(fact, self._runner.path)
            case Drop():
                self.items.drop(fact, self._runner.path)
            case Grant(default=True):
                self._default(fact, Statement(number, fact.words, fact.place, "default"))
            case Grant():
                how: How = "ALL TABLES" if fact.schemas else "directly"
                self._grant(fact, Statement(number, fact.words, fact.place, how))

    def stand(self, kind: Kind, schema: str, name: str) -> Item:
        """What no statement creates, and is there all the same."""
        item = Item(kind, schema, name, self.defaults.built_in(APPLIER, kind))
        self.items.put(item)
        return item

    # -- objects ---------------------------------------------------------------------------

    def _create(self, fact: Table | Function, number: int) -> None:
        """What is there stays as it is, with its privileges; a function gets a new body."""
        new = _made(fact, fact.namespace or self._runner.path[0], self._runner.role)
        if isinstance(fact, Table):
            new = replace(new, part_of=self._whole(fact))
        known = self.items.get(*new.key)
        if known is None:
            words = f"CREATE {new.kind.upper()} {new.name}"
            by = Statement(number, words, fact.place, "owner")
            acl = self.defaults.initial(new.kind, new.schema, self._runner.role, by)
            self.items.put(replace(new, acl=acl))
        elif new.kind == "function":
            self.items.put(replace(new, acl=known.acl))

    def _whole(self, part: Table) -> str:
        """The table that a partition is a part of, through all partitions of partitions."""
        if not part.is_partition:
            return ""
        parent = self.items.find("table", "", part.parent, self._runner.path)
        return parent.rows_of if parent is not None else part.parent

    def _view(self, fact: Created | ViewChange, number: int) -> None:
        """A view that can be written is kept as a table whose rows are another's."""
        schema, path = fact.namespace or self._runner.path[0], self._runner.path
        known = self.items.find("table", fact.namespace, fact.name, path)
        shows = "" if isinstance(fact, ViewChange) else fact.shows
        base = self.items.find("table", *split(shows), path) if shows else None
        rows_of = base.rows_of if base is not None else ""
        if known is not None:
            # With `security_invoker` nobody can write through it what he could not write himself.
            if known.is_view and not (isinstance(fact, ViewChange) and not fact.invoker):
                self.items.put(replace(known, part_of=rows_of))
        elif base is not None:
            by = Statement(number, f"CREATE VIEW {fact.name}", fact.place, "owner")
            acl = self.defaults.initial("table", schema, self._runner.role, by)
            self.items.put(
                Item("table", schema, fact.name, acl, fact.place, part_of=rows_of, is_view=True)
            )

    def _own(self, fact: Owner, by: Statement) -> None:
        """A new owner whose name is not known is taken for whoever applies the schema."""
        owner = APPLIER if fact.owner == UNKNOWN_NAME else self._runner.named(fact.owner)
        name = fact.identity or fact.name
        found = self.items.find(fact.kind, fact.namespace, name, self._runner.path)
        if found is not None and owner != found.acl.owner:
            self._replace(found, found.acl.handed_to(owner, by))

    def _alter(self, fact: Table) -> None:
        """A column goes with what was granted on it; a table becomes a partition, or none."""
        found = self.items.find("table", fact.namespace, fact.table, self._runner.path)
        if found is None:
            return
        if fact.change == "drop":
            gone = tuple(f"({column})" for column in fact.columns)
            entries = {
                entry: standing
                for entry, standing in found.acl.entries.items()
                if not entry.privilege.endswith(gone)
            }
            self._replace(found, replace(found.acl, entries=entries))
        elif fact.change in ("attach", "detach"):
            self.items.put(replace(found, part_of=self._whole(fact)))

    def _replace(self, item: Item, acl: Acl) -> None:
        self.items.put(replace(item, acl=acl))

    # -- roles -----------------------------------------------------------------------------

    def _role(self, fact: Role, by: Statement) -> None:
        name = self._runner.named(fact.name)
        match fact.change:
            case "drop" if self._is_needed(name):
                return  # the server refuses it
            case "rename":
                self._renamed(name, fact.to)
            case "reassign":
                to = self._runner.named(fact.to)
                owned = [item for item in self.items if item.acl.owner == name]
                for item in owned:
                    self._replace(item, item.acl.handed_to(to, by))
            case "disown":
                self._disowned(name)
        self.roles = self.roles.after(fact, by)

    def _is_needed(self, name: str) -> bool:
        return self.defaults.concern(name) or any(name in item.acl.roles for item in self.items)

    def _renamed(self, old: str, new: str) -> None:
        for item in self.items:
            self._replace(item, item.acl.renamed(old, new))
        self.defaults.rename(old, new)

    def _disowned(self, name: str) -> None:
        for item in self.items:
            if item.acl.owner == name:
                self.items.remove(item)
            elif self._acts_for(item.acl.owner):
                self._replace(item, item.acl.without(name))
        self.defaults.disown(name)

    def _resolved(self, fact: Membership) -> Membership:
        members = (self._runner.named(member) for member in fact.members)
        return replace(fact, members=tuple(name for name in members if name != UNKNOWN_NAME))

    # -- privileges ------------------------------------------------------------------------

    def _grant(self, fact: Grant, by: Statement) -> None:
        privileges = tuple(self.privileges.meant(fact))
        roles = tuple(map(self._runner.named, fact.roles))
        for item in list(self._subjects(fact)):
            if fact.change == "grant":
                self._granted(item, privileges, roles, Standing((by,), fact.option))
            elif UNKNOWN_NAME in (*privileges, *roles, item.name) or self._is_vague(fact):
                self._replace(item, item.acl.doubted(roles, privileges, by))
            else:
                self._revoked(item, privileges, roles, fact)

    def _granted(
        self, item: Item, privileges: tuple[str, ...], roles: tuple[str, ...], by: Standing
    ) -> None:
        grantor, may = self._grantor(item.acl, privileges)
        self._replace(item, item.acl.granted(grantor, roles, may, by))

    def _revoked(
        self, item: Item, privileges: tuple[str, ...], roles: tuple[str, ...], fact: Grant
    ) -> None:
        grantor, _ = self._grantor(item.acl, privileges)
        with suppress(StillNeeded):  # the server refuses it
            acl = item.acl.revoked(
                grantor, roles, privileges, only_option=fact.option, cascade=fact.cascade
            )
            self._replace(item, acl)

    def _grantor(self, acl: Acl, privileges: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        """By whom a grant counts as given, and what of it that role may give."""
        if self._acts_for(acl.owner):
            return acl.owner, privileges
        me = self._runner.role
        best, most = me, tuple[str, ...]()
        for role, _ in self.roles.reach(me):
            options = acl.options(role)
            may = tuple(p for p in privileges if p in options or p.partition(" ")[0] in options)
            if len(may) > len(most):
                best, most = role, may
        return best, most

    def _acts_for(self, owner: str) -> bool:
        """A role that the schema does not create is trusted with what it does."""
        me = self._runner.role
        return me not in self.roles.known or self.roles.has_rights_of(me, owner)

    def _subjects(self, fact: Grant) -> Iterator[Item]:
        """The objects that a statement is about."""
        if fact.schemas:
            yield from self._in_schemas(fact)
        for name in fact.objects:
            if name == UNKNOWN_NAME:
                yield from self._unnamed(fact)
            else:
                found = self.items.find(fact.kind, *split(name), self._runner.path)
                if found is not None:
                    yield found

    def _in_schemas(self, fact: Grant) -> Iterator[Item]:
        for item in self.items.within(fact.kind, fact.schemas):
            if fact.routines == "any" or (fact.routines == "procedures") is item.procedure:
                yield item
        if UNKNOWN_NAME in fact.schemas:
            yield from self._unnamed(fact)

    def _unnamed(self, fact: Grant) -> Iterator[Item]:
        """A grant on I know not what is kept apart; a revocation may take anything away."""
        if fact.change == "revoke":
            yield from (item for item in self.items if item.kind == fact.kind)
        else:
            known = self.items.get(fact.kind, UNKNOWN_NAME, UNKNOWN_NAME)
            yield known or self.stand(fact.kind, UNKNOWN_NAME, UNKNOWN_NAME)

    @staticmethod
    def _is_vague(fact: Grant) -> bool:
        return UNKNOWN_NAME in (*fact.objects, *fact.schemas)

    # -- defaults --------------------------------------------------------------------------

    def _default(self, fact: Grant, by: Statement) -> None:
        makers = tuple(map(self._maker, fact.makers)) or (self._runner.role,)
        roles = tuple(map(self._runner.named, fact.roles))
        for maker in makers:
            self.defaults.alter(maker, roles, fact, by)

    def _maker(self, role: str) -> str:
        """A role that neither runs a statement nor is a runtime role applies the schema itself."""
        named = self._runner.named(role)
        return named if named in self._insiders else APPLIER


def _made(fact: Table | Function, schema: str, owner: str) -> Item:
    match fact:
        case Table():
            return Item("table", schema, fact.table, Acl(owner), fact.place)
        case Function():
            acl, of = Acl(owner), (fact.tables, fact.procedure)
            return Item("function", schema, fact.identity, acl, fact.place, *of)
