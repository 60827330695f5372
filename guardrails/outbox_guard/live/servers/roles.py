"""The roles of a server, which its databases share: what a schema did to them is taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.admin import Admin
from outbox_guard.live.servers.stopping import undisturbed

# A role with what it may do and is a member of; passwords cannot be seen, and need not be.
_ROLES = """
SELECT r.rolname::text,
       concat_ws(' ', r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin,
                 r.rolreplication, r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil, r.rolconfig),
       array(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
              WHERE m.member = r.oid)
  FROM pg_roles r
"""


@dataclass(frozen=True, slots=True)
class Role:
    """A role of a server, as it was found there."""

    told: str  # what it may do
    groups: frozenset[str]  # what it is a member of


@dataclass
class Roles:
    """The roles as they were, and the new ones."""

    admin: Admin
    before: Mapping[str, Role]
    created: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """The schema has been applied, or a part of it: what is new is its work.

        Raises LiveError where it changed what was there before.
        """
        now = _roles(self.admin)
        new = now.keys() - self.before.keys()
        fresh, self.created = sorted(new.difference(self.created)), sorted(new)
        changed = [name for name, was in self.before.items() if self._known(now.get(name)) != was]
        if changed:
            raise LiveError(
                f"the schema changes roles that the server had already ({', '.join(changed)}),"
                " and roles belong to all of its databases: use a server for tests, or --embedded"
            )
        self._join(fresh)

    def _join(self, fresh: Sequence[str]) -> None:
        """The proofs take the new roles; who creates a role may grant it, and is no member yet."""
        from psycopg import sql

        superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        if self.admin.execute(superuser).fetchall() == [(True,)]:
            return
        for name in fresh:
            grant = sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(name))
            self.admin.execute(grant)

    def _known(self, role: Role | None) -> Role | None:
        """Without the new groups: who creates a role becomes a member of it."""
        return role and replace(role, groups=role.groups & self.before.keys())

    def drop_created(self) -> None:
        """What other databases depend on by now stays."""
        from psycopg import errors, sql

        for name in self.created:
            try:
                self.admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
            except errors.DependentObjectsStillExist:
                continue


@contextmanager
def roles_restored(admin: Admin) -> Iterator[Roles]:
    """For the block in which a schema is applied and used; its databases are gone at the end."""
    roles = Roles(admin, _roles(admin))
    try:
        yield roles
    finally:
        with undisturbed():
            roles.drop_created()


def _roles(admin: Admin) -> dict[str, Role]:
    return {
        str(name): Role(str(told), frozenset(groups if isinstance(groups, list) else ()))
        for name, told, groups in admin.execute(_ROLES)
    }
