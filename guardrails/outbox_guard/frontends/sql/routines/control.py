"""The control structures of PL/pgSQL: blocks, branches and loops, and the expressions in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from outbox_guard.frontends.sql.routines.blocks import Item, Kind, Reader

RESERVED = frozenset(
    (
        *("all", "begin", "by", "case", "declare", "else", "end", "execute", "for", "foreach"),
        *("from", "if", "in", "into", "loop", "not", "null", "or", "strict", "then", "to", "using"),
        *("when", "while"),
    )
)
_QUERY_WORDS = (
    *("select", "with", "values", "table", "insert", "update", "delete", "merge", "explain"),
    *("show", "fetch", "execute", "call", "("),
)


def begin(body: Reader) -> Iterable[Item]:
    """BEGIN of a block."""
    body.enter("block")
    return ()


def end(body: Reader) -> Iterable[Item]:
    """END of a block, an IF, a CASE or a loop, with the label behind it."""
    arm = body.leave("block", "exception", "if", "case", "loop")
    body.cursor.accept(arm.kind)
    label = body.cursor.current
    if label.is_identifier and not label.is_word(*RESERVED):
        body.cursor.advance()
    if not body.cursor.at_end:
        body.semicolon()
    return ()


def handlers(body: Reader) -> Iterable[Item]:
    """EXCEPTION: from here on the block has its handlers."""
    around = body.leave("block")
    body.stack.append(replace(around, kind="exception", arm=body.at))
    return ()


def branch(body: Reader) -> Iterator[Item]:
    """IF … THEN"""
    yield from body.expression("then")
    body.cursor.advance()
    body.enter("if")


def next_branch(body: Reader) -> Iterator[Item]:
    """ELSIF … THEN"""
    around = body.leave("if")
    yield from body.expression("then")
    body.cursor.advance()
    body.stack.append(replace(around, arm=body.at))


def last_branch(body: Reader) -> Iterable[Item]:
    """ELSE of an IF or a CASE."""
    around = body.leave("if", "case")
    body.stack.append(replace(around, arm=body.at))
    return ()


def case(body: Reader) -> Iterator[Item]:
    """CASE, with its expression where it has one."""
    yield from body.expression("when")
    body.enter("case")


def when(body: Reader) -> Iterator[Item]:
    """WHEN of a CASE, or of handlers: their conditions are no SQL."""
    around = body.leave("case", "exception")
    conditions: Kind = "control" if around.kind == "exception" else "expression"
    yield from body.expression("then", kind=conditions)
    body.cursor.advance()
    body.stack.append(replace(around, arm=body.at))


def loop(body: Reader) -> Iterable[Item]:
    """LOOP"""
    body.enter("loop")
    return ()


def while_loop(body: Reader) -> Iterator[Item]:
    """WHILE … LOOP"""
    yield from body.expression("loop")
    body.cursor.advance()
    body.enter("loop")


def foreach(body: Reader) -> Iterator[Item]:
    """FOREACH … IN ARRAY … LOOP"""
    targets = body.targets()
    body.scan("in")
    body.cursor.index += 2  # IN ARRAY
    yield from body.expression("loop", targets=targets)
    body.cursor.advance()
    body.enter("loop")


def for_loop(body: Reader) -> Iterator[Item]:
    """FOR … IN … LOOP"""
    targets = body.targets()
    if not body.cursor.accept("in"):
        raise body.error("no IN")
    if body.cursor.accept("execute"):
        yield from body.dynamic("loop", targets=targets)
    else:
        yield from _loop_over(body, targets)
    body.cursor.advance()
    body.enter("loop")


def _loop_over(body: Reader, targets: tuple[str, ...]) -> Iterator[Item]:
    """A range, a query, or a cursor with or without arguments."""
    cursor = body.cursor
    if cursor.at("reverse") and not cursor.at("loop", ahead=1):
        cursor.advance()
    first, last = body.scan("loop", "..")
    if cursor.accept(".."):
        lower = body.item("expression", first, last, targets)
        upper = list(body.expression("by", "loop"))
        if first == last or not upper:
            raise body.error("a range without a bound")
        yield replace(lower, using=((upper[0].start, upper[0].end),))
        yield from upper
        if cursor.accept("by"):
            yield from body.expression("loop")
        return
    cursor.index = first
    if cursor.at(*_QUERY_WORDS):
        cursor.index = last
        yield body.item("query", first, last, targets)
        return
    name = cursor.advance().value
    yield replace(body.item("fetch", first, last, targets), cursor=name)
    yield from cursor_arguments(body)
    cursor.index = last


def cursor_arguments(body: Reader) -> Iterator[Item]:
    """Those in brackets behind the name of a cursor, where it has them."""
    if body.cursor.accept("("):
        yield from body.expressions(")")
        body.cursor.advance()


def leave_loop(body: Reader) -> Iterator[Item]:
    """EXIT or CONTINUE, perhaps with WHEN."""
    body.scan("when", ";")
    yield body.control()
    if body.cursor.accept("when"):
        yield from body.expression(";")
    body.semicolon()
