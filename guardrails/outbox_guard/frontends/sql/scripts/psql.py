"""psql's own commands: what they give to its variables, and those that hand on SQL."""

from __future__ import annotations

import re
from dataclasses import replace

from outbox_guard.frontends.sql.lexing.lexer import LexError, Token, fold, lex
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.values.kinds import Rows, Scope, Value, scalar

_WORD = re.compile(r"\w+")
_GSET = re.compile(r"\\gset\b[ \t]*(?P<prefix>\w*)")
_GEXEC = re.compile(r"\\gexec\b")
_COPY = re.compile(r"\\copy\b", re.IGNORECASE)
_SET = re.compile(r"\\set[ \t]+(?P<name>\w+)[ \t]+'?(?P<text>[^'\r\n]*)")


def runs_rows(command: str) -> bool:
    r"""Whether it runs what the query before it returned: \gexec."""
    return _GEXEC.match(command) is not None


def is_copy(command: str) -> bool:
    return _COPY.match(command) is not None


def as_sql(passage: Passage, command: Token) -> Passage:
    r"""A command as SQL: \copy takes what COPY takes."""
    try:
        return passage.part(lex(passage.sql, start=command.start + 1, end=command.end))
    except LexError as error:
        return replace(passage, sql=passage.sql[: command.end], tokens=(), error=error)


def variables(command: str, rows: Rows) -> dict[str, Rows]:
    r"""What \gset and \set give to psql's variables; `rows` is what the last query returned."""
    if found := _GSET.match(command):
        return {
            f":{found['prefix']}{column.name}": scalar(column.value.tainted(rows.locked))
            for column in rows.columns
            if column.name
        }
    if found := _SET.match(command):
        return {f":{found['name']}": scalar(Value(frozenset({found["text"].strip()})))}
    return {}


def with_variables(passage: Passage, scope: Scope) -> Passage:
    r"""psql's :name as the word that \set made of it."""
    if not any(token.kind == "variable" for token in passage.tokens):
        return passage

    def meant(token: Token) -> Token:
        held = scope.variables.get(token.value) if token.kind == "variable" else None
        texts = held.first.texts if held is not None else frozenset()
        word = min(texts) if len(texts) == 1 else ""
        return Token("word", token.start, token.end, fold(word)) if _WORD.fullmatch(word) else token

    return passage.part([meant(token) for token in passage.tokens])
