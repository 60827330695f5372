"""The CHECKs of domains, as those of the columns that are of these types."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.facts import Check
from outbox_guard.names import Names
from outbox_guard.schema.identifiers import last_name
from outbox_guard.schema.objects import Schema, StandingTable
from outbox_guard.truth import formula_of, renamed, text_of

_VALUE = "value"  # as a domain calls what it is asked about


def with_domains(schema: Schema, names: Names) -> None:
    """Give the outbox tables the CHECKs that their columns' types bring along."""
    if not schema.domain_checks:
        return
    for table in schema.tables:
        if names.is_guarded(table.name):
            table.constraints += list(_brought(table, schema))


def _brought(table: StandingTable, schema: Schema) -> Iterator[Check]:
    for column, declared in table.columns.items():
        for check in schema.domain_checks.get(last_name(declared.type), ()):
            formula = renamed(formula_of(check.formula), _VALUE, column) if check.formula else None
            yield Check(
                place=check.place,
                statement=check.statement,
                namespace=table.created.namespace,
                table=table.name,
                name=check.constraint,
                kind="check",
                columns=(column,),
                at_column=column,
                expression=check.expression,
                formula=text_of(formula) if formula is not None else "",
                obstacle=check.obstacle,
            )
