"""What is told of the privileges on the outbox, and of what could not be followed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import fields

from outbox_guard.facts import PUBLIC, UNKNOWN_NAME, Execute, Fact, Privilege, Undetermined
from outbox_guard.matrix import TABLE_KINDS
from outbox_guard.names import Names
from outbox_guard.schema.rights.estate import Estate
from outbox_guard.schema.rights.held import Held, held
from outbox_guard.schema.rights.privileges import OF_TABLES
from outbox_guard.schema.rights.remedies import revocation, revocations
from outbox_guard.schema.rights.sessions import APPLIER


def privileges(state: Estate, names: Names) -> Iterator[Fact]:
    """The privileges on outbox tables, what may be called, and what could not be followed."""
    sure: list[Held] = []
    for each in held(state, names):
        if each.doubt is not None or UNKNOWN_NAME in (each.role, each.item.name, each.privilege):
            yield from _undecided(each, names)
        else:
            sure.append(each)
    for together in _grouped(sure, lambda each: each.completed.place):
        yield from _privileges(together, names)
    yield from _members_of_unknown(state, names)
    yield from _executes(state, names)


def _privileges(together: Sequence[Held], names: Names) -> Iterator[Privilege]:
    """What one statement gives, by role and table."""
    breaches = [each for each in together if _is_forbidden(each, names)]
    breach, remedy = "; ".join(_said(breaches)), revocations(breaches)
    for mine in _grouped(together, lambda each: (each.role, each.item.key)):
        kinds = names.kinds_of(mine[0].item.rows_of)
        for some in _grouped(mine, lambda each: _is_forbidden(each, names)):
            first = some[0]
            forbidden = _is_forbidden(first, names)
            yield Privilege(
                place=first.completed.place,
                role=first.role,
                table=first.item.name,
                kind=kinds[0],
                privileges=_in_order(some),
                how=first.how,
                chain=first.told,
                forbidden=forbidden,
                breach=breach if forbidden else "",
                remedy=remedy if forbidden else "",
            )


def _is_forbidden(each: Held, names: Names) -> bool:
    limits = names.privileges.forbidden.get(each.role)
    kinds = names.kinds_of(each.item.rows_of)
    return limits is not None and any(limits.forbids(kind, each.privilege) for kind in kinds)


def _said(held: Sequence[Held]) -> Iterator[str]:
    """Who holds what on which tables, roles and tables that are alike in one breath."""
    by_role: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for mine in _grouped(held, lambda each: (each.role, each.item.key)):
        by_role.setdefault((mine[0].role, _in_order(mine)), []).append(mine[0].item.shown)
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (role, some), names in by_role.items():
        alike.setdefault((some, tuple(names)), []).append(role)
    for (some, tables), roles in alike.items():
        verb = "holds" if len(roles) == 1 else "hold"
        yield f"{', '.join(roles)} {verb} {', '.join(some)} on {', '.join(tables)}"


def _in_order(held: Iterable[Held]) -> tuple[str, ...]:
    """Privileges as PostgreSQL lists them, a table's before its columns'."""
    ranks = {privilege: rank for rank, privilege in enumerate(OF_TABLES)}
    named = {each.privilege for each in held}
    return tuple(sorted(named, key=lambda p: (ranks.get(p.partition(" ")[0], len(ranks)), p)))


def _grouped(held: Iterable[Held], key: Callable[[Held], Hashable]) -> Iterator[list[Held]]:
    groups: dict[Hashable, list[Held]] = {}
    for each in held:
        groups.setdefault(key(each), []).append(each)
    yield from groups.values()


# -- what could not be followed ----------------------------------------------------------------


def _undecided(each: Held, names: Names) -> Iterator[Undetermined]:
    """Only where it may be something forbidden: most grants to a variable role are harmless."""
    if not _may_be_forbidden(each, names):
        return
    tables = names.guarded if each.item.name == UNKNOWN_NAME else (each.item.name,)
    if each.doubt is not None:
        place = each.doubt.place
        reason = f"it is not known whether {each.role} holds {each.privilege} after this"
    else:
        place = each.completed.place
        unknown = _unknown_part(each)
        reason = f"the {unknown} of this grant is not known, and may be one that is forbidden"
    yield Undetermined(place=place, reason=reason, tables=tables)


def _members_of_unknown(state: Estate, names: Names) -> Iterator[Undetermined]:
    """A role of the matrix that has what a role has whose name is not known, or is too far off."""
    for role in sorted(names.privileges.forbidden):
        for holder, way in state.roles.reach(role):
            if holder == UNKNOWN_NAME and way:
                reason = f"what this role may do, {role} may do, and its name is not known"
            elif state.roles.leads_on(holder, way):
                reason = f"{role} is a member of so many roles, one by way of the other"
            else:
                continue
            yield Undetermined(place=way[-1].place, reason=reason, tables=names.guarded)


def _unknown_part(each: Held) -> str:
    if each.role == UNKNOWN_NAME:
        return "role"
    return "table" if each.item.name == UNKNOWN_NAME else "privilege"


def _may_be_forbidden(each: Held, names: Names) -> bool:
    kinds = names.kinds_of(each.item.rows_of) or TABLE_KINDS
    matrix = names.privileges.forbidden
    roles = matrix if each.role == UNKNOWN_NAME else {each.role} & matrix.keys()
    for role in roles:
        for kind in kinds:
            limits = matrix[role]
            if limits.on(kind) and each.privilege == UNKNOWN_NAME:
                return True
            if limits.forbids(kind, each.privilege):
                return True
    return False


# -- who may call ------------------------------------------------------------------------------


def _executes(state: Estate, names: Names) -> Iterator[Fact]:
    """Who was granted to call an outbox function."""
    configured = {getattr(names.functions, each.name) for each in fields(names.functions)}
    for item in state.items:
        place = item.place
        if item.kind != "function" or place is None:
            continue
        if not (item.tables or item.bare in configured):
            continue
        for entry, standing in item.acl.entries.items():
            if standing.doubt is not None:
                if entry.grantee == PUBLIC:
                    reason = f"it is not known whether this takes {item.name} from PUBLIC"
                    concerned = item.tables or (item.bare,)
                    yield Undetermined(place=standing.doubt.place, reason=reason, tables=concerned)
            elif entry.grantee not in (APPLIER, UNKNOWN_NAME):
                yield Execute(
                    place=place,
                    function=item.bare,
                    identity=item.name,
                    role=entry.grantee,
                    chain=standing.by[0].words,
                    configured=item.bare in configured,
                    tables=item.tables,
                    remedy=revocation(item, entry),
                )
