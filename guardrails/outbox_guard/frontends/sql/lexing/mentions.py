"""Whether a text can matter at all: whether a guarded name or a role may stand in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.names import Names

_GLOB = re.compile(r"\[[^]]*\]|[*?]")
_ROLE = re.compile(
    r"\b(?:role|session_authorization|set_config|pg_settings)\b"
    r"|\bsession\s+authorization\b|\bdiscard\b",
    re.IGNORECASE,
)
_SWITCHING_CALLS = ("set_config", "pg_settings")
# A name in U&"…" can be written without one of its own letters.
_UNICODE_NAME = r'u&"'


class Mentions:
    """The guarded names of a project, made ready for searching much text."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._known: dict[str, bool] = {}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """The longest literal part of each name, in any case."""
        parts = (max(_GLOB.split(glob), key=len, default="") for glob in self.names.guarded)
        return re.compile("|".join([*map(re.escape, parts), _UNICODE_NAME]), re.IGNORECASE)

    @cached_property
    def _concerning(self) -> re.Pattern[str]:
        words = [self._pattern.pattern, *_SWITCHING_CALLS]
        return re.compile("|".join(words), re.IGNORECASE)

    def found_in(self, text: str, start: int = 0, end: int | None = None) -> bool:
        """Whether a guarded name may stand in text[start:end]; never false where one does."""
        stop = len(text) if end is None else end
        return self._pattern.search(text, start, stop) is not None

    def first_in(self, text: str) -> int | None:
        """Where the first guarded name may begin."""
        found = self._pattern.search(text)
        return found.start() if found else None

    def concern(self, text: str, start: int, end: int) -> bool:
        """Whether a guarded name, or a call that switches the role, may stand there."""
        return self._concerning.search(text, start, end) is not None

    def role_in(self, text: str, start: int = 0, end: int | None = None) -> bool:
        return _ROLE.search(text, start, len(text) if end is None else end) is not None

    @cached_property
    def _timed(self) -> re.Pattern[str]:
        words = "|".join(map(re.escape, self.names.timed))
        return re.compile(words, re.IGNORECASE)

    def time_in(self, text: str, start: int, end: int) -> bool:
        """Whether a column that holds a time may stand in text[start:end]."""
        return self._timed.search(text, start, end) is not None

    @cached_property
    def states(self) -> frozenset[str]:
        """The states that rules ask about."""
        outbox = self.names.outbox
        return frozenset((*outbox.forbidden_states, *outbox.terminal_states, outbox.requeue_state))

    def is_guarded(self, name: str) -> bool:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self.names.is_guarded(name)
        return known

    def tables(self, tokens: Sequence[Token]) -> tuple[str, ...]:
        """The guarded names among the identifiers."""
        found = {t.value for t in tokens if t.is_identifier and self.is_guarded(t.value)}
        return tuple(sorted(found))
