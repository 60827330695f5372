"""What is around a statement, and what expressions are worth there."""

from __future__ import annotations

from dataclasses import dataclass

from outbox_guard.facts import SOME_TABLES, Place, Undetermined
from outbox_guard.frontends.sql.declarations.site import Site
from outbox_guard.frontends.sql.lexing.mentions import Mentions
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.lexing.phrases import Tokens
from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.frontends.sql.parsing.rewriting import NotParsed
from outbox_guard.frontends.sql.statements import fallback
from outbox_guard.frontends.sql.statements.step import Step
from outbox_guard.frontends.sql.values.kinds import NONE, UNKNOWN, Value, text
from outbox_guard.frontends.sql.values.scopes import Scope


@dataclass(frozen=True, slots=True)
class Context:
    """The names of the project, and the routine or the function of a program around it."""

    mentions: Mentions
    routine: str = ""
    inside: str = ""
    clocks: frozenset[str] = NONE  # variables that hold the clock
    thorough: bool = False  # follow what mentions nothing guarded too: it may pass values on

    def site(self, passage: Passage) -> Site:
        return Site(passage, self.mentions.names, self.inside, self.routine)

    def texts(self, passage: Passage, tokens: Tokens, scope: Scope) -> frozenset[str]:
        """What an expression may be."""
        return self.value(passage.part(tokens), scope).texts

    def value(self, expression: Passage, scope: Scope) -> Value:
        if len(expression.tokens) == 1 and expression.tokens[0].kind == "string":
            token = expression.tokens[0]
            return expression.meanings.get(token.start, text(token.value))
        if not expression.tokens:
            return UNKNOWN
        # The parser takes long to import, and most expressions are literals.
        from outbox_guard.frontends.sql.dataflow.following import evaluate

        try:
            return evaluate(expression, scope, self.mentions.names)
        except NotParsed:
            # Not known, and nothing that is not known is ever taken for a state or a role.
            return Value(NONE, fallback.locked(expression.tokens, self.mentions.names))

    def lost(self, passage: Passage, at: Token, reason: str) -> Step:
        """A statement about guarded tables that can't be followed from a token on."""
        return self.undetermined(passage.place(at), reason, self.mentions.tables(passage.tokens))

    def undetermined(self, place: Place, reason: str, tables: tuple[str, ...] = ()) -> Step:
        fact = Undetermined(
            place=place,
            inside=self.inside,
            reason=reason,
            tables=tables or SOME_TABLES,
            routine=self.routine,
        )
        return Step(facts=(fact,), followed=False)
