"""A PL/pgSQL body run in the abstract: what its statements write, what its variables may hold.

Statements are taken in the order in which they stand; the branches that they stand in tell which
assignments reach them. A second turn lets what a loop assigns flow back to its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from outbox_guard.facts import Declaration, Place
from outbox_guard.frontends.sql.clocks.comparisons import holding_clock
from outbox_guard.frontends.sql.lexing.lexer import lex, scan
from outbox_guard.frontends.sql.lexing.literals import Decoded
from outbox_guard.frontends.sql.lexing.passages import Cutter, Passage
from outbox_guard.frontends.sql.lexing.text import SqlText
from outbox_guard.frontends.sql.lexing.tokens import LexError, Token
from outbox_guard.frontends.sql.routines.blocks import Item
from outbox_guard.frontends.sql.routines.branches import Branches
from outbox_guard.frontends.sql.routines.claims import (
    Action,
    Condition,
    Moment,
    Path,
    exclusive,
    repeated,
)
from outbox_guard.frontends.sql.routines.folding import (
    Folded,
    Texts,
    as_computed,
    decide,
    fold,
    told_apart,
    under,
)
from outbox_guard.frontends.sql.routines.headers import header
from outbox_guard.frontends.sql.routines.plpgsql import extract
from outbox_guard.frontends.sql.routines.variables import (
    Definition,
    Definitions,
    reaching,
    texts_held,
)
from outbox_guard.frontends.sql.scripts.handed import handed_over
from outbox_guard.frontends.sql.statements.context import Context
from outbox_guard.frontends.sql.statements.relations import relations_after
from outbox_guard.frontends.sql.statements.statement import step_of
from outbox_guard.frontends.sql.statements.step import Step
from outbox_guard.frontends.sql.values import text_functions
from outbox_guard.frontends.sql.values.choices import MOST, Choice, Reach, elements, slices
from outbox_guard.frontends.sql.values.kinds import Value, either, text
from outbox_guard.frontends.sql.values.rows import Column, Rows, scalar
from outbox_guard.frontends.sql.values.scopes import Layer, Scope

Run = Callable[[SqlText, Scope, Value], Iterable[Step]]  # SQL that EXECUTE runs
_TURNS = 2


@dataclass(frozen=True, slots=True)
class Played:
    """What one item of the body does."""

    item: Item
    step: Step
    definitions: tuple[Definition, ...] = ()

    @property
    def moment(self) -> Moment:
        return Moment(self.step.actions, self.item.path)


@dataclass(frozen=True, slots=True)
class _Spot:
    """One item where it stands in its body, with the assignments that were seen by then."""

    moment: int
    item: Item
    passage: Passage
    definitions: Definitions
    reach: Reach  # the ways to it

    def variables(self, wanted: frozenset[str]) -> dict[str, Rows]:
        return reaching(self.definitions, self.moment, self.item.path, wanted)


@dataclass(frozen=True, slots=True)
class Body:
    """One body, played item by item; `run` reads the texts that its EXECUTEs run."""

    context: Context
    cutter: Cutter
    text: SqlText
    run: Run
    trigger_tables: frozenset[str] | None = None  # of which NEW is a row; None when not known

    def play(self, scope: Scope) -> list[Played]:
        """All items of the body in order; PlpgsqlError where it is no PL/pgSQL."""
        items = extract(self.text.text)
        body = replace(self, context=replace(self.context, clocks=self._clocks(items)))
        played: list[Played] = []
        loops = any(arm.kind == "loop" for item in items for arm in item.path)
        for _ in range(_TURNS if loops else 1):
            played = body._turn(items, [d for each in played for d in each.definitions], scope)
        caught = {arm.start for item in items for arm in item.path if arm.kind == "exception"}
        return [replace(each, step=_branched(each, caught)) for each in played]

    def _clocks(self, items: Sequence[Item]) -> frozenset[str]:
        """The variables that are never given anything but the clock."""
        if not self.context.mentions.time_in(self.text.text, 0, len(self.text.text)):
            return frozenset()
        given = [i for i in items if i.targets and i.kind != "declaration"]
        return holding_clock((name, self._passage(i).tokens) for i in given for name in i.targets)

    def _turn(self, items: Sequence[Item], before: list[Definition], scope: Scope) -> list[Played]:
        definitions = Definitions(before)
        picks: list[tuple[Condition, Path]] = []
        played: list[Played] = []
        branches = Branches(items)
        outside, made = scope.relations, dict[str, Rows]()
        for moment, item in enumerate(items):
            reach = branches.reach(item.path)
            at = _Spot(moment, item, self._passage(item), definitions, reach)
            branches.leave(item)
            if branches.chooses(item):
                branches.meet(item, self._texts(at), partial(self._decided, at))
            here = replace(scope, variables={**scope.variables, **at.variables(self._names(item))})
            step = self._step(at, here)
            earlier = [pick for pick, path in picks if not exclusive(path, item.path)]
            step = replace(
                step,
                actions=(
                    *repeated(step.actions, at.passage, earlier),
                    *self._assigns_new(item, step.rows),
                ),
            )
            fills = tuple(_definitions(item, moment, step.rows, self._texts(at), reach))
            definitions.add(fills)
            picks += [(pick, item.path) for pick in step.picks]
            if step.relations:
                known = {n: rows for n in step.relations if (rows := scope.relations.get(n))}
                made = {**made, **relations_after(known, step.relations)}
                scope = replace(scope, relations=Layer(made, outside))
            played.append(Played(item, step, fills))
        return played

    def _names(self, item: Item) -> frozenset[str]:
        """The variables that an item may look at."""
        spans = ((item.start, item.end), *item.using)
        words = (t for start, end in spans for t in lex(self.text.text, start=start, end=end))
        return frozenset(t.value for t in words if t.is_identifier) | {item.cursor}

    def _texts(self, at: _Spot) -> Texts:
        """What an expression may be as a text that EXECUTE is given later on."""
        texts = at.item.kind in ("expression", "default", "dynamic")
        if not texts or _takes_elements(at.item) or _is_range(at.item):
            return ()
        return under(fold(self.text, at.item.start, at.item.end, self._held(at)), at.reach)

    def _held(self, at: _Spot) -> dict[str, Texts]:
        return texts_held(at.definitions, at.moment, at.item.path, self._names(at.item))

    def _decided(self, at: _Spot, before: Reach) -> tuple[Reach, Reach]:
        return decide(self.text, at.item.start, at.item.end, self._held(at), before)

    def _passage(self, item: Item) -> Passage:
        passage = self.cutter.whole(self._part(item.text, item.start, item.end))
        if item.prefix and passage.tokens:
            first = passage.tokens[0].start
            select = Token("word", first, first, "select")
            return passage.part([select, *passage.tokens])
        return passage

    def _part(self, text: str, start: int, end: int) -> SqlText:
        return self.text.inside(Decoded(text, range(start, end)))

    def _step(self, at: _Spot, scope: Scope) -> Step:
        passage = at.passage
        match at.item.kind:
            case "fetch":
                return Step(rows=scope.variables.get(at.item.cursor, Rows()))
            case "dynamic":
                return self._execute(at, scope)
            case "sql" if header(passage.sql, passage.tokens) is not None:
                return self._creates(at, scope)
            case "sql" | "query" | "perform" | "cursor" | "expression" | "default":
                variable = _only_variable(passage.tokens, scope)
                step = Step(rows=variable) if variable else step_of(passage, scope, self.context)
                if _is_range(at.item):
                    step = replace(step, rows=scalar(self._range(at.item)))
                if _takes_elements(at.item):
                    step = replace(step, rows=self._apart(at.item, step.rows))
                for text in handed_over(passage):
                    for done in self.run(text, Scope(), Value()):
                        step |= replace(done, rows=step.rows)
                return step
            case _:
                return Step()

    def _range(self, item: Item) -> Value:
        """What the variable of FOR i IN 1 .. 3 is, where both ends are written as numbers."""
        ends = [item.text, *(self.text.text[start:end] for start, end in item.using)]
        if not all(end.strip().isdecimal() for end in ends):
            return Value()
        numbers = range(*sorted(map(int, ends)))
        counted = (*numbers[:MOST], numbers.stop)
        return text(*map(str, counted)) if len(counted) <= MOST else Value()

    def _apart(self, item: Item, arrays: Rows) -> Rows:
        """What FOREACH takes out of an array, one after the other."""
        words = lex(self.text.text, start=item.at, end=item.start)
        if any(word.is_word("slice") for word in words):
            return arrays.by(slices)
        return arrays.with_texts(_elements).by(elements)

    def _creates(self, at: _Spot, scope: Scope) -> Step:
        """CREATE FUNCTION, whose body has variables of its own."""
        text = self._part(at.item.text, at.item.start, at.item.end)
        created = Step()
        for step in self.run(text, replace(scope, variables={}), Value()):
            created |= step
        return created

    def _execute(self, at: _Spot, scope: Scope) -> Step:
        """EXECUTE expression USING …: every text that the expression may be, run."""
        item, passage = at.item, at.passage
        arguments = [
            self.context.value(self.cutter.whole(self._part(self.text.text[a:b], a, b)), scope)
            for a, b in item.using
        ]
        filling = self.context.value(passage.part(passage.tokens[1:]), scope)
        result = step_of(passage, scope, self.context)  # what computing the text does by itself
        rows: Rows | None = None
        texts = self._texts(at)
        if all(folded.is_opaque for folded in texts):
            texts = as_computed(filling.under(at.reach), item.start) or texts
        elif any(folded.holes for folded in texts):
            texts = (*texts, *as_computed(filling.under(at.reach), item.start))
        ways: dict[str, list[Folded]] = {}
        for each in texts:
            if not each.is_opaque:
                ways.setdefault(each.text, []).append(each)
        for same in ways.values():
            reach = tuple(each.picks for each in same)
            inner = replace(scope, variables=_given(arguments, reach))
            for step in self.run(same[0].sql(self.text), inner, Value(locked=filling.locked)):
                result |= step
            rows = result.rows if rows is None else rows | result.rows
        if any(folded.is_opaque for folded in texts):
            result |= self._opaque(item)
        return replace(result, rows=rows or Rows(locked=filling.locked))

    def _opaque(self, item: Item) -> Step:
        """An EXECUTE whose text is not known: it may run any SQL that the body holds as text."""
        names = _named_in_texts(self.text.text)
        tables = sorted(filter(self.context.mentions.is_guarded, names))
        if not tables:
            return Step()
        return self.context.undetermined(
            self.text.place(item.start, item.end),
            "EXECUTE of a text that is put together at run time",
            tuple(tables),
        )

    def _assigns_new(self, item: Item, rows: Rows) -> Iterator[Action]:
        """NEW.state := …, SELECT … INTO NEW.state: the row that a trigger lets through."""
        names = self.context.mentions.names
        state = names.outbox.state_column
        for position, target in enumerate(item.targets):
            name, _, part = target.partition(".")
            if name != "new" or part not in ("", state):
                continue
            values = rows.fit(len(item.targets))[position]
            texts = (values if part else rows.named(state) or Value()).texts
            tables = self.trigger_tables
            attempts = [""] if tables is None else sorted(t for t in tables if names.is_attempts(t))
            for table in attempts if texts else ():
                yield Action(place=self._place_of_new(item), op="assign", table=table, states=texts)

    def _place_of_new(self, item: Item) -> Place:
        tokens = lex(self.text.text, start=min(item.at, item.start), end=item.end)
        found = next((t for t in tokens if t.is_word("new")), tokens[0])
        return self.text.place(found.start, found.end)


def _branched(played: Played, caught: Collection[int]) -> Step:
    """A step whose declarations say whether they stand in a branch, or where an error is caught."""
    if all(arm.kind == "block" and arm.start not in caught for arm in played.item.path):
        return played.step
    facts = (
        replace(fact, conditional=True) if isinstance(fact, Declaration) else fact
        for fact in played.step.facts
    )
    return replace(played.step, facts=tuple(facts))


def returned(played: Iterable[Played], outs: Sequence[str] = ()) -> Rows:
    """What the routine returns: RETURN, RETURN NEXT, RETURN QUERY; its OUT parameters else."""
    played = list(played)
    result: Rows | None = None
    if outs:
        filled = [d for each in played for d in each.definitions if not d.field]
        values = (either(d.rows.first for d in filled if d.variable == name) for name in outs)
        result = Rows(tuple(map(Column, outs, values)))
    for each in played:
        if each.item.statement == "return" and each.item.kind != "control":
            result = each.step.rows if result is None else result | each.step.rows
    return result or Rows()


def _given(arguments: Sequence[Value], reach: Reach) -> dict[str, Rows]:
    """What USING gives to a text on the ways on which it is that text."""
    values = (argument.under(reach).free for argument in arguments)
    return {f"${number}": scalar(value) for number, value in enumerate(values, 1)}


def _definitions(
    item: Item, moment: int, rows: Rows, texts: Texts, reach: Reach
) -> Iterator[Definition]:
    """What an item fills: its targets by position, and the cursor that it opens."""
    if item.cursor and item.kind in ("cursor", "query", "dynamic"):
        yield Definition(item.cursor, rows, moment, item.path)
    itself: Choice = (0, str(moment))
    given = rows.taken(itself).under(reach)
    values = given.fit(len(item.targets))
    for target, value in zip(item.targets, values, strict=True):
        name, _, part = target.partition(".")
        whole = len(item.targets) == 1 and not part
        filled = given if whole else scalar(value.tainted(rows.locked))
        known: Texts = ()
        if item.kind != "dynamic" and not all(each.is_opaque for each in texts):
            column = rows.columns[0].name if rows.columns else ""
            known = under(told_apart(texts, (0, f"{moment}.{column}")), reach)
        null = item.kind == "declaration"
        yield Definition(name, filled, moment, item.path, part, known, item.start, null)


def _elements(arrays: Iterable[str]) -> frozenset[str]:
    return frozenset(each for array in arrays for each in text_functions.elements(array))


def _takes_elements(item: Item) -> bool:
    """Whether its targets are given the elements of an array, one after the other."""
    return item.statement == "foreach"


def _is_range(item: Item) -> bool:
    return item.kind == "expression" and bool(item.using)


def _only_variable(tokens: Sequence[Token], scope: Scope) -> Rows | None:
    """A whole record that is passed on: RETURN NEXT r, a := r."""
    if len(tokens) == 2 and tokens[0].is_word("select") and tokens[1].is_identifier:  # noqa: PLR2004
        return scope.variables.get(tokens[1].value)
    return None


@lru_cache(maxsize=1)  # a body has many EXECUTEs, and a long one takes long to lex
def _named_in_texts(body: str) -> frozenset[str]:
    """Every name that stands in a text of the body."""
    literals = (t.value for t in lex(body) if t.kind == "string")
    return frozenset(t.value for literal in literals for t in _identifiers(literal))


def _identifiers(text: str) -> Iterator[Token]:
    """The names in a text, up to where it cannot be read: it is only a part of a statement."""
    with suppress(LexError):
        yield from (token for token in scan(text) if token.is_identifier)
