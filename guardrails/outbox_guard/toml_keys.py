"""Where the keys of a TOML document stand in its text."""

from __future__ import annotations

import re
from collections.abc import Iterator

Key = tuple[str, ...]
Range = tuple[int, int]

_TOKEN = re.compile(
    r"""
    (?P<gap> [ \t]+ | \#[^\n]* )
  | (?P<line> \r?\n )
  | (?P<text> \"\"\" (?: \\. | [^\\] )*? \"\"\" \"{0,2} | ''' .*? ''' '{0,2} )
  | (?P<name> " (?: \\. | [^"\\\n] )* " | ' [^'\n]* ' | [^\s\#\[\]{}=,."']+ )
  | (?P<mark> . )
    """,
    re.VERBOSE | re.DOTALL,
)

_OPENS, _CLOSES = "[{", "]}"


def key_ranges(text: str) -> dict[Key, Range]:
    """The range of each key and each table header, where it first stands.

    Of a dotted key it is the range of all its parts. Keys inside arrays have none. The text must be
    TOML; of other text, what is found means nothing.
    """
    tokens = [token for token in _TOKEN.finditer(text) if token.lastgroup != "gap"]
    found: dict[Key, Range] = {}
    for key, where in _Reader(tokens).document():
        found.setdefault(key, where)
    return found


class _Reader:
    """One pass over the tokens."""

    def __init__(self, tokens: list[re.Match[str]]) -> None:
        self.tokens = tokens
        self.next = 0

    def document(self) -> Iterator[tuple[Key, Range]]:
        table: Key = ()
        while token := self._take():
            if token.group() == "[":
                self._skip("[")
                table, where = self._key()
                yield table, where
                self._rest_of_line()
            elif token.lastgroup == "name":
                self.next -= 1
                yield from self._pair(table)
                self._rest_of_line()

    def _pair(self, table: Key) -> Iterator[tuple[Key, Range]]:
        """`key = value`, and the pairs inside of a value that is an inline table."""
        key, where = self._key()
        yield table + key, where
        self._skip("=")
        if self._skip("{"):
            yield from self._inline(table + key)
        elif self._skip("["):
            self._close()

    def _inline(self, table: Key) -> Iterator[tuple[Key, Range]]:
        while token := self._take():
            if token.group() == "}":
                return
            if token.lastgroup == "name":
                self.next -= 1
                yield from self._pair(table)
                self._value_to_comma()

    def _value_to_comma(self) -> None:
        """The rest of a plain value; a number or a date is several names and marks."""
        while (token := self._peek()) and token.group() not in (",", "}"):
            self.next += 1

    def _key(self) -> tuple[Key, Range]:
        start = self.next
        while (token := self._peek()) and (token.lastgroup == "name" or token.group() == "."):
            self.next += 1
        parts = self.tokens[start : self.next]
        names = tuple(_unquoted(part.group()) for part in parts if part.lastgroup == "name")
        return names, (parts[0].start(), parts[-1].end()) if parts else (0, 0)

    def _close(self) -> None:
        """To the end of an array whose bracket has been taken."""
        depth = 1
        while depth and (token := self._take()):
            if token.lastgroup == "mark":
                depth += (token.group() in _OPENS) - (token.group() in _CLOSES)

    def _rest_of_line(self) -> None:
        while (token := self._take()) and token.lastgroup != "line":
            pass

    def _peek(self) -> re.Match[str] | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def _take(self) -> re.Match[str] | None:
        token = self._peek()
        self.next += token is not None
        return token

    def _skip(self, mark: str) -> bool:
        token = self._peek()
        here = token is not None and token.group() == mark
        self.next += here
        return here


def _unquoted(name: str) -> str:
    """A key as TOML reads it."""
    if name[0] == "'":
        return name[1:-1]
    if name[0] == '"':
        return re.sub(r"\\(u.{4}|U.{8}|.)", _unescaped, name[1:-1])
    return name


_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def _unescaped(escape: re.Match[str]) -> str:
    letter, digits = escape.group(1)[0], escape.group(1)[1:]
    return chr(int(digits, 16)) if digits else _ESCAPES.get(letter, letter)


def nearest(ranges: dict[Key, Range], key: Key) -> Range | None:
    """Where the key stands, or else the innermost table around it that is written down."""
    parents = (key[:size] for size in range(len(key), 0, -1))
    return next((ranges[parent] for parent in parents if parent in ranges), None)
