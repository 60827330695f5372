"""Where the keys of a TOML text stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

Key = tuple[str | int, ...]  # a number counts the elements of a list
Range = tuple[int, int]

_TOKEN = re.compile(
    r"""
    (?P<comment> \#[^\n]* )
  | (?P<string> \"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*' )
  | (?P<mark> [][{}=,.\n] )
  | (?P<word> [^][{}=,.\n\s\#"']+ )
    """,
    re.VERBOSE | re.DOTALL,
)


def key_ranges(text: str) -> dict[Key, Range]:
    """The range of each key and each table's name, where it first stands.

    Of a dotted key it is the range of all its parts, of an element of a list its first token. The
    text must be TOML.
    """
    found: dict[Key, Range] = {}
    for key, where in _Tokens(text).document():
        found.setdefault(key, where)
    return found


def nearest(ranges: dict[Key, Range], key: Key) -> Range | None:
    """Where the key stands, or else the innermost table around it that is written down."""
    outward = (key[:size] for size in range(len(key), 0, -1))
    return next((ranges[each] for each in outward if each in ranges), None)


class _Tokens:
    """One pass over a text that tomllib took."""

    def __init__(self, text: str) -> None:
        self._rest = (each for each in _TOKEN.finditer(text) if each.lastgroup != "comment")
        self.now = ""
        self.span: Range = (0, 0)
        self._advance()

    def document(self) -> Iterator[tuple[Key, Range]]:
        table: Key = ()
        self._skip("\n")
        while self.now:
            if self.now == "[":
                self._skip("[")
                table, where = self._key()
                self._skip("]")
                yield table, where
            else:
                yield from self._pair(table)
            self._skip("\n")

    def _pair(self, table: Key) -> Iterator[tuple[Key, Range]]:
        key, where = self._key()
        yield table + key, where
        self._skip("=")
        yield from self._inside(table + key)

    def _inside(self, key: Key) -> Iterator[tuple[Key, Range]]:
        """Go past the value of a key; the keys in it, where it is a list or a table."""
        if self.now not in ("[", "{"):
            while self.now and self.now not in ",]}\n":
                self._advance()
            return
        end = "]" if self.now == "[" else "}"
        self._advance()
        self._skip("\n,")
        count = 0
        while self.now not in ("", end):
            if end == "}":
                yield from self._pair(key)
            else:
                yield (*key, count), self.span
                yield from self._inside((*key, count))
            self._skip("\n,")
            count += 1
        self._advance()

    def _key(self) -> tuple[Key, Range]:
        """A dotted key, and its range."""
        parts: list[str] = []
        start, end = self.span
        while self.now not in ("", "=", "]"):
            _, end = self.span
            if self.now != ".":
                parts.append(_unquoted(self.now))
            self._advance()
        return tuple(parts), (start, end)

    def _advance(self) -> None:
        match = next(self._rest, None)
        self.now, self.span = (match[0], match.span()) if match else ("", (0, 0))

    def _skip(self, marks: str) -> None:
        while self.now and self.now in marks:
            self._advance()


def _unquoted(part: str) -> str:
    if part[0] not in "\"'":
        return part
    import tomllib  # keys are seldom quoted

    return str(tomllib.loads(f"key = {part}")["key"])
