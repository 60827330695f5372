"""What Python's own functions make of collections and objects, one row each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from outbox_guard.frontends.python import boundary, collection_values, operators
from outbox_guard.frontends.python.arguments import Arguments
from outbox_guard.frontends.python.attributes import as_base, attribute_of, set_attribute, shown
from outbox_guard.frontends.python.binding import fields_of
from outbox_guard.frontends.python.combining import combine, each, locked_in, pairs
from outbox_guard.frontends.python.containers import entry, iterate, turns
from outbox_guard.frontends.python.operators import percent
from outbox_guard.frontends.python.pieces import Text
from outbox_guard.frontends.python.scopes import Scope
from outbox_guard.frontends.python.site import Site
from outbox_guard.frontends.python.values import (
    UNKNOWN,
    Class,
    Constant,
    Items,
    Mapping,
    Object,
    Query,
    Ref,
    Value,
    join,
    options,
)

# The modules whose functions these are; a name without a module is a builtin's.
MODULES = frozenset(
    """
    asyncio attr attrs builtins cattrs collections copy dataclasses dict functools inspect itertools
    operator textwrap types typing typing_extensions
    """.split()
)
PAIR = 2  # a key and its value


def converted(site: Site, name: str) -> Value | None:
    """The result of a function of Python's own; None for any other."""
    module, _, last = name.rpartition(".")
    if module and module.partition(".")[0] not in MODULES:
        return None
    conversion = CONVERSIONS.get(last)
    return None if conversion is None else conversion(site)


def method_of(site: Site, value: Object) -> Value | None:
    """A method that pydantic, attrs or a named tuple gives to a class; None for any other."""
    if value.of.find(site.method) is not None:
        return None
    match site.method:
        case "model_dump" | "dict" | "_asdict" | "to_dict" | "asdict":
            return fields_of(value)
        case "model_dump_json" | "json":
            return Ref("json.dumps()", (fields_of(value) or UNKNOWN,))
        case "_replace" | "model_copy" | "copy":
            update = site.arguments.get(-1, "update")
            given = update if isinstance(update, Mapping) else site.arguments.mapping()
            return _changed(value, given)
    return None


def _first(site: Site) -> Value | None:
    return site.arguments.get(0)


def _same(site: Site) -> Value | None:
    return _first(site)


def _last(site: Site) -> Value | None:
    return site.arguments.positional[-1] if site.arguments.positional else None


def _collected(site: Site) -> Value | None:
    """`list(value)`, and `list()`, which is empty."""
    return _first(site) if site.arguments.all else Items()


def _iterated(site: Site) -> Value | None:
    """`iter(value)`, and `iter(cursor.fetchone, None)`: what it returns, again and again."""
    match site.arguments.positional:
        case (called, _):
            return Items((), site.call(called, Arguments()))
    return _first(site)


def _filtered(site: Site) -> Value | None:
    """`filter(test, values)`: any of them may stay."""
    return site.arguments.get(1)


def _next(site: Site) -> Value | None:
    value = _first(site)
    return iterate(value) if isinstance(value, Items | Mapping | Query) else value


def _text(site: Site) -> Value | None:
    value = _first(site)
    return None if value is None else each(value, lambda option: shown(site.machine, option))


def _sum(site: Site) -> Value | None:
    match site.arguments.positional:
        case (left, right):
            return combine(left, right, operators.add)
    return None


def _dict(site: Site) -> Value:
    given = _first(site)
    held = Mapping() if given is None else each(given, _as_mapping)
    more = site.arguments.mapping()
    return each(held, lambda option: option.merge(more) if isinstance(option, Mapping) else option)


def _as_mapping(value: Value) -> Value:
    """`dict(value)` of an object, a mapping or pairs."""
    match value:
        case Items(items=held, rest=None):
            made = Mapping()
            for pair in held:
                if not isinstance(pair, Items) or len(pair.items) != PAIR:
                    return Mapping((), UNKNOWN)
                made = entry(made, *pair.items)
            return made
        case Items(rest=Items(items=(_, worth))):
            return Mapping((), worth)
    if locked_in(value):
        return Mapping((), value, (value,))
    return fields_of(value) or Mapping((), UNKNOWN)


