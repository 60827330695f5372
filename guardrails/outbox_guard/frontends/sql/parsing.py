"""One statement's tokens to a sqlglot tree, or to the reason why there is none.

sqlglot never sees the source: it gets the statement said again in the SQL that it knows. Literals,
placeholders and numbers become stand-ins, so that their text comes from our own lexer and a dump's
thousand INSERTs are one parse; the target of each data-modifying verb carries a tag, so that every
such node is tied to the verb's own token and a tree that lost one is noticed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import SqlglotError

from outbox_guard.frontends.sql.lexer import Token
from outbox_guard.frontends.sql.phrases import matching, words_at

# sqlglot warns of what it does not understand, with the text of the statement.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

Tree = exp.Expr

# Real statements nest thirteen deep at most; sqlglot recurses, and backtracks in arrays and calls.
_DEEPEST = 30
_DEEPEST_CALLS = 10
_MOST_SUBSCRIPTS = 100
_MOST_TOKENS = 200_000

_ROOTS = (
    exp.Select,
    exp.SetOperation,
    exp.Subquery,
    exp.Values,
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
)
_VERBS = {"delete": "from", "insert": "into", "merge": "into", "update": ""}

# What may stand right before a literal; any other word there is a type's name: mood 'ok'.
_BEFORE_LITERAL = frozenset(
    "all and any as between both by case collate date default distinct else end escape except exclude"
    " fetch filter first following for from group having ilike in interval intersect into is isnull"
    " join lateral leading like limit next not notnull of offset on only or order over partition"
    " placing preceding range ratio returning row rows select set similar some symmetric then time"
    " timestamp timestamptz timetz to trailing uescape union using value values when where with"
    " within zone".split()
)
_PLAIN_OPERATORS = frozenset(("=", "<>", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "||"))


class NotParsed(ValueError):
    """sqlglot could not, or must not be asked to, read this statement."""


@dataclass(frozen=True, slots=True)
class Parsed:
    tree: Tree
    literals: Mapping[str, str]  # stand-in -> the text of the literal
    placeholders: Mapping[str, Token]  # stand-in -> the token that stands for something unknown
    verbs: Mapping[str, Token]  # tag of a target -> the token of its verb


def parse(tokens: Sequence[Token], placeholders: frozenset[int] = frozenset()) -> Parsed:
    """The tree of a query or a data-modifying statement.

    `placeholders` are the offsets of tokens that stand for something unknown. NotParsed where
    anything but exactly one tree of an expected kind, with every verb in its place, comes out.
    """
    _refuse_what_takes_too_long(tokens)
    said = _Rewriting(tokens, placeholders)
    tree = _tree(" ".join(said.words()))
    if isinstance(tree, str):
        raise NotParsed(tree)
    parsed = Parsed(tree, said.literals, said.placeholders, said.verbs)
    _check_verbs(parsed)
    return parsed


def tag_of(node: Tree) -> str:
    """The tag of a data-modifying node's target."""
    table = target_of(node)
    catalog = table.args.get("catalog") if table is not None else None
    return catalog.name if isinstance(catalog, exp.Identifier) else ""


def target_of(node: Tree) -> exp.Table | None:
    """The table that a data-modifying node writes to."""
    target = node.args.get("this")
    if isinstance(target, exp.Schema):
        target = target.this
    return target if isinstance(target, exp.Table) else None


def verb_of(tree: Tree) -> str:
    """The keyword of a statement, the one behind its WITH list if it has one."""
    match tree:
        case exp.Insert() | exp.Update() | exp.Delete() | exp.Merge() | exp.Values():
            return str(tree.key)
        case _:
            return "select"


def folded(identifier: object) -> str:
    """A name as PostgreSQL knows it; the words of the rewritten text are folded already."""
    return identifier.name if isinstance(identifier, exp.Expr) else str(identifier or "")


