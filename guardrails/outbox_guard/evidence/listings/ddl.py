"""08 to 11: the declarations that carry the lease model, word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from outbox_guard.evidence.material import Material, where, written
from outbox_guard.evidence.sections import Section, missing_lines
from outbox_guard.facts import Check, Constraint, Declaration, Index, Trigger
from outbox_guard.schema.objects import StandingTable

UNIQUE = ("unique", "primary key")


def declarations(material: Material) -> Iterator[Section]:
    yield _lease(material)
    yield _append_only(material)
    yield _uniqueness(material)
    yield _views(material)


def _lease(material: Material) -> Section:
    """The lease columns of each pending table, and the CHECKs that tie them together."""
    globs = material.names.outbox.pending
    parts: list[str] = []
    missing = list(_no_table(globs, "pending", material))
    for table in material.tables(globs):
        parts.append(f"-- {written(table)}\n")
        for name in material.names.outbox.lease_columns:
            column = table.columns.get(name)
            if column is None:
                missing.append(f"column {name} of {written(table)}")
            else:
                parts.append(f"{material.line(column.place)}  -- {where(column.place)}\n")
        checks = lease_checks(table, material)
        parts += [_constraint(check) for check in checks]
        if not checks:
            missing.append(f"CHECK on the lease columns of {written(table)}")
    return _section("08_lease.txt", "The lease columns and their CHECK", parts, missing)


def lease_checks(table: StandingTable, material: Material) -> list[Check]:
    columns = set(material.names.outbox.lease_columns)
    checks = (each for each in table.constraints if isinstance(each, Check))
    return [check for check in checks if columns & set(check.columns)]


def _append_only(material: Material) -> Section:
    """The triggers of each attempts table."""
    globs = material.names.outbox.attempts
    parts: list[str] = []
    missing = list(_no_table(globs, "attempts", material))
    for table in material.tables(globs):
        found = triggers(table)
        parts += [f"-- {written(table)}\n", *(_statement(each, material) for each in found)]
        if not found:
            missing.append(f"trigger that keeps {written(table)} append-only")
    return _section("09_append_only.txt", "The trigger that refuses changes", parts, missing)


def triggers(table: StandingTable) -> list[Trigger]:
    found = (each for each in table.triggers.values() if each.timing == "before")
    return sorted(found, key=lambda trigger: trigger.name)


def _uniqueness(material: Material) -> Section:
    """What keeps a payment from ending twice."""
    globs = material.names.outbox.attempts
    parts: list[str] = []
    missing = list(_no_table(globs, "attempts", material))
    for table in material.tables(globs):
        indexes = terminal_indexes(table, material)
        key = (material.names.outbox.key_column,)
        constraints = [c for c in table.constraints if c.kind in UNIQUE and c.columns == key]
        parts.append(f"-- {written(table)}\n")
        parts += [_statement(each, material) for each in indexes]
        parts += [_constraint(each) for each in constraints]
        if not (indexes or constraints):
            missing.append(f"unique index on {key[0]} of {written(table)}")
    title = "The index that lets a payment end once"
    return _section("10_terminal_uniqueness.txt", title, parts, missing)


def terminal_indexes(table: StandingTable, material: Material) -> list[Index]:
    key = (material.names.outbox.key_column,)
    found = (each for each in table.indexes if each.unique and each.columns == key)
    return sorted(found, key=lambda index: index.name)


def _views(material: Material) -> Section:
    """The views that read the outbox, of which the status view is one; there may be none."""
    parts: list[str] = []
    for view in material.schema.others.get("view", ()):
        if view.statement is None:
            continue
        text = material.statement(view.statement)
        if any(material.names.is_guarded(word) for word in re.findall(r"\w+", text)):
            parts.append(_statement(view, material))
    none = "-- no view names an outbox table\n"
    return _section("11_status_view.txt", "The views of the outbox", parts or [none], ())


def _no_table(globs: Sequence[str], kind: str, material: Material) -> Iterator[str]:
    if not material.tables(globs):
        yield f"{kind} table {', '.join(globs)}: no file of the schema creates it"


def _statement(declaration: Declaration, material: Material) -> str:
    assert declaration.statement is not None, "what a file of the schema says has a statement"
    at = where(declaration.statement)
    return f"-- {at}\n{material.statement(declaration.statement)}\n"


def _constraint(each: Constraint) -> str:
    what = f"CHECK ({each.expression})" if each.kind == "check" else _listed(each)
    doubts = " NOT VALID" * (not each.valid) + " NOT ENFORCED" * (not each.enforced)
    return f"CONSTRAINT {each.name} {what}{doubts}  -- {where(each.place)}\n"


def _listed(each: Constraint) -> str:
    return f"{each.kind.upper()} ({', '.join(each.columns)})"


def _section(file: str, title: str, parts: Sequence[str], missing: Sequence[str]) -> Section:
    text = f"-- {title}\n{missing_lines(missing, '-- ')}\n{''.join(parts)}"
    return Section(file, title, text, tuple(missing), is_code=True)
