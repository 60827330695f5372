"""Texts that an expression may give, of which parts are unknown; PostgreSQL's functions on them.

Every character keeps the offset at which it is written, so a finding in SQL that is put together of
three literals points into the right one. Past the bounds a text is a hole, which means unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, product

from outbox_guard.frontends.sql.lexing.text import Hole, HoleKind, SqlText
from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.frontends.sql.values import documents, text_functions
from outbox_guard.frontends.sql.values.choices import NO_PICKS, Choice, Picks, is_listed, together
from outbox_guard.frontends.sql.values.choices import subscripted as by_subscript
from outbox_guard.frontends.sql.values.kinds import Value, text

_MOST_TEXTS = 128
_LONGEST = 200_000
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_$]*")
_FORMAT = re.compile(
    r"%(?:(?P<position>\d{1,4})\$)?-?(?:\d+|\*\d+\$|(?P<width>\*))?(?P<type>[sIL%])"
)


@dataclass(frozen=True, slots=True)
class Folded:
    """One text that an expression may give."""

    text: str = ""
    offsets: Sequence[int] = ()  # where each character is written; of a hole: its expression
    holes: tuple[Hole, ...] = ()
    picks: Picks = NO_PICKS  # by which it is this text

    @property
    def is_opaque(self) -> bool:
        """Whether nothing at all is known of it."""
        return any((hole.start, hole.end) == (0, len(self.text)) for hole in self.holes)

    def sql(self, written_in: SqlText) -> SqlText:
        return written_in.derived(self.text, self.offsets, self.holes)

    def part(self, start: int, end: int) -> Folded:
        """Its characters from start to end, which cut no hole in two."""
        holes = (
            replace(hole, start=hole.start - start, end=hole.end - start)
            for hole in self.holes
            if start <= hole.start and hole.end <= end
        )
        return Folded(self.text[start:end], self.offsets[start:end], tuple(holes), self.picks)


Texts = tuple[Folded, ...]  # every text that it may be: at least one


def unknown(offset: int, kind: HoleKind = "unknown") -> Folded:
    """A text of which nothing is known, from the expression that is written at `offset`."""
    name = f"_hole_{offset}_"
    return Folded(name, (offset,) * len(name), (Hole(0, len(name), kind),))


def as_computed(value: Value, offset: int) -> Texts:
    """Texts that are known only as the values of the expression that is written at `offset`."""
    if len(value.cases) > _MOST_TEXTS:
        return (unknown(offset),)
    cases = sorted(value.cases, key=lambda case: (case[0], sorted(case[1], key=str)))
    return tuple(Folded(text, (offset,) * len(text), (), picks) for text, picks in cases)


def joined(parts: Sequence[Texts]) -> Texts:
    """The parts one after the other, in all the ways that their alternatives allow."""
    ways = _ways(parts)
    if len(ways) > _MOST_TEXTS:
        ways = _ways([p if len(p) == 1 else (unknown(_origin(p)),) for p in parts])
    return _distinct(map(_join, ways)) or (unknown(_origin(list(chain.from_iterable(parts)))),)


def _ways(parts: Sequence[Texts]) -> list[tuple[Folded, ...]]:
    """A piece of each part, in all ways that go together, or in more than are looked at."""
    found: list[tuple[tuple[Folded, ...], Picks]] = [((), NO_PICKS)]
    for part in parts:
        if len(found) > _MOST_TEXTS:
            break
        found = [
            ((*pieces, piece), both)
            for pieces, picks in found
            for piece in part
            if (both := together(picks, piece.picks)) is not None
        ]
    return [pieces for pieces, _ in found]


def _join(pieces: Sequence[Folded]) -> Folded:
    if sum(len(piece.text) for piece in pieces) > _LONGEST:
        return unknown(_origin(pieces))
    holes: list[Hole] = []
    length = 0
    for piece in pieces:
        for hole in piece.holes:
            holes.append(replace(hole, start=hole.start + length, end=hole.end + length))
        length += len(piece.text)
    offsets = tuple(chain.from_iterable(piece.offsets for piece in pieces))
    picks = NO_PICKS.union(*(piece.picks for piece in pieces))
    return Folded("".join(piece.text for piece in pieces), offsets, tuple(holes), picks)


def _origin(pieces: Sequence[Folded]) -> int:
    return next((piece.offsets[0] for piece in pieces if piece.offsets), 0)


def _distinct(texts: Iterable[Folded]) -> Texts:
    distinct: dict[tuple[str, Picks], Folded] = {}
    for folded in texts:
        distinct.setdefault((folded.text, folded.picks), folded)
    return tuple(distinct.values())


def alternatives(several: Sequence[Texts]) -> Texts:
    texts = _distinct(chain.from_iterable(several))
    return texts if 0 < len(texts) <= _MOST_TEXTS else (unknown(_origin(texts)),)


def told_apart(texts: Texts, choice: Choice) -> Texts:
    """Alternatives that a variable is given: whoever asks it twice finds the same one."""
    if len(texts) == 1 or any(is_listed(each.picks) for each in texts):
        return texts
    return tuple(replace(each, picks=each.picks | {(choice, each.text)}) for each in texts)


Function = Callable[[Sequence[Texts]], Texts | None]  # None where the arguments tell too little


def called(name: str, arguments: Sequence[Texts]) -> Texts | None:
    """What a function gives, where that is known."""
    function = _FUNCTIONS.get(name)
    return function(arguments) if function and arguments else None


def _format(arguments: Sequence[Texts]) -> Texts:
    return alternatives([joined(list(_filled(each, arguments))) for each in arguments[0]])


def _filled(template: Folded, arguments: Sequence[Texts]) -> Iterator[Texts]:
    """The parts of a format() string, its %s, %I and %L given their arguments."""
    position, following = 0, 1
    for directive in _FORMAT.finditer(template.text):
        yield (template.part(position, directive.start()),)
        position = directive.end()
        kind = directive["type"]
        if kind == "%":
            yield (template.part(position - 1, position),)
            continue
        following += directive["width"] is not None
        index = int(directive["position"] or following)
        following = index + 1
        missing = (unknown(template.offsets[directive.start()]),)
        argument = arguments[index] if 0 < index < len(arguments) else missing
        yield _QUOTES[kind](argument)
    yield (template.part(position, len(template.text)),)


def _as_is(texts: Texts) -> Texts:
    return texts


def _as_name(texts: Texts) -> Texts:
    return tuple(
        each if _PLAIN_NAME.fullmatch(each.text) else _quoted(each, '"')
        for each in _opaque_as("identifier", texts)
    )


def _as_literal(texts: Texts) -> Texts:
    return tuple(
        each if each.is_opaque else _quoted(each, "'") for each in _opaque_as("value", texts)
    )


def _opaque_as(kind: HoleKind, texts: Texts) -> Iterator[Folded]:
    """An unknown text that is quoted is a whole name or a whole value."""
    for each in texts:
        yield unknown(each.offsets[0], kind) if each.is_opaque else each


def _quoted(folded: Folded, quote: str) -> Folded:
    mark = Folded(quote, (_origin([folded]),))
    pieces = [mark]
    position = 0
    for found in re.finditer(quote, folded.text):
        pieces += folded.part(position, found.end()), mark
        position = found.end()
    return _join([*pieces, folded.part(position, len(folded.text)), mark])


def _concat_ws(arguments: Sequence[Texts]) -> Texts:
    separator, *texts = arguments
    between = [part for text in texts for part in (separator, text)]
    return joined(between[1:])


def _replace(arguments: Sequence[Texts]) -> Texts | None:
    """replace(text, from, to), where both are known to the last character."""
    match arguments:
        case [texts, froms, tos]:
            pass
        case _:
            return None
    results: list[Texts] = []
    for whole, from_ in product(texts, froms):
        if whole.holes or from_.holes or not from_.text:
            return None
        results.append(joined(list(_with_replaced(whole, from_.text, tos))))
    return alternatives(results)


def _with_replaced(text: Folded, from_: str, tos: Texts) -> Iterator[Texts]:
    position = 0
    for found in re.finditer(re.escape(from_), text.text):
        yield (text.part(position, found.start()),)
        yield tos
        position = found.end()
    yield (text.part(position, len(text.text)),)


def _changed(change: Callable[[str], str]) -> Function:
    """A function that maps each character to one character."""

    def read(arguments: Sequence[Texts]) -> Texts | None:
        texts = arguments[0]
        if any(each.holes or len(change(each.text)) != len(each.text) for each in texts):
            return None
        return tuple(replace(each, text=change(each.text)) for each in texts)

    return read


def _trimmed(strip: Callable[[str, str], str]) -> Function:
    """A function that takes blanks, and nothing else, from an end."""

    def read(arguments: Sequence[Texts]) -> Texts | None:
        if len(arguments) > 1:
            return None
        return tuple(_cut(each, strip(each.text, " ")) for each in arguments[0])

    return read


def _cut(folded: Folded, kept: str) -> Folded:
    start = folded.text.index(kept)
    return folded.part(start, start + len(kept))


def _computed(function: Callable[..., Iterable[str]]) -> Function:
    """A function that makes another text of texts that are known to the last character."""

    def read(arguments: Sequence[Texts]) -> Texts | None:
        if any(each.holes for texts in arguments for each in texts):
            return None
        results: list[Texts] = []
        for way in _ways(arguments):
            whole = _join(way)
            with suppress(ValueError, TypeError):
                made = function(*(piece.text for piece in way))
                at = _origin(way)
                results.append(tuple(replace(whole, text=t, offsets=(at,) * len(t)) for t in made))
        return alternatives(results) if any(results) else None

    return read


def part(document: Texts, key: Texts) -> Texts:
    """document ->> key"""
    return _PART((document, key)) or (unknown(_origin(document)),)


def subscripted(array: Texts, index: Texts, last: Token) -> Texts:
    """array[index], by a number or by a variable, which is the last token of the index."""
    listed = any(is_listed(each.picks) for each in array)
    number = index[0].text if len(index) == 1 and not index[0].holes else ""
    at = int(number) - 1 if number.isdecimal() else last.value
    met = ((each, by_subscript(each.picks, at)) for each in array) if listed else ()
    found = tuple(replace(each, picks=picks) for each, picks in met if picks is not None)
    return found or (unknown(_origin(array)),)


def _one(function: Callable[..., str]) -> Function:
    return _computed(lambda *texts: (function(*texts),))


def _chr(arguments: Sequence[Texts]) -> Texts | None:
    (number, *others) = arguments[0]
    if others or number.holes or not re.fullmatch("[1-9][0-9]{0,2}", number.text):
        return None
    return (Folded(chr(int(number.text)), (_origin([number]),)),)


_QUOTES = {"s": _as_is, "I": _as_name, "L": _as_literal}
_PART = _computed(lambda document, key: documents.part(text(document), text(key)).texts)
_FUNCTIONS: Mapping[str, Function] = {
    "btrim": _trimmed(str.strip),
    "cast": lambda arguments: arguments[0],
    "chr": _chr,
    "coalesce": alternatives,
    "concat": joined,
    "concat_ws": _concat_ws,
    "format": _format,
    "lower": _changed(str.lower),
    "ltrim": _trimmed(str.lstrip),
    "quote_ident": lambda arguments: _as_name(arguments[0]),
    "quote_literal": lambda arguments: _as_literal(arguments[0]),
    "quote_nullable": lambda arguments: _as_literal(arguments[0]),
    "initcap": _one(str.title),
    "left": _one(text_functions.left),
    "repeat": _one(text_functions.repeat),
    "replace": _replace,
    "right": _one(text_functions.right),
    "rtrim": _trimmed(str.rstrip),
    "split_part": _one(text_functions.split_part),
    "substr": _one(text_functions.substring),
    "substring": _one(text_functions.substring),
    "to_regclass": lambda arguments: arguments[0],
    "translate": _one(text_functions.translate),
    "trim": _trimmed(str.strip),
    "upper": _changed(str.upper),
}
