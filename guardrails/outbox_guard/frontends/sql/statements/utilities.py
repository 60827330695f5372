"""What statements that are no queries do: TRUNCATE, COPY, EXECUTE and FETCH among them."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.lexing.phrases import listed, name_at
from outbox_guard.frontends.sql.routines.claims import Action
from outbox_guard.frontends.sql.statements.context import Context
from outbox_guard.frontends.sql.statements.copies import copied
from outbox_guard.frontends.sql.statements.endings import truncated
from outbox_guard.frontends.sql.statements.step import Step
from outbox_guard.frontends.sql.values.effects import Call
from outbox_guard.frontends.sql.values.rows import Rows
from outbox_guard.frontends.sql.values.scopes import Scope

# Statements that neither read nor write rows of a table, whatever stands in them.
_INERT = frozenset(
    "abort alter analyze begin checkpoint close cluster comment commit create deallocate"
    " discard do drop end grant import listen load lock move notify prepare reassign"
    " refresh reindex release reset revoke rollback savepoint security set show start unlisten"
    " vacuum".split()
)


def utility(passage: Passage, scope: Scope, context: Context) -> Step:
    """What does not begin like a query: one of these, or no SQL at all."""
    first = passage.tokens[0]
    verb = first.value if first.kind == "word" else ""
    match verb:
        case "truncate":
            return _truncate(passage, scope, context)
        case "copy":
            return _copy(passage, scope, context)
        case "execute":
            return Step(verb=verb, calls=tuple(_executed(passage, scope, context)))
        case "fetch":  # [direction] [FROM | IN] the cursor, whose rows these are
            rows = scope.variables.get(passage.tokens[-1].value, Rows(()))
            return Step(verb=verb, rows=rows)
    if verb in _INERT:
        return Step(verb=verb)
    tables = context.mentions.tables(passage.tokens)
    return context.lost(passage, first, "this is no statement of SQL") if tables else Step()


def _truncate(passage: Passage, scope: Scope, context: Context) -> Step:
    verb, names = passage.tokens[0], tuple(truncated(passage.tokens))
    emptied = (
        Action(place=passage.place(verb), op="truncate", table=scope.base_of(name), mutates=True)
        for name in names
    )
    result = Step(verb="truncate", actions=tuple(emptied))
    if set(context.mentions.tables(passage.tokens)) <= set(names):
        return result
    return result | context.lost(passage, verb, "the tables of this TRUNCATE are not known")


def _copy(passage: Passage, scope: Scope, context: Context) -> Step:
    copy = copied(passage.tokens, passage.unknown)
    if copy is None:
        return Step(verb="copy")
    if copy.unknown:
        reason = "the table of this COPY is not known"
        found = context.mentions.tables(passage.tokens)
        return context.lost(passage, copy.verb, reason) if found else Step(verb="copy")
    table = scope.base_of(copy.table)
    action = Action(place=passage.place(copy.verb), op="copy", table=table, via="copy")
    return Step(verb="copy", actions=(action,), copies=copy)


def _executed(passage: Passage, scope: Scope, context: Context) -> Iterator[Call]:
    """EXECUTE name (arguments), of a statement that was prepared."""
    name = name_at(passage.tokens, 1)
    if name is None:
        return
    opened = name.end < len(passage.tokens) and passage.tokens[name.end].is_mark("(")
    inside = passage.tokens[name.end + 1 : -1] if opened else ()
    values = (context.value(passage.part(part), scope) for part in listed(inside))
    numbered = ((str(number), value) for number, value in enumerate(values, 1))
    yield Call(name.value, tuple(numbered))
