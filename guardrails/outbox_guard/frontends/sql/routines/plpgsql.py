"""The SQL in a PL/pgSQL body: its statements and expressions, and where in the body each is run.

PostgreSQL's own parser of PL/pgSQL is driven by tokens too: it knows the language's statements and
takes everything else, up to the next keyword or semicolon outside brackets, for SQL. This does the
same in one flat pass; blocks, branches and loops are a stack, never a recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from outbox_guard.frontends.sql.lexing.cursor import Cursor
from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.frontends.sql.lexing.tokens import LexError
from outbox_guard.frontends.sql.routines import control
from outbox_guard.frontends.sql.routines.blocks import Arm, Item, PlpgsqlError, Reader

__all__ = ["Arm", "Item", "PlpgsqlError", "extract"]

_LEVELS = ("debug", "log", "info", "notice", "warning", "exception")


def extract(sql: str, start: int = 0, end: int | None = None) -> list[Item]:
    """The items of the body sql[start:end], by the order in which they end."""
    stop = len(sql) if end is None else end
    try:
        tokens = lex(sql, start=start, end=stop)
    except LexError as error:
        raise PlpgsqlError(error.offset, error.what) from error
    return list(items(Reader(sql, Cursor(tokens, end=stop))))


def items(body: Reader) -> Iterator[Item]:
    _skip_options(body)
    while not body.cursor.at_end:
        yield from _statement(body)
    if body.stack:
        raise PlpgsqlError(body.stack[-1].start, f"{body.stack[-1].kind} without its END")


def _skip_options(body: Reader) -> None:
    """Lines such as #variable_conflict use_column."""
    while hash_mark := body.cursor.accept("#"):
        newline = body.sql.find("\n", hash_mark.end)
        while not body.cursor.at_end and not 0 <= newline < body.cursor.current.start:
            body.cursor.advance()


def _statement(body: Reader) -> Iterator[Item]:
    cursor, token = body.cursor, body.cursor.current
    body.at = token.start
    if cursor.accept(";"):
        return
    if cursor.accept("<<"):
        cursor.index += 2  # a label and its >>
    elif target := _assigned(body):
        body.statement = "assign"
        yield from body.expression(";", targets=(target,))
        body.semicolon()
    elif token.kind == "word" and (read := _STATEMENTS.get(token.value)):
        body.statement = token.value
        cursor.advance()
        yield from read(body)
    elif token.kind == "word" or cursor.at("("):
        body.statement = "sql"
        yield from _sql(body)
    else:
        raise body.error("no statement")


def _assigned(body: Reader) -> str:
    """The variable, if an assignment stands here; the cursor is then behind its := or =."""
    cursor, first = body.cursor, body.cursor.index
    token = cursor.current
    if (token.is_identifier or token.kind == "param") and not token.is_word(*control.RESERVED):
        name = body.variable()
        if cursor.accept(":=", "="):
            return name
    cursor.index = first
    return ""


def _sql(body: Reader) -> Iterator[Item]:
    first, last = body.scan(";")
    targets, blank = _into(body, first, last)
    body.cursor.index = last
    item = body.item("sql", first, last, targets)
    yield replace(item, text=_without(item, blank)) if blank else item
    body.semicolon()


def _into(body: Reader, first: int, last: int) -> tuple[tuple[str, ...], tuple[int, int] | None]:
    """PL/pgSQL's own INTO: the first that no INSERT, MERGE or IMPORT needs, at any depth."""
    cursor = body.cursor
    if cursor.token(first).is_word("import"):
        return (), None
    for index in range(first, last):
        into, before = cursor.token(index), cursor.token(index - 1)
        if into.is_word("into") and not (index > first and before.is_word("insert", "merge")):
            cursor.index = index + 1
            return body.targets(), (into.start, cursor.previous.end)
    return (), None


def _without(item: Item, blank: tuple[int, int]) -> str:
    start, end = blank[0] - item.start, blank[1] - item.start
    return item.text[:start] + " " * (end - start) + item.text[end:]


def _declare(body: Reader) -> Iterator[Item]:
    while not body.cursor.at("begin"):
        if body.cursor.accept("declare"):
            continue
        body.at = body.cursor.current.start
        if not body.cursor.current.is_identifier:
            raise body.error("no variable to declare")
        yield from _declaration(body)