@lru_cache(maxsize=4096)
def _tree(text: str) -> Tree | str:
    """The one tree of this text, or why there is none: dumps repeat one shape a million times."""
    try:
        trees = Postgres().parse(text)
    except SqlglotError as error:
        return str(error).splitlines()[0]
    # Of garbage, sqlglot lets all sorts of exceptions escape; none may end the run.
    except (RecursionError, TypeError, ValueError, AttributeError, IndexError, KeyError) as error:
        return f"{type(error).__name__} in the parser"
    if len(trees) != 1 or not isinstance(trees[0], _ROOTS):
        return "not a query and not a data-modifying statement"
    tree = trees[0]
    return "an unknown form of statement" if tree.find(exp.Command) else tree


def _check_verbs(parsed: Parsed) -> None:
    found = [tag_of(node) for node in _modifying(parsed.tree)]
    if sorted(found) != sorted(parsed.verbs):
        raise NotParsed("the parser took a verb for something else")


def _modifying(tree: Tree) -> Iterator[Tree]:
    for node in tree.find_all(exp.Insert, exp.Update, exp.Delete, exp.Merge):
        if not isinstance(node.parent, exp.When):  # a branch of MERGE has no target of its own
            yield node


def _refuse_what_takes_too_long(tokens: Sequence[Token]) -> None:
    if len(tokens) > _MOST_TOKENS:
        raise NotParsed(f"longer than {_MOST_TOKENS} tokens")
    open_calls: list[bool] = []
    calls = subscripts = 0
    for index, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.value in "([":
            before = tokens[index - 1] if index else None
            is_call = before is not None and before.is_identifier
            open_calls.append(is_call)
            calls += is_call
            subscripts += token.value == "["
        elif token.value in ")]" and open_calls:
            calls -= open_calls.pop()
        if len(open_calls) > _DEEPEST or calls > _DEEPEST_CALLS or subscripts > _MOST_SUBSCRIPTS:
            raise NotParsed("nested too deeply")


@dataclass(slots=True)
class _Rewriting:
    """The statement in the words that sqlglot knows; what they stand for is kept beside it."""

    tokens: Sequence[Token]
    unknown: frozenset[int]
    literals: dict[str, str] = field(default_factory=dict)
    placeholders: dict[str, Token] = field(default_factory=dict)
    verbs: dict[str, Token] = field(default_factory=dict)
    _interned: dict[str, str] = field(default_factory=dict)

    def words(self) -> list[str]:
        said: list[str] = []
        dropped = self._superfluous()
        targets = self._targets()
        for index, token in enumerate(self.tokens):
            if index in dropped:
                continue
            if index in targets:
                said.append(targets[index])
            if token.kind == "string":
                self._drop_type_name(said, index)
            said.append(self._word(index, token))
        return said

    def _word(self, index: int, token: Token) -> str:
        if token.start in self.unknown or token.kind in ("param", "variable"):
            return self._placeholder(token)
        match token.kind:
            case "string":
                return self._literal(token.value)
            case "number":
                return "1"
            case "name":
                return _quoted(token.value)
            case "word":
                plain = token.value.isascii() and "$" not in token.value
                return token.value if plain else _quoted(token.value)
            case "operator":
                return token.value if token.value in _PLAIN_OPERATORS else self._operator(index)
            case "mark":
                return "=>" if token.value == ":=" else token.value
            case _:
                raise NotParsed(f"{token.value!r} is no SQL")

    def _literal(self, text: str) -> str:
        stand_in = self._interned.setdefault(text, f"_s{len(self._interned)}_")
        self.literals[stand_in] = text
        return f"'{stand_in}'"

    def _placeholder(self, token: Token) -> str:
        stand_in = f"_p{len(self.placeholders)}_"
        self.placeholders[stand_in] = token
        return stand_in

    def _operator(self, index: int) -> str:
        """Of an operator that is not plain only the operands matter: minus has them too."""
        if self.tokens[index].value == "?" and not self._begins_operand(index + 1):
            return self._placeholder(self.tokens[index])
        return "-"

    def _begins_operand(self, index: int) -> bool:
        if index >= len(self.tokens):
            return False
        token = self.tokens[index]
        return token.kind in ("string", "number", "name", "param", "variable") or token.is_mark("(")

    def _drop_type_name(self, said: list[str], index: int) -> None:
        """`public.mood 'ok'` is `'ok'`."""
        if not index or not self._is_type_name(index - 1):
            return
        said.pop()
        while len(said) > 1 and said[-1] == ".":
            del said[-2:]

    def _is_type_name(self, index: int) -> bool:
        token = self.tokens[index]
        if token.start in self.unknown:
            return False
        return token.kind == "name" or (token.kind == "word" and token.value not in _BEFORE_LITERAL)

    def _targets(self) -> dict[int, str]:
        """Where the name of a verb's target begins, and the tag to write before it."""
        targets: dict[int, str] = {}
        for index, token in enumerate(self.tokens):
            if token.kind != "word" or token.value not in _VERBS:
                continue
            name = verb_target(self.tokens, index)
            if name is None:
                continue
            tag = f"_v{len(self.verbs)}_"
            self.verbs[tag] = token
            schema = name + 1 < len(self.tokens) and self.tokens[name + 1].is_mark(".")
            targets[name] = f"{tag} ." if schema else f"{tag} . _n_ ."
        return targets

    def _superfluous(self) -> frozenset[int]:
        """Tokens that change nothing for the flow of data and that sqlglot stumbles over."""
        dropped: set[int] = set()
        for index, token in enumerate(self.tokens):
            if token.kind == "word" and token.value in _SUPERFLUOUS:
                dropped.update(_SUPERFLUOUS[token.value](self.tokens, index))
        return frozenset(dropped)


