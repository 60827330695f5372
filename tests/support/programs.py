"""Mutations of the shape of a program: its blocks, functions, names and brackets."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator

import libcst
from libcst import matchers as m

from outbox_guard.frontends.python.driver import sinks
from tests.support.corpus import Case
from tests.support.rewriting import Program, program

Change = Callable[[Program, random.Random], str | None]

ONCE = (
    "if True:\n    pass",
    "if __debug__:\n    pass\nelse:\n    raise SystemExit",
    "try:\n    pass\nfinally:\n    pass",
    "try:\n    pass\nexcept ZeroDivisionError:\n    raise",
    "with open('/dev/null') as _nothing, _nothing:\n    pass",
    "for _once in range(1):\n    pass",
)
HALF = 0.5


def of_program(change: Change) -> Callable[[Case, random.Random], Case | None]:
    """A mutation of the file that a case is about."""

    def mutate(case: Case, rng: random.Random) -> Case | None:
        if not case.path.endswith(".py"):
            return None
        changed = change(program(case.files[case.path]), rng)
        return None if changed is None else case.with_file(case.path, changed)

    mutate.__name__ = change.__name__
    return mutate


def wrap_body(old: Program, rng: random.Random) -> str | None:
    """The body of a function in a block that it runs through once."""
    function = _some_function(old, rng)
    if function is None:
        return None
    block = libcst.parse_statement(rng.choice(ONCE)).with_changes(body=function.body)
    changed = old.tree.with_deep_changes(function, body=libcst.IndentedBlock(body=[block]))
    return changed.code


def _some_function(old: Program, rng: random.Random) -> libcst.FunctionDef | None:
    found = m.findall(old.tree, m.FunctionDef(body=m.IndentedBlock()))
    chosen = rng.choice(sorted(found, key=old.span)) if found else None
    return chosen if isinstance(chosen, libcst.FunctionDef) else None


def rename(old: Program, rng: random.Random) -> str | None:
    """The variables of a function get other names.

    Names that say by themselves that they hold a database are left as they are.
    """
    function = _some_function(old, rng)
    if function is None or "locals()" in old.code:
        return None
    bound = set(_bound(function.body)) - set(_shared(function.body))
    names = {
        name: f"{name}_{rng.choice('xyz')}{rng.randrange(9)}"
        for name in sorted(bound)
        if not _tells(name)
    }
    kept = set(_labels(function.body))
    return old.edited(
        (*old.span(node), names[node.value])
        for node in m.findall(function.body, m.Name())
        if isinstance(node, libcst.Name) and node.value in names and node not in kept
    )


def _tells(name: str) -> bool:
    words = (sinks.POOL_NAME, sinks.ENGINE_NAME, sinks.DATABASE_NAME)
    return name == "_" or any(word.match(name) for word in words)


def _bound(body: libcst.CSTNode) -> Iterator[str]:
    """The names that a body assigns to."""
    holders = m.AssignTarget() | m.For() | m.NamedExpr() | m.CompFor()
    for node in m.findall(body, holders):
        yield from _targets(node.target)  # type: ignore[attr-defined]  # each of these has one
    for node in m.findall(body, m.WithItem(asname=m.AsName())):
        yield from _targets(node.asname.name)  # type: ignore[attr-defined]  # as matched


def _targets(node: libcst.CSTNode) -> Iterator[str]:
    if isinstance(node, libcst.Name):
        yield node.value
    elif isinstance(node, libcst.Tuple | libcst.List):
        for element in node.elements:
            yield from _targets(element.value)


def _labels(body: libcst.CSTNode) -> Iterator[libcst.CSTNode | None]:
    """Words that are spelt like variables, and are none."""
    for node in m.findall(body, m.Attribute()):
        yield node.attr  # type: ignore[attr-defined]  # as matched
    for node in m.findall(body, m.Arg()):
        yield node.keyword  # type: ignore[attr-defined]  # as matched


def _shared(body: libcst.CSTNode) -> Iterator[str]:
    """The names in a body that are other scopes' as well."""
    for node in m.findall(body, m.Param() | m.NameItem() | m.ImportAlias()):
        yield node.name.value  # type: ignore[attr-defined]  # each of these has one
    for node in m.findall(body, m.ClassDef()):
        yield from _bound(node)


def parenthesise(old: Program, rng: random.Random) -> str | None:
    """Brackets around arguments and assigned values."""
    unfit = libcst.GeneratorExp | libcst.Yield | libcst.NamedExpr
    found = m.findall(old.tree, m.Arg() | m.Assign())
    values = [node.value for node in found]  # type: ignore[attr-defined]  # both have one
    chosen = [
        value
        for value in values
        if not value.lpar and not isinstance(value, unfit) and rng.random() < HALF
    ]
    edits = [((start, start, "("), (end, end, ")")) for start, end in map(old.span, chosen)]
    return old.edited(edit for pair in edits for edit in pair)


def nest(old: Program, rng: random.Random) -> str | None:
    """The whole module in a function, but for what has to stand at the top."""
    fixed, rest = old.parts
    if not rest or any(word in old.code for word in ("import *", "global ", "globals()")):
        return None
    name = rng.choice(("main", "build", "start"))
    body = libcst.IndentedBlock(body=rest)
    made = libcst.FunctionDef(libcst.Name(name), libcst.Parameters(), body)
    call = libcst.parse_statement(f"{name}()")
    return old.tree.with_changes(body=[*fixed, made, call]).code


def hold(old: Program, rng: random.Random) -> str | None:
    """A function that nobody calls becomes a static method."""
    function = _uncalled(old, rng)
    if function is None:
        return None
    static = libcst.Decorator(libcst.Name("staticmethod"))
    method = function.with_changes(decorators=[static], leading_lines=[])
    holder = libcst.ClassDef(libcst.Name("Holder"), libcst.IndentedBlock(body=[method]))
    body = [holder if node is function else node for node in old.tree.body]
    return old.tree.with_changes(body=body).code


def make_async(old: Program, rng: random.Random) -> str | None:
    """A function that nobody calls becomes a coroutine."""
    function = _uncalled(old, rng)
    if function is None or function.asynchronous is not None:
        return None
    changed = old.tree.with_deep_changes(function, asynchronous=libcst.Asynchronous())
    return changed.code


def _uncalled(old: Program, rng: random.Random) -> libcst.FunctionDef | None:
    names = m.findall(old.tree, m.Name())
    spoken = Counter(node.value for node in names if isinstance(node, libcst.Name))
    found = [
        node
        for node in old.tree.body
        if isinstance(node, libcst.FunctionDef)
        and not node.decorators
        and spoken[node.name.value] == 1
    ]
    return rng.choice(found) if found else None


OF_PROGRAMS = [
    of_program(change) for change in (wrap_body, rename, parenthesise, nest, hold, make_async)
]
