"""CREATE TRIGGER and CREATE RULE: when they come in, for what, and what is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from outbox_guard.facts import Drop, Rewriting, Thing, Trigger
from outbox_guard.frontends.sql.declarations.site import Site, group, past, qualified
from outbox_guard.frontends.sql.lexing.phrases import Tokens, find_word, skip_words, words_at

Timing = Literal["", "before", "after", "instead of"]

_TIMINGS: Mapping[str, Timing] = {"before": "before", "after": "after", "instead of": "instead of"}
_DROPPED: Mapping[str, Thing] = {"trigger": "trigger", "rule": "rule"}
_EVENTS = ("insert", "update", "delete", "truncate")


def created_trigger(site: Site) -> Iterator[Trigger]:
    """CREATE [OR REPLACE] [CONSTRAINT] TRIGGER name timing events ON table … EXECUTE FUNCTION f"""
    tokens = site.tokens
    kind = skip_words(tokens, 1, "or", "replace", "constraint")
    if not words_at(tokens, kind, "trigger"):
        return
    on, execute = find_word(tokens, "on"), find_word(tokens, "execute")
    if on is None or execute is None:
        return
    table, function = qualified(tokens, on + 1), qualified(tokens, execute + 2)
    if table is None or function is None:
        return
    head, tail = tokens[kind + 1 : on], tokens[table.end : execute]
    when = find_word(tail, "when")
    yield Trigger(
        **site.at(tokens[0], tokens[kind]),
        namespace=table.namespace,
        table=table.value,
        function=function.value,
        name=head[0].value if head else "",
        timing=_timing(head),
        events=tuple(token.value for token in head[1:] if token.is_word(*_EVENTS)),
        columns=_columns(head),
        per_row=find_word(tail, "row") is not None,
        condition=site.written(group(tail, when + 1)) if when is not None else "",
        replaces=words_at(tokens, 1, "or", "replace"),
    )


def _timing(head: Tokens) -> Timing:
    for words, timing in _TIMINGS.items():
        if past(head, 1, words)[1]:
            return timing
    return ""


def _columns(head: Tokens) -> tuple[str, ...]:
    """UPDATE OF a, b"""
    of = find_word(head, "of", 2)
    if of is None or not head[of - 1].is_word("update"):
        return ()
    names: list[str] = []
    for token in head[of + 1 :]:
        if token.is_word("or"):
            break
        if token.is_identifier:
            names.append(token.value)
    return tuple(names)


def created_rule(site: Site) -> Iterator[Rewriting]:
    """CREATE [OR REPLACE] RULE name AS ON event TO table [WHERE …] DO [ALSO | INSTEAD] …"""
    tokens = site.tokens
    kind = skip_words(tokens, 1, "or", "replace")
    on, do = find_word(tokens, "on", kind), find_word(tokens, "do", kind)
    if on is None or do is None or kind + 1 >= len(tokens) or on + 3 >= len(tokens):
        return
    table = qualified(tokens, on + 3)
    if table is not None and tokens[on + 1].is_word(*_EVENTS):
        yield Rewriting(
            **site.at(tokens[0], tokens[kind]),
            namespace=table.namespace,
            table=table.value,
            name=tokens[kind + 1].value,
            event=tokens[on + 1].value,
            instead=words_at(tokens, do + 1, "instead"),
        )


def dropped_trigger(site: Site) -> Iterator[Drop]:
    """DROP TRIGGER, RULE or POLICY [IF EXISTS] name ON table"""
    tokens = site.tokens
    if not tokens[1].is_word("trigger", "rule", "policy"):
        return
    index, conditional = past(tokens, 2, "if exists")
    table = qualified(tokens, index + 2) if words_at(tokens, index + 1, "on") else None
    if table is not None:
        yield Drop(
            **site.at(tokens[index]),
            namespace=table.namespace,
            conditional=conditional,
            kind=_DROPPED.get(tokens[1].value, "other"),
            name=tokens[index].value,
            of=table.value,
            cascade=tokens[-1].is_word("cascade"),
        )
