"""A position in a list of tokens that never runs off its end."""

from __future__ import annotations

from collections.abc import Sequence

from outbox_guard.frontends.sql.lexing.tokens import Token

_FIXED = frozenset(("word", "mark", "operator"))


class Cursor:
    """Reads tokens from left to right; past the last one there is an empty mark, without end."""

    def __init__(self, tokens: Sequence[Token], index: int = 0, *, end: int | None = None) -> None:
        self._tokens = tokens
        self.index = index
        offset = end if end is not None else tokens[-1].end if tokens else 0
        self._beyond = Token("mark", offset, offset, "")

    @property
    def current(self) -> Token:
        return self.token(self.index)

    @property
    def previous(self) -> Token:
        return self.token(self.index - 1)

    @property
    def at_end(self) -> bool:
        return self.index >= len(self._tokens)

    def token(self, index: int) -> Token:
        return self._tokens[index] if 0 <= index < len(self._tokens) else self._beyond

    def at(self, *spellings: str, ahead: int = 0) -> bool:
        """Whether one of these words or marks stands here; quoted names and literals never do."""
        token = self.token(self.index + ahead)
        return token.value in spellings and token.kind in _FIXED

    def at_words(self, *words: str) -> bool:
        """Whether all of these words stand here, in this order."""
        return all(self.at(word, ahead=ahead) for ahead, word in enumerate(words))

    def advance(self) -> Token:
        token = self.current
        self.index += 1
        return token

    def accept(self, *spellings: str) -> Token | None:
        """The current token, stepped over, if it is one of these words or marks."""
        return self.advance() if self.at(*spellings) else None

    def skip_group(self) -> None:
        """Over one token, or from an opening bracket to behind the one that closes it."""
        depth = 0
        while not self.at_end:
            if self.at("(", "["):
                depth += 1
            elif self.at(")", "]"):
                depth -= 1
            self.index += 1
            if depth <= 0:
                return
