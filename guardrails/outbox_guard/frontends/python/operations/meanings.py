"""What the names of a file stand for, where each is given a meaning once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import libcst

from outbox_guard.frontends.python.modules.resolution import absolute, find_module
from outbox_guard.frontends.python.operations.telemetry import dotted
from outbox_guard.frontends.python.parsing.nodes import nodes
from outbox_guard.frontends.python.parsing.syntax import SyntaxFault, parse
from outbox_guard.sources import Project, Source

DEEPEST = 4  # names that stand for names


@dataclass
class Meanings:
    """The names of one file."""

    source: Source
    project: Project
    values: dict[str, libcst.BaseExpression] = field(default_factory=dict)
    bases: dict[str, list[libcst.BaseExpression]] = field(default_factory=dict)
    functions: dict[str, libcst.FunctionDef] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)  # a module, a name in it

    def spread(self, node: libcst.CSTNode, depth: int = 0) -> Iterator[libcst.CSTNode]:
        """A node and all below it, and what the names in it stand for."""
        for each in nodes(node):
            yield each
            meant = self.meant(each)
            # Who looks something up in a table asks for none of its keys.
            if meant is not None and not isinstance(meant, libcst.Dict) and depth < DEEPEST:
                yield from self.spread(meant, depth + 1)
            if isinstance(each, libcst.Name) and depth < DEEPEST:
                for base in self.bases.get(each.value, ()):
                    yield from self.spread(base, depth + 1)

    def meant(self, node: libcst.CSTNode) -> libcst.BaseExpression | None:
        """The value of a name, or what a function of one line makes of its arguments."""
        match node:
            case libcst.Name(value=name):
                return self.values.get(name)
            case libcst.Call(func=libcst.Name(value=name)) if name in self.functions:
                return _returned(self.functions[name])
        return None

    def helper(self, call: libcst.Call) -> libcst.FunctionDef | None:
        """The function or method of the project that is called, in this file or imported."""
        match call.func:
            case libcst.Name(value=name):
                return self.functions.get(name) or self._elsewhere(name)
            case libcst.Attribute(
                value=libcst.Name(value="self" | "cls"), attr=libcst.Name(value=name)
            ):
                return self.functions.get(name)
        return None

    def _elsewhere(self, name: str) -> libcst.FunctionDef | None:
        if name not in self.imported:
            return None
        module, original = self.imported[name]
        found = find_module(module, self.source.path, self.project)
        source = self.project.source(found.path) if found and found.path else None
        if source is None:
            return None
        try:
            tree = parse(source).tree
        except SyntaxFault:
            return None  # it is told of where that file is read
        return next((each for each in _functions(tree) if each.name.value == original), None)


def meanings(tree: libcst.Module, source: Source, project: Project) -> Meanings:
    """Whatever is given a meaning twice has none."""
    found = Meanings(source, project)
    assigned = list(_assigned(tree))
    times = Counter(name for name, _ in assigned)
    found.values |= {name: value for name, value in assigned if times[name] == 1}
    defined = list(_functions(tree))
    times = Counter(each.name.value for each in defined)
    found.functions |= {e.name.value: e for e in defined if times[e.name.value] == 1}
    for node in nodes(tree):
        match node:
            case libcst.ClassDef(name=name, bases=bases):
                found.bases[name.value] = [base.value for base in bases]
            case libcst.ImportFrom(names=[*aliases]):
                module = dotted(node.module) if node.module else ""
                if node.relative:
                    module = absolute(module, len(node.relative), source.path)
                for alias in aliases:
                    as_ = dotted(alias.asname.name) if alias.asname else alias.evaluated_name
                    found.imported[as_] = (module, alias.evaluated_name)
    return found


def _functions(tree: libcst.CSTNode) -> Iterator[libcst.FunctionDef]:
    return (node for node in nodes(tree) if isinstance(node, libcst.FunctionDef))


def _assigned(tree: libcst.CSTNode) -> Iterator[tuple[str, libcst.BaseExpression]]:
    for node in nodes(tree):
        match node:
            case libcst.Assign(targets=[libcst.AssignTarget(target=target)], value=value):
                yield dotted(target), value
            case libcst.AnnAssign(target=target, value=libcst.BaseExpression() as value):
                yield dotted(target), value
            case libcst.Assign(targets=targets):
                yield from ((dotted(each.target), node.value) for each in targets)
            case libcst.Parameters():
                # What a caller gives is not known, whatever else has the name.
                for parameter in (*node.params, *node.kwonly_params, *node.posonly_params):
                    yield parameter.name.value, parameter.name
                    yield parameter.name.value, parameter.name


def _returned(function: libcst.FunctionDef) -> libcst.BaseExpression | None:
    """What a function gives that does nothing else."""
    lines = [line for line in function.body.body if not _is_docstring(line)]
    match lines:
        case [libcst.SimpleStatementLine(body=[libcst.Return(value=value)])]:
            return value
        case [libcst.Return(value=value)]:
            return value
    return None


def _is_docstring(line: libcst.CSTNode) -> bool:
    match line:
        case libcst.SimpleStatementLine(body=[libcst.Expr(value=libcst.SimpleString())]):
            return True
    return False
