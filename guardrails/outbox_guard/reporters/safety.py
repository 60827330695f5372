"""Text that a file of unknown intent may have shaped, made harmless for whoever reads it."""

from __future__ import annotations

import json
import re
import unicodedata

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def printable(text: str) -> str:
    r"""What is not a visible character or a space, spelt out: ESC as \x1b, a line feed as \n.

    No escape sequence reaches a terminal, no line break splits a record, no character that
    turns the direction of writing hides code, and none is left that XML forbids.
    """
    if text.isprintable():
        return text
    return "".join(char if _is_visible(char) else _spelt_out(char) for char in text)


def _is_visible(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) == "Zs"


def _spelt_out(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def encodable(text: str) -> str:
    """Lone surrogates, which a file name may hold and UTF-8 may not, as U+FFFD."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def json_text(value: object) -> str:
    """Indented JSON that any strict reader of UTF-8 takes."""
    return encodable(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"
