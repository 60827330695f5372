"""Files in memory, and the rows and texts that are written into them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeGuard

import libcst

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.evaluation.displays import looped, turns
from outbox_guard.frontends.python.judging.binding import as_row, fields_of
from outbox_guard.frontends.python.values import text_operations
from outbox_guard.frontends.python.values.combining import concatenate_all, each
from outbox_guard.frontends.python.values.copied_texts import BUFFERS
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Items,
    Mapping,
    Object,
    Ref,
    Unknown,
    Value,
    join,
    options,
)
from outbox_guard.frontends.python.values.pieces import Glue, Text

MEMORY = ("io.StringIO()", "io.BytesIO()")
_TABS = "excel-tab"
_COMMA, _SPACE, _TAB, _END = (Text((Glue(sign),)) for sign in (",", " ", "\t", "\n"))


def _made(site: Site, callee: Ref | Unknown) -> Value:
    """`io.StringIO(text)`"""
    held = site.arguments.get(0, "initial_value", "initial_bytes") if "io." in callee.name else None
    return Ref(f"{callee.name}()", (held or Text(),), made_by=site.node)


def content(buffer: Ref | Unknown) -> Value:
    """What a buffer holds by now."""
    return next(iter(buffer.arguments), Text()) if isinstance(buffer, Ref) else Text()


def _asked(_: Site, callee: Ref | Unknown) -> Value:
    """`buffer.getvalue()`"""
    return content(callee)


def _written(site: Site, callee: Ref | Unknown) -> Value:
    """`buffer.write(text)`, `buffer.writelines(texts)`"""
    given = site.arguments.get(0) or Text()
    text = text_operations.join_items(Text(), given) if site.method == "writelines" else given
    if isinstance(callee, Ref):
        buffer = dataclasses.replace(callee, name=callee.name.rpartition(".")[0])
        _append(site, buffer, text)
    return UNKNOWN


def _append(site: Site, buffer: Ref, text: Value) -> None:
    """What is written is in the buffer for everyone who holds it."""
    made_by = buffer.made_by
    if made_by is None:
        site.rebind(_longer(buffer, text))
        return
    for scope in site.scope.enclosing():
        for name, value in list(scope.names.items()):
            if isinstance(value, Object):
                _grow_attributes(site, value, made_by, text)
            elif any(_is_made_by(option, made_by) for option in options(value)):
                _change(site.scope, scope, name, each(value, partial(_grown, made_by, text)))


def _grow_attributes(site: Site, owner: Object, made_by: libcst.Call, text: Value) -> None:
    for name, value in list(owner.attributes.items()):
        if any(_is_made_by(option, made_by) for option in options(value)):
            site.machine.touched(owner)
            owner.attributes[name] = each(value, partial(_grown, made_by, text))


def _is_made_by(value: Value, made_by: libcst.Call) -> TypeGuard[Ref]:
    """Whether this is the buffer that a call makes, however it is called."""
    return isinstance(value, Ref) and value.name in BUFFERS and value.made_by is made_by


def _grown(made_by: libcst.Call, text: Value, value: Value) -> Value:
    """A value in which the buffer has grown."""
    return _longer(value, text) if _is_made_by(value, made_by) else value


def _longer(buffer: Ref, text: Value) -> Ref:
    held = concatenate_all([content(buffer), text])
    return dataclasses.replace(buffer, arguments=(held, *buffer.arguments[1:]))


def _change(here: Scope, scope: Scope, name: str, value: Value) -> None:
    if scope is here:
        here.change(name, value)
    else:  # of an enclosing function, whose other names for it are not known here
        scope.names[name] = join([scope.names[name], value])


def _printed(site: Site, _: Ref | Unknown) -> Value | None:
    """`print(text, file=buffer)` writes into it, with spaces between and a line's end."""
    buffer = site.arguments.get(-1, "file")
    if not isinstance(buffer, Ref) or buffer.name not in BUFFERS:
        return None
    parts = text_operations.join_items(_SPACE, Items(site.arguments.positional))
    _append(site, buffer, concatenate_all([parts, _END]))
    return UNKNOWN


def _row(site: Site, writer: Ref | Unknown) -> Value:
    """`csv.writer(buffer).writerow(row)`"""
    _rows(site, writer, [site.arguments.get(0) or UNKNOWN])
    return UNKNOWN


def _many(site: Site, writer: Ref | Unknown) -> Value:
    """`csv.writer(buffer).writerows(rows)`"""
    given = site.arguments.get(0) or UNKNOWN
    _rows(site, writer, turns(looped(site.machine, given)).items)
    return UNKNOWN


def _rows(site: Site, writer: Ref | Unknown, rows: list[Value] | tuple[Value, ...]) -> None:
    if not isinstance(writer, Ref):
        return
    keywords = dict(writer.keywords)
    separator = _TAB if _is_tabbed(keywords) else keywords.get("delimiter", _COMMA)
    names = list(_columns(writer, keywords))
    for buffer in options(next(iter(writer.arguments), UNKNOWN)):
        if isinstance(buffer, Ref) and buffer.name in BUFFERS:
            for row in rows:
                line = text_operations.join_items(separator, each(row, partial(_fields, names)))
                _append(site, buffer, concatenate_all([line, _END]))


def _is_tabbed(keywords: dict[str, Value]) -> bool:
    dialect = keywords.get("dialect")
    return isinstance(dialect, Text) and dialect.known == _TABS


def _columns(writer: Ref, keywords: dict[str, Value]) -> Iterator[str]:
    """The names in the order in which a `DictWriter` writes them."""
    given = keywords.get("fieldnames") or next(iter(writer.arguments[1:]), UNKNOWN)
    for name in given.items if isinstance(given, Items) else ():
        if isinstance(name, Text) and name.known:
            yield name.known


def _fields(names: list[str], row: Value) -> Value:
    """A row as a list of its fields."""
    match fields_of(row):
        case Mapping(items=entries) as held if not isinstance(as_row(row), Items):
            known = (held.get(name) for name in names) if names else (v for _, v in entries)
            return Items(tuple(UNKNOWN if value is None else value for value in known))
    return as_row(row)


_CLASSES = tuple(name.removesuffix("()") for name in BUFFERS)
BUFFERED: dict[str, Callable[[Site, Ref | Unknown], Value | None]] = {
    **dict.fromkeys(_CLASSES, _made),
    **{f"{name}.{asks}": _asked for name in BUFFERS for asks in ("getvalue", "getbuffer", "read")},
    # A temporary file is mostly a long text for people, and its growth is dear to follow.
    **{f"{name}.{writes}": _written for name in MEMORY for writes in ("write", "writelines")},
    **{f"csv.{writer}().writerow": _row for writer in ("writer", "DictWriter")},
    **{f"csv.{writer}().writerows": _many for writer in ("writer", "DictWriter")},
    "print": _printed,
}
