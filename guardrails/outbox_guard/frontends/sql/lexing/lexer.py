"""The tokens of PostgreSQL's SQL, as its own scanner and psql's cut them.

One compiled expression finds where a token begins and the ends of the simple ones; what nests or
continues (block comments, literals) is finished by hand, each in linear time. Offsets are code
points of the text that was given.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal[
    "word",  # keyword or unquoted identifier; value folded as PostgreSQL folds it
    "name",  # quoted identifier; value decoded, case kept
    "string",  # literal in any quotes; value decoded
    "number",
    "param",  # $1
    "mark",  # ( ) [ ] , ; . : :: := .. =>
    "operator",
    "variable",  # psql's :x, :'x', :"x", :{?x}
    "meta",  # psql's backslash command, to the end of its line
    "data",  # the lines after COPY … FROM STDIN, without the final \.
    "comment",  # only where it is asked for
    "bad",  # a character that begins nothing
]


class Token(NamedTuple):
    """A token. A tuple rather than a dataclass because a dump has millions of them."""

    kind: Kind
    start: int
    end: int  # exclusive
    value: str

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.value in words

    def is_mark(self, *marks: str) -> bool:
        return self.kind == "mark" and self.value in marks

    @property
    def is_identifier(self) -> bool:
        return self.kind in ("word", "name")


class LexError(ValueError):
    """A construct that is opened and never closed."""

    def __init__(self, offset: int, what: str) -> None:
        super().__init__(f"{what} at offset {offset}")
        self.offset = offset
        self.what = what


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text that a literal stands for, and where each of its characters is written."""

    text: str
    offsets: Sequence[int]


# PostgreSQL takes every byte from 0x80 up for a letter, a no-break space included. What is none is
# named here: a range of all the others takes Python's `re` a hundred times as long to compile.
_LETTER = r"[^\x00-@\[-\^`{-\x7f]"
_LETTER_OR_DIGIT = r"[^\x00-/:-@\[-\^`{-\x7f]"
_GOES_ON = r"[^\x00-\x23\x25-/:-@\[-\^`{-\x7f]"  # a word, with a letter, a digit or a dollar
_BLANK = r" \t\n\r\f\v\ufeff"  # a byte order mark begins files that were put together from several

_BEGINNINGS = rf"""
 (?P<string>(?:[eEnNbBxX]|[uU]&)?')
|(?P<name>(?:[uU]&)?")
|(?P<word>{_LETTER}{_GOES_ON}*)
|(?P<dollar>\$(?:{_LETTER}{_LETTER_OR_DIGIT}*)?\$)
|(?P<param>\$[0-9]+)
|(?P<number>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+
    |(?:[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)
|(?P<comment>--[^\r\n]*|/\*)
%s
|(?P<mark>::|:=|\.\.|[()\[\],;:.])
|(?P<operator>(?:(?!--|/\*)[+\-*/<>=~!@\#%%^&|`?])+)
|(?P<bad>.)
"""
# A command ends at its line's end or at \\, but not inside quotes; an open quote takes its line.
_PSQL_BEGINNINGS = rf"""
|(?P<variable>:(?:'{_LETTER_OR_DIGIT}+'|"{_LETTER_OR_DIGIT}+"|{_LETTER}{_LETTER_OR_DIGIT}*)
    |:\{{\?{_LETTER_OR_DIGIT}+\}})
|(?P<meta>\\[;\\]|\\(?:copy\b|!)[^\r\n]*
    |\\(?:'(?:[^'\\\r\n]|\\[^\r\n])*'?|"[^"\r\n]*"?|`[^`\r\n]*`?|(?!\\\\)[^\r\n])*)
"""


def _scanner(extra: str) -> re.Pattern[str]:
    return re.compile(rf"[{_BLANK}]*+(?:{_BEGINNINGS % extra})", re.X | re.S)


_SERVER, _PSQL = _scanner(""), _scanner(_PSQL_BEGINNINGS)
# Possessive, so that two quotes at the end of the text are an escape left open, never an end.
_PLAIN_END = re.compile(r"[^']*+(?:''[^']*+)*+'")
_ESCAPED_END = re.compile(r"[^'\\]*+(?:(?:''|\\.)[^'\\]*+)*+'", re.S)
_NAME_END = re.compile(r'[^"]*+(?:""[^"]*+)*+"')
_TAG = re.compile(r"\$[^$]*\$")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_BLANKS = re.compile(rf"[{_BLANK}]*")
_LINE_COMMENT = re.compile(r"--[^\r\n]*")
_UESCAPE = re.compile(r"uescape", re.I)
_UESCAPE_CHARACTER = re.compile(r"'([^'])'")
_QUOTE_ESCAPE = re.compile("''")
_BACKSLASH_ESCAPE = re.compile(
    r"''|\\(?:x(?P<hex2>[0-9a-fA-F]{1,2})|u(?P<hex4>[0-9a-fA-F]{4})|U(?P<hex8>[0-9a-fA-F]{8})"
    r"|(?P<octal>[0-7]{1,3})|(?P<plain>.))",
    re.S,
)
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_SURROGATES = range(0xD800, 0xE000)
_MAY_END_IN_SIGN = frozenset("~!@#%^&|`?")

