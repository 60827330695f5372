"""The names in a statement about tables, functions and roles, and where they are not known."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from outbox_guard.facts import PUBLIC, UNKNOWN_NAME
from outbox_guard.frontends.sql.lexing.cursor import Cursor
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.frontends.sql.routines.signatures import signature

CURRENT = "CURRENT_USER"
SESSION = "SESSION_USER"
_SPECIAL = {
    "public": PUBLIC,
    "current_user": CURRENT,
    "current_role": CURRENT,
    "session_user": SESSION,
}


class Words(Cursor):
    """Reads a statement's names from left to right."""

    def __init__(self, passage: Passage) -> None:
        super().__init__(passage.tokens)
        self._unknown = passage.unknown

    def name(self) -> str:
        """`name` or `schema.name`; what is only partly known is not known."""
        parts = [self._part()]
        while self.accept("."):
            parts.append(self._part())
        if parts[-1] == UNKNOWN_NAME:
            return UNKNOWN_NAME
        return ".".join(part for part in parts[-2:] if part != UNKNOWN_NAME)

    def names(self) -> tuple[str, ...]:
        return tuple(self._listed(self.name))

    def identity(self) -> str:
        """A routine: `schema.name(type, type)`, or only its name."""
        start = self.index
        schema = f"{self.current.value}." if self.at(".", ahead=1) else ""
        signed = signature(self)
        if any(self._is_unknown(self.token(index)) for index in range(start, self.index)):
            return UNKNOWN_NAME
        return schema + (signed.identity or signed.name)

    def identities(self) -> tuple[str, ...]:
        return tuple(self._listed(self._routine))

    def role(self) -> str:
        if self.at("group") and not self.at(",", "with", "granted", ";", "", ahead=1):
            self.advance()
        token = self.current
        name = self._part()
        return _SPECIAL.get(name, name) if token.kind == "word" or name == "public" else name

    def roles(self) -> tuple[str, ...]:
        return tuple(self._listed(self.role))

    def find(self, *words: str) -> bool:
        """To the first of these outside brackets."""
        while not self.at_end and not self.at(*words):
            self.skip_group()
        return not self.at_end

    def _routine(self) -> str:
        """A placeholder may stand for a whole signature."""
        if not self._is_unknown(self.current):
            return self.identity()
        self.name()
        if self.at("("):
            self.skip_group()
        return UNKNOWN_NAME

    def _listed(self, one: Callable[[], str]) -> Iterator[str]:
        yield one()
        while self.accept(","):
            yield one()

    def _part(self) -> str:
        token = self.advance()
        if self._is_unknown(token) or not (token.is_identifier or token.kind == "string"):
            return UNKNOWN_NAME
        return token.value

    def _is_unknown(self, token: Token) -> bool:
        return token.start in self._unknown or token.kind in ("variable", "param", "bad")