def _fields(site: Site) -> Value | None:
    value = _first(site)
    if value is None:
        return _names(site.scope)  # `vars()`
    return each(value, lambda option: fields_of(option) or UNKNOWN)


def _field_values(site: Site) -> Value | None:
    value = _fields(site)
    if not isinstance(value, Mapping):
        return value
    return Items(tuple(worth for _, worth in value.items), value.rest)


def _replaced(site: Site) -> Value | None:
    value = _first(site)
    if value is None:
        return None
    return each(value, lambda option: _changed(option, site.arguments.mapping()))


def _changed(value: Value, given: Mapping) -> Value:
    if not isinstance(value, Object):
        return value
    return Object(value.of, {**value.attributes, **dict(given.items)}, value.made)


def _names(scope: Scope) -> Value:
    return Mapping(tuple(scope.held().items()))


def _enumerated(site: Site) -> Value | None:
    value = _first(site)
    return None if value is None else Items((), Items((UNKNOWN, iterate(value))))


def _zipped(site: Site) -> Value:
    """Row by row where every row is known; `repeat(x)` goes with any."""
    columns = site.arguments.positional
    if site.arguments.spread is not None:  # `zip(*rows)` gives their columns
        return Items((), site.arguments.spread)
    known = [column.items for column in columns if isinstance(column, Items) and column.items]
    endless = [column for column in columns if isinstance(column, Items) and column.rest]
    if known and len(known) + len(endless) == len(columns):
        rows = range(min(map(len, known)))
        return Items(tuple(Items(tuple(_at(c, row) for c in columns)) for row in rows))
    return _product(site)


def _at(column: Value, row: int) -> Value:
    return collection_values.element(column, Constant(row)) or UNKNOWN


def _chained(site: Site) -> Value:
    """`chain(a, b)`, and `ChainMap(a, b)`, in which the first counts."""
    result: Value | None = None
    for value in site.arguments.positional:
        more = collection_values.listed(value) or Items((), iterate(value))
        result = more if result is None else operators.add(result, more)
    return result or Items()


def _chained_maps(site: Site) -> Value:
    result = Mapping()
    for value in reversed(site.arguments.positional):
        result = result.merge(value if isinstance(value, Mapping) else Mapping((), UNKNOWN))
    return result


def _flattened(site: Site) -> Value:
    """`chain.from_iterable(parts)`"""
    parts = _first(site)
    if not isinstance(parts, Items) or parts.rest is not None:
        return Items((), iterate(iterate(parts or UNKNOWN)))
    return _chained(dataclasses.replace(site, arguments=Arguments(parts.items)))


def _repeated(site: Site) -> Value | None:
    """`repeat(x)`, `repeat(x, 3)`"""
    value, times = _first(site), site.arguments.get(1, "times")
    if value is None:
        return None
    return Items((), value) if times is None else operators.multiply(Items((value,)), times)


def _from_keys(site: Site) -> Value:
    """`dict.fromkeys(names, value)`"""
    keys, worth = _first(site), site.arguments.get(1) or Constant(None)
    made = Mapping()
    for key in keys.items if isinstance(keys, Items) else (iterate(keys or UNKNOWN),):
        made = entry(made, key, worth)
    return made


def _defaulting(site: Site) -> Value:
    """`defaultdict(factory, …)`: what is not there is what the factory makes."""
    factory, *given = site.arguments.positional or (UNKNOWN,)
    made = site.call(factory, Arguments())
    held = given[0] if given and isinstance(given[0], Mapping) else Mapping()
    return Mapping(held.items, made).merge(Mapping(site.arguments.keywords))


def as_dict(site: Site) -> Value:
    """`dict(…)`, and a call of a TypedDict, which is one."""
    return _dict(site)


def _product(site: Site) -> Value:
    return Items((), Items(tuple(map(iterate, site.arguments.positional))))


