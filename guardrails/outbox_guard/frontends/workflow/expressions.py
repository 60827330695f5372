"""Expressions of GitHub's workflows, as trees."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

Known = str | float | bool | None


@dataclass(frozen=True, slots=True)
class Literal:
    value: Known


@dataclass(frozen=True, slots=True)
class Access:
    """`github.event_name`, `steps.check.outputs['found']`: the parts, in lower case."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    name: str  # in lower case; operators are calls as well
    arguments: tuple[Tree, ...]


Tree = Literal | Access | Call


class ExpressionFault(Exception):
    """No expression."""


STATUS = frozenset(("always", "success", "failure", "cancelled"))
CONSTANTS: dict[str, Known] = {"true": True, "false": False, "null": None}
INDEXED = "*"  # an index that is worked out when the workflow runs
_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')"
    r"|(?P<number>[-+]?(?:0x[0-9a-f]+|\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+))"
    r"|(?P<name>[a-z_][\w-]*)"
    r"|(?P<sign>&&|\|\||[=!<>]=|[!<>()\[\].,*]))",
    re.IGNORECASE,
)
INSERT = re.compile(r"\$\{\{(?P<inner>(?:'(?:[^']|'')*'|[^'}]|\}(?!\}))*)\}\}", re.DOTALL)
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="))
_MOST_TOKENS = 400  # of an expression: no tree of so many is too deep to be walked


@cache
def parse(text: str) -> Tree:
    """The tree of an expression, without the `${{ }}` around it."""
    tokens = tuple(islice(_tokens(text), _MOST_TOKENS + 1))
    if len(tokens) > _MOST_TOKENS:
        raise ExpressionFault("it is too long")
    parser = _Parser(tokens)
    try:
        tree = parser.level(0)
    except RecursionError as error:
        raise ExpressionFault("it is nested too deep") from error
    if parser.now:
        raise ExpressionFault(f"{parser.now!r} is too much")
    return tree


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionFault(f"{text[at:].strip()[0]!r} is no part of an expression")
        yield match[0].strip()
        at = match.end()


class _Parser:
    def __init__(self, tokens: tuple[str, ...]) -> None:
        self._tokens = (*tokens, "")
        self._at = 0

    @property
    def now(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        taken = self.now
        self._at += 1
        return taken

    def _expect(self, sign: str) -> None:
        if self._take() != sign:
            raise ExpressionFault(f"{sign!r} is missing")

    def level(self, number: int) -> Tree:
        """Binary operators, the weakest first."""
        if number == len(_LEVELS):
            return self._unary()
        left = self.level(number + 1)
        while self.now in _LEVELS[number]:
            left = Call(self._take(), (left, self.level(number + 1)))
        return left

    def _unary(self) -> Tree:
        if self.now == "!":
            self._take()
            return Call("!", (self._unary(),))
        return self._primary()

    def _primary(self) -> Tree:
        token = self._take()
        if token == "(":
            inner = self.level(0)
            self._expect(")")
            return self._parts(inner)
        if token.startswith("'"):
            return Literal(token[1:-1].replace("''", "'"))
        if token.lower() in CONSTANTS:
            return Literal(CONSTANTS[token.lower()])
        if re.match(r"[-+.]?\d", token):
            return Literal(number_of(token))
        if not _is_name(token):
            raise ExpressionFault(f"{token!r} begins nothing")
        if self.now == "(":
            return self._parts(Call(token.lower(), self._arguments()))
        return self._parts(Access((token.lower(),)))

    def _arguments(self) -> tuple[Tree, ...]:
        self._expect("(")
        found: list[Tree] = []
        while self.now != ")":
            found.append(self.level(0))
            if self.now != ")":
                self._expect(",")
        self._expect(")")
        return tuple(found)

    def _parts(self, tree: Tree) -> Tree:
        """What is taken from a value: `.name`, `.*`, `['name']`."""
        while self.now in (".", "["):
            if self._take() == ".":
                tree = _part(tree, self._name())
                continue
            index = self.level(0)
            self._expect("]")
            name = index.value if isinstance(index, Literal) else None
            tree = _part(tree, name.lower() if isinstance(name, str) else INDEXED, index)
        return tree

    def _name(self) -> str:
        """What stands behind a dot: the name of a part, or `*` for all of them."""
        token = self._take()
        if token != "*" and not _is_name(token):
            raise ExpressionFault(f"{token!r} is no name of a part")
        return token.lower()


def _is_name(token: str) -> bool:
    return re.match(r"[A-Za-z_]", token) is not None


def _part(of: Tree, name: str, index: Tree | None = None) -> Tree:
    if isinstance(of, Access) and (name != INDEXED or index is None):
        return Access((*of.parts, name))
    return Call("index", (of, index or Literal(name)))


def accesses(tree: Tree) -> Iterator[tuple[str, ...]]:
    """Every name that an expression looks at."""
    match tree:
        case Access(parts=parts):
            yield parts
        case Call(arguments=arguments):
            for argument in arguments:
                yield from accesses(argument)


def asks_for_status(tree: Tree) -> bool:
    """Whether it says for itself what becomes of it when a step before has failed."""
    match tree:
        case Call(name=name, arguments=arguments):
            return name in STATUS or any(map(asks_for_status, arguments))
    return False


def inserted(text: str) -> tuple[str, ...]:
    """The expressions in the `${{ }}` of a text."""
    return tuple(match["inner"] for match in INSERT.finditer(text))


def trees(text: str) -> Iterator[Tree]:
    """The trees of the expressions that are inserted into a text; what is none is passed over."""
    for inner in inserted(text):
        try:
            yield parse(inner)
        except ExpressionFault:
            continue


def number_of(value: Known) -> float:
    """As GitHub compares: a text that is no number is none."""
    match value:
        case None:
            return 0.0
        case bool() | float():
            return float(value)
    try:
        return float(int(value, 16)) if value.startswith("0x") else float(value or 0)
    except ValueError:
        return math.nan
