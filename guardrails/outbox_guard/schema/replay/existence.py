"""Whether what a statement uses is there when it runs, in the order of application.

What the project never creates may have come from elsewhere, so nothing is said of it: but for
what this version of PostgreSQL does not have, and for what only an extension brings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from outbox_guard.facts import Created, Declaration, Fact, Function, Place, Rename, Table, Use
from outbox_guard.schema.objects import Register, Schema
from outbox_guard.schema.replay.builtins import EXTENSION_OF, SINCE

_RELATIONS = ("view", "sequence")
_EVERYWHERE = ("", "public", "pg_catalog")


@dataclass(frozen=True, slots=True)
class _Creation:
    moment: int  # in the order of application
    place: Place


@dataclass(slots=True)
class Existence:
    """What the project creates sooner or later, and what was there before its schema."""

    version: int
    before: frozenset[str]  # extensions that files outside of the schema create
    creations: dict[str, Register[_Creation]] = field(default_factory=dict)  # by kind of use

    def missed(self, use: Use, schema: Schema, moment: int) -> list[Use]:
        """The use, with why the thing is not there at this moment; nothing where it is."""
        missing = self._missing(use, schema, moment)
        return [replace(use, missing=missing)] if missing else []

    def _missing(self, use: Use, schema: Schema, moment: int) -> str:
        if use.conditional or _stands(use, schema):
            return ""
        created = self._creation(use.kind, use.namespace, use.name)
        if created is not None:
            where = _where(created.place, use)
            gone = created.moment < moment
            return f"is gone: {where} created it" if gone else f"is created only later, {where}"
        known = SINCE.get(use.kind, {}).get(use.name)
        if known is not None and known <= self.version:
            return ""
        extension = EXTENSION_OF.get(use.kind, {}).get(use.name)
        if extension is not None:
            return self._without(extension, use, schema)
        if known is not None and use.namespace in _EVERYWHERE:
            return f"is built in only from PostgreSQL {known} on, and the target is {self.version}"
        return ""

    def _creation(self, kind: str, namespace: str, name: str) -> _Creation | None:
        register = self.creations.get(kind)
        return register.find(namespace, name) if register is not None else None

    def _without(self, extension: str, use: Use, schema: Schema) -> str:
        known = schema.others.get("extension")
        if extension in self.before or (known is not None and known.find("", extension)):
            return ""
        spaces = schema.others.get("schema")
        ours = spaces is not None and spaces.find("", use.namespace) is not None
        if not ours and use.namespace not in _EVERYWHERE:
            return ""  # a schema that somebody else made, with what they put there
        created = self._creation("extension", "", extension)
        when = f"only later, {_where(created.place, use)}" if created is not None else "nowhere"
        return f"comes with the extension {extension}, which is created {when}"


def existence(
    declarations: Iterable[Declaration], facts: Iterable[Fact], version: int
) -> Existence:
    """From the declarations in their order, and from the extensions created anywhere else."""
    before = (
        fact.name
        for fact in facts
        if isinstance(fact, Created) and fact.kind == "extension" and fact.place.zone != "schema"
    )
    found = Existence(version, frozenset(before))
    for moment, declaration in enumerate(declarations):
        for kind, name in _creates(declaration):
            register = found.creations.setdefault(kind, Register())
            register.put(declaration.namespace, name, _Creation(moment, declaration.place))
    return found


def _creates(declaration: Declaration) -> Iterable[tuple[str, str]]:
    """Under which names, of which kind, something can be used from here on."""
    match declaration:
        case Table(change="create", table=name):
            return (("table", name), ("type", name))
        case Function(name=name):
            return (("function", name),)
        case Created(kind="type", name=name):
            return (("type", name),)
        case Created(kind=kind, name=name):
            return (("table" if kind in _RELATIONS else kind, name),)
        case Rename(kind="table" | "view", to=name) if name:
            return (("table", name), ("type", name))
        case Rename(kind="type" | "function" as kind, to=name) if name:
            return ((kind, name),)
    return ()


def _stands(use: Use, schema: Schema) -> bool:
    match use.kind:
        case "table":
            return _is_relation(use, schema)
        case "type":
            made = schema.types.find(use.namespace, use.name) is not None
            return made or _is_relation(use, schema)  # each relation has a type of its rows
        case "function":
            return any(_is(function, use) for function in schema.functions_named(use.name))


def _is_relation(use: Use, schema: Schema) -> bool:
    others = (schema.others[kind] for kind in _RELATIONS if kind in schema.others)
    found = (register.find(use.namespace, use.name) for register in others)
    table = schema.tables.find(use.namespace, use.name) is not None
    return table or any(each is not None for each in found)


def _is(function: Function, use: Use) -> bool:
    spaces = {function.namespace, use.namespace}
    return len(spaces) == 1 or "" in spaces


def _where(place: Place, use: Use) -> str:
    line = f"line {place.line}"
    return line if place.path == use.place.path else f"{place.path} {line}"