def verb_target(tokens: Sequence[Token], index: int) -> int | None:
    """The index at which the target's name begins, if the word at `index` is a verb at its place."""
    if index and not (tokens[index - 1].is_mark("(", ")")):
        return None
    following = _VERBS[tokens[index].value]
    name = index + 1
    if following:
        if name >= len(tokens) or not tokens[name].is_word(following):
            return None
        name += 1
    while name < len(tokens) and (tokens[name].is_word("only") or tokens[name].is_mark("(")):
        name += 1
    return name if name < len(tokens) and not tokens[name].is_word("set") else None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _overriding(tokens: Sequence[Token], index: int) -> range:
    """OVERRIDING SYSTEM VALUE"""
    clause = any(words_at(tokens, index, "overriding", who, "value") for who in ("system", "user"))
    return range(index, index + 3) if clause else range(0)


def _current_of(tokens: Sequence[Token], index: int) -> range:
    """WHERE CURRENT OF c: the cursor stays, and means its rows."""
    return range(index, index + 2) if words_at(tokens, index, "current", "of") else range(0)


def _returning_with(tokens: Sequence[Token], index: int) -> range:
    """RETURNING WITH (OLD AS o)"""
    if words_at(tokens, index, "returning", "with"):
        return range(index + 1, matching(tokens, index + 2) + 1)
    return range(0)


def _only_parenthesis(tokens: Sequence[Token], index: int) -> tuple[int, ...]:
    """ONLY (t)"""
    if index + 1 < len(tokens) and tokens[index + 1].is_mark("("):
        return (index + 1, matching(tokens, index + 1))
    return ()


def _values_parenthesis(tokens: Sequence[Token], index: int) -> tuple[int, ...]:
    """INSERT INTO t (VALUES …): without the parenthesis, that is no list of columns."""
    inserts = [
        start for start in range(max(0, index - 8), index) if tokens[start].is_word("insert")
    ]
    opens = index and tokens[index - 1].is_mark("(")
    if (
        not inserts
        or not opens
        or any(t.kind == "mark" and t.value != "." for t in tokens[inserts[-1] : index - 1])
    ):
        return ()
    return (index - 1, matching(tokens, index - 1))


def _operator_call(tokens: Sequence[Token], index: int) -> tuple[int, ...]:
    """OPERATOR(pg_catalog.=) is the operator in it."""
    if index + 1 < len(tokens) and tokens[index + 1].is_mark("("):
        end = matching(tokens, index + 1)
        return (*range(index, end - 1), end)
    return ()


_SUPERFLUOUS = {
    "overriding": _overriding,
    "current": _current_of,
    "returning": _returning_with,
    "only": _only_parenthesis,
    "operator": _operator_call,
    "values": _values_parenthesis,
}
