"""Expressions of GitHub's workflows: as trees, and what can be known of their values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is not known; whether it counts as true may be."""

    truth: bool | None = None


Known = str | float | bool | None
Value = Known | Unknown
UNKNOWN = Unknown()


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
Lookup = Callable[[tuple[str, ...]], Value]


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
_INSERT = re.compile(r"\$\{\{(?P<inner>(?:'(?:[^']|'')*'|[^'}]|\}(?!\}))*)\}\}", re.DOTALL)
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
            return Literal(_number(token))
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
    return tuple(match["inner"] for match in _INSERT.finditer(text))


def trees(text: str) -> Iterator[Tree]:
    """The trees of the expressions that are inserted into a text; what is none is passed over."""
    for inner in inserted(text):
        try:
            yield parse(inner)
        except ExpressionFault:
            continue


def filled(text: str, lookup: Lookup) -> Value:
    """A text with its `${{ }}` worked out; one that is all expression keeps its type."""
    pieces: list[str] = []
    at = 0
    for match in _INSERT.finditer(text):
        value = evaluate_text(match["inner"], lookup)
        if match[0] == text.strip():
            return value
        if isinstance(value, Unknown):
            return UNKNOWN
        pieces += (text[at : match.start()], as_text(value))
        at = match.end()
    return "".join((*pieces, text[at:]))


def evaluate_text(expression: str, lookup: Lookup) -> Value:
    """As `evaluate`; what is no expression has no known value."""
    try:
        return evaluate(parse(expression), lookup)
    except ExpressionFault:
        return UNKNOWN


def evaluate(tree: Tree, lookup: Lookup) -> Value:
    """The value of an expression; `lookup` knows names, and functions as `("always()",)`."""
    match tree:
        case Literal(value=value):
            return value
        case Access(parts=parts):
            return lookup(parts)
        case Call(name=name, arguments=arguments):
            if name in STATUS:
                return lookup((f"{name}()",))
            values = [evaluate(argument, lookup) for argument in arguments]
            return _FUNCTIONS[name](*values) if _fits(name, values) else UNKNOWN


def truth(value: Value) -> bool | None:
    """What an `if` makes of it, None where that is not known."""
    if isinstance(value, Unknown):
        return value.truth
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


def as_text(value: Known) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
    return value


def _number(value: Known) -> float:
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


def _fits(name: str, values: list[Value]) -> bool:
    counts = {"!": (1,), "format": range(1, 99)}.get(name, (2,))
    return name in _FUNCTIONS and len(values) in counts


def _not(value: Value) -> Value:
    known = truth(value)
    return UNKNOWN if known is None else not known


def _and(left: Value, right: Value) -> Value:
    match truth(left):
        case True:
            return right
        case False:
            return left
    return Unknown(False if truth(right) is False else None)


def _or(left: Value, right: Value) -> Value:
    match truth(left):
        case True:
            return left
        case False:
            return right
    return Unknown(True if truth(right) is True else None)


def _equal(left: Value, right: Value) -> Value:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        # What counts as true is no empty text.
        return False if {"", Unknown(True)} == {left, right} else UNKNOWN
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    if type(left) is type(right):
        return left == right
    return _number(left) == _number(right)


def _differ(left: Value, right: Value) -> Value:
    return _not(_equal(left, right))


def _compared(compare: Callable[[float, float], bool]) -> Callable[[Value, Value], Value]:
    def compared(left: Value, right: Value) -> Value:
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return UNKNOWN
        return compare(_number(left), _number(right))

    return compared


def _of_texts(test: Callable[[str, str], bool]) -> Callable[[Value, Value], Value]:
    def tested(left: Value, right: Value) -> Value:
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return UNKNOWN
        return test(as_text(left).casefold(), as_text(right).casefold())

    return tested


def _format(pattern: Value, *values: Value) -> Value:
    if isinstance(pattern, Unknown) or any(isinstance(value, Unknown) for value in values):
        return UNKNOWN
    texts = [as_text(value) for value in values if not isinstance(value, Unknown)]

    def put(match: re.Match[str]) -> str:
        return texts[int(match[1])] if int(match[1]) < len(texts) else match[0]

    return re.sub(r"\{(\d+)\}", put, as_text(pattern))


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "!": _not,
    "&&": _and,
    "||": _or,
    "==": _equal,
    "!=": _differ,
    "<": _compared(lambda left, right: left < right),
    "<=": _compared(lambda left, right: left <= right),
    ">": _compared(lambda left, right: left > right),
    ">=": _compared(lambda left, right: left >= right),
    "contains": _of_texts(lambda where, what: what in where),
    "startswith": _of_texts(lambda text, start: text.startswith(start)),
    "endswith": _of_texts(lambda text, end: text.endswith(end)),
    "format": _format,
}
