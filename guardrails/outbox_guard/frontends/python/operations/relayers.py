"""Relayers: what completes attempts, and which of an operator's signals it gives."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import cache
from itertools import permutations
from posixpath import dirname, join, normpath

import libcst

from outbox_guard.facts import Relayer
from outbox_guard.frontends.python.operations.telemetry import dotted
from outbox_guard.frontends.python.parsing.nodes import nodes
from outbox_guard.frontends.python.parsing.syntax import Syntax
from outbox_guard.frontends.text.blanks import without
from outbox_guard.names import Names, Texts
from outbox_guard.sources import Project

_RELAYER = re.compile(r"relayer", re.IGNORECASE)
_TEST = re.compile(r"(?:.*/)?(?:test_[^/]*|[^/]*_test|conftest)\.pyw?")
_DOCSTRING = re.compile(
    r"^[ \t]*[rRbBuU]?(\"{3}|'{3})(?:(?!\1).)*\1[ \t]*$", re.MULTILINE | re.DOTALL
)
_REMARK = re.compile(r"(?:^|(?<=\s))#.*$", re.MULTILINE)
# A lost lease that is raised, caught or asked for is no signal of it, until somebody counts it.
_ERROR = re.compile(
    r"^\s*(?:except\b|class\b)[^:]*|\braise\b.*|\bisinstance\([^:\n]*"
    r"|^\s*(?:from\s+\S+\s+)?import\s+(?:\([^)]*\)|.*)",
    re.MULTILINE,
)
_IMPORT = re.compile(r"^\s*(?:from\s+(\.*[\w.]*)\s+import\s+(.+)|import\s+([\w.]+))", re.MULTILINE)


def facts(syntax: Syntax, project: Project) -> Iterator[Relayer]:
    """The classes, or the file, that a relayer is written in."""
    path, text = syntax.source.path, syntax.source.text
    completes = project.names.functions.complete
    if completes not in text or _TEST.fullmatch(path):
        return
    of_file = _RELAYER.search(path.rpartition("/")[2]) is not None
    classes = [node for node in syntax.tree.body if isinstance(node, libcst.ClassDef)]
    constants = frozenset(_constants(syntax.tree, completes))
    completing = [node for node in classes if calls(node, completes, constants)]
    named = [node for node in completing if of_file or _RELAYER.search(node.name.value)]
    if not named and not (of_file and not completing and calls(syntax.tree, completes)):
        return
    signals = tuple(_signals(text, project.names)) or tuple(
        signal
        for module in _modules(path, text, project)
        for signal in _signals(module, project.names)
    )
    for node in named:
        yield Relayer(place=syntax.place(node.name), name=node.name.value, signals=signals)
    if not named:
        where = syntax.source.place(0, 0)
        yield Relayer(place=where, name=path.rpartition("/")[2], signals=signals)


def _constants(tree: libcst.Module, function: str) -> Iterator[str]:
    """The names that a module gives to texts that call a DB function."""
    for line in tree.body:
        for statement in line.body if isinstance(line, libcst.SimpleStatementLine) else ():
            match statement:
                case libcst.Assign(targets=targets) if calls(statement, function):
                    yield from (dotted(each.target) for each in targets)
                case libcst.AnnAssign(target=target) if calls(statement, function):
                    yield dotted(target)


def calls(node: libcst.CSTNode, function: str, constants: Container[str] = ()) -> bool:
    """Whether a DB function is called somewhere: by its name, or in a text of SQL."""
    in_sql = re.compile(rf"\b{re.escape(function)}\s*\(|[\"'](?:\w+\.)?{re.escape(function)}[\"']")
    for each in nodes(node):
        match each:
            case libcst.SimpleString(value=text) | libcst.FormattedStringText(value=text):
                found = in_sql.search(text) is not None
            case libcst.Call(func=called):
                found = dotted(called).rpartition(".")[2] == function
            case libcst.Name(value=name):
                found = name in constants
            case _:
                found = False
        if found:
            return True
    return False


def _signals(text: str, names: Names) -> Iterator[str]:
    """Those that a file speaks of in its code; a DB function is none, whatever it is called."""
    code = without(text, _DOCSTRING, _REMARK, _ERROR, _one_of(names.functions.all))
    return (signal for signal in names.operations.signals if _spelt(signal).search(code))


@cache
def _one_of(functions: Texts) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, functions))})\b")


@cache
def _spelt(signal: str) -> re.Pattern[str]:
    """A signal under its own name, or that of its counter: `LeaseLost`, `leases.lost_total`."""
    words = [rf"{re.escape(word)}s?" for word in signal.removesuffix("_count").split("_")]
    orders = ("[_.:-]?".join(order) for order in permutations(words))
    return re.compile("|".join(orders), re.IGNORECASE)


def _modules(path: str, text: str, project: Project) -> Iterator[str]:
    """The texts of the project's modules that a file imports by name."""
    for match in _IMPORT.finditer(text):
        module, imported, whole = match.groups()
        dots = len(module or "") - len((module or "").lstrip("."))
        base = normpath(join(dirname(path), *[".."] * (dots - 1))) if dots else ""
        name = (module or whole or "").lstrip(".").replace(".", "/")
        parts = re.findall(r"\w+", imported or "")
        for candidate in (name, *(f"{name}/{part}" for part in parts)):
            for ending in (".py", "/__init__.py"):
                source = project.source(normpath(join(base, candidate.lstrip("/") + ending)))
                if source is not None:
                    yield source.text
