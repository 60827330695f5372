"""Who was granted what on one object, as PostgreSQL keeps it: by whom, and with what option."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

from outbox_guard.facts import UNKNOWN_NAME, How, Place


@dataclass(frozen=True, slots=True, order=True)
class Statement:
    """A statement that has a part in what a role holds."""

    number: int  # in the order of application
    words: str
    place: Place
    how: How = "directly"


@dataclass(frozen=True, slots=True)
class Entry:
    """One privilege that a role has from another."""

    grantee: str
    grantor: str
    privilege: str  # of the table, or of one column: "UPDATE (state)"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an entry came about, and whether it still holds for certain."""

    by: tuple[Statement, ...]
    option: bool = False  # may be granted on
    doubt: Statement | None = None  # what may have revoked it


class StillNeeded(Exception):
    """A REVOKE without CASCADE of what others were granted on; the server refuses it."""


@dataclass(frozen=True)
class Acl:
    """The access control list of one object."""

    owner: str
    entries: Mapping[Entry, Standing] = field(default_factory=dict)

    def granted(
        self, grantor: str, grantees: Iterable[str], privileges: Iterable[str], by: Standing
    ) -> Acl:
        entries = dict(self.entries)
        wanted = list(privileges)
        for grantee in grantees:
            for privilege in wanted:
                entry = Entry(grantee, grantor, privilege)
                known = entries.get(entry)
                entries[entry] = _both(known, by) if known is not None else by
        return replace(self, entries=entries)

    def revoked(
        self,
        grantor: str,
        grantees: Iterable[str],
        privileges: Iterable[str],
        *,
        only_option: bool,
        cascade: bool,
    ) -> Acl:
        """Without privileges of the table and of its columns, or of single columns."""
        acl = self
        for grantee, privilege in product(grantees, privileges):
            acl = acl._revoked(
                grantor, grantee, privilege, only_option=only_option, cascade=cascade
            )
        return acl

    def _revoked(
        self, grantor: str, grantee: str, privilege: str, *, only_option: bool, cascade: bool
    ) -> Acl:
        acl = self
        for entry in self._covered(grantor, grantee, privilege):
            entries = dict(acl.entries)
            standing = entries.pop(entry, None)
            if standing is None:
                continue  # gone with what depended on another
            if only_option:
                entries[entry] = replace(standing, option=False)
            acl = replace(acl, entries=entries)
            if standing.option:
                acl = acl._without_dependents(entry, cascade=cascade)
        return acl

    def doubted(self, grantees: Iterable[str], privileges: Iterable[str], by: Statement) -> Acl:
        """After a REVOKE of which not all is known: what it may have taken is no longer sure."""
        taken = tuple(product(grantees, privileges))
        entries = {
            entry: replace(standing, doubt=by) if self._may_lose(entry, taken) else standing
            for entry, standing in self.entries.items()
        }
        return replace(self, entries=entries)

    def _may_lose(self, entry: Entry, taken: Iterable[tuple[str, str]]) -> bool:
        return entry.grantee != self.owner and any(
            _may_be(entry.grantee, grantee) and _may_cover(privilege, entry.privilege)
            for grantee, privilege in taken
        )

    def options(self, role: str) -> frozenset[str]:
        """What a role was given to grant on."""
        return frozenset(
            entry.privilege
            for entry, standing in self.entries.items()
            if entry.grantee == role and standing.option
        )

    def handed_to(self, owner: str, by: Statement) -> Acl:
        """What the owner had and gave is now the new owner's, and given by it."""
        old = self.owner

        def now(role: str) -> str:
            return owner if role == old else role

        entries: dict[Entry, Standing] = {}
        for entry, standing in self.entries.items():
            mine = entry.grantee == old == entry.grantor
            renewed = replace(standing, by=(by,)) if mine else standing
            key = Entry(now(entry.grantee), now(entry.grantor), entry.privilege)
            entries[key] = _both(entries[key], renewed) if key in entries else renewed
        return Acl(owner, entries)

    def renamed(self, old: str, new: str) -> Acl:
        def now(role: str) -> str:
            return new if role == old else role

        entries = {
            Entry(now(entry.grantee), now(entry.grantor), entry.privilege): standing
            for entry, standing in self.entries.items()
        }
        return Acl(now(self.owner), entries)

    def without(self, role: str) -> Acl:
        """DROP OWNED BY role: nothing is granted to it any more, and nothing by it."""
        kept = {
            entry: standing
            for entry, standing in self.entries.items()
            if role not in (entry.grantee, entry.grantor)
        }
        return replace(self, entries=kept)

    def merged(self, other: Acl) -> Acl:
        entries = dict(self.entries)
        for entry, standing in other.entries.items():
            entries[entry] = _both(entries[entry], standing) if entry in entries else standing
        return replace(self, entries=entries)

    @cached_property
    def roles(self) -> frozenset[str]:
        named = {role for entry in self.entries for role in (entry.grantee, entry.grantor)}
        return frozenset((*named, self.owner))

    def _covered(self, grantor: str, grantee: str, privilege: str) -> list[Entry]:
        return [
            entry
            for entry in self.entries
            if (entry.grantor, entry.grantee) == (grantor, grantee)
            and _covers(privilege, entry.privilege)
        ]

    def _without_dependents(self, lost: Entry, *, cascade: bool) -> Acl:
        """Without what a role granted on, once nobody's grant lets it any more."""
        grantee = lost.grantee
        if grantee == self.owner or lost.privilege in self.options(grantee):
            return self
        acl = self
        for entry in self.entries:
            if entry.grantor == grantee and entry.privilege == lost.privilege:
                if not cascade:
                    raise StillNeeded
                acl = acl._revoked(
                    grantee, entry.grantee, entry.privilege, only_option=False, cascade=True
                )
        return acl


def _both(one: Standing, other: Standing) -> Standing:
    by = tuple(dict.fromkeys((*one.by, *other.by)))
    doubt = one.doubt if other.doubt is not None else None
    return Standing(by, one.option or other.option, doubt)


def _covers(privilege: str, held: str) -> bool:
    """UPDATE is UPDATE of every column, too."""
    return held == privilege or held.startswith(f"{privilege} (")


def _may_cover(privilege: str, held: str) -> bool:
    return UNKNOWN_NAME in (privilege, held) or _covers(privilege, held)


def _may_be(name: str, asked: str) -> bool:
    return name == asked or UNKNOWN_NAME in (name, asked)


def holdings(acl: Acl, role: str) -> Iterator[tuple[Entry, Standing]]:
    """What a role was granted itself."""
    return ((e, standing) for e, standing in acl.entries.items() if e.grantee == role)