def mapped(site: Site, called: Value, *over: Value) -> Value:
    """`map(called, values, …)`"""
    given = [turns(value) for value in over]
    rows = zip(*(items.items for items in given), strict=False)
    rounds = [site.call(called, Arguments(row)) for row in rows]
    return _rounds(rounds, endless=any(items.rest is not None for items in given))


def starmapped(site: Site, called: Value, *over: Value) -> Value:
    """`starmap(called, rows)`: each row is what one call is given."""
    rounds: list[Value] = []
    for row in (turn for value in over for turn in turns(value).items):
        given = collection_values.spread(row)
        rounds.append(site.call(called, Arguments(given.items, star=given.rest)))
    return _rounds(rounds, endless=any(turns(value).rest is not None for value in over))


def _rounds(rounds: list[Value], *, endless: bool) -> Value:
    return Items((), join(rounds)) if endless else Items(tuple(rounds))


def _mapped(site: Site) -> Value | None:
    given = site.arguments.positional
    return None if len(given) < PAIR else mapped(site, *given)


def _starmapped(site: Site) -> Value | None:
    given = site.arguments.positional
    return None if len(given) < PAIR else starmapped(site, *given)


def _reduced(site: Site) -> Value | None:
    match site.arguments.positional:
        case (called, Items(items=items, rest=None), *_) if items:
            first, *others = (*site.arguments.positional[PAIR:], *items)
            for other in others:
                first = site.call(called, Arguments((first, other)))
            return first
    return None


def _percent(site: Site) -> Value | None:
    """`operator.mod(template, values)`"""
    match site.arguments.positional:
        case (template, values):
            return combine(template, values, percent)
    return None


def _got(site: Site) -> Value | None:
    """`getattr(value, "name")`."""
    if len(site.arguments.positional) < PAIR:
        return None
    found: list[Value] = []
    for owner, name in pairs(*site.arguments.positional[:2]):
        if isinstance(name, Text) and name.known:
            place = name.ending or site.scope.syntax.place(site.node)
            boundary.record_got(site, owner, name.known, place)
            found.append(attribute_of(site.machine, owner, name.known))
    return join(found)


def _set(site: Site) -> Value | None:
    match site.arguments.positional:
        case (owner, Text(known=str(name)), value):
            for option in options(owner):
                set_attribute(option, name, value)
            return Constant(None)
    return None


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


_SAME = """
    dedent indent islice cleandoc sorted reversed aiter copy deepcopy bytes LiteralString memoryview
    freeze shield wait_for run create_task ensure_future gather MappingProxyType
"""
Conversion = Callable[[Site], Value | None]
CONVERSIONS: dict[str, Conversion] = {
    **dict.fromkeys(_SAME.split(), _same),
    **dict.fromkeys(("list", "tuple", "set", "frozenset", "deque"), _collected),
    **dict.fromkeys(("next", "anext"), _next),
    **dict.fromkeys(("str", "format"), _text),
    **dict.fromkeys(("add", "concat", "iadd", "iconcat"), _sum),
    **dict.fromkeys(("mod", "imod"), _percent),
    **dict.fromkeys(("asdict", "vars", "unstructure"), _fields),
    **dict.fromkeys(("replace", "evolve"), _replaced),
    "astuple": _field_values,
    "cast": _last,
    "filter": _filtered,
    "iter": _iterated,
    "ChainMap": _chained_maps,
    "chain": _chained,
    "defaultdict": _defaulting,
    **dict.fromkeys(("dict", "OrderedDict", "SimpleNamespace"), _dict),
    "from_iterable": _flattened,
    "fromkeys": _from_keys,
    "repeat": _repeated,
    "enumerate": _enumerated,
    "getattr": _got,
    "globals": lambda site: _names(site.scope.module),
    "locals": lambda site: _names(site.scope),
    "map": _mapped,
    "starmap": _starmapped,
    "product": _product,
    "reduce": _reduced,
    "setattr": _set,
    "super": _super,
    "zip": _zipped,
}
