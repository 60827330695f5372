"""What one statement does: writes, role switches, declarations, and the rows that it returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from outbox_guard.facts import (
    SOME_TABLES,
    Comparison,
    Edit,
    Fact,
    Place,
    RoleSwitch,
    Undetermined,
)
from outbox_guard.frontends.sql.clocks.comparisons import clocked
from outbox_guard.frontends.sql.clocks.instants import Times
from outbox_guard.frontends.sql.declarations import VERBS, declared
from outbox_guard.frontends.sql.declarations.changes import part_of, table_changes, trigger
from outbox_guard.frontends.sql.declarations.site import Site
from outbox_guard.frontends.sql.declarations.uses import uses
from outbox_guard.frontends.sql.lexing.lexer import Token
from outbox_guard.frontends.sql.lexing.mentions import Mentions
from outbox_guard.frontends.sql.lexing.passages import Passage
from outbox_guard.frontends.sql.lexing.phrases import (
    Tokens,
    listed,
    name_at,
    outside,
    unclosed,
    words_at,
)
from outbox_guard.frontends.sql.parsing.rewriting import NotParsed
from outbox_guard.frontends.sql.parsing.wrappers import Inner, unwrap
from outbox_guard.frontends.sql.rights import rights, roles
from outbox_guard.frontends.sql.routines.claims import Action, Condition, condition
from outbox_guard.frontends.sql.statements import fallback
from outbox_guard.frontends.sql.statements.endings import truncated
from outbox_guard.frontends.sql.statements.origins import origin_of
from outbox_guard.frontends.sql.values.effects import Call, Effect
from outbox_guard.frontends.sql.values.kinds import (
    NONE,
    UNKNOWN,
    Column,
    Rows,
    Scope,
    Value,
    joined,
    text,
)

_QUERY_WORDS = ("select", "with", "values", "table", "insert", "update", "delete", "merge")
# Statements that neither read nor write rows of a table, whatever stands in them.
_UTILITIES = frozenset(
    "abort alter analyze begin call checkpoint close cluster comment commit create deallocate"
    " discard do drop end execute grant import listen load lock move notify prepare reassign"
    " refresh reindex release reset revoke rollback savepoint security set show start unlisten"
    " vacuum".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a statement does, as far as it could be followed."""

    verb: str = ""
    actions: tuple[Action, ...] = ()
    facts: tuple[Fact, ...] = ()
    rows: Rows = field(default_factory=lambda: Rows(()))  # that it returns
    relations: Mapping[str, Rows] = field(default_factory=dict)  # that it makes, or adds rows to
    cursors: Mapping[str, Rows] = field(default_factory=dict)
    picks: tuple[Condition, ...] = ()  # by which it locks rows of a pending table
    copies: fallback.CopyIn | None = None  # whose data may follow
    calls: tuple[Call, ...] = ()  # of routines that are known here
    followed: bool = True

    def __or__(self, other: Step) -> Step:
        """Of two statements in one: the rows are the last one's."""
        return Step(
            verb=other.verb or self.verb,
            actions=self.actions + other.actions,
            facts=self.facts + other.facts,
            rows=other.rows,
            relations=joined(self.relations, other.relations),
            cursors={**self.cursors, **other.cursors},
            picks=self.picks + other.picks,
            copies=other.copies or self.copies,
            calls=self.calls + other.calls,
            followed=self.followed and other.followed,
        )


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads statements one by one; `routine` and `inside` name what is around them."""

    mentions: Mentions
    routine: str = ""
    inside: str = ""
    clocks: frozenset[str] = NONE  # variables that hold the clock
    thorough: bool = False  # follow what mentions nothing guarded too: it may pass values on

    def step(self, passage: Passage, scope: Scope) -> Step:
        """All that one statement does."""
        if not passage.tokens:
            return Step()
        result = Step(
            verb=passage.tokens[0].value,
            facts=(
                *self._switches(passage, scope),
                *self._comparisons(passage, scope),
                *self._declarations(passage),
                *self._rights(passage),
            ),
            actions=tuple(self._defaults(passage, scope)),
        )
        result |= Step(relations=dict(self._tables(passage, scope)))
        if passage.tokens[0].is_word("create", "alter") and not passage.unknown:
            result |= self._unclosed(passage)
        for inner in unwrap(passage.tokens):
            if inner.tokens:
                result |= self._inner(passage.part(inner.tokens), inner, scope)
        return result

    def makes_something(self, passage: Passage) -> bool:
        """Whether a statement makes a view, a table of a query, a partition or a trigger."""
        return passage.tokens[0].is_word("create") and (
            any(inner.makes in ("view", "table") for inner in unwrap(passage.tokens))
            or part_of(passage.tokens) is not None
            or trigger(passage.tokens) is not None
        )

    def _inner(self, passage: Passage, inner: Inner, scope: Scope) -> Step:
        first = passage.tokens[0]
        if first.is_word("truncate"):
            return self._truncates(passage, scope)
        if first.is_word("copy"):
            return self._copy(passage, scope)
        if first.is_mark("(") or first.is_word(*_QUERY_WORDS):
            result = self._query(passage, scope)
            rows = result.rows.renamed(inner.columns)
            match inner.makes:
                case "view" | "table" as kind:
                    kept = rows if kind == "view" else rows.stored
                    return replace(result, relations={**result.relations, inner.name: kept})
                case "cursor":
                    return replace(result, cursors={inner.name: rows})
            return result
        if first.is_word("call"):
            select = first._replace(value="select")
            return self._query(passage.part([select, *passage.tokens[1:]]), scope)
        if first.is_word("execute"):
            return Step(verb=first.value, calls=tuple(self._executed(passage, scope)))
        if first.is_word("fetch"):  # [direction] [FROM | IN] the cursor, whose rows these are
            rows = scope.variables.get(passage.tokens[-1].value, Rows(()))
            return Step(verb=first.value, rows=rows)
        if first.kind == "word" and first.value in _UTILITIES:
            return Step(verb=first.value)
        tables = self.mentions.tables(passage.tokens)
        return self._lost(passage, first, "this is no statement of SQL") if tables else Step()

    # -- queries and what modifies data ----------------------------------------------------

    def _query(self, passage: Passage, scope: Scope) -> Step:
        # Only a statement of this kind needs the parser, which takes long to import.
        from outbox_guard.frontends.sql.dataflow.following import follow

        try:
            followed = follow(passage, scope, self.mentions.names)
        except NotParsed as failure:
            return self._guess(passage, str(failure))
        result = Step(
            verb=followed.verb,
            actions=tuple(
                _action(effect, passage.place(followed.verbs[effect.tag]), scope)
                for effect in followed.effects
            ),
            rows=followed.rows,
            relations=followed.relations,
            calls=followed.calls,
            picks=tuple(self._picks(passage, followed.rows)),
        )
        tables = self.mentions.tables(passage.tokens)
        if followed.lost is not None and tables:
            reason = f"the table of this {followed.lost.value.upper()} is not known"
            return result | self._lost(passage, followed.lost, reason)
        return result

    def _picks(self, passage: Passage, rows: Rows) -> Iterator[Condition]:
        for table in sorted(rows.everything):
            found = condition(passage.tokens, table, passage.unknown)
            if found is not None and passage.tokens[0].is_word("select"):
                yield found

    def _guess(self, passage: Passage, failure: str) -> Step:
        """What tokens alone say of a statement that has no tree."""
        names = self.mentions.names
        locked = fallback.locked(passage.tokens, names)
        result = Step(verb=_main_verb(passage.tokens), rows=Rows(locked=locked))
        if not self.mentions.tables(passage.tokens):
            return result
        for guess in fallback.guesses(passage.tokens, names, passage.unknown):
            if isinstance(guess, fallback.Undecided):
                result |= self._lost(passage, guess.verb, guess.reason)
            else:
                action = Action(
                    place=passage.place(guess.verb),
                    op=guess.op,
                    table=guess.table,
                    deletes=guess.deletes,
                    mutates=guess.mutates,
                    picked=guess.picked,
                    states=guess.states,
                )
                result |= Step(verb=result.verb, actions=(action,), rows=result.rows)
        if (
            not result.actions
            and result.followed
            and result.verb not in ("select", "values", "table")
        ):
            result |= self._lost(passage, passage.tokens[0], failure)
        return result

    def _lost(self, passage: Passage, at: Token, reason: str) -> Step:
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

    def texts(self, passage: Passage, tokens: Tokens, scope: Scope) -> frozenset[str]:
        """What an expression may be."""
        return self.value(passage.part(tokens), scope).texts

    def value(self, expression: Passage, scope: Scope) -> Value:
        if len(expression.tokens) == 1 and expression.tokens[0].kind == "string":
            token = expression.tokens[0]
            return expression.meanings.get(token.start, text(token.value))
        if not expression.tokens:
            return UNKNOWN
        from outbox_guard.frontends.sql.dataflow.following import evaluate

        try:
            return evaluate(expression, scope, self.mentions.names)
        except NotParsed:
            # Not known, and nothing that is not known is ever taken for a state or a role.
            return Value(NONE, fallback.locked(expression.tokens, self.mentions.names))

    # -- what tokens say -------------------------------------------------------------------

    def _switches(self, passage: Passage, scope: Scope) -> Iterator[RoleSwitch]:
        for switch in roles.switches(passage.tokens, lambda t: self.texts(passage, t, scope)):
            known = not passage.meanings or all(
                token.value != switch.role
                for token in passage.tokens
                if token.start in passage.meanings
            )
            yield RoleSwitch(
                place=passage.place(switch.keyword),
                inside=self.inside,
                statement=switch.statement,
                role=switch.role if known else "",
                routine=self.routine,
            )

    def _comparisons(self, passage: Passage, scope: Scope) -> Iterator[Comparison]:
        """What is compared with the clock, in a statement that may be about an outbox table."""
        names = self.mentions.names
        if not self.mentions.time_in(passage.sql, passage.start, passage.end):
            return
        for found in clocked(passage.with_clocks, Times(frozenset(names.timed), self.clocks)):
            origin = origin_of(found.column, passage.tokens)
            if origin is None or names.is_guarded(origin) or origin in scope.relations:
                place = passage.place(found.operator, found.last)
                words = "<=" if found.column_first else ">="
                yield Comparison(
                    place=place,
                    inside=self.inside,
                    column=found.column.value,
                    operator=found.spelling,
                    routine=self.routine,
                    edit=Edit(place, found.spelling, words) if found.exact else None,
                )

    def _tables(self, passage: Passage, scope: Scope) -> Iterator[tuple[str, Rows]]:
        """Tables that are no outbox tables: their columns, for those who read them."""
        names = self.mentions.names
        if not passage.tokens[0].is_word("create", "alter"):
            return
        if (part := part_of(passage.tokens)) is not None:
            base = scope.base_of(part.parent)
            if names.is_guarded(base):
                origins = frozenset((base,)) if names.is_pending(base) else NONE
                yield part.name, Rows(origins=origins, base=base)
            elif part.name in scope.relations:
                yield part.name, Rows()
            return
        if not passage.tokens[0].is_word("create"):
            return
        for change in table_changes(passage.tokens):
            if not names.is_guarded(change.table):
                given = {
                    default.column: self.value(passage.part(default.expression), scope)
                    for default in change.defaults
                }
                columns = (Column(name, given.get(name, UNKNOWN)) for name in change.columns)
                yield change.table, Rows(tuple(columns))

    def _truncates(self, passage: Passage, scope: Scope) -> Step:
        place, names = passage.place(passage.tokens[0]), tuple(truncated(passage.tokens))
        emptied = (
            Action(place=place, op="truncate", table=scope.base_of(name), mutates=True)
            for name in names
        )
        result = Step(verb="truncate", actions=tuple(emptied))
        if set(self.mentions.tables(passage.tokens)) <= set(names):
            return result
        return result | self._lost(
            passage, passage.tokens[0], "the tables of this TRUNCATE are not known"
        )

    def _unclosed(self, passage: Passage) -> Step:
        """A bracket that is never closed takes all to the end of the file into its statement."""
        opened = next(unclosed(passage.tokens), None)
        if opened is None or not self.mentions.tables(passage.tokens):
            return Step()
        return self._lost(passage, opened, "this bracket is never closed")

    def _copy(self, passage: Passage, scope: Scope) -> Step:
        copy = fallback.copied(passage.tokens, passage.unknown)
        if copy is None:
            return Step(verb="copy")
        if copy.unknown:
            reason = "the table of this COPY is not known"
            found = self.mentions.tables(passage.tokens)
            return self._lost(passage, copy.verb, reason) if found else Step(verb="copy")
        table = scope.base_of(copy.table)
        action = Action(place=passage.place(copy.verb), op="copy", table=table, via="copy")
        return Step(verb="copy", actions=(action,), copies=copy)

    def _executed(self, passage: Passage, scope: Scope) -> Iterator[Call]:
        """EXECUTE name (arguments), of a statement that was prepared."""
        name = name_at(passage.tokens, 1)
        if name is None or not words_at(passage.tokens, 0, "execute"):
            return
        opened = name.end < len(passage.tokens) and passage.tokens[name.end].is_mark("(")
        inside = passage.tokens[name.end + 1 : -1] if opened else ()
        values = (self.value(passage.part(part), scope) for part in listed(inside))
        numbered = ((str(number), value) for number, value in enumerate(values, 1))
        yield Call(name.value, tuple(numbered))

    def _declarations(self, passage: Passage) -> Iterator[Fact]:
        if len(passage.tokens) == 1:
            return  # a verb alone declares nothing
        site = self.site(passage)
        told = declared(site) if passage.tokens[0].is_word(*VERBS) else ()
        # Elsewhere nobody knows what is there when a statement runs.
        used = uses(site) if not self.routine and site.statement.zone == "schema" else ()
        # What is made may refer to itself; what is renamed or dropped had to be there.
        if passage.tokens[0].is_word("create"):
            yield from (*told, *used)
        else:
            yield from (*used, *told)

    def _rights(self, passage: Passage) -> Iterator[Fact]:
        """Who may do what, as far as the schema says it."""
        site = self.site(passage)
        if site.statement.zone == "schema":
            yield from rights(site)

    def site(self, passage: Passage) -> Site:
        return Site(passage, self.mentions.names, self.inside, self.routine)

    def _defaults(self, passage: Passage, scope: Scope) -> Iterator[Action]:
        """A column default of an attempts table gives the state to every row that names none."""
        names = self.mentions.names
        if not passage.tokens[0].is_word("create", "alter"):
            return
        for change in table_changes(passage.tokens):
            for default in change.defaults:
                if names.is_attempts(change.table) and default.column == names.outbox.state_column:
                    yield Action(
                        place=passage.place(default.keyword),
                        op="default",
                        table=change.table,
                        states=self.texts(passage, default.expression, scope),
                    )


def _action(effect: Effect, place: Place, scope: Scope) -> Action:
    return Action(
        place=place,
        op=effect.op,
        table=scope.base_of(effect.table),
        deletes=effect.deletes,
        mutates=effect.mutates,
        picked=effect.picked,
        states=effect.states,
        by_position=effect.by_position,
    )


def _main_verb(tokens: Tokens) -> str:
    """The first keyword, or the one behind a WITH list."""
    for _, token in outside(tokens):
        if token.is_word(*_QUERY_WORDS) and not token.is_word("with"):
            return token.value
    return tokens[0].value
