"""The tokens that SQL is cut into."""

from __future__ import annotations

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
