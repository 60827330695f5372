"""CREATE FUNCTION and ALTER FUNCTION: whose rights it runs with, what it sets, what it names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from outbox_guard.facts import UNKNOWN_NAME, Declaration, Function, FunctionChange
from outbox_guard.frontends.sql.declarations.renames import renamed
from outbox_guard.frontends.sql.declarations.site import Qualified, Site, qualified
from outbox_guard.frontends.sql.lexing.cursor import Cursor
from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.frontends.sql.lexing.phrases import Tokens
from outbox_guard.frontends.sql.lexing.tokens import LexError, Token
from outbox_guard.frontends.sql.routines.headers import Routine
from outbox_guard.frontends.sql.routines.refusals import Refusals, raises_always, refusals
from outbox_guard.frontends.sql.routines.signatures import signature

_OPTIONS = ("set", "reset", "security", "external")


def created_function(site: Site, routine: Routine) -> Function:
    """CREATE FUNCTION or PROCEDURE."""
    tokens = site.tokens
    kind = next(token for token in tokens if token.is_word(routine.kind))
    name = qualified(tokens, tokens.index(kind) + 1)
    tables = _tables(site, routine)
    settings = tuple(
        site.written([t for t in tokens if setting.start < t.start < setting.end])
        for setting in routine.settings
    )
    refused = _refusals(routine)
    return Function(
        **site.at(tokens[0], kind),
        namespace=name.namespace if name is not None else "",
        name=routine.name,
        identity=routine.identity,
        language=routine.language,
        procedure=routine.kind == "procedure",
        replaces=routine.replaces,
        returns=routine.returns,
        security_definer=routine.security_definer,
        settings=settings,
        tables=tables,
        outbox=bool(tables) or routine.name in site.names.functions.all,
        raises=refused.raises,
        refuses=refused.refuses,
        drops=refused.drops,
        sets=refused.sets,
        helpers=refused.helpers,
        with_help=refused.with_help,
        always_raises=refused.always,
        followed=refused.followed,
    )


def _refusals(routine: Routine) -> Refusals:
    """Only a trigger function is asked what it refuses; another may be what raises for it."""
    if routine.body is None:
        return Refusals(followed=False)
    body, plpgsql = routine.body.decoded.text, routine.language == "plpgsql"
    if routine.returns != "trigger":
        return Refusals(always=plpgsql and "raise" in body.lower() and raises_always(body))
    return refusals(body) if plpgsql else Refusals(followed=False)


def _tables(site: Site, routine: Routine) -> tuple[str, ...]:
    """The outbox tables that a body names, in statements or in texts that it runs."""
    body = routine.body.decoded.text if routine.body is not None else ""
    try:
        tokens = lex(body)
        inner = [t for token in tokens if token.kind == "string" for t in lex(token.value)]
    except LexError:
        return ()  # that the body cannot be read is told where it is followed
    named = (t.value for t in (*tokens, *inner) if t.is_identifier)
    return tuple(sorted({name for name in named if site.names.is_guarded(name)}))


def altered_function(site: Site) -> Iterator[Declaration]:
    """ALTER FUNCTION f(…) SECURITY DEFINER SET search_path = …"""
    tokens = site.tokens
    if not tokens[1].is_word("function", "procedure", "routine"):
        return
    cursor = Cursor(tokens, 2)
    name = qualified(tokens, 2)
    if name is None:
        return
    named = signature(cursor)
    if name.last.start in site.passage.unknown:
        unknown = replace(name, namespace="", value=UNKNOWN_NAME)
        yield from _options(site, unknown, "", tokens[cursor.index :])
        return
    yield from renamed(site, tokens[1].value, name, tokens[cursor.index :], identity=named.identity)
    yield from _options(site, name, named.identity, tokens[cursor.index :])


def _options(
    site: Site, name: Qualified, identity: str, options: Tokens
) -> Iterator[FunctionChange]:
    starts = [i for i, token in enumerate(options) if token.is_word(*_OPTIONS)]
    for start, end in pairwise([*starts, len(options)]):
        words = options[start:end]
        at = words[0]
        if len(words) < 2 or words[1].is_word("schema"):  # noqa: PLR2004
            continue
        common = FunctionChange(
            **site.at(at, words[1]),
            namespace=name.namespace,
            name=name.value,
            identity=identity,
            change="security",
            value=words[1].value,
        )
        yield _changed(site, common, at, words)


def _changed(site: Site, common: FunctionChange, at: Token, words: Tokens) -> FunctionChange:
    if at.is_word("set"):
        clause = site.written(words[1:])
        return replace(common, change="set", setting=words[1].value, value=clause)
    if at.is_word("reset"):
        return replace(common, change="reset", setting=words[1].value, value="")
    return common
