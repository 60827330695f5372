"""Roles, and whose privileges each of them has."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from outbox_guard.facts import UNKNOWN_NAME, Membership, Role
from outbox_guard.schema.rights.acl import Statement

LONGEST = 32  # grants of membership that lead from one role to another
_INHERITS_BY_GRANT = 16  # from this version on it is the grant that says so, not the member


@dataclass(frozen=True, slots=True)
class Link:
    """A member has what a role has."""

    by: Statement
    inherit: str = ""  # "yes", "no"; "" where the grant does not say


@dataclass(frozen=True)
class Roles:
    """All roles as they stand."""

    version: int
    links: Mapping[tuple[str, str], Link] = field(default_factory=dict)  # (member, role)
    known: frozenset[str] = frozenset()  # those that the schema creates
    superusers: Mapping[str, Statement] = field(default_factory=dict)
    loners: frozenset[str] = frozenset()  # NOINHERIT

    def after(self, fact: Role, by: Statement) -> Roles:
        match fact.change:
            case "create" if fact.name not in self.known:
                made = replace(self, known=self.known | {fact.name})
                return made._with_attributes(fact, by)
            case "alter":
                return self._with_attributes(fact, by)
            case "rename":
                return self._renamed(fact.name, fact.to)
            case "drop":
                return self._without(fact.name)
        return self

    def linked(self, fact: Membership, by: Statement) -> Roles:
        links = dict(self.links)
        for member in fact.members:
            for role in fact.roles:
                link = links.get((member, role))
                match fact.change:
                    case "revoke":
                        links.pop((member, role), None)
                    case "limit" if link is not None:
                        links[member, role] = replace(link, inherit="no")
                    case "grant":
                        known = link or Link(by, self._inherits_now(member))
                        links[member, role] = replace(known, inherit=fact.inherit or known.inherit)
        return replace(self, links=links)

    def _inherits_now(self, member: str) -> str:
        """What a grant without a word on it settles for good."""
        if self.version < _INHERITS_BY_GRANT:
            return ""
        return "no" if member in self.loners else "yes"

    def reach(self, role: str) -> Iterator[tuple[str, tuple[Statement, ...]]]:
        """The roles whose privileges this one has, itself first, and the grants that lead there."""
        seen = {role}
        ways: deque[tuple[str, tuple[Statement, ...]]] = deque([(role, ())])
        while ways:
            member, way = ways.popleft()
            yield member, way
            if len(way) == LONGEST:
                continue
            for parent, link in self._parents.get(member, ()):
                if parent not in seen and self._passes(member, link):
                    seen.add(parent)
                    ways.append((parent, (*way, link.by)))

    def leads_on(self, role: str, way: Sequence[Statement]) -> bool:
        """Whether `reach` has stopped at a role that is a member of others in turn."""
        return len(way) == LONGEST and role in self._parents

    @cached_property
    def _parents(self) -> Mapping[str, Sequence[tuple[str, Link]]]:
        """By member, the roles that it was granted."""
        parents: dict[str, list[tuple[str, Link]]] = {}
        for (member, role), link in self.links.items():
            parents.setdefault(member, []).append((role, link))
        return parents

    def has_rights_of(self, role: str, other: str) -> bool:
        return role in self.superusers or any(name == other for name, _ in self.reach(role))

    def _passes(self, member: str, link: Link) -> bool:
        if self.version < _INHERITS_BY_GRANT:
            return member not in self.loners
        return link.inherit != "no"

    def _with_attributes(self, fact: Role, by: Statement) -> Roles:
        superusers = dict(self.superusers)
        if fact.superuser == "yes":
            superusers[fact.name] = by
        elif fact.superuser == "no":
            superusers.pop(fact.name, None)
        loners = self.loners
        if fact.inherit:
            alone = frozenset((fact.name,))
            loners = loners | alone if fact.inherit == "no" else loners - alone
        return replace(self, superusers=superusers, loners=loners)

    def _renamed(self, old: str, new: str) -> Roles:
        def now(name: str) -> str:
            return new if name == old else name

        return replace(
            self,
            links={(now(member), now(role)): link for (member, role), link in self.links.items()},
            known=frozenset(map(now, self.known)),
            superusers={now(name): by for name, by in self.superusers.items()},
            loners=frozenset(map(now, self.loners)),
        )

    def _without(self, name: str) -> Roles:
        return replace(
            self,
            links={pair: link for pair, link in self.links.items() if name not in pair},
            known=self.known - {name},
            superusers={other: by for other, by in self.superusers.items() if other != name},
            loners=self.loners - {name},
        )

    @property
    def named(self) -> frozenset[str]:
        members = {name for pair in self.links for name in pair}
        return (self.known | members | set(self.superusers)) - {UNKNOWN_NAME}
