"""psql's own commands: what they give to its variables, and those that hand on SQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.lexing.tokens import LexError, Token
from outbox_guard.frontends.sql.values.kinds import Value
from outbox_guard.frontends.sql.values.rows import Rows, scalar
from outbox_guard.frontends.sql.values.scopes import Scope

_GSET = re.compile(r"\\gset\b[ \t]*(?P<prefix>\w*)")
_GEXEC = re.compile(r"\\gexec\b")
_COPY = re.compile(r"\\copy\b", re.IGNORECASE)
_SET = re.compile(r"\\set[ \t]+(?P<name>\w+)[ \t]+(?P<given>[^\r\n]*)")
_GIVEN = re.compile(r"'(?P<quoted>(?:[^'\\]|''|\\.)*+)'?|(?P<plain>\"[^\"]*\"|[^\s'\"]+)")
_ESCAPED = re.compile(r"''|\\.", re.DOTALL)


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
        return {f":{found['name']}": scalar(Value(frozenset({_joined(found["given"])})))}
    return {}


def _joined(given: str) -> str:
    r"""The arguments of \set, one behind the other."""
    parts = _GIVEN.finditer(given)
    return "".join(p["plain"] or _ESCAPED.sub(_unescaped, p["quoted"]) for p in parts)


def _unescaped(escape: re.Match[str]) -> str:
    r"""'' is a quote, and so is \'; \n and its kin are white space, which is all the same here."""
    sign = escape[0][1]
    return " " if sign in "nrtbf" else sign


def with_variables(passage: Passage, scope: Scope) -> Passage:
    r"""psql's :name as what \set made of it, :"name" as a name."""
    if not any(token.kind == "variable" for token in passage.tokens):
        return passage
    return passage.part([each for token in passage.tokens for each in _meant(token, scope)])


def _meant(token: Token, scope: Scope) -> Sequence[Token]:
    if token.kind != "variable":
        return (token,)
    held = scope.variables.get(token.value.replace('"', ""))
    if held is None or len(held.first.texts) != 1:
        return (token,)
    (text,) = held.first.texts
    if '"' in token.value:
        return (Token("name", token.start, token.end, text),)
    try:
        return [Token(t.kind, token.start, token.end, t.value) for t in lex(text)]
    except LexError:
        return (token,)
