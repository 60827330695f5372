"""The top level of a module, statement by statement, so that only those are read that matter.

Python's own parser says where each stands, ten times as fast as libcst makes a tree of it.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Literal

from outbox_guard.quoting import COMMENT, TEXT
from outbox_guard.sources import Source

KEPT = 100  # modules, for the next file that imports them
EVERYTHING = "*"
Kind = Literal["import", "definition", "assignment", "act"]  # an act changes what others bound

# What a model points to has an attribute that leads back to it.
_POINTERS = ("ForeignKey", "OneToOneField", "ManyToManyField", "relationship")
_POINTS = re.compile(rf"\b(?:{'|'.join(_POINTERS)})\(")
_HOOK = "__init_subclass__"
_WORD = re.compile(r"[^\W\d]\w*")
_DYNAMIC = re.compile(r"\b(?:globals|vars|locals|exec|setattr)\s*\(|\bsys\.modules\b")
_TOKEN = re.compile(rf"{TEXT}|{COMMENT}|\(|\)|\[|\]|\{{|\}}|\\\n|\n", re.DOTALL)
_BEGINS = re.compile(r"(?!(?:else|elif|except|finally)\b)[^\s#]")
_LINE = re.compile(r"^\S.*", re.MULTILINE)
_NAMED = re.compile(r"(?:@.*\n)*(?:async\s+def|def|class|type)\s+(\w+)")
# At the margin: `re` skips to the next sign that a pattern begins with, and tries `^` everywhere.
_VALUE = re.compile(r"\n(\w+)\s*(?::[^=\n]+)?=(?=[^=])")
_CLASS = re.compile(r"\nclass\s+(\w+)\b(.*)")
_CHOICES = re.compile(r"(?:Enum|Choices)\b")
_RUNS = ("assignment", "act")
_START = attrgetter("start")
_OPAQUE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """Where it stands, in code points, and the names that it binds."""

    text: str
    start: int
    kind: Kind
    binds: frozenset[str]  # EVERYTHING where that cannot be said
    calls: bool  # whether it may change what it is about

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Statements:
    """Of one module, in order."""

    all: tuple[Statement, ...]
    _said: dict[Statement, frozenset[str]] = field(default_factory=dict, repr=False)
    _changers: dict[frozenset[Kind], list[Statement]] = field(default_factory=dict, repr=False)

    def behind(self, name: str) -> list[Statement]:
        """Those that say what a name is worth, in order: they bind it, or change what it holds.

        Where they use a name that is bound again and again, all that use it belong together.
        """
        if name == EVERYTHING:
            return list(self.all)
        needed = set(self._making(name))
        said = set().union(*map(self._said_again, needed))
        for again in self._again:
            if again in said:
                more = {e for e in self._run if again in self._words(e)} - needed
                said.update(*map(self._said_again, more))
                needed |= more
        return sorted(needed, key=_START)

    def _making(self, name: str) -> Iterator[Statement]:
        makers = self._binding.get(name) or self._binding.get(EVERYTHING, [])
        yield from makers
        kinds = frozenset(each.kind for each in makers) - {"import"}  # of another module: it stays
        if not kinds:
            return
        through = self._leading_to(name, self._led_to)
        yield from (each for each in self._changing(kinds) if self._says(each, through))
        if "definition" in kinds:
            yield from self._models  # by whatever name

    def _leading_to(self, name: str, among: Sequence[Statement]) -> frozenset[str]:
        """A name, and the functions and classes that use it, or that use one of these."""
        found = frozenset((name,))
        while True:
            users = (each for each in among if self._says(each, found))
            more = {bound for each in users for bound in each.binds} - found
            if not more:
                return found
            found |= more

    def _changing(self, kinds: frozenset[Kind]) -> list[Statement]:
        """Those that may change what names of these kinds are bound to, if they have them."""
        if kinds not in self._changers:
            self._changers[kinds] = [each for each in self.all if self._may_change(each, kinds)]
        return self._changers[kinds]

    def _may_change(self, statement: Statement, kinds: frozenset[Kind]) -> bool:
        """Whether a statement may change what names of these kinds are bound to, if it has them."""
        match statement.kind:
            case "act":
                return True
            case "assignment":
                return statement.calls and "assignment" in kinds
            case "definition":
                return statement.calls or not self._hooked.isdisjoint(statement.binds)
        return False

    def _says(self, statement: Statement, names: frozenset[str]) -> bool:
        return not names.isdisjoint(self._words(statement))

    def _words(self, statement: Statement) -> frozenset[str]:
        if statement not in self._said:
            self._said[statement] = frozenset(_WORD.findall(statement.text))
        return self._said[statement]

    @cached_property
    def _definitions(self) -> list[Statement]:
        return [each for each in self.all if each.kind == "definition"]

    @cached_property
    def _led_to(self) -> list[Statement]:
        """The functions and classes that are named where something may change, or in one of these.

        Most are not, and what they say need not be looked at.
        """
        unnamed: dict[str, list[Statement]] = {}
        for each in self._definitions:
            for name in each.binds:
                unnamed.setdefault(name, []).append(each)
        found: list[Statement] = []
        left = list(self._changing(frozenset(("assignment",))))
        while left:
            for word in self._words(left.pop()):
                named = unnamed.pop(word, ())
                found += named
                left += named
        return found

    @cached_property
    def _models(self) -> frozenset[Statement]:
        """The classes that point to others."""
        return frozenset(
            each
            for each in self._definitions
            if any(word in each.text for word in _POINTERS) and _POINTS.search(each.text)
        )

    @cached_property
    def _hooked(self) -> frozenset[str]:
        """The classes that tell of those that are derived from them, and those."""
        hooked = any(_HOOK in each.text for each in self.all)
        return self._leading_to(_HOOK, self._definitions) if hooked else frozenset()

    @cached_property
    def _again(self) -> list[str]:
        """The names that several statements give a value."""
        times = Counter(name for each in self._run for name in each.binds)
        return [name for name, number in times.items() if number > 1]

    def _said_again(self, statement: Statement) -> Iterator[str]:
        """Those of these names that a statement says."""
        words = self._words(statement)
        return (name for name in self._again if name in words)

    @cached_property
    def _run(self) -> list[Statement]:
        return [each for each in self.all if each.kind in _RUNS]

    @cached_property
    def _binding(self) -> dict[str, list[Statement]]:
        """By the names that they bind, in order."""
        binding: dict[str, list[Statement]] = {}
        for each in self.all:
            for name in each.binds:
                binding.setdefault(name, []).append(each)
        return binding


@lru_cache(maxsize=KEPT)
def statements_of(source: Source) -> Statements:
    """The statements of a file; where their ends are not certain, fewer and longer ones."""
    told = _parsed(source.text)
    if told is not None:
        return Statements(tuple(_statement(source, each) for each in told))
    return Statements(tuple(_newer(source, start, end) for start, end in margins(source.text)))


def _parsed(text: str) -> list[ast.stmt] | None:
    """None for what is no Python, or newer than the Python that runs."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def margins(text: str) -> Iterator[tuple[int, int]]:
    """Where the statements begin and end, as one can tell by brackets, quotes and margins."""
    starts, depth = [0], 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        depth += (token in "([{") - (token in ")]}")
        if token == "\n" and not depth and _BEGINS.match(text, match.end()):
            if _is_decorator(text[starts[-1] : match.start()]):
                continue
            starts.append(match.end())
    yield from zip(starts, [*starts[1:], len(text)], strict=True)


