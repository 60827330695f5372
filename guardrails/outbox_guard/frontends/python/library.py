"""What functions of Python's library, and of composition APIs, make of values."""

from __future__ import annotations

from outbox_guard.frontends.python import boundary, operations, sinks
from outbox_guard.frontends.python.attributes import as_base, attribute_of
from outbox_guard.frontends.python.evaluation import entry, identifier, iterate
from outbox_guard.frontends.python.files import file_named
from outbox_guard.frontends.python.judging import binds_of, fields_of
from outbox_guard.frontends.python.modules import absolute, find_module
from outbox_guard.frontends.python.site import Site
from outbox_guard.frontends.python.values import (
    UNKNOWN,
    Class,
    Constant,
    Gap,
    Glue,
    Items,
    Mapping,
    Member,
    Query,
    Ref,
    Rows,
    Text,
    Unknown,
    Value,
    as_text,
    concatenate_all,
    each,
    join,
    options,
    pairs,
)

SAME = frozenset(
    """
    dedent cleandoc str list tuple set frozenset sorted reversed iter next aiter anext cast copy
    deepcopy literal_column Composed bytes LiteralString memoryview freeze shield wait_for run
    create_task ensure_future run_until_complete
    """.split()
)
IMPORTERS = ("importlib.import_module", "__import__", "importlib.__import__")
PAIR = 2  # a key and its value
AS_MAPPING = frozenset(("asdict", "vars", "to_dict", "unstructure", "MappingProxyType"))


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
    if name == "super":
        return _super(site)
    composes = sinks.COMPOSES.match(name)
    if composes:
        return _composed(site, composes["what"])
    if name == "COPY().write_row" and isinstance(callee, Ref):
        return _copied_row(site, callee.arguments)
    if name == "string.Template().substitute" and isinstance(callee, Ref) and callee.arguments:
        return _templated(site, callee.arguments[0])
    if last in ("read_text", "read", "read_bytes", "open", "get_data"):
        return _file(site, callee)
    return _plain(site, name, last, first)


def _plain(site: Site, name: str, last: str, first: Value | None) -> Value | None:
    match last:
        case "dict":
            given = Mapping() if first is None else each(first, _as_mapping)
            return each(given, lambda held: _merged(held, site.arguments.mapping()))
        case "getattr" if first is not None and len(site.arguments.positional) > 1:
            return _got(site, first)
        case "enumerate" if first is not None:
            return Items((), Items((UNKNOWN, iterate(first))))
        case "zip":
            return _zipped(site.arguments.positional)
        case "map" if len(site.arguments.positional) > 1:
            return _mapped(site)
    if first is None:
        return None
    if last in AS_MAPPING:
        return each(first, lambda value: fields_of(value) or UNKNOWN)
    if last in SAME and "." not in name.removeprefix("asyncio.").removeprefix("textwrap."):
        return _last(site) if last == "cast" else _same(last, first)
    if last in ("dedent", "cleandoc", "cast", "copy", "deepcopy") and "(" not in name:
        return _last(site) if last == "cast" else first
    return None


def _as_mapping(value: Value) -> Value:
    """`dict(value)` of an object, a mapping or pairs."""
    match value:
        case Items(items=pairs_of, rest=None):
            made = Mapping()
            for pair in pairs_of:
                if not isinstance(pair, Items) or len(pair.items) != PAIR:
                    return Mapping((), UNKNOWN)
                made = entry(made, *pair.items)
            return made
        case Items(rest=Items(items=(_, held))):
            return Mapping((), held)
    return fields_of(value) or Mapping((), UNKNOWN)


def _merged(held: Value, more: Mapping) -> Value:
    return held.merge(more) if isinstance(held, Mapping) else held


def _zipped(columns: tuple[Value, ...]) -> Items:
    """`zip(…)`: row by row where every row is known."""
    known = [column.items for column in columns if isinstance(column, Items) and not column.rest]
    if columns and len(known) == len(columns):
        return Items(tuple(Items(row) for row in zip(*known, strict=False)))
    return Items((), Items(tuple(map(iterate, columns))))


def _same(last: str, value: Value) -> Value:
    match value:
        case Items() | Mapping() | Query() if last in ("next", "anext"):
            return iterate(value)
        case Member(value=inner) if last == "str" and isinstance(inner, Text):
            return inner
        case Constant() if last == "str":
            return as_text(value)
    return value


def _last(site: Site) -> Value:
    return site.arguments.positional[-1]


def _got(site: Site, value: Value) -> Value:
    """`getattr(value, "name")`."""
    found: list[Value] = []
    for owner, name in pairs(value, site.arguments.positional[1]):
        if isinstance(name, Text) and name.known:
            place = name.ending or site.scope.syntax.place(site.node)
            boundary.record_got(site, owner, name.known, place)
            found.append(attribute_of(site.machine, owner, name.known))
    return join(found)


def _super(site: Site) -> Value:
    """`super()`: what the enclosing method was called on, as its class's bases see it."""
    for scope in site.scope.enclosing():
        around = scope.parent
        if scope.kind == "function" and around is not None and around.kind == "class":
            cls = around.parent.find(around.name.rpartition(".")[2]) if around.parent else None
            receiver = next(iter(scope.names.values()), UNKNOWN)
            if isinstance(cls, Class):
                return join([as_base(cls, option) for option in options(receiver)])
    return UNKNOWN


def _mapped(site: Site) -> Value:
    from outbox_guard.frontends.python.values import Function

    called, over = site.arguments.positional[:2]
    if isinstance(called, Function):
        given = operations.Arguments((iterate(over),))
        return Items((), site.machine.apply(called, given))
    return Items((), iterate(over) if isinstance(iterate(over), Rows) else UNKNOWN)


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