def _declaration(body: Reader) -> Iterator[Item]:
    cursor, first = body.cursor, body.cursor.index
    name = cursor.advance().value
    if any(cursor.at_words(*words, "cursor") for words in ((), ("scroll",), ("no", "scroll"))):
        body.scan("for", "is")
        cursor.advance()
        for query in body.expression(";", kind="cursor"):
            yield replace(query, cursor=name)
    else:
        body.scan(";", ":=", "=", "default")
        yield body.item("declaration", first, cursor.index, (name,))
        if cursor.accept(":=", "=", "default"):
            yield from body.expression(";", kind="default", targets=(name,))
    body.semicolon()


def _plain(body: Reader) -> Iterator[Item]:
    body.scan(";")
    yield body.control()
    body.semicolon()


def _return(body: Reader) -> Iterator[Item]:
    if body.cursor.accept("query"):
        if body.cursor.accept("execute"):
            yield from body.dynamic(";")
        else:
            yield from body.expression(";", kind="query")
    elif body.cursor.accept("next"):
        yield from body.expression(";")
    else:
        yield from body.expression(";")
        yield body.control()
    body.semicolon()


def _raise(body: Reader) -> Iterator[Item]:
    cursor = body.cursor
    level = cursor.accept(*_LEVELS)
    condition = ""
    if cursor.accept("sqlstate") or cursor.current.kind == "word":
        condition = "" if cursor.at("using") else cursor.advance().value
    body.scan(",", "using", ";")
    while cursor.accept(","):
        yield from body.expression(",", "using", ";")
    if cursor.accept("using"):
        for option, value in _raise_options(body):
            yield value
            if option == "errcode":
                condition = _literal(body, value) or condition
    yield replace(
        body.control(),
        kind="raise",
        level=level.value if level else "exception",
        condition=condition,
    )
    body.semicolon()


def _raise_options(body: Reader) -> Iterator[tuple[str, Item]]:
    while True:
        option = body.cursor.advance().value
        body.cursor.accept("=", ":=")
        for value in body.expression(",", ";"):
            yield option, value
        if not body.cursor.accept(","):
            return


def _literal(body: Reader, value: Item) -> str:
    """The text of the literal that was just read, where the value is nothing else."""
    token = body.cursor.previous
    return token.value if token.kind == "string" and token.start == value.start else ""


def _assert(body: Reader) -> Iterator[Item]:
    yield from body.expressions(";")
    body.semicolon()


def _execute(body: Reader) -> Iterator[Item]:
    yield from body.dynamic(";")
    body.semicolon()


def _perform(body: Reader) -> Iterator[Item]:
    yield from body.expression(";", kind="perform")
    body.semicolon()


def _get(body: Reader) -> Iterator[Item]:
    """GET [CURRENT | STACKED] DIAGNOSTICS variable = item, …"""
    while not body.cursor.at("diagnostics"):
        body.cursor.advance()
        if body.cursor.at_end:
            raise body.error("no DIAGNOSTICS")
    targets: list[str] = []
    while not targets or body.cursor.at(","):
        body.cursor.advance()
        targets.append(body.variable())
        body.scan(",", ";")
    yield replace(body.control(), kind="fetch", targets=tuple(targets))
    body.semicolon()


def _open(body: Reader) -> Iterator[Item]:
    name = body.cursor.advance().value
    body.scan("for", "(", ";")
    if body.cursor.accept("for"):
        if body.cursor.accept("execute"):
            yield from body.dynamic(";", opened=name)
        else:
            for query in body.expression(";", kind="query"):
                yield replace(query, cursor=name)
    else:
        yield from control.cursor_arguments(body)
        body.scan(";")
        yield replace(body.control(), cursor=name)
    body.semicolon()


def _fetch(body: Reader) -> Iterator[Item]:
    body.scan("into", ";")
    name = body.cursor.previous.value
    targets = body.targets() if body.cursor.accept("into") else ()
    body.scan(";")
    yield replace(body.control(), kind="fetch", cursor=name, targets=targets)
    body.semicolon()


_STATEMENTS: Mapping[str, Callable[[Reader], Iterable[Item]]] = {
    "assert": _assert,
    "begin": control.begin,
    "case": control.case,
    "close": _plain,
    "commit": _plain,
    "continue": control.leave_loop,
    "declare": _declare,
    "else": control.last_branch,
    "elseif": control.next_branch,
    "elsif": control.next_branch,
    "end": control.end,
    "exception": control.handlers,
    "execute": _execute,
    "exit": control.leave_loop,
    "fetch": _fetch,
    "for": control.for_loop,
    "foreach": control.foreach,
    "get": _get,
    "if": control.branch,
    "loop": control.loop,
    "move": _fetch,
    "null": _plain,
    "open": _open,
    "perform": _perform,
    "raise": _raise,
    "return": _return,
    "rollback": _plain,
    "when": control.when,
    "while": control.while_loop,
}