def _is_decorator(text: str) -> bool:
    """Whether what it decorates is still to come."""
    return text.startswith("@") and _LINE.findall(text)[-1].startswith("@")


def _newer(source: Source, start: int, end: int) -> Statement:
    """One of them, which may be in a grammar that Python does not know yet."""
    text = source.text[start:end]
    told = _parsed(text)
    if told and len(told) == 1:
        binds = frozenset(_bound(told[0], text))
        return Statement(text, start, _kind(told[0]), binds, _calls(told[0], text))
    named = _NAMED.match(text)
    if named is None:
        return Statement(text, start, "act", frozenset((EVERYTHING,)), calls=True)
    return Statement(text, start, "definition", frozenset((named[1],)), calls=text[0] == "@")


def _statement(source: Source, node: ast.stmt) -> Statement:
    first = getattr(node, "decorator_list", None)
    line = first[0].lineno if first else node.lineno
    start = source.line_starts[line - 1]
    if not first:
        start = _offset(source, line, node.col_offset)
    end = _offset(source, node.end_lineno or line, node.end_col_offset or 0)
    text = source.text[start:end]
    kind = _kind(node)
    binds = frozenset(_bound(node, text))
    if kind == "act" and _DYNAMIC.search(text):
        binds |= {EVERYTHING}
    return Statement(text, start, kind, binds, _calls(node, text))


def _calls(node: ast.stmt, text: str) -> bool:
    decorators = getattr(node, "decorator_list", None)
    return "(" in text if decorators is None else bool(decorators)


def _offset(source: Source, line: int, column: int) -> int:
    """The code point at a line and a column in bytes, as ast counts them."""
    start = source.line_starts[line - 1]
    ahead = source.text[start : start + column]
    return start + (column if ahead.isascii() else len(ahead.encode()[:column].decode()))


def _kind(node: ast.stmt) -> Kind:
    match node:
        case ast.Import() | ast.ImportFrom():
            return "import"
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return "definition"
        case ast.Assign(targets=targets) if all(isinstance(t, ast.Name) for t in targets):
            return "assignment"
        case ast.AnnAssign(target=ast.Name()):
            return "assignment"
    return "act"


def _bound(node: ast.stmt, text: str) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets) if ":=" not in text:
            for target in targets:
                yield from _names(target)
        case _:
            yield from _names(node)


def _names(root: ast.AST) -> Iterator[str]:
    """What is bound by a statement or in a target, outside of functions and classes within."""
    stack = [root]
    while stack:
        node = stack.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.alias(name=name, asname=alias):
                yield alias or name.partition(".")[0]  # "*" is everything
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name
        if not isinstance(node, _OPAQUE):
            stack.extend(ast.iter_child_nodes(node))


@dataclass(frozen=True, slots=True)
class Bindings:
    """What a module binds at its margin, as one can see without parsing it."""

    values: frozenset[str]
    classes: frozenset[str]
    choices: frozenset[str]  # the classes that are enumerations

    def may_give(self, name: str, *, classes: bool) -> bool:
        """Whether a name is bound to a value, or to a class (of choices, where not all count)."""
        for bound in (self.values, self.classes if classes else self.choices):
            if name in bound or (name == EVERYTHING and bound):
                return True
        return False


@lru_cache(maxsize=KEPT)
def bindings(source: Source) -> Bindings:
    """Of a module of which some names are imported: most files ask a module for many."""
    text = f"\n{source.text}"
    classes = dict(_CLASS.findall(text))
    choices = frozenset(name for name, rest in classes.items() if _CHOICES.search(rest))
    return Bindings(frozenset(_VALUE.findall(text)), frozenset(classes), choices)
