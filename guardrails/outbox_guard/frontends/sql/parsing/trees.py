"""The sqlglot tree of a rewritten statement, or the reason why there is none.

A tree counts only where it is the only one, of an expected kind, holds nothing that sqlglot did
not understand, and has every data-modifying verb of the statement at its place.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from functools import lru_cache

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import SqlglotError

from outbox_guard.frontends.sql.lexing.phrases import Tokens
from outbox_guard.frontends.sql.parsing.rewriting import NotParsed

# sqlglot warns of what it does not understand, with the text of the statement.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

Tree = exp.Expr

_TAG = re.compile(r"\b_v\d+_(?= \. )")

# Real statements nest thirteen deep at most; sqlglot recurses, and backtracks in arrays and calls.
_DEEPEST = 30
_DEEPEST_CALLS = 10
_MOST_SUBSCRIPTS = 100
_LONGEST = 1_000_000

QUERIES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)
MODIFIERS = (exp.Insert, exp.Update, exp.Delete, exp.Merge)


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


def tree_of(text: str) -> Tree:
    """The tree of a rewritten query or data-modifying statement; NotParsed where there is none."""
    if len(text) > _LONGEST:
        raise NotParsed(f"longer than {_LONGEST} characters")
    tree = _tree(text)
    if isinstance(tree, str):
        raise NotParsed(tree)
    return tree


@lru_cache(maxsize=4096)
def _tree(text: str) -> Tree | str:
    """The one tree of this text, or why there is none; files repeat the shape of statements."""
    try:
        trees = Postgres().parse(text)
    except SqlglotError as error:
        return str(error).splitlines()[0]
    # Of garbage, sqlglot lets all sorts of exceptions escape; none may end the run.
    except (RecursionError, TypeError, ValueError, AttributeError, IndexError, KeyError) as error:
        return f"{type(error).__name__} in the parser"
    if len(trees) != 1 or not isinstance(trees[0], (*QUERIES, *MODIFIERS)):
        return "not a query and not a data-modifying statement"
    tree = trees[0]
    if tree.find(exp.Command):
        return "an unknown form of statement"
    if sorted(map(tag_of, _modifying(tree))) != sorted(_TAG.findall(text)):
        return "the parser took a verb for something else"
    return tree


def _modifying(tree: Tree) -> Iterator[Tree]:
    for node in tree.find_all(*MODIFIERS):
        if not isinstance(node.parent, exp.When):  # a branch of MERGE has no target of its own
            yield node


def refuse_what_takes_too_long(tokens: Tokens) -> None:
    """NotParsed for what would keep sqlglot busy, or recursing, beyond reason."""
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
