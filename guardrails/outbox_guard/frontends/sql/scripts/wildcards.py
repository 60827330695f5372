"""Names of which a part is not known, and that a glob guards whatever it is.

With `*_outbox_pending` configured, `{tenant}_outbox_pending` is a pending table of any tenant's.
"""

from __future__ import annotations

import re
from dataclasses import replace

from outbox_guard.frontends.sql.lexing.mentions import Mentions
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.lexing.tokens import Token

_HOLE = re.compile(r"_hole_\d+_")
_ANYTHING = "…"  # in the place of what is not known: no letter that a glob could ask for


def with_guarded_names(passage: Passage, mentions: Mentions) -> Passage:
    """The statement with these names in it as the tables that they are."""
    named = {token.start: _named(token) for token in passage.tokens if _is_cut(passage, token)}
    known = {start: name for start, name in named.items() if mentions.is_guarded(name)}
    if not known:
        return passage
    tokens = [
        Token("name", token.start, token.end, known[token.start]) if token.start in known else token
        for token in passage.tokens
    ]
    meanings = {start: value for start, value in passage.meanings.items() if start not in known}
    return replace(passage.part(tokens), meanings=meanings)


def _is_cut(passage: Passage, token: Token) -> bool:
    return token.is_identifier and token.start in passage.meanings


def _named(token: Token) -> str:
    """A name that is unknown as a whole stays what it is: nothing says that a glob means it."""
    return "" if _HOLE.fullmatch(token.value) else _HOLE.sub(_ANYTHING, token.value)
