"""What Python's own functions make of collections and objects, one row each."""

from __future__ import annotations

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.driver.role_api import record_got
from outbox_guard.frontends.python.evaluation import operators
from outbox_guard.frontends.python.evaluation.attributes import (
    as_base,
    attribute_of,
    names_of_fields,
    set_attribute,
    shown,
)
from outbox_guard.frontends.python.evaluation.displays import entry, iterate
from outbox_guard.frontends.python.evaluation.operators import percent
from outbox_guard.frontends.python.judging.binding import fields_of
from outbox_guard.frontends.python.library.iterations import ITERATIONS, Conversion
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import combine, each, locked_in, pairs
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Class,
    Constant,
    Items,
    Mapping,
    Object,
    Ref,
    Value,
    join,
    options,
)
from outbox_guard.frontends.python.values.pieces import Text

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


def _declared_fields(site: Site) -> Value | None:
    """`fields(value)`: of each field its name, which is mostly what is asked."""
    declared = [
        Items(tuple(Mapping((("name", name),)) for name in names_of_fields(option)))
        for option in options(_first(site) or UNKNOWN)
        if isinstance(option, Class | Object)
    ]
    return join(declared) if declared else None


def _type_arguments(site: Site) -> Value | None:
    """`get_args(cls.__orig_bases__[0])`"""
    value = _first(site)
    return value.get("__args__") if isinstance(value, Mapping) else None


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
            record_got(site, owner, name.known, place)
            found.append(attribute_of(site.machine, owner, name.known))
    return join(found)


def _set(site: Site) -> Value | None:
    match site.arguments.positional:
        case (owner, Text(known=str(name)), value):
            for option in options(owner):
                set_attribute(site.machine, option, name, value)
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
CONVERSIONS: dict[str, Conversion] = {
    **ITERATIONS,
    **dict.fromkeys(_SAME.split(), _same),
    **dict.fromkeys(("str", "format"), _text),
    **dict.fromkeys(("add", "concat", "iadd", "iconcat"), _sum),
    **dict.fromkeys(("mod", "imod"), _percent),
    **dict.fromkeys(("asdict", "vars", "unstructure"), _fields),
    **dict.fromkeys(("replace", "evolve"), _replaced),
    "astuple": _field_values,
    "cast": _last,
    "fields": _declared_fields,
    "get_args": _type_arguments,
    "defaultdict": _defaulting,
    **dict.fromkeys(("dict", "OrderedDict", "SimpleNamespace"), _dict),
    "fromkeys": _from_keys,
    "getattr": _got,
    "globals": lambda site: _names(site.scope.module),
    "locals": lambda site: _names(site.scope),
    "setattr": _set,
    "super": _super,
}
