"""Statements that change the current role, in every spelling, told from tokens alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from outbox_guard.frontends.sql.lexing.phrases import argument_end, words_at
from outbox_guard.frontends.sql.lexing.tokens import Token

Texts = Callable[[Sequence[Token]], frozenset[str]]  # what an expression may be

_SETTINGS = ("role", "session_authorization")


@dataclass(frozen=True, slots=True)
class Switch:
    """A role switch: from where to where its first keyword stands, and what it does."""

    keyword: Token
    statement: str
    role: str = ""


def switches(tokens: Sequence[Token], texts: Texts) -> Iterator[Switch]:
    """The role switches of one statement."""
    first = tokens[0].value if tokens and tokens[0].kind == "word" else ""
    match first:
        case "set":
            yield from _set(tokens, 0)
        case "reset":
            yield from _reset(tokens)
        case "discard" if words_at(tokens, 1, "all"):
            yield Switch(tokens[0], "DISCARD ALL")
        case "create" | "alter" if is_routine(tokens):
            yield from _clauses(tokens)
        case "update":
            yield from _update_settings(tokens)
    yield from _set_config(tokens, texts)


def is_routine(tokens: Sequence[Token]) -> bool:
    """CREATE [OR REPLACE] or ALTER FUNCTION, PROCEDURE, ROUTINE."""
    position = 3 if words_at(tokens, 1, "or", "replace") else 1
    routines = ("function", "procedure", "routine")
    return position < len(tokens) and tokens[position].is_word(*routines)


def _set(tokens: Sequence[Token], start: int) -> Iterator[Switch]:
    """SET [SESSION | LOCAL] { ROLE x | role = x | SESSION AUTHORIZATION x }"""
    position, said = start + 1, ["SET"]
    if words_at(tokens, position, "local") or (
        words_at(tokens, position, "session")
        and not words_at(tokens, position, "session", "authorization")
    ):
        said.append(tokens[position].value.upper())
        position += 1
    if words_at(tokens, position, "session", "authorization"):
        said += ["SESSION", "AUTHORIZATION"]
        yield Switch(tokens[start], " ".join(said), _role(tokens, position + 2))
    elif _is_setting(tokens, position):
        assigns = position + 1 < len(tokens) and _assigns(tokens[position + 1])
        name = tokens[position].value.lower()
        said.append(name if assigns or name != "role" else "ROLE")
        yield Switch(tokens[start], " ".join(said), _role(tokens, position + 1 + assigns))


def _reset(tokens: Sequence[Token]) -> Iterator[Switch]:
    if words_at(tokens, 1, "session", "authorization"):
        yield Switch(tokens[0], "RESET SESSION AUTHORIZATION")
    elif _is_setting(tokens, 1):
        yield Switch(tokens[0], f"RESET {tokens[1].value.upper()}")


def _is_setting(tokens: Sequence[Token], position: int) -> bool:
    """Names of settings are the same in any case, quoted or not."""
    if position >= len(tokens):
        return False
    return tokens[position].is_identifier and tokens[position].value.lower() in _SETTINGS


def _assigns(token: Token) -> bool:
    return token.is_word("to") or (token.kind == "operator" and token.value == "=")


def _role(tokens: Sequence[Token], position: int) -> str:
    if position < len(tokens) and tokens[position].kind in ("word", "name", "string"):
        return tokens[position].value
    return ""


def _clauses(tokens: Sequence[Token]) -> Iterator[Switch]:
    """SET role = x among the options of a routine, which holds while it runs."""
    depth = 0
    for index, token in enumerate(tokens):
        depth += token.is_mark("(") - token.is_mark(")")
        if token.is_word("begin") and words_at(tokens, index + 1, "atomic"):
            return
        if depth == 0 and token.is_word("set") and not tokens[index - 1].is_mark("."):
            yield from _set(tokens, index)


def _update_settings(tokens: Sequence[Token]) -> Iterator[Switch]:
    """UPDATE pg_settings SET setting = 'x' WHERE name = 'role' is a SET as well."""
    if any(token.is_identifier and token.value == "pg_settings" for token in tokens[1:4]) and any(
        token.kind == "string" and token.value.lower() in _SETTINGS for token in tokens
    ):
        yield Switch(tokens[0], "UPDATE pg_settings")


def _set_config(tokens: Sequence[Token], texts: Texts) -> Iterator[Switch]:
    """set_config('role', …): the name may be computed, in any case of letters."""
    for index, token in enumerate(tokens[:-1]):
        if not (token.is_identifier and token.value == "set_config"):
            continue
        if not tokens[index + 1].is_mark("("):
            continue
        end = argument_end(tokens, index + 2)
        names = {name.strip().lower() for name in texts(_value(tokens[index + 2 : end]))}
        if names.isdisjoint(_SETTINGS):
            continue
        given = _value(tokens[end + 1 : argument_end(tokens, end + 1)])
        roles = texts(given) if given else frozenset()
        yield Switch(token, "set_config", min(roles) if len(roles) == 1 else "")


def _value(argument: Sequence[Token]) -> Sequence[Token]:
    """Without the name that an argument may be given by: setting_name => 'role'."""
    named = len(argument) > 1 and argument[0].is_identifier and argument[1].is_mark("=>", ":=")
    return argument[2:] if named else argument
