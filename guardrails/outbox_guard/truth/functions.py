"""What functions and operators make of values that are all known."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import ceil, floor

from outbox_guard.truth.values import Value, cast

_LONGEST_SHIFT = 62  # bits; beyond, PostgreSQL goes round


class NotKnown(Exception):
    """What comes of it is certain, and nobody here can say it."""


def applied(name: str, arguments: Sequence[Value]) -> Value:
    """The one value that it comes to; the arguments are texts, numbers and booleans, or NULL."""
    if name in ("concat", "concat_ws"):
        return _concatenated(name, arguments)
    function = _FUNCTIONS.get((name, len(arguments)))
    if function is None:
        raise NotKnown
    if None in arguments:
        return None
    try:
        return function(*arguments)
    except (TypeError, ValueError) as error:  # arguments of other types than it takes
        raise NotKnown from error


def _concatenated(name: str, arguments: Sequence[Value]) -> Value:
    """NULL is passed over."""
    between, given = "", list(arguments)
    if name == "concat_ws":
        if not given or not isinstance(given[0], str):
            raise NotKnown
        between = str(given.pop(0))
    # As `concat` shows a boolean, a cast does not.
    texts = ["t" if v is True else "f" if v is False else _text(v) for v in given if v is not None]
    return between.join(texts)


def _text(value: Value) -> str:
    shown = next(iter(cast("text", value)))
    if not isinstance(shown, str):
        raise NotKnown
    return shown


def _of_text(function: Callable[[str], Value]) -> Callable[..., Value]:
    def of(value: Value) -> Value:
        if not isinstance(value, str):
            raise NotKnown
        return function(value)

    return of


def _of_texts(function: Callable[[str, str], Value]) -> Callable[..., Value]:
    def of(one: Value, other: Value) -> Value:
        if not isinstance(one, str) or not isinstance(other, str):
            raise NotKnown
        return function(one, other)

    return of


def _of_number(function: Callable[[Fraction], Fraction | int]) -> Callable[..., Value]:
    def of(value: Value) -> Value:
        return Fraction(function(_number(value)))

    return of


def _of_integers(function: Callable[[int, int], int]) -> Callable[..., Value]:
    def of(one: Value, other: Value) -> Value:
        return Fraction(function(_integer(one), _integer(other)))

    return of


def _number(value: Value) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, Fraction):
        raise NotKnown
    return value


def _integer(value: Value) -> int:
    number = _number(value)
    if number.denominator != 1:
        raise NotKnown
    return int(number)


def _shifted(one: int, other: int) -> int:
    if not 0 <= other <= _LONGEST_SHIFT or one.bit_length() + other > _LONGEST_SHIFT:
        raise NotKnown
    return one << other


def _remainder(one: int, other: int) -> int:
    if not other:
        raise NotKnown
    return abs(one) % abs(other) * (1 if one >= 0 else -1)


def _like(text: str, pattern: str) -> bool:
    if "\\" in pattern:
        raise NotKnown
    signs = {"%": ".*", "_": "."}
    translated = "".join(signs.get(sign) or re.escape(sign) for sign in pattern)
    return re.fullmatch(translated, text, re.DOTALL) is not None


# What means the same to PostgreSQL as to Python.
_PLAIN_PATTERN = re.compile(r"\^?(?:[\w \-]|\[\^?(?:\w-\w|\w)+\][+*?]?)*\$?", re.ASCII)


def _matches(text: str, pattern: str) -> bool:
    if not _PLAIN_PATTERN.fullmatch(pattern) or "\n" in text:
        raise NotKnown
    return re.search(pattern, text) is not None


def _not(function: Callable[[str, str], bool]) -> Callable[[str, str], bool]:
    return lambda one, other: not function(one, other)


_FUNCTIONS: Mapping[tuple[str, int], Callable[..., Value]] = {
    ("length", 1): _of_text(lambda text: Fraction(len(text))),
    ("char_length", 1): _of_text(lambda text: Fraction(len(text))),
    ("character_length", 1): _of_text(lambda text: Fraction(len(text))),
    ("octet_length", 1): _of_text(lambda text: Fraction(len(text.encode()))),
    ("lower", 1): _of_text(str.lower),
    ("upper", 1): _of_text(str.upper),
    ("btrim", 1): _of_text(lambda text: text.strip(" ")),
    ("ltrim", 1): _of_text(lambda text: text.lstrip(" ")),
    ("rtrim", 1): _of_text(lambda text: text.rstrip(" ")),
    ("reverse", 1): _of_text(lambda text: text[::-1]),
    ("strpos", 2): _of_texts(lambda text, part: Fraction(text.find(part) + 1)),
    ("starts_with", 2): _of_texts(str.startswith),
    ("like", 2): _of_texts(_like),
    ("~~", 2): _of_texts(_like),
    ("!~~", 2): _of_texts(_not(_like)),
    ("~", 2): _of_texts(_matches),
    ("!~", 2): _of_texts(_not(_matches)),
    ("||", 2): lambda one, other: _text(one) + _text(other),
    ("abs", 1): _of_number(abs),
    ("sign", 1): _of_number(lambda value: (value > 0) - (value < 0)),
    ("ceil", 1): _of_number(ceil),
    ("ceiling", 1): _of_number(ceil),
    ("floor", 1): _of_number(floor),
    ("trunc", 1): _of_number(int),
    ("mod", 2): _of_integers(_remainder),
    ("&", 2): _of_integers(operator.and_),
    ("|", 2): _of_integers(operator.or_),
    ("#", 2): _of_integers(operator.xor),
    ("<<", 2): _of_integers(_shifted),
    (">>", 2): _of_integers(lambda one, other: _shifted(one, 0) >> min(max(other, 0), 64)),
}
