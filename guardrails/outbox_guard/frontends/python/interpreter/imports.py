"""Import statements: what they bind, and what they say about the boundary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import libcst

from outbox_guard.facts import Place
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.evaluation.attributes import attribute_of
from outbox_guard.frontends.python.modules.origins import concerns, import_fact
from outbox_guard.frontends.python.modules.resolution import absolute, find_module
from outbox_guard.frontends.python.parsing.spelling import spelling_of
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Later,
    ModuleValue,
    Ref,
    Unknown,
    Value,
)


def follow(machine: Machine, node: libcst.Import | libcst.ImportFrom, scope: Scope) -> None:
    """Bind the imported names, and record what was imported."""
    if isinstance(node, libcst.Import):
        for alias in node.names:
            _import(machine, alias, scope)
    else:
        _import_from(machine, node, scope)


def _import(machine: Machine, alias: libcst.ImportAlias, scope: Scope) -> None:
    """`import a.b` binds a, `import a.b as c` binds c to a.b."""
    dotted = alias.evaluated_name
    importer = scope.syntax.source.path
    module = find_module(dotted, importer, machine.project)
    _record(machine, scope, alias.name, dotted, [], local=module is not None)
    if alias.asname is not None and isinstance(alias.asname.name, libcst.Name):
        scope.bind(alias.asname.name.value, module or Ref(dotted))
        return
    top = dotted.partition(".")[0]
    scope.bind(top, find_module(top, importer, machine.project) or Ref(top))


def _import_from(machine: Machine, node: libcst.ImportFrom, scope: Scope) -> None:
    importer = scope.syntax.source.path
    written = spelling_of(node.module) if node.module is not None else ""
    dotted = absolute(written, len(node.relative), importer) if node.relative else written
    if (
        machine.judge.muted
        and scope.kind != "class"
        and not isinstance(node.names, libcst.ImportStar)
    ):
        _import_later(machine, node.names, dotted, scope)
        return
    module = find_module(dotted, importer, machine.project)
    bound: list[tuple[str, Value]] = []
    if isinstance(node.names, libcst.ImportStar):
        bound = list(_everything(machine, module))
        for name, value in bound:
            scope.bind(name, value)
            scope.imported[name] = name
    else:
        for alias in node.names:
            value = _member(machine, module, dotted, alias.evaluated_name)
            bound.append((alias.evaluated_name, value))
            scope.bind(alias.evaluated_alias or alias.evaluated_name, value)
            scope.imported[alias.evaluated_alias or alias.evaluated_name] = alias.evaluated_name
    _record(machine, scope, node, dotted, bound, local=module is not None)


def _import_later(
    machine: Machine, names: Iterable[libcst.ImportAlias], dotted: str, scope: Scope
) -> None:
    """What another file imports, of which most is never used."""
    importer = scope.syntax.source.path

    def follow(name: str) -> Value:
        module = find_module(dotted, importer, machine.project)
        return machine.on_behalf(importer, lambda: _member(machine, module, dotted, name))

    for alias in names:
        name = alias.evaluated_name
        scope.bind(alias.evaluated_alias or name, Later(partial(follow, name)))
        scope.imported[alias.evaluated_alias or name] = name


def _member(machine: Machine, module: ModuleValue | None, dotted: str, name: str) -> Value:
    """`name` of `dotted`; home's names keep theirs, for they are how the database is reached."""
    if module is None:
        return Ref(f"{dotted}.{name}" if dotted else name)
    value = attribute_of(machine, module, name)
    return Unknown(f"{dotted}.{name}") if value == Unknown() else value


def _everything(machine: Machine, module: ModuleValue | None) -> Iterator[tuple[str, Value]]:
    scope = machine.module(module, wanted="*") if module is not None else None
    for name in list(scope.names) if scope is not None else ():
        if scope is not None and not name.startswith("_"):
            yield name, scope.names[name] if machine.judge.muted else scope.get(name) or UNKNOWN


def _record(
    machine: Machine,
    scope: Scope,
    node: libcst.CSTNode,
    dotted: str,
    bound: list[tuple[str, Value]],
    *,
    local: bool,
) -> None:
    names = machine.judge.names
    # The place is worked out only for what a rule may ask about: it costs more than the parse.
    draft = import_fact(names, Place("", 0, 0, 0, 0), dotted, bound, local=local)
    if concerns(names, draft) and not machine.judge.muted:
        place = _module_place(scope, node)
        machine.judge.record(import_fact(names, place, dotted, bound, local=local))


def _module_place(scope: Scope, node: libcst.CSTNode) -> Place:
    """The module's name in an import; of `from . import name`, the name."""
    syntax = scope.syntax
    if not isinstance(node, libcst.ImportFrom):
        return syntax.place(node)
    if node.module is None:
        if isinstance(node.names, libcst.ImportStar):
            return syntax.place(node)
        return syntax.place(node.names[0].name)
    start, end = syntax.span(node.module)
    if node.relative:
        start = syntax.span(node.relative[0])[0]
    return syntax.source.place(start, end)
