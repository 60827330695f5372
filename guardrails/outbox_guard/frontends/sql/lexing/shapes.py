"""Is a text SQL? Whole statements have a shape that prose with the same first word has not."""

from __future__ import annotations

from collections.abc import Callable

from outbox_guard.frontends.sql.lexing.masking import mask
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
from outbox_guard.frontends.sql.lexing.selects import is_select
from outbox_guard.frontends.sql.lexing.splitter import split

Shape = Callable[[Tokens], bool]

# What the object of CREATE, ALTER and DROP may be.
_OBJECTS = (
    "access aggregate cast collation conversion database default domain event extension foreign"
    " function global group index language large local materialized operator policy procedure"
    " publication recursive role routine rule schema sequence server statistics subscription system"
    " table tablespace temp temporary text transform trigger type unique unlogged user view"
    " constraint owned"
).split()


def is_statement(text: str) -> bool:
    """Whether this text, by itself, is one or more whole statements of PostgreSQL."""
    masked = mask(text)
    chunks = [chunk for chunk in split(masked.text) if chunk.tokens]
    if not chunks or any(chunk.error is not None for chunk in chunks):
        return False
    return all(_has_shape(chunk.tokens) for chunk in chunks)


def _has_shape(tokens: Tokens) -> bool:
    if not tokens:
        return False
    first = tokens[0]
    if any(token.kind == "bad" for token in tokens) or not _balanced(tokens):
        return False
    if first.is_mark("("):
        return _has_shape(tokens[1 : matching(tokens, 0)])
    shape = _SHAPES.get(first.value) if first.kind == "word" else None
    return shape is not None and shape(tokens)


def _balanced(tokens: Tokens) -> bool:
    depth = 0
    for token in tokens:
        depth += token.is_mark("(", "[") - token.is_mark(")", "]")
        if depth < 0:
            return False
    return depth == 0


def _target(tokens: Tokens, index: int) -> int | None:
    """The index behind a table's name with its alias; None where there is no name."""
    index = skip_words(tokens, index, "only")
    if index < len(tokens) and tokens[index].is_mark("("):
        return matching(tokens, index) + 1
    name = name_at(tokens, index)
    if name is None:
        return None
    end = name.end
    if end < len(tokens) and tokens[end].value == "*":
        end += 1
    if words_at(tokens, end, "as"):
        return end + 2
    return end


def _continues(tokens: Tokens, end: int | None, *words: str) -> bool:
    """Whether the statement is over here, or goes on with one of these, maybe behind an alias."""
    if end is None:
        return False
    if ends(tokens, end) or tokens[end].is_word(*words):
        return True
    return end + 1 < len(tokens) and tokens[end].is_identifier and tokens[end + 1].is_word(*words)


def _delete(tokens: Tokens) -> bool:
    if not words_at(tokens, 1, "from"):
        return False
    return _continues(tokens, _target(tokens, 2), "where", "using", "returning")


def _update(tokens: Tokens) -> bool:
    """UPDATE t SET a = …; in prose no equals sign follows."""
    end = _target(tokens, 1)
    if end is None or not _continues(tokens, end, "set") or ends(tokens, end):
        return False
    start = find_word(tokens, "set", end)
    return start is not None and any(t.value == "=" for t in tokens[start + 2 :])


def _insert(tokens: Tokens) -> bool:
    if not words_at(tokens, 1, "into"):
        return False
    end = _target(tokens, 2)
    if end is None or ends(tokens, end):
        return False
    if tokens[end].is_mark("("):
        inner = tokens[end + 1] if end + 1 < len(tokens) else None
        if inner is not None and inner.is_word("select", "values", "with", "table"):
            return True
        end = matching(tokens, end) + 1
    if words_at(tokens, end, "default", "values") or words_at(tokens, end, "overriding"):
        return True
    if ends(tokens, end):
        return False
    following = tokens[end]
    if following.is_word("values"):
        return end + 1 < len(tokens) and tokens[end + 1].is_mark("(")
    if following.is_word("select", "with", "table") or following.is_mark("("):
        return _has_shape(tokens[end:])
    return False


def _merge(tokens: Tokens) -> bool:
    using, when = find_word(tokens, "using"), find_word(tokens, "when")
    if not words_at(tokens, 1, "into") or using is None or when is None:
        return False
    return words_at(tokens, skip_words(tokens, when + 1, "not"), "matched")


def _with(tokens: Tokens) -> bool:
    """WITH name AS (…), … and then a statement."""
    index = skip_words(tokens, 1, "recursive")
    name = name_at(tokens, index)
    if name is None:
        return False
    opening = find_word(tokens, "as", name.end)
    if opening is None:
        return False
    body = skip_words(tokens, opening + 1, "not", "materialized")
    if ends(tokens, body) or not tokens[body].is_mark("("):
        return False
    verbs = ("select", "insert", "update", "delete", "merge", "values", "table")
    return any(
        token.is_word(*verbs) or token.is_mark("(") for _, token in outside(tokens, body + 1)
    )


def _values(tokens: Tokens) -> bool:
    return len(tokens) > 1 and tokens[1].is_mark("(")


def _table(tokens: Tokens) -> bool:
    name = name_at(tokens, 1)
    return name is not None and ends(tokens, name.end)


def _truncate(tokens: Tokens) -> bool:
    end = _target(tokens, skip_words(tokens, 1, "table"))
    if end is None:
        return False
    listed = tokens[end].is_mark(",") if end < len(tokens) else True
    return listed or tokens[end].is_word("restart", "continue", "cascade", "restrict")


