"""What SQL's functions and operators do to texts, as far as texts can tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from sqlglot import exp

from outbox_guard.frontends.sql.parsing.nodes import arguments_of, call_name
from outbox_guard.frontends.sql.parsing.trees import Tree
from outbox_guard.frontends.sql.values import documents, text_functions
from outbox_guard.frontends.sql.values.kinds import Value, compute, compute_each

# Of these nodes the texts of the result are the texts of these parts; other parts only decide.
CARRIERS: dict[type[Tree], tuple[str, ...]] = {
    exp.Alias: ("this",),
    exp.AnyValue: ("this",),
    exp.ArrayAgg: ("this",),
    exp.ArrayAppend: ("this", "expression"),
    exp.ArrayConcat: ("this", "expressions"),
    exp.ArrayPrepend: ("this", "expression"),
    exp.Any: ("this",),
    exp.Cast: ("this",),
    exp.Coalesce: ("this", "expressions"),
    exp.Collate: ("this",),
    exp.Distinct: ("expressions",),
    exp.Explode: ("this",),
    exp.Filter: ("this",),
    exp.FirstValue: ("this",),
    exp.Greatest: ("this", "expressions"),
    exp.GroupConcat: ("this",),
    exp.If: ("true", "false"),
    exp.IgnoreNulls: ("this",),
    exp.Lag: ("this", "default"),
    exp.LastValue: ("this",),
    exp.Lead: ("this", "default"),
    exp.Least: ("this", "expressions"),
    exp.Max: ("this",),
    exp.Min: ("this",),
    exp.NthValue: ("this",),
    exp.Nullif: ("this",),
    exp.Order: ("this",),
    exp.Paren: ("this",),
    exp.TryCast: ("this",),
    exp.Tuple: ("expressions",),
    exp.Unnest: ("expressions",),
    exp.Variadic: ("this",),
    exp.Window: ("this",),
    exp.WithinGroup: ("this",),
}
# Pure functions of texts: their arguments, how many of these they need at least, what they do.
_FUNCTIONS: dict[type[Tree], tuple[tuple[str, ...], int, Callable[..., str]]] = {
    exp.Chr: (("expressions",), 1, text_functions.character),
    exp.Initcap: (("this",), 1, str.title),
    exp.Left: (("this", "expression"), 2, text_functions.left),
    exp.Lower: (("this",), 1, str.lower),
    exp.Overlay: (("this", "expression", "from_", "for_"), 3, text_functions.overlay),
    exp.Pad: (("this", "expression", "fill_pattern"), 2, text_functions.rpad),
    exp.RegexpReplace: (
        ("this", "expression", "replacement", "modifiers"),
        3,
        text_functions.regexp_replace,
    ),
    exp.Repeat: (("this", "times"), 2, text_functions.repeat),
    exp.Replace: (("this", "expression", "replacement"), 3, str.replace),
    exp.Reverse: (("this",), 1, lambda whole: whole[::-1]),
    exp.Right: (("this", "expression"), 2, text_functions.right),
    exp.Substring: (("this", "start", "length"), 2, text_functions.substring),
    exp.Translate: (("this", "from_", "to"), 3, text_functions.translate),
    exp.Trim: (("this", "expression"), 1, str.strip),
    exp.Upper: (("this",), 1, str.upper),
}
# What takes a text apart, and the separator of the parts, each of which may be meant.
_SPLITTERS = {exp.StringToArray: "expression", exp.SplitPart: "delimiter"}
_ALL_OF_SPLIT_PART = 3  # arguments, where it is known which part is meant
_SPECIFIER = re.compile("%%|%[sIL]")


def arguments(node: Tree) -> list[Tree] | None:
    """The texts that a node reckons with; None where it only passes texts on, or none at all."""
    match node:
        case exp.DPipe():
            return list(node.flatten())
        case exp.Concat() | exp.ConcatWs():
            return [part for part in node.expressions if not isinstance(part, exp.Null)]
        case exp.Mod():  # as the arrows of JSON are said
            return [node.this, node.expression]
        case exp.Anonymous() if documents.builds(node.name):
            return node.expressions
        case exp.Format():
            return [node.this, *node.expressions]
        case exp.ArrayToString(this=exp.Array() as array):
            return [node.expression, *array.expressions]
        case exp.Cast() if node.to.is_type(exp.DataType.Type.ARRAY):
            return [node.this]
        case exp.SplitPart() if number(node.args["part_index"]) is not None:
            return _present(node, ("this", "delimiter", "part_index"), 3)
        case exp.StringToArray() | exp.SplitPart():
            return _present(node, ("this", _SPLITTERS[type(node)]), 2)
        case _ if type(node) in _FUNCTIONS:
            keys, required, _ = _FUNCTIONS[type(node)]
            return _present(node, keys, required)
        case _:
            return None


def _present(node: Tree, keys: Sequence[str], required: int) -> list[Tree] | None:
    found = [part for key, part in arguments_of(node) if key in keys]
    return found if len(found) >= required else None


def result(node: Tree, values: Sequence[Value]) -> Value:
    """What a node makes of the values of its arguments."""
    match node:
        case exp.ConcatWs() | exp.ArrayToString():
            return compute(lambda glue, *texts: glue.join(texts), values)
        case exp.Format():
            return compute(_formatted, values)
        case exp.Cast():
            return compute_each(text_functions.elements, values)
        case exp.SplitPart() if len(values) == _ALL_OF_SPLIT_PART:
            return compute_each(_if_possible(text_functions.split_part), values)
        case exp.StringToArray() | exp.SplitPart():
            return compute_each(str.split, values)
        case exp.Mod():
            return documents.part(*values)
        case exp.Anonymous():
            return documents.built(node.name, values)
        case exp.Pad() if node.args.get("is_left"):
            return compute_each(_if_possible(text_functions.lpad), values)
        case _ if type(node) in _FUNCTIONS:
            return compute_each(_if_possible(_FUNCTIONS[type(node)][2]), values)
        case _:
            return compute(lambda *texts: "".join(texts), values)


def _if_possible(function: Callable[..., str]) -> Callable[..., Iterable[str]]:
    """Nothing where a function does something else with arguments like these, as a pattern's."""

    def attempted(*texts: str) -> Iterable[str]:
        try:
            return (function(*texts),)
        except (ValueError, OverflowError):
            return ()

    return attempted


def number(node: Tree) -> Value | None:
    """A number as the text that it is written as, where it is one."""
    sign, digits = ("-", node.this) if isinstance(node, exp.Neg) else ("", node)
    plain = isinstance(digits, exp.Literal) and not digits.is_string
    return Value(frozenset((sign + digits.this,))) if plain else None


def _formatted(pattern: str, *arguments: str) -> str:
    """format() with %s, %I and %L in order; what it can't say is said as it stands."""
    rest = iter(arguments)
    return _SPECIFIER.sub(lambda found: "%" if found[0] == "%%" else next(rest, ""), pattern)


def computes(tree: Tree) -> bool:
    """Whether a text in it may become another one, and not only pass through."""
    return any(
        arguments(node) is not None
        or documents.takes_apart(call_name(node))
        or isinstance(node, exp.Like | exp.ILike)
        for node in tree.walk()
    )
