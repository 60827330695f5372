"""Names that sub-queries give to the clock: `t.n` of WITH t AS (SELECT now() AS n)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from outbox_guard.frontends.sql.lexing.phrases import Tokens, listed, matching, outside, words_at

_ENDS = "from where group having order limit offset fetch for union intersect except window".split()
IsClock = Callable[[Tokens], bool]


def clocks_spelled_out(tokens: Tokens, is_clock: IsClock) -> Tokens:
    """The tokens with the clock itself in the place of such names."""
    named = set(_named(tokens, is_clock))
    if not named:
        return tokens
    found = list(tokens)
    for index in range(len(tokens) - 3, -1, -1):
        table, dot, column = tokens[index : index + 3]
        if dot.is_mark(".") and (table.value, column.value) in named:
            clock = column._replace(kind="word", value="current_timestamp", start=table.start)
            found[index : index + 3] = [clock]
    return found


def _named(tokens: Tokens, is_clock: IsClock) -> Iterator[tuple[str, str]]:
    for index, token in enumerate(tokens):
        if not token.is_mark("(") or index + 1 >= len(tokens):
            continue
        closing = matching(tokens, index)
        body = tokens[index + 1 : closing]
        table, columns = _name_before(tokens, index)
        if not table:
            table, columns = _name_behind(tokens, closing + 1)
        for number, item in enumerate(_items(body)) if table else ():
            alias = item[-1].value if len(item) > 1 and item[-2].is_word("as") else ""
            value = item[:-2] if alias else item
            name = columns[number] if number < len(columns) else alias
            if name and is_clock(value):
                yield table, name


def _items(body: Tokens) -> Iterator[Tokens]:
    """What a SELECT lists, or the only row of VALUES."""
    if words_at(body, 0, "select"):
        ends = (index for index, token in outside(body) if token.is_word(*_ENDS))
        yield from listed(body[1 : next(ends, len(body))])
    elif words_at(body, 0, "values") and len(body) > 1 and matching(body, 1) == len(body) - 1:
        yield from listed(body[2:-1])


def _name_behind(tokens: Tokens, index: int) -> tuple[str, Sequence[str]]:
    """(…) AS name (column, …)"""
    index += words_at(tokens, index, "as")
    if index >= len(tokens) or not tokens[index].is_identifier:
        return "", ()
    return tokens[index].value, _columns(tokens, index + 1)


def _name_before(tokens: Tokens, index: int) -> tuple[str, Sequence[str]]:
    """WITH name (column, …) AS MATERIALIZED (…)"""
    index -= 1
    while index > 0 and tokens[index].is_word("materialized", "not"):
        index -= 1
    if index < 1 or not tokens[index].is_word("as"):
        return "", ()
    opening = index - 1
    while opening > 0 and tokens[index - 1].is_mark(")") and not tokens[opening].is_mark("("):
        opening -= 1
    name = opening - 1 if tokens[opening].is_mark("(") else opening
    known = name >= 0 and tokens[name].is_identifier
    return (tokens[name].value, _columns(tokens, name + 1)) if known else ("", ())


def _columns(tokens: Tokens, index: int) -> Sequence[str]:
    """The names between brackets, of which there may be none."""
    if index >= len(tokens) or not tokens[index].is_mark("("):
        return ()
    names = listed(tokens[index + 1 : matching(tokens, index)])
    return [name[0].value for name in names if name]
