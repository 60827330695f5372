"""Migrations that say by calls what becomes of a table: as the DDL that those calls send."""

from __future__ import annotations

from collections.abc import Iterable

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.ddl import alembic, django
from outbox_guard.frontends.python.values.combining import concatenate_all
from outbox_guard.frontends.python.values.kinds import Ref, Value
from outbox_guard.frontends.python.values.pieces import Glue, Text


def send(site: Site, callee: Value) -> None:
    """Judge the DDL of a call, if it is an operation on the schema as `schema/` lays it out."""
    if not isinstance(callee, Ref) or site.scope.syntax.source.zone != "schema":
        return
    statements: Iterable[Value] = ()
    if operation := alembic.operation_of(callee.name):
        statements = alembic.statements(site, operation, callee)
    elif operation := django.operation_of(callee.name):
        statements = django.statements(site, operation)
    for statement in statements:
        whole = concatenate_all([statement, Text((Glue(";"),))])
        site.machine.judge.run(whole, inside=site.scope.name)
