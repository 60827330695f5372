"""01 and 02: who was granted what, and what every role may do in the end."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.evidence.material import Material, where
from outbox_guard.evidence.sections import Section, columns
from outbox_guard.facts import PUBLIC, UNKNOWN_NAME
from outbox_guard.schema.rights import (
    APPLIER,
    OF_TABLES,
    Held,
    Item,
    Statement,
    held_by,
    known_roles,
)

APPLIED_BY = "(who applies the schema)"
NOTHING = "-"
EVERYTHING = (*OF_TABLES, "MAINTAIN", "EXECUTE")


def granted(material: Material) -> Section:
    """Each privilege as it was granted, with the statement that did it."""
    rows = [("OBJECT", "PRIVILEGES", "TO", "BY", "AT", "STATEMENT")]
    for item in outbox_items(material):
        owner = _role(item.acl.owner)
        at = where(item.place) if item.place is not None else NOTHING
        rows.append((item.name, "owner", owner, NOTHING, at, NOTHING))
        given: dict[tuple[str, str, Statement], list[str]] = {}
        for entry, standing in item.acl.entries.items():
            for by in standing.by if entry.grantee != item.acl.owner else ():
                given.setdefault((entry.grantee, entry.grantor, by), []).append(entry.privilege)
        for grantee, grantor, by in sorted(given, key=lambda key: (key[2], key[0], key[1])):
            some = ", ".join(sorted(given[grantee, grantor, by], key=_rank))
            at = where(by.place)
            rows.append((item.name, some, _role(grantee), _role(grantor), at, by.words))
    title = "Privileges on outbox tables and functions, as they were granted and stand"
    return Section("01_grants.txt", title, f"# {title}\n\n{columns(rows)}")


def effective(material: Material) -> Section:
    """What every role may do, by whatever way."""
    title = "What every role may do with outbox tables and functions, by whatever way"
    parts = [f"# {title}\n# ! is forbidden by [privileges.forbidden]; HOW is the way to it\n"]
    for item in outbox_items(material):
        rows = [("ROLE", "PRIVILEGES", "HOW")]
        for role in roles(material):
            held = list(held_by(role, item, material.rights))
            ways = ", ".join(sorted({each.how for each in held})) or NOTHING
            rows.append((role, ", ".join(_marked(role, item, held, material)) or NOTHING, ways))
        parts.append(f"{item.kind} {item.name}\n{columns(rows)}")
    return Section("02_privileges.txt", title, "\n".join(parts))


def outbox_items(material: Material) -> list[Item]:
    """The outbox's tables, then its functions."""
    names = material.names
    outbox = {function.identity for function in material.schema.functions() if function.outbox}
    found = (
        item
        for item in material.rights.items
        if item.name != UNKNOWN_NAME
        and (names.is_guarded(item.rows_of) if item.kind == "table" else item.name in outbox)
    )
    return sorted(found, key=lambda item: (item.kind != "table", item.name, item.schema))


def roles(material: Material) -> tuple[str, ...]:
    found = known_roles(material.rights, outbox_items(material), material.names)
    return tuple(role for role in found if role != UNKNOWN_NAME)


def privileges_of(role: str, item: Item, material: Material) -> list[tuple[str, bool]]:
    """What a role may do with one thing, and whether that is forbidden."""
    held = {each.privilege for each in held_by(role, item, material.rights)}
    return [(p, _is_forbidden(role, item, p, material)) for p in sorted(held, key=_rank)]


def _marked(role: str, item: Item, held: list[Held], material: Material) -> Iterator[str]:
    doubtful = {each.privilege for each in held if each.doubt is not None}
    for privilege, forbidden in privileges_of(role, item, material):
        yield f"{privilege}{'!' * forbidden}{'?' * (privilege in doubtful)}"


def _is_forbidden(role: str, item: Item, privilege: str, material: Material) -> bool:
    limits = material.names.privileges.forbidden.get(role)
    kinds = material.names.kinds_of(item.rows_of) if item.kind == "table" else ()
    return limits is not None and any(limits.forbids(kind, privilege) for kind in kinds)


def _rank(privilege: str) -> tuple[int, str]:
    name = privilege.partition(" ")[0]
    return (EVERYTHING.index(name) if name in EVERYTHING else len(EVERYTHING)), privilege


def _role(name: str) -> str:
    return {APPLIER: APPLIED_BY, PUBLIC: PUBLIC}.get(name, name)
