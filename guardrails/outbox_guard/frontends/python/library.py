"""What functions of Python's library, and of composition APIs, make of values."""

from __future__ import annotations

from outbox_guard.frontends.python import boundary, operations, sinks
from outbox_guard.frontends.python.combining import as_text, concatenate_all, each
from outbox_guard.frontends.python.conversions import converted
from outbox_guard.frontends.python.files import file_named
from outbox_guard.frontends.python.judging import binds_of
from outbox_guard.frontends.python.modules import absolute, find_module
from outbox_guard.frontends.python.pieces import Gap, Glue, Text
from outbox_guard.frontends.python.site import Site
from outbox_guard.frontends.python.strings import identifier
from outbox_guard.frontends.python.values import UNKNOWN, Items, Ref, Unknown, Value, join, options

# Functions of SQL libraries that give the text, or its statements.
PASSES = frozenset(("literal_column", "Composed"))
SPLITS = ("sqlparse.split", "sqlparse.format")
IMPORTERS = ("importlib.import_module", "__import__", "importlib.__import__")


def function(site: Site, callee: Value) -> Value | None:
    """The result of a library function; None for any other."""
    match callee:
        case Ref(name=name) | Unknown(name=name):
            pass
        case _:
            return None
    first = site.arguments.get(0)
    last = name.rpartition(".")[2]
    if name in IMPORTERS:
        return _imported(site, first)
    composes = sinks.COMPOSES.match(name)
    if composes:
        return _composed(site, composes["what"])
    if name == "COPY().write_row" and isinstance(callee, Ref):
        return _copied_row(site, callee.arguments)
    if name == "string.Template().substitute" and isinstance(callee, Ref) and callee.arguments:
        return _templated(site, callee.arguments[0])
    if last in ("read_text", "read", "read_bytes", "open", "get_data"):
        return _file(site, callee)
    if name in ("io.StringIO().write", "io.StringIO().getvalue") and isinstance(callee, Ref):
        return _buffered(site, callee)
    if first is not None and (last in PASSES or name in SPLITS):
        return Items((), first) if name == "sqlparse.split" else first
    return converted(site, name)


def _buffered(site: Site, callee: Ref) -> Value:
    """A text that is written piece by piece into a buffer."""
    held = callee.arguments[0] if callee.arguments else Text()
    if site.method == "getvalue":
        return held
    site.rebind(Ref("io.StringIO()", (concatenate_all([held, *site.arguments.positional]),)))
    return UNKNOWN


def _composed(site: Site, what: str) -> Value:
    """`sql.SQL(...)` and what is put into it."""
    arguments = site.arguments
    first = arguments.get(0)
    match what:
        case "SQL" if first is not None:
            return each(first, lambda v: Text(as_text(v).segments, "sql"))
        case "Composed" if first is not None:
            return each(operations.join_items(Text(), first), _as_sql)
        case "Identifier":
            parts: list[Value] = []
            for number, name in enumerate(arguments.positional):
                parts.extend([Text((Glue("."),))] if number else [])
                parts.append(each(name, identifier))
            return each(concatenate_all(parts), _as_sql)
        case "Literal" if first is not None:
            return each(first, lambda v: _as_sql(operations.quoted(as_text(v), "'")))
        case "Placeholder":
            key = first.known if isinstance(first, Text) else None
            return Text((Glue(f"%({key})s" if key else "%s"),), "sql")
    return Text((Gap(),), "sql")


def _as_sql(value: Value) -> Value:
    return Text(value.segments, "sql") if isinstance(value, Text) else value


def _templated(site: Site, template: Value) -> Value:
    return each(
        template,
        lambda t: operations.format_dollars(t, site.arguments) if isinstance(t, Text) else UNKNOWN,
    )


def _copied_row(site: Site, statement: tuple[Value, ...]) -> Value:
    """`copy.write_row(row)`: the columns of COPY are given by position, as placeholders are."""
    for text in statement:
        site.machine.judge.run(text, binds_of(site.arguments, 0), inside=site.scope.name)
    return UNKNOWN


def _file(site: Site, callee: Value) -> Value | None:
    """The text of an SQL file of the project that is read by its name."""
    parts = list(site.arguments.positional)
    if isinstance(callee, Ref):
        parts = [*callee.arguments, *parts]
    names = [
        option.known
        for part in parts
        for option in options(part)
        if isinstance(option, Text) and option.known
    ]
    if callee == Unknown("open") or (isinstance(callee, Ref) and callee.name.endswith(".open")):
        return Ref("open()", tuple(parts))
    return file_named(names, site.machine.project, site.scope.syntax.source.path)


def _imported(site: Site, first: Value | None) -> Value:
    """`importlib.import_module("psycopg")`."""
    found: list[Value] = []
    for option in options(first) if first is not None else ():
        if not isinstance(option, Text) or not option.known:
            continue
        source = site.scope.syntax.source
        dotted = _import_name(site, option.known)
        module = find_module(dotted, source.path, site.machine.project)
        place = option.ending or site.scope.syntax.place(site.node)
        fact = boundary.import_fact(
            site.machine.judge.names, place, dotted, (), dynamic=True, local=module is not None
        )
        site.machine.judge.record(fact)
        found.append(module or Ref(dotted))
    return join(found) if found else UNKNOWN


def _import_name(site: Site, name: str) -> str:
    """The module's full name: relative to `package`, or to this file where that is not known."""
    bare = name.lstrip(".")
    level = len(name) - len(bare)
    if not level:
        return name
    package = site.arguments.get(1, "package")
    if isinstance(package, Text) and package.known:
        return ".".join([*package.known.split(".")[: 1 - level or None], bare])
    return absolute(bare, level, site.scope.syntax.source.path)
