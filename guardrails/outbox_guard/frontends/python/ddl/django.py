"""The DDL that operations of Django's migrations send."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.ddl import wording
from outbox_guard.frontends.python.ddl.conditions import condition
from outbox_guard.frontends.python.ddl.types import type_of
from outbox_guard.frontends.python.ddl.wording import Wording, glue, kind_of, listed, name
from outbox_guard.frontends.python.orm import django
from outbox_guard.frontends.python.values.combining import concatenate_all
from outbox_guard.frontends.python.values.kinds import Items, Ref, Value
from outbox_guard.frontends.python.values.kinds import Mapping as Dict
from outbox_guard.frontends.python.values.pieces import Text

_OPERATION = re.compile(r"django\.db\.migrations(?:\.operations(?:\.\w+)?)?\.(?P<name>\w+)\Z")

_MADE = re.compile(
    r"""CreateModel\((?:\s|#[^\n]*)*name=['"](?P<model>\w+)['"](?:(?!CreateModel).)*?"""
    r"""['"]db_table['"]:\s*['"](?P<table>[^'"]+)""",
    re.DOTALL,
)


def operation_of(called: str) -> str:
    """Which operation a call is; "" for any other."""
    found = _OPERATION.match(called)
    return found["name"] if found and found["name"] in _STATEMENTS else ""


def statements(site: Site, operation: str) -> Iterator[Value]:
    yield from _STATEMENTS[operation](_Operation(site, Wording.of(site)))


@dataclass(frozen=True, slots=True)
class _Operation:
    site: Site
    words: Wording

    def get(self, position: int, *names: str) -> Value | None:
        return self.site.arguments.get(position, *names)

    def table(self, model: Value | None) -> Value:
        """The table of a model, as its app declares it today or as it was made, or by default."""
        known = model.known if isinstance(model, Text) else None
        if known is None:
            return wording.UNKNOWN_TEXT
        path = PurePosixPath(self.site.scope.syntax.source.path)
        label = path.parent.parent.name
        cls = django.model_named(self.site.machine, label, known)
        declared = django.tables(self.site.machine, cls) if cls is not None else iter(())
        made = self._made(str(path.parent), known)
        return name(glue([*declared, *made, f"{label}_{known.lower()}"][0]))

    def _made(self, folder: str, model: str) -> Iterator[str]:
        """The tables that migrations of the app, as Django writes them, give to a model."""
        project = self.site.machine.project
        for path in sorted(project.files()):
            source = project.source(path) if path.rpartition("/")[0] == folder else None
            for made in _MADE.finditer(source.text if source is not None else ""):
                if made["model"].lower() == model.lower():
                    yield made["table"]

    def say(self, words: str, *parts: Value) -> Value:
        return concatenate_all([self.words.say(words), *parts])

    def alter(self, table: Value, words: str, *parts: Value) -> Value:
        return self.say("ALTER TABLE", table, glue(" "), self.words.say(words), *parts)

    def condition(self, of: Wording) -> Value:
        return wording.listed([condition(of.node, self.site)])


def _create_model(op: _Operation) -> Iterator[Value]:
    options = op.get(2, "options")
    told = dict(options.items) if isinstance(options, Dict) else {}
    table = name(told["db_table"]) if "db_table" in told else op.table(op.get(0, "name"))
    fields = op.words.argument(1, "fields")
    columns: list[Value] = []
    for number, field in enumerate(wording.members(op.get(1, "fields"))):
        if isinstance(field, Items) and len(field.items) > 1:
            words = fields.item(number).item(1)
            columns += _column(field.items[0], field.items[1], words)
    yield op.say("CREATE TABLE", table, glue(" "), listed(columns))
    for kind, make in (("constraints", _constrain), ("indexes", _add)):
        listing = op.words.argument(2, "options").entry(kind)
        for number, each in enumerate(wording.members(told.get(kind))):
            yield from make(op, table, each, listing.item(number))
    yield from _together(op, table, told.get("unique_together"))


def _together(op: _Operation, table: Value, given: Value | None) -> Iterator[Value]:
    """`{("a", "b"), ("c", "d")}`, or only `("a", "b")`"""
    sets = list(wording.members(given))
    for each in [given] if sets and all(isinstance(one, Text) for one in sets) else sets:
        columns = listed(map(name, wording.members(each)))
        yield op.alter(table, "ADD UNIQUE", columns)


def _column(called: Value, field: Value, words: Wording) -> Iterator[Value]:
    """Fields that lead to many other rows are no columns."""
    if not isinstance(field, Ref) or kind_of(field) == "ManyToManyField":
        return
    keywords = dict(field.keywords)
    parts: list[Value] = [_column_of(called, field), glue(" "), type_of([field]), glue(" ")]
    if not wording.is_true(keywords.get("null")):
        parts.append(words.say("NOT NULL"))
    if (given := keywords.get("db_default")) is not None:
        parts += [words.say("DEFAULT"), wording.default(given), glue(" ")]
    parts += wording.keys(keywords, words)
    yield concatenate_all(parts)


def _column_of(called: Value, field: Ref) -> Value:
    """What the column of a field is called."""
    refers = kind_of(field) in ("ForeignKey", "OneToOneField")
    usual = concatenate_all([called, glue("_id")]) if refers else called
    return name(dict(field.keywords).get("db_column") or usual)


def _constrain(op: _Operation, table: Value, constraint: Value, words: Wording) -> Iterator[Value]:
    """`CheckConstraint(condition=Q(…), name=…)`, `UniqueConstraint(fields=…, condition=…)`"""
    keywords = dict(constraint.keywords) if isinstance(constraint, Ref) else {}
    called = name(keywords.get("name"))
    named = words.say("ADD CONSTRAINT")
    match kind_of(constraint):
        case "CheckConstraint":
            check = op.condition(words.argument(-1, "condition", "check"))
            yield op.say("ALTER TABLE", table, glue(" "), named, called, words.say(" CHECK"), check)
        case "UniqueConstraint" if "fields" in keywords and "condition" not in keywords:
            columns = listed(map(name, wording.members(keywords.get("fields"))))
            yield op.say("ALTER TABLE", table, glue(" "), named, called, glue(" UNIQUE "), columns)
        case "UniqueConstraint":
            yield from _index(op, table, constraint, words, unique=True)


def _index(
    op: _Operation, table: Value, index: Value, words: Wording, *, unique: bool
) -> Iterator[Value]:
    keywords = dict(index.keywords) if isinstance(index, Ref) else {}
    expressions = index.arguments if isinstance(index, Ref) else ()
    fields = map(name, wording.members(keywords.get("fields")))
    columns = listed([*fields, *[wording.UNKNOWN_TEXT] * len(expressions)])
    head = words.say("CREATE UNIQUE INDEX" if unique else "CREATE INDEX")
    where: list[Value] = []
    if "condition" in keywords:
        where = [glue(" WHERE "), op.condition(words.argument(-1, "condition"))]
    called = name(keywords.get("name"))
    yield concatenate_all([head, called, glue(" ON "), table, glue(" "), columns, *where])


def _add(op: _Operation, table: Value, index: Value, words: Wording) -> Iterator[Value]:
    yield from _index(op, table, index, words, unique=False)


def _add_constraint(op: _Operation) -> Iterator[Value]:
    table, given = op.table(op.get(0, "model_name")), op.get(1, "constraint")
    if given is not None:
        yield from _constrain(op, table, given, op.words.argument(1, "constraint"))


def _add_index(op: _Operation) -> Iterator[Value]:
    table, given = op.table(op.get(0, "model_name")), op.get(1, "index")
    if given is not None:
        yield from _add(op, table, given, op.words.argument(1, "index"))


def _remove_constraint(op: _Operation) -> Iterator[Value]:
    table = op.table(op.get(0, "model_name"))
    yield op.alter(table, "DROP CONSTRAINT IF EXISTS", name(op.get(1, "name")))
    # One with a condition is an index.
    yield op.say("DROP INDEX IF EXISTS", name(op.get(1, "name")))


def _remove_index(op: _Operation) -> Iterator[Value]:
    yield op.say("DROP INDEX", name(op.get(1, "name")))


def _add_field(op: _Operation) -> Iterator[Value]:
    called, field = op.get(1, "name"), op.get(2, "field")
    if called is not None and field is not None:
        for column in _column(called, field, op.words.argument(2, "field")):
            yield op.alter(op.table(op.get(0, "model_name")), "ADD COLUMN", column)


def _alter_field(op: _Operation) -> Iterator[Value]:
    table, called, field = op.table(op.get(0, "model_name")), op.get(1, "name"), op.get(2, "field")
    if called is None or not isinstance(field, Ref) or kind_of(field) == "ManyToManyField":
        return
    column = _column_of(called, field)
    verb = "DROP" if wording.is_true(dict(field.keywords).get("null")) else "SET"
    yield op.alter(table, "ALTER COLUMN", column, glue(" TYPE "), type_of([field]))
    yield op.alter(table, "ALTER COLUMN", column, glue(f" {verb} NOT NULL"))


def _rename_field(op: _Operation) -> Iterator[Value]:
    table = op.table(op.get(0, "model_name"))
    old, new = name(op.get(1, "old_name")), name(op.get(2, "new_name"))
    yield op.alter(table, "RENAME COLUMN", old, glue(" TO "), new)


def _unique_together(op: _Operation) -> Iterator[Value]:
    yield from _together(op, op.table(op.get(0, "name")), op.get(1, "unique_together"))


def _remove_field(op: _Operation) -> Iterator[Value]:
    yield op.alter(op.table(op.get(0, "model_name")), "DROP COLUMN", name(op.get(1, "name")))


def _delete_model(op: _Operation) -> Iterator[Value]:
    yield op.say("DROP TABLE", op.table(op.get(0, "name")))


_STATEMENTS: Mapping[str, Callable[[_Operation], Iterator[Value]]] = {
    "CreateModel": _create_model,
    "DeleteModel": _delete_model,
    "AddField": _add_field,
    "AlterField": _alter_field,
    "RenameField": _rename_field,
    "AlterUniqueTogether": _unique_together,
    "RemoveField": _remove_field,
    "AddConstraint": _add_constraint,
    "RemoveConstraint": _remove_constraint,
    "AddIndex": _add_index,
    "RemoveIndex": _remove_index,
}
