"""The tokens of PostgreSQL's SQL, as its own scanner and psql's cut them.

One compiled expression finds where a token begins and the ends of the simple ones; what nests or
continues (block comments, literals) is finished by hand. Offsets are code points of the text that
was given.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from outbox_guard.frontends.sql.lexing.literals import BLANK, QUOTED
from outbox_guard.frontends.sql.lexing.tokens import Kind, LexError, Token

# PostgreSQL takes every byte from 0x80 up for a letter, a no-break space included. What is none is
# named here: a range of all the others takes Python's `re` a hundred times as long to compile.
_LETTER = r"[^\x00-@\[-\^`{-\x7f]"
_LETTER_OR_DIGIT = r"[^\x00-/:-@\[-\^`{-\x7f]"
_GOES_ON = r"[^\x00-\x23\x25-/:-@\[-\^`{-\x7f]"  # a word, with a letter, a digit or a dollar

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
    return re.compile(rf"[{BLANK}]*+(?:{_BEGINNINGS % extra})", re.VERBOSE | re.DOTALL)


_SERVER, _PSQL = _scanner(""), _scanner(_PSQL_BEGINNINGS)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_MAY_END_IN_SIGN = frozenset("~!@#%^&|`?")

_DATA_END = re.compile(r"^\\\.[ \t]*(?=[\r\n]|\Z)", re.MULTILINE)
_STDIN = re.compile("stdin", re.IGNORECASE)
_COPY_IN = re.compile(r"\\copy\b.*\bfrom\s+p?stdin\b", re.IGNORECASE)
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
                token = QUOTED[kind](sql, begin, position, stop)
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
