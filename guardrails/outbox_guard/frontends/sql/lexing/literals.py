"""What stands between quotes: where a literal ends, and what it says.

Each in linear time. Offsets are code points of the text that was given.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outbox_guard.frontends.sql.lexing.tokens import LexError, Token

BLANK = r" \t\n\r\f\v\ufeff"  # a byte order mark begins files that were put together from several

# Possessive, so that two quotes at the end of the text are an escape left open, never an end.
_PLAIN_END = re.compile(r"[^']*+(?:''[^']*+)*+'")
_ESCAPED_END = re.compile(r"[^'\\]*+(?:(?:''|\\.)[^'\\]*+)*+'", re.DOTALL)
_NAME_END = re.compile(r'[^"]*+(?:""[^"]*+)*+"')
_TAG = re.compile(r"\$[^$]*\$")
_BLANKS = re.compile(rf"[{BLANK}]*")
_LINE_COMMENT = re.compile(r"--[^\r\n]*")
_UESCAPE = re.compile(r"uescape", re.IGNORECASE)
_UESCAPE_CHARACTER = re.compile(r"'([^'])'")
_QUOTE_ESCAPE = re.compile("''")
_BACKSLASH_ESCAPE = re.compile(
    r"''|\\(?:x(?P<hex2>[0-9a-fA-F]{1,2})|u(?P<hex4>[0-9a-fA-F]{4})|U(?P<hex8>[0-9a-fA-F]{8})"
    r"|(?P<octal>[0-7]{1,3})|(?P<plain>.))",
    re.DOTALL,
)
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SURROGATES = range(0xD800, 0xE000)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text that a literal stands for, and where each of its characters is written."""

    text: str
    offsets: Sequence[int]


def decode(sql: str, token: Token) -> Decoded:
    """What a literal says, with the offset in `sql` of each character of it."""
    if token.kind != "string":
        return Decoded(sql[token.start : token.end], range(token.start, token.end))
    if tag := _TAG.match(sql, token.start, token.end):
        body = range(tag.end(), token.end - len(tag.group()))
        return Decoded(sql[body.start : body.stop], body)
    opened = sql.index("'", token.start, token.end) + 1
    literal = _literal(sql, token.start, opened, token.end)
    offsets: list[int] = []
    pieces: list[str] = []
    for offset, piece in literal.pieces(sql):
        offsets.extend(range(offset, offset + len(piece)))
        pieces.append(piece)
    return Decoded("".join(pieces), offsets)


def _dollar_string(sql: str, begin: int, opened: int, stop: int) -> Token:
    tag = sql[begin:opened]
    closing = sql.find(tag, opened, stop)
    if closing < 0:
        raise LexError(begin, f"unterminated {tag} string")
    return Token("string", begin, closing + len(tag), sql[opened:closing])


def _quoted_string(sql: str, begin: int, opened: int, stop: int) -> Token:
    literal = _literal(sql, begin, opened, stop)
    value = "".join(piece for _, piece in literal.pieces(sql))
    return Token("string", begin, literal.end, value)


def _quoted_name(sql: str, begin: int, opened: int, stop: int) -> Token:
    closing = _NAME_END.match(sql, opened, stop)
    if closing is None:
        raise LexError(begin, "unterminated quoted identifier")
    end = closing.end()
    body = sql[opened : end - 1].replace('""', '"')
    if opened - begin > 1:
        escape, end = _uescape(sql, end, stop)
        body = _unicode_escape(escape).sub(_character, body)
    return Token("name", begin, end, body)


# By the kind of its beginning; each is given where that begins and ends, and where the text stops.
QUOTED = {"string": _quoted_string, "dollar": _dollar_string, "name": _quoted_name}


@dataclass(frozen=True, slots=True)
class _Literal:
    """A quoted literal: its parts (several where it goes on in a further line), its escapes."""

    parts: tuple[tuple[int, int], ...]
    escapes: re.Pattern[str]
    end: int

    def pieces(self, sql: str) -> Iterator[tuple[int, str]]:
        """Offset and text: plain runs as they stand, each escape as the character it means."""
        for start, end in self.parts:
            position = start
            for escape in self.escapes.finditer(sql, start, end):
                if position < escape.start():
                    yield position, sql[position : escape.start()]
                yield escape.start(), _character(escape)
                position = escape.end()
            if position < end:
                yield position, sql[position:end]


def _literal(sql: str, begin: int, opened: int, stop: int) -> _Literal:
    prefix = sql[begin : opened - 1].lower()
    ending = _ESCAPED_END if prefix == "e" else _PLAIN_END
    parts: list[tuple[int, int]] = []
    position: int | None = opened
    while position is not None:
        closing = ending.match(sql, position, stop)
        if closing is None:
            raise LexError(begin, "unterminated string")
        end = closing.end()
        parts.append((position, end - 1))
        position = _continuation(sql, end, stop)
    escapes = _BACKSLASH_ESCAPE if prefix == "e" else _QUOTE_ESCAPE
    if prefix == "u&":
        escape, end = _uescape(sql, end, stop)
        escapes = _unicode_escape(escape)
    return _Literal(tuple(parts), escapes, end)


def _continuation(sql: str, end: int, stop: int) -> int | None:
    """Where a literal goes on that was closed at `end`: after blanks with a line break, a quote."""
    following = _skip_blanks(sql, end, stop)
    if not sql.startswith("'", following, stop):
        return None
    broken = "\n" in sql[end:following] or "\r" in sql[end:following]
    return following + 1 if broken else None


def _skip_blanks(sql: str, position: int, stop: int) -> int:
    """Over blanks and line comments: a loop, as one expression for both would backtrack."""
    while True:
        blanks = _BLANKS.match(sql, position, stop)
        assert blanks is not None
        comment = _LINE_COMMENT.match(sql, blanks.end(), stop)
        if comment is None:
            return blanks.end()
        position = comment.end()


def _uescape(sql: str, end: int, stop: int) -> tuple[str, int]:
    """The escape character of a U& literal that was closed at `end`, and where it ends with it."""
    if keyword := _UESCAPE.match(sql, _skip_blanks(sql, end, stop), stop):
        quoted = _UESCAPE_CHARACTER.match(sql, _skip_blanks(sql, keyword.end(), stop), stop)
        if quoted:
            return quoted.group(1), quoted.end()
    return "\\", end


def _unicode_escape(escape: str) -> re.Pattern[str]:
    character = re.escape(escape)
    return re.compile(
        rf"''|{character}(?:(?P<hex4>[0-9a-fA-F]{{4}})|\+(?P<hex6>[0-9a-fA-F]{{6}})"
        rf"|(?P<plain>{character}))"
    )


def _character(escape: re.Match[str]) -> str:
    kind = escape.lastgroup
    if kind is None:
        return "'"
    code = escape[kind]
    if kind == "plain":
        return _CONTROL.get(code, code)
    number = int(code, 8) & 0xFF if kind == "octal" else int(code, 16)
    if number > sys.maxunicode or number in _SURROGATES:
        return "\N{REPLACEMENT CHARACTER}"
    return chr(number)
