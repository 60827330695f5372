"""A string literal's text, and where in the file each of its characters stands."""

from __future__ import annotations

import re
import sys
import unicodedata

_ESCAPE = re.compile(
    r"\\(?:(?P<line>\r\n|\n|\r)|(?P<octal>[0-7]{1,3})|x(?P<x>[0-9a-fA-F]{2})"
    r"|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|N\{(?P<name>[^}]+)\}|(?P<one>.))",
    re.DOTALL,
)
_ONE = {"\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r"}
_ONE |= {"t": "\t", "v": "\v"}
_BRACES = re.compile(r"\{\{|\}\}")

Offsets = range | tuple[int, ...]


def decode(body: str, start: int, *, raw: bool, braces: bool = False) -> tuple[str, Offsets]:
    """The text that `body`, at offset `start`, stands for, and each character's offset.

    `raw` leaves backslashes alone; `braces` undoubles them, as in an f-string.
    """
    escapes = not raw and "\\" in body
    if not escapes and not (braces and _BRACES.search(body)):
        return body, range(start, start + len(body))
    text: list[str] = []
    offsets: list[int] = []
    at = 0
    while at < len(body):
        match = _ESCAPE.match(body, at) if escapes and body[at] == "\\" else None
        if match is not None:
            text_here, length = _unescape(match), match.end() - at
        elif braces and _BRACES.match(body, at):
            text_here, length = body[at], 2
        else:
            text_here, length = body[at], 1
        text.append(text_here)
        offsets.extend([start + at] * len(text_here))
        at += length
    return "".join(text), tuple(offsets)


def _unescape(match: re.Match[str]) -> str:
    kind = match.lastgroup or "one"
    value = match[kind]
    match kind:
        case "line":
            return ""
        case "octal":
            return chr(int(value, 8))
        case "x" | "u" | "U":
            number = int(value, 16)
            return chr(number) if number <= sys.maxunicode else "\ufffd"
        case "name":
            try:
                return unicodedata.lookup(value)
            except KeyError:  # not a name that this interpreter knows
                return "\ufffd"
    return _ONE.get(value, match.group())
