"""Is what begins with SELECT a query? In prose other words follow, and more of them in a row."""

from __future__ import annotations

from outbox_guard.frontends.sql.lexing.phrases import (
    Tokens,
    ends,
    find_word,
    matching,
    name_at,
    outside,
    skip_words,
    words_at,
)

_LONGEST_RUN = 2  # a column and its alias
_EXPRESSION_WORDS = (
    "all and any as asc between by case cast desc distinct else end false filter for from ilike in"
    " interval into is like not null or order over partition similar some then time timestamp to"
    " true when with zone"
).split()
_CLAUSES = (
    "where group having order limit offset fetch for union intersect except window join inner left"
    " right full cross natural tablesample with on using"
).split()


def is_select(tokens: Tokens) -> bool:
    """SELECT list FROM table …, or a list that is no words of prose: SELECT 1, SELECT f(x)."""
    source = find_word(tokens, "from", 1)
    if source is None:
        return _is_list(tokens[1:])
    if not _is_list(tokens[1:source]) or ends(tokens, source + 1):
        return False
    return _is_from(tokens[source + 1 :])


def _is_list(tokens: Tokens) -> bool:
    """Expressions with commas: never more plain words in a row than a column and its alias."""
    tokens = _without_distinct(tokens)
    run = 0
    for _, token in outside(tokens):
        plain = token.kind == "word" and token.value not in _EXPRESSION_WORDS
        run = run + 1 if plain else 0
        if run > _LONGEST_RUN:
            return False
    only_words = all(t.kind == "word" and t.value not in _EXPRESSION_WORDS for t in tokens)
    return len(tokens) == 1 or (len(tokens) > 0 and not only_words)


def _without_distinct(tokens: Tokens) -> Tokens:
    if words_at(tokens, 0, "distinct", "on") and len(tokens) > 2 and tokens[2].is_mark("("):  # noqa: PLR2004
        return tokens[matching(tokens, 2) + 1 :]
    return tokens[skip_words(tokens, 0, "all", "distinct") :]


def _is_from(tokens: Tokens) -> bool:
    """A table, a function or a sub-query, and behind it a clause, a comma or an alias."""
    if tokens[0].is_mark("("):
        return True
    index = skip_words(tokens, 0, "only", "lateral")
    name = name_at(tokens, index)
    if name is None:
        return False
    end = name.end
    if end < len(tokens) and (tokens[end].is_mark("(") or tokens[end].value == "*"):
        return True
    if words_at(tokens, end, "as"):
        end += 2
    if ends(tokens, end):
        return not words_at(tokens, index, "the")
    if tokens[end].is_mark(",", ")") or tokens[end].is_word(*_CLAUSES):
        return True
    behind = end + 1
    return tokens[end].is_identifier and (
        (ends(tokens, behind) and not tokens[index].is_word("the", "a", "an", "this", "your"))
        or (
            not ends(tokens, behind)
            and (tokens[behind].is_mark(",", "(") or tokens[behind].is_word(*_CLAUSES))
        )
    )
