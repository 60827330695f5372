"""What COPY … FROM is told: the table, its columns, and how its data is written."""

from __future__ import annotations

from dataclasses import dataclass

from outbox_guard.frontends.sql.lexing.phrases import (
    Tokens,
    find_word,
    name_at,
    skip_words,
    words_at,
)
from outbox_guard.frontends.sql.lexing.tokens import Token


@dataclass(frozen=True, slots=True)
class CopyIn:
    """COPY table [(columns)] FROM …"""

    verb: Token
    table: str
    columns: tuple[str, ...]
    inline: bool  # FROM STDIN: the data may follow in the file
    delimiter: str = "\t"
    unknown: bool = False  # the table's name is not known


def copied(tokens: Tokens, unknown: frozenset[int]) -> CopyIn | None:
    """The COPY … FROM that a statement is."""
    start = skip_words(tokens, 1, "binary")
    name = name_at(tokens, start)
    source = find_word(tokens, "from", start)
    if name is None or source is None or not words_at(tokens, 0, "copy"):
        return None
    columns: tuple[str, ...] = ()
    if tokens[name.end].is_mark("("):
        columns = tuple(t.value for t in tokens[name.end + 1 : source] if t.is_identifier)
    rest = tokens[source + 1 :]
    return CopyIn(
        tokens[0],
        name.value,
        columns,
        inline=words_at(rest, 0, "stdin") or words_at(rest, 0, "pstdin"),
        delimiter=_delimiter(rest),
        unknown=tokens[start].start in unknown,
    )


def _delimiter(options: Tokens) -> str:
    """[DELIMITER [AS] 'x']; a tab in text format, a comma in CSV."""
    for index, token in enumerate(options):
        if token.is_word("delimiter", "delimiters"):
            at = skip_words(options, index + 1, "as")
            if at < len(options) and options[at].kind == "string":
                return options[at].value or "\t"
    return "," if any(token.is_word("csv") for token in options) else "\t"
