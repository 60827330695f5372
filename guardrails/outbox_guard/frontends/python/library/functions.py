"""What functions of Python's library, and of composition APIs, make of values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath

from outbox_guard.facts import Undetermined
from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.driver import sinks
from outbox_guard.frontends.python.driver.placeholders import takes_one
from outbox_guard.frontends.python.evaluation.attributes import attribute_of
from outbox_guard.frontends.python.evaluation.strings import docstring, identifier
from outbox_guard.frontends.python.evaluation.subscripts import item_of
from outbox_guard.frontends.python.judging.binding import binds_of
from outbox_guard.frontends.python.judging.judge import sql_text
from outbox_guard.frontends.python.judging.sessions import owner_of
from outbox_guard.frontends.python.library import dynamic_classes, dynamic_imports
from outbox_guard.frontends.python.library.buffers import BUFFERED
from outbox_guard.frontends.python.library.conversions import converted
from outbox_guard.frontends.python.library.json_documents import document_of
from outbox_guard.frontends.python.library.sql_files import file_named
from outbox_guard.frontends.python.library.text_methods import detached, text_method
from outbox_guard.frontends.python.values import containers, text_operations
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import as_text, concatenate_all, each
from outbox_guard.frontends.python.values.copied_texts import rows_of_text, separator_of
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Constant,
    Items,
    Ref,
    Unknown,
    Value,
    join,
    options,
)
from outbox_guard.frontends.python.values.name_patterns import NamePattern
from outbox_guard.frontends.python.values.pieces import Gap, Glue, Text

# Functions of SQL libraries that give the text, or its statements.
PASSES = frozenset(("literal_column", "Composed"))
_METHOD = NamePattern(r"(?:str|bytes)\.(?P<name>\w+)\Z")
_TEMPLATE = NamePattern(r"string\.Template\(\)\.(?:safe_)?substitute\Z")
_JINJA = NamePattern(r"jinja2\b.*(?:\.Template|\.from_string)\(\)\.render(?:_async)?\Z")
Named = Ref | Unknown
SPLITS = ("sqlparse.split", "sqlparse.format")


def library_call(site: Site, callee: Value) -> Value | None:
    """The result of a library function; None for any other."""
    match callee:
        case Ref(name=name) | Unknown(name=name):
            pass
        case _:
            return None
    exact = EXACTLY.get(name)
    found = exact(site, callee) if exact is not None else dynamic_classes.declared(site, name)
    if found is not None:
        return found
    bound = _bound(callee)
    first, last = site.arguments.get(0), name.rpartition(".")[2]
    if of_text := _METHOD.match(name):
        return detached(site, bound, of_text["name"])
    if composes := sinks.COMPOSES.match(name):
        return _composed(site, composes["what"])
    if _TEMPLATE.match(name) and bound:
        return _templated(site, bound[0], text_operations.format_dollars)
    if _JINJA.match(name) and bound:
        return _templated(site, bound[0], text_operations.format_jinja)
    if last == "callproc":
        return _called_by_name(site)
    if last in ("read_text", "read", "read_bytes", "open", "get_data"):
        return _file(site, callee)
    if first is not None and (last in PASSES or name in SPLITS):
        return Items((), first) if name == "sqlparse.split" else first
    return converted(site, name)


def _substituted(site: Site, _: Named) -> Value | None:
    """`re.sub(pattern, new, text)`, where the pattern is a plain text."""
    match site.arguments.positional:
        case (Text(known=str(old)) as pattern, new, text) if re.escape(old) == old:
            replaced = Arguments((pattern, new))
            return each(
                text,
                lambda t: text_method(site, t, "replace", replaced) if isinstance(t, Text) else t,
            )
    return None


def _documented(site: Site, _: Named) -> Value | None:
    """`inspect.getdoc(function)`"""
    return each(site.arguments.get(0) or UNKNOWN, lambda value: docstring(value) or UNKNOWN)


def _got_items(site: Site, getter: Named) -> Value | None:
    """`itemgetter("a", "b")(value)`"""
    value = site.arguments.get(0) or UNKNOWN
    found = [each(value, partial(_item, site, key)) for key in _bound(getter)]
    return found[0] if len(found) == 1 else Items(tuple(found))


def _got_attributes(site: Site, getter: Named) -> Value | None:
    """`attrgetter("state.value")(row)`"""
    found: list[Value] = []
    for path in _bound(getter):
        value = site.arguments.get(0) or UNKNOWN
        words = path.known or "" if isinstance(path, Text) else ""
        for name in words.split("."):
            value = each(value, partial(_attribute, site, name))
        found.append(value)
    return found[0] if len(found) == 1 else Items(tuple(found))


def _item(site: Site, key: Value, value: Value) -> Value:
    return item_of(site.machine, value, key)


def _attribute(site: Site, name: str, owner: Value) -> Value:
    return attribute_of(site.machine, owner, name)


def _method_called(site: Site, getter: Named) -> Value | None:
    """`methodcaller("execute", sql)(cursor)`"""
    name, *given = _bound(getter) or (UNKNOWN,)
    if not isinstance(name, Text) or not name.known:
        return None
    owner = site.arguments.get(0) or UNKNOWN
    method = each(owner, partial(_attribute, site, name.known))
    keywords = getter.keywords if isinstance(getter, Ref) else ()
    return site.call(method, Arguments(tuple(given), keywords))


def _composed(site: Site, what: str) -> Value:
    """`sql.SQL(...)` and what is put into it."""
    arguments = site.arguments
    first = arguments.get(0)
    match what:
        case "SQL" if first is not None:
            return each(first, lambda v: Text(as_text(v).segments, "sql"))
        case "Composed" if first is not None:
            return each(text_operations.join_items(Text(), first), _as_sql)
        case "Identifier":
            parts: list[Value] = []
            for number, name in enumerate(arguments.positional):
                parts.extend([Text((Glue("."),))] if number else [])
                parts.append(each(name, identifier))
            return each(concatenate_all(parts), _as_sql)
        case "Literal" if first is not None:
            return each(first, lambda v: _as_sql(text_operations.quoted(as_text(v), "'")))
        case "Placeholder":
            key = first.known if isinstance(first, Text) else None
            return Text((Glue(f"%({key})s" if key else "%s"),), "sql")
    return Text((Gap(),), "sql")


def _as_sql(value: Value) -> Value:
    return Text(value.segments, "sql") if isinstance(value, Text) else value


Fill = Callable[[Text, Arguments], Value]


def _templated(site: Site, template: Value, fill: Fill) -> Value:
    def filled(option: Value) -> Value:
        return fill(option, site.arguments) if isinstance(option, Text) else UNKNOWN

    return each(template, filled)


def _given_later(site: Site, prepared: Named) -> Value:
    """`(await connection.prepare(sql)).fetch(value, …)`"""
    many = site.method == "executemany"
    found: list[Value] = []
    for statement in _bound(prepared):
        binds = binds_of(site.arguments, 0, many=many, alone=not many and takes_one(statement))
        judge, line = site.machine.judge, _line(prepared)
        found.append(judge.run(statement, binds, inside=site.scope.name, line=line))
    return join(found)


def _line(of: Named) -> str:
    """Of what a connection gave for a statement, whose method is called."""
    return owner_of(of.line) if isinstance(of, Ref) else ""


def _copied_row(site: Site, copy: Named) -> Value:
    """`copy.write_row(row)`: the columns of COPY are given by position, as placeholders are."""
    for text in _bound(copy):
        judge, line = site.machine.judge, _line(copy)
        judge.run(text, binds_of(site.arguments, 0), inside=site.scope.name, line=line)
    return UNKNOWN


def _copied_text(site: Site, copy: Named) -> Value:
    """`copy.write(text)`: rows as COPY reads them."""
    judge = site.machine.judge
    for text in _bound(copy):
        statement = sql_text(text).text if isinstance(text, Text) else ""
        rows = rows_of_text(site.arguments.get(0) or UNKNOWN, separator_of(statement))
        binds = binds_of(Arguments((rows,)), 0, many=True)
        judge.run(text, binds, inside=site.scope.name, line=_line(copy))
    return UNKNOWN


def _file(site: Site, callee: Value) -> Value | None:
    """The text of an SQL file of the project that is read by its name."""
    parts = list(site.arguments.positional)
    if isinstance(callee, Ref):
        parts = [*callee.arguments, *parts]
    names = [name for part in parts for name in _words(part)]
    if callee == Unknown("open") or (isinstance(callee, Ref) and callee.name.endswith(".open")):
        return Ref("open()", tuple(parts))
    importer = site.scope.syntax.source.path
    if isinstance(callee, Ref) and callee.name.endswith(".with_suffix().read_text"):
        names = [PurePosixPath(importer).stem + name for name in names]
    return file_named(names, site.machine.project, importer)


def _words(part: Value) -> Iterator[str]:
    """The known parts of a path, `os.path.join(…)` taken apart."""
    for option in options(part):
        match option:
            case Text(known=str(name)) if name:
                yield name
            case Ref(arguments=inner):
                yield from (word for each in inner for word in _words(each))


def _glue(text: str) -> Text:
    return Text((Glue(text),))


def _called_by_name(site: Site) -> Value | None:
    """`cursor.callproc("name", arguments)` is `SELECT name(…)`."""
    name, given = site.arguments.get(0, "procname"), site.arguments.get(1, "args")
    if not isinstance(name, Text) or not isinstance(given, Items):
        return None
    marks = ", ".join(["%s"] * len(given.items))
    statement = concatenate_all([_glue("SELECT "), name, _glue(f"({marks})")])
    binds = binds_of(Arguments((given,)), 0)
    return site.machine.judge.run(statement, binds, inside=site.scope.name)


def _parsed(site: Site, _: Named) -> Value | None:
    """`json.loads(text)`"""
    return document_of(site.arguments.get(0, "s"))


def _context(_: Site, callee: Named) -> Value:
    """`variable.get()` of a ContextVar: what it is by default, or what somebody has set."""
    given = dict(callee.keywords) if isinstance(callee, Ref) else {}
    return join([given["default"], UNKNOWN]) if "default" in given else UNKNOWN


def _context_set(site: Site, callee: Named) -> Value:
    held = join([_context(site, callee), site.arguments.get(0) or UNKNOWN])
    site.rebind(Ref("contextvars.ContextVar()", (), (("default", held),)))
    return UNKNOWN


def _executed(site: Site, _: Named) -> Value:
    """`exec(code)`: Python in a text is not followed, so what it does to a table stays open."""
    judge = site.machine.judge
    for option in options(site.arguments.get(0) or UNKNOWN):
        text = sql_text(option).text if isinstance(option, Text) else ""
        if site.machine.project.mentions(text):
            place = site.scope.syntax.place(site.node.func)
            reason = "code that is made of a text is not followed"
            judge.record(Undetermined(place=place, reason=reason))
    return UNKNOWN


def _pushed(site: Site, _: Named) -> Value | None:
    """`heappush(heap, row)`: the list that is handed over holds the row from then on."""
    match site.arguments.positional:
        case (Items() as heap, row, *_):
            site.change(site.node.args[0].value, Items((*heap.items, row), heap.rest))
            return Constant(None)
    return None


def _popped(site: Site, _: Named) -> Value | None:
    return containers.members(site.arguments.get(0) or UNKNOWN)


def _bound(callee: Named) -> tuple[Value, ...]:
    """What the object that a method belongs to was made of."""
    return callee.arguments if isinstance(callee, Ref) else ()


EXACTLY: dict[str, Callable[[Site, Named], Value | None]] = {
    **dict.fromkeys(dynamic_imports.IMPORTERS, dynamic_imports.imported),
    **dict.fromkeys(dynamic_imports.NAME_IMPORTERS, dynamic_imports.imported_name),
    **dict.fromkeys(("exec", "eval", "compile"), _executed),
    **dict.fromkeys(
        (
            f"PREPARED().{name}"
            for name in "fetch fetchrow fetchval fetchmany cursor executemany".split()
        ),
        _given_later,
    ),
    "COPY().write": _copied_text,
    "COPY().write_row": _copied_row,
    **BUFFERED,
    **dict.fromkeys(("heapq.heappush", "bisect.insort"), _pushed),
    "heapq.heappop": _popped,
    **dict.fromkeys(("json.loads", "orjson.loads", "ujson.loads"), _parsed),
    "contextvars.ContextVar().get": _context,
    "contextvars.ContextVar().set": _context_set,
    "inspect.getdoc": _documented,
    "operator.attrgetter()": _got_attributes,
    "operator.itemgetter()": _got_items,
    "operator.methodcaller()": _method_called,
    "re.sub": _substituted,
}
