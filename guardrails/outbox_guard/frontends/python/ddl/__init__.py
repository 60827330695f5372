"""Migrations that say by calls what becomes of a table: as the DDL that those calls send."""

from __future__ import annotations

import re
from collections.abc import Iterable

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.ddl import alembic, django, enums
from outbox_guard.frontends.python.ddl.wording import Wording
from outbox_guard.frontends.python.values.combining import concatenate_all
from outbox_guard.frontends.python.values.kinds import Ref, Value
from outbox_guard.frontends.python.values.pieces import Glue, Text

_CREATES_TYPE = re.compile(r"\bsqlalchemy(?:\.\w+)*\.(?:Enum|ENUM)\(\)\.create\Z")


def send(site: Site, callee: Value) -> None:
    """Judge the DDL of a call, if it is an operation on the schema as `schema/` lays it out."""
    if not isinstance(callee, Ref) or site.scope.syntax.source.zone != "schema":
        return
    statements: Iterable[Value] = ()
    if operation := alembic.operation_of(callee.name):
        statements = alembic.statements(site, operation, callee)
    elif operation := django.operation_of(callee.name):
        statements = django.statements(site, operation)
    elif _CREATES_TYPE.search(callee.name):
        enum = Ref(callee.name, callee.arguments, callee.keywords)
        statements = enums.created(enum, Wording.of(site))
    for statement in statements:
        whole = concatenate_all([statement, Text((Glue(";"),))])
        site.machine.judge.run(whole, inside=site.scope.name)