def _copy(tokens: Tokens) -> bool:
    if len(tokens) > 1 and tokens[1].is_mark("("):
        return words_at(tokens, matching(tokens, 1) + 1, "to")
    name = name_at(tokens, 1)
    if name is None or ends(tokens, name.end):
        return False
    end = matching(tokens, name.end) + 1 if tokens[name.end].is_mark("(") else name.end
    if not (words_at(tokens, end, "from") or words_at(tokens, end, "to")):
        return False
    source = tokens[end + 1] if end + 1 < len(tokens) else None
    return source is not None and (
        source.kind in ("string", "param")
        or source.is_word("stdin", "stdout", "program", "pstdin", "pstdout")
    )


def _set(tokens: Tokens) -> bool:
    index = skip_words(tokens, 1, "local", "session")
    if words_at(tokens, 1, "session", "authorization"):
        return len(tokens) == 4  # noqa: PLR2004
    if words_at(tokens, index, "session", "authorization"):
        return len(tokens) == index + 3
    if words_at(tokens, index, "role") and len(tokens) == index + 2:
        return tokens[-1].kind in ("word", "name", "string")
    if words_at(tokens, index, "time", "zone") or words_at(tokens, index, "transaction"):
        return len(tokens) > index + 2
    if words_at(tokens, index, "constraints"):
        return tokens[-1].is_word("deferred", "immediate")
    name = name_at(tokens, index)
    if name is None or ends(tokens, name.end + 1):
        return False
    sign = tokens[name.end]
    return sign.value == "=" or (sign.is_word("to") and _is_setting_value(tokens[name.end + 1 :]))


def _is_setting_value(tokens: Tokens) -> bool:
    return len(tokens) == 1 or all(t.is_mark(",") for t in tokens[1::2])


def _reset(tokens: Tokens) -> bool:
    if words_at(tokens, 1, "session", "authorization"):
        return len(tokens) == 3  # noqa: PLR2004
    name = name_at(tokens, 1)
    known = ("role", "all", "session_authorization", "search_path")
    return (
        name is not None
        and ends(tokens, name.end)
        and (
            name.value in known or "_" in name.value or name.end > 2  # noqa: PLR2004
        )
    )


def _object(tokens: Tokens) -> bool:
    """CREATE, ALTER, DROP: a kind of object and a name."""
    index = skip_words(tokens, 1, "or", "replace")
    if ends(tokens, index + 1) or not tokens[index].is_word(*_OBJECTS):
        return False
    if tokens[index].is_word("table") and tokens[0].is_word("create"):
        name = name_at(tokens, skip_words(tokens, index + 1, "if", "not", "exists"))
        return name is not None and (
            name.end < len(tokens)
            and (tokens[name.end].is_mark("(") or tokens[name.end].is_word("as", "partition"))
        )
    prose = ("the", "a", "an", "your", "this", "new")
    return not tokens[index + 1].is_word(*prose)


def _grant(tokens: Tokens) -> bool:
    link = "from" if tokens[0].value == "revoke" else "to"
    end = find_word(tokens, link, 1)
    if end is None or ends(tokens, end + 1):
        return False
    return find_word(tokens, "on", 1) is not None


def _do(tokens: Tokens) -> bool:
    return any(token.kind == "string" for token in tokens[1:4])


def _explain(tokens: Tokens) -> bool:
    index = skip_words(tokens, 1, "analyze", "verbose")
    if index == 1 and len(tokens) > 1 and tokens[1].is_mark("("):
        index = matching(tokens, 1) + 1
    return not ends(tokens, index) and _has_shape(tokens[index:])


def _prepare(tokens: Tokens) -> bool:
    index = find_word(tokens, "as", 2)
    return index is not None and not ends(tokens, index + 1) and _has_shape(tokens[index + 1 :])


def _declare(tokens: Tokens) -> bool:
    index = find_word(tokens, "for", 2)
    return find_word(tokens, "cursor") is not None and index is not None


def _call(tokens: Tokens) -> bool:
    name = name_at(tokens, 1)
    return name is not None and name.end < len(tokens) and tokens[name.end].is_mark("(")


def _transaction(tokens: Tokens) -> bool:
    following = tokens[1] if len(tokens) > 1 else None
    return following is None or following.is_word(
        "transaction", "work", "isolation", "read", "deferrable", "to", "and", "not", "prepared"
    )


def _lock(tokens: Tokens) -> bool:
    return words_at(tokens, 1, "table") or tokens[-1].is_word("mode", "nowait")


def _discard(tokens: Tokens) -> bool:
    objects = ("all", "plans", "sequences", "temp", "temporary")
    return len(tokens) == 2 and tokens[1].is_word(*objects)  # noqa: PLR2004


def _comment(tokens: Tokens) -> bool:
    if not words_at(tokens, 1, "on") or find_word(tokens, "is") is None:
        return False
    return tokens[-1].kind == "string" or tokens[-1].is_word("null")


_SHAPES: dict[str, Shape] = {
    "alter": _object,
    "begin": _transaction,
    "call": _call,
    "comment": _comment,
    "commit": _transaction,
    "copy": _copy,
    "create": _object,
    "declare": _declare,
    "delete": _delete,
    "discard": _discard,
    "do": _do,
    "drop": _object,
    "explain": _explain,
    "grant": _grant,
    "insert": _insert,
    "lock": _lock,
    "merge": _merge,
    "prepare": _prepare,
    "reset": _reset,
    "revoke": _grant,
    "rollback": _transaction,
    "select": is_select,
    "set": _set,
    "table": _table,
    "truncate": _truncate,
    "update": _update,
    "values": _values,
    "with": _with,
}
