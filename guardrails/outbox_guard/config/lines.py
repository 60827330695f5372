"""On which line each key of a TOML text stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

Key = tuple[str | int, ...]  # a number counts the elements of a list

_TOKEN = re.compile(
    r"""
    (?P<string> \"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*' )
  | (?P<comment> \#[^\n]* )
  | (?P<mark> [][{}=,.\n] )
  | (?P<word> [^][{}=,.\n\s\#"']+ )
    """,
    re.X | re.S,
)


class _Tokens:
    """The tokens of a text that tomllib took, one at a time, with their lines."""

    def __init__(self, text: str) -> None:
        self._rest = self._numbered(text)
        self.advance()

    @staticmethod
    def _numbered(text: str) -> Iterator[tuple[str, int]]:
        line, seen = 1, 0
        for match in _TOKEN.finditer(text):
            line += text.count("\n", seen, match.start())
            seen = match.start()
            if match.lastgroup != "comment":
                yield match[0], line

    def advance(self) -> str:
        """Go to the next token; what was there."""
        before = getattr(self, "now", "")
        self.now, self.line = next(self._rest, ("", 0))
        return before

    def skip(self, marks: str) -> None:
        while self.now and self.now in marks:
            self.advance()

    def key(self, end: str) -> Key:
        """The parts of a dotted key, up to and with the mark that ends it."""
        parts: list[str] = []
        while self.now not in ("", end):
            token = self.advance()
            if token != ".":
                parts.append(_unquoted(token))
        self.skip(end)
        return tuple(parts)


def _unquoted(token: str) -> str:
    if token[0] not in "\"'":
        return token
    import tomllib  # keys are seldom quoted, lines seldom asked for

    return str(tomllib.loads(f"key = {token}")["key"])


def key_lines(text: str) -> dict[Key, int]:
    """The first line of each key, table and list element of a text that is TOML."""
    tokens = _Tokens(text)
    lines: dict[Key, int] = {}
    table: Key = ()
    tokens.skip("\n")
    while tokens.now:
        line = tokens.line
        if tokens.now == "[":
            tokens.skip("[")
            table = tokens.key("]")
            lines.setdefault(table, line)
        else:
            key = table + tokens.key("=")
            lines.setdefault(key, line)
            lines |= _value(tokens, key)
        tokens.skip("\n")
    return lines


def _value(tokens: _Tokens, key: Key) -> dict[Key, int]:
    """Go past a value, whose key is given; the lines of what is inside it."""
    match tokens.now:
        case "[":
            return _members(tokens, key, "]")
        case "{":
            return _members(tokens, key, "}")
    while tokens.now and tokens.now not in ",]}\n":
        tokens.advance()
    return {}


def _members(tokens: _Tokens, key: Key, end: str) -> dict[Key, int]:
    lines: dict[Key, int] = {}
    tokens.advance()
    tokens.skip("\n,")
    count = 0
    while tokens.now not in ("", end):
        line = tokens.line
        member = (*key, count) if end == "]" else key + tokens.key("=")
        lines[member] = line
        lines |= _value(tokens, member)
        tokens.skip("\n,")
        count += 1
    tokens.advance()
    return lines
