"""Roles: who is created, who is a member of whom, who may do everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from outbox_guard.facts import PUBLIC, Fact, Membership, Role
from outbox_guard.frontends.sql.declarations.naming import Words
from outbox_guard.frontends.sql.declarations.site import Site

_Answer = Literal["", "yes", "no"]

_KINDS = ("role", "user", "group")
_ANSWERS: dict[str, _Answer] = {"option": "yes", "true": "yes", "false": "no"}


@dataclass(frozen=True, slots=True)
class _Statement:
    """Makes the facts of one statement, which have its place and words in common."""

    site: Site

    def role(
        self,
        change: Literal["create", "alter", "rename", "drop", "reassign", "disown"],
        name: str,
        *,
        to: str = "",
        superuser: _Answer = "",
        inherit: _Answer = "",
    ) -> Role:
        return Role(
            **self.site.at(self.site.tokens[0]),
            change=change,
            name=name,
            superuser=superuser,
            inherit=inherit,
            to=to,
            words=self.site.written(self.site.tokens),
        )

    def membership(
        self,
        change: Literal["grant", "revoke", "limit"],
        roles: tuple[str, ...],
        members: tuple[str, ...],
        inherit: _Answer = "",
    ) -> Membership:
        return Membership(
            **self.site.at(self.site.tokens[0]),
            change=change,
            roles=roles,
            members=members,
            inherit=inherit,
            words=self.site.written(self.site.tokens),
        )


def accounts(site: Site) -> Iterator[Fact]:
    """What a statement does to roles and their members."""
    words, whole = Words(site.passage), _Statement(site)
    if words.at("grant", "revoke"):
        yield from _memberships(words, whole)
    elif words.at_words("reassign", "owned", "by") or words.at_words("drop", "owned", "by"):
        yield from _owned(words, whole)
    elif words.at("mapping", ahead=2):
        return  # a user mapping of a foreign server is no role
    elif words.at("create", "alter", "drop") and words.at(*_KINDS, ahead=1):
        verb, kind = words.advance().value, words.advance().value
        match verb:
            case "create":
                yield from _created(words, whole)
            case "alter":
                yield from _altered(words, whole, group=kind == "group")
            case _:
                words.index += 2 * words.at_words("if", "exists")
                yield from (whole.role("drop", name) for name in words.roles())


def _memberships(words: Words, whole: _Statement) -> Iterator[Membership]:
    """GRANT a, b TO c [WITH …]; REVOKE [… OPTION FOR] a, b FROM c: those without an ON."""
    start = words.index
    if words.find("on"):
        return
    words.index = start
    revokes = words.advance().value == "revoke"
    only = words.advance().value if revokes and words.at("option", ahead=1) else ""
    words.index += 2 * bool(only)  # OPTION FOR
    roles = words.roles()
    if not words.accept("from" if revokes else "to"):
        return
    members = tuple(member for member in words.roles() if member != PUBLIC)
    if only in ("admin", "set"):
        return  # neither changes what a member holds
    if revokes:
        yield whole.membership("limit" if only else "revoke", roles, members)
    else:
        yield whole.membership("grant", roles, members, _inherits(words))


def _inherits(words: Words) -> _Answer:
    """WITH ADMIN OPTION, INHERIT FALSE, …"""
    answer: _Answer = ""
    if words.accept("with"):
        while not words.at_end and not words.at("granted"):
            if words.advance().value == "inherit":
                answer = _ANSWERS.get(words.current.value, "")
    return answer


def _created(words: Words, whole: _Statement) -> Iterator[Fact]:
    name = words.role()
    superuser, inherit = _attributes(words)
    yield whole.role("create", name, superuser=superuser, inherit=inherit)
    while not words.at_end:
        if words.at("in") and words.at("role", "group", ahead=1):
            words.index += 2
            yield whole.membership("grant", words.roles(), (name,))
        elif words.accept("role", "user", "admin"):
            yield whole.membership("grant", (name,), words.roles())
        else:
            words.advance()


def _attributes(words: Words) -> tuple[_Answer, _Answer]:
    """SUPERUSER and INHERIT, or that they are not; the cursor stays where it is."""
    superuser: _Answer = ""
    inherit: _Answer = ""
    start = words.index
    while not words.at_end:
        match words.advance().value:
            case "superuser":
                superuser = "yes"
            case "nosuperuser":
                superuser = "no"
            case "inherit":
                inherit = "yes"
            case "noinherit":
                inherit = "no"
    words.index = start
    return superuser, inherit


def _altered(words: Words, whole: _Statement, *, group: bool) -> Iterator[Fact]:
    name = words.role()
    if words.at_words("rename", "to"):
        words.index += 2
        yield whole.role("rename", name, to=words.role())
    elif group and words.at("add", "drop") and words.at("user", ahead=1):
        change: Literal["grant", "revoke"] = "grant" if words.advance().value == "add" else "revoke"
        words.advance()
        yield whole.membership(change, (name,), words.roles())
    elif not words.at("set", "reset", "in"):
        superuser, inherit = _attributes(words)
        if superuser or inherit:
            yield whole.role("alter", name, superuser=superuser, inherit=inherit)


def _owned(words: Words, whole: _Statement) -> Iterator[Role]:
    """REASSIGN OWNED BY a, b TO c; DROP OWNED BY a, b"""
    reassigns = words.advance().value == "reassign"
    words.index += 2  # OWNED BY
    names = words.roles()
    if not reassigns:
        yield from (whole.role("disown", name) for name in names)
    elif words.accept("to"):
        to = words.role()
        yield from (whole.role("reassign", name, to=to) for name in names)