_DATA_END = re.compile(r"^\\\.[ \t]*(?=[\r\n]|\Z)", re.M)
_STDIN = re.compile("stdin", re.I)
_COPY_IN = re.compile(r"\\copy\b.*\bfrom\s+p?stdin\b", re.I)
_SENDING = re.compile(r"\\(?:g|gx|gset|gexec|gdesc|crosstabview|watch|bind|sendpipeline|parse)\b")


def fold(word: str) -> str:
    """An unquoted identifier in lower case, as PostgreSQL does it: A to Z only, İ stays."""
    return word.translate(_LOWER)


def sends(token: Token) -> bool:
    r"""Whether this is one of psql's commands that send the statement before them (\g and kin)."""
    return token.kind == "meta" and _SENDING.match(token.value) is not None


def lex(sql: str, *, start: int = 0, end: int | None = None, psql: bool = False) -> list[Token]:
    """All tokens of sql[start:end]; LexError where something is opened and never closed."""
    return list(scan(sql, start=start, end=end, psql=psql))


def scan(
    sql: str, *, start: int = 0, end: int | None = None, psql: bool = False, comments: bool = False
) -> Iterator[Token]:
    """The tokens of sql[start:end] one by one, so those before an error are had first."""
    stop = len(sql) if end is None else min(end, len(sql))
    if psql and _STDIN.search(sql, start, stop):
        return _scan_psql(sql, start, stop, comments)
    return _scan(_PSQL if psql else _SERVER, sql, start, stop, comments)


def comments(
    sql: str, *, start: int = 0, end: int | None = None, psql: bool = False
) -> Iterator[tuple[int, int]]:
    """Where the comments between tokens begin and end, both `--` and `/* */`."""
    for token in scan(sql, start=start, end=end, psql=psql, comments=True):
        if token.kind == "comment":
            yield token.start, token.end


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


def _scan(
    scanner: re.Pattern[str], sql: str, start: int, stop: int, comments: bool
) -> Iterator[Token]:
    position = start
    while found := scanner.match(sql, position, stop):
        kind = found.lastgroup
        assert kind is not None
        begin, position = found.span(kind)
        text = sql[begin:position]
        match kind:
            case "word":
                yield Token("word", begin, position, text.lower() if text.isascii() else fold(text))
            case "mark" | "number" | "param" | "variable" | "meta" | "bad":
                yield Token(kind, begin, position, text)
            case "string" | "dollar" | "name":
                token = _QUOTED[kind](sql, begin, position, stop)
                position = token.end
                yield token
            case "comment":
                if text == "/*":
                    position = _block_comment_end(sql, begin, stop)
                if comments:
                    yield Token("comment", begin, position, sql[begin:position])
            case "operator":
                yield from _operators(begin, text)


def _scan_psql(sql: str, start: int, stop: int, comments: bool) -> Iterator[Token]:
    """As psql reads a file: what follows COPY … FROM STDIN is data, up to a line that is \\."""
    position: int | None = start
    while position is not None:
        data = yield from _scan_to_data(sql, position, stop, comments)
        if data is None:
            return
        yield Token("data", *data, sql[data[0] : data[1]])
        ending = _DATA_END.match(sql, data[1], stop)
        position = ending.end() if ending else stop


def _scan_to_data(
    sql: str, start: int, stop: int, comments: bool
) -> Generator[Token, None, tuple[int, int] | None]:
    """The tokens up to the next block of data; returns where that is, None when there is none."""
    opening = previous = ""  # the statement's first word and the last one
    reads = lacks_end = False
    for token in _scan(_PSQL, sql, start, stop, comments):
        yield token
        if token.kind == "word":
            opening = opening or token.value
            if opening == "copy" and previous == "from" and token.value in ("stdin", "pstdin"):
                reads = True
            previous = token.value
        elif token.kind == "meta" or token.is_mark(";"):
            if (reads or _COPY_IN.match(token.value)) and not lacks_end:
                if block := _data_after(sql, token.end, stop):
                    yield from _scan(_PSQL, sql, token.end, block[0], comments)
                    return block
                lacks_end = True  # so does every later one: do not look to the end again
            if token.is_mark(";") or sends(token):
                opening, reads = "", False
    return None


def _data_after(sql: str, offset: int, stop: int) -> tuple[int, int] | None:
    """The lines after this one up to a line that is \\., if there is one: else it is no data."""
    newline = sql.find("\n", offset, stop)
    ending = _DATA_END.search(sql, newline + 1, stop) if newline >= 0 else None
    return (newline + 1, ending.start()) if ending else None


def _operators(begin: int, text: str) -> Iterator[Token]:
    """+ and - at its end are signs, unless the operator has a character that may come before."""
    signs = len(text)
    if len(text) > 1 and _MAY_END_IN_SIGN.isdisjoint(text):
        signs = len(text.rstrip("+-"))
    if operator := text[:signs]:
        kind: Kind = "mark" if operator == "=>" else "operator"
        yield Token(kind, begin, begin + signs, operator)
    for offset in range(signs, len(text)):
        yield Token("operator", begin + offset, begin + offset + 1, text[offset])


def _block_comment_end(sql: str, begin: int, stop: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(sql, begin, stop):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    raise LexError(begin, "unterminated comment")


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


_QUOTED = {"string": _quoted_string, "dollar": _dollar_string, "name": _quoted_name}


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
