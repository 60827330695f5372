"""Facts about the boundary of the database: imports, calls on pools, the role API."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import libcst

from outbox_guard.facts import Access, Call, Import, Place
from outbox_guard.frontends.python import sinks
from outbox_guard.frontends.python.arguments import Arguments
from outbox_guard.frontends.python.combining import written
from outbox_guard.frontends.python.judging import Judge, sql_text
from outbox_guard.frontends.python.machine import Machine
from outbox_guard.frontends.python.nodes import nodes
from outbox_guard.frontends.python.pieces import Text
from outbox_guard.frontends.python.scopes import Scope
from outbox_guard.frontends.python.site import Site
from outbox_guard.frontends.python.syntax import Syntax
from outbox_guard.frontends.python.targets import target_of
from outbox_guard.frontends.python.values import (
    Class,
    Constant,
    Cursor,
    Function,
    Items,
    Mapping,
    ModuleValue,
    Object,
    Query,
    Ref,
    Rows,
    Unknown,
    Value,
    options,
)
from outbox_guard.frontends.sql import is_statement
from outbox_guard.globs import any_name
from outbox_guard.names import Names
from outbox_guard.sources import Project

Receiver = Literal["", "pool", "engine"]
First = Literal["none", "text", "sql", "class", "unknown"]

CLASS_LIKE = re.compile(r"(?:\w+\.)*[A-Z]\w*[a-z]\w*(?:\.\w+)*\Z")


def import_fact(
    names: Names,
    place: Place,
    module: str,
    imported: Iterable[tuple[str, Value]],
    *,
    dynamic: bool = False,
    local: bool = False,
) -> Import:
    """An import, and every module that the imported names come from."""
    modules = [module]
    for name, value in imported:
        modules.append(f"{module}.{name}" if module else name)
        modules.extend(_origins(names, module, value, local=local))
    driver = _driver(names, modules[1:]) if local else ""
    return Import(
        place=place,
        module=driver or module,
        modules=tuple(dict.fromkeys(modules)),
        dynamic=dynamic,
        local=local and not driver,
    )


def _driver(names: Names, modules: Iterable[str]) -> str:
    """The driver that a module of the project hands on, or ""."""
    globs = [g for driver in names.boundary.drivers for g in (driver, f"{driver}.*")]
    return next((module for module in modules if any_name(globs, module)), "")


def _origins(names: Names, module: str, value: Value, *, local: bool) -> Iterator[str]:
    """Where a name that another module of the project re-exports comes from."""
    if not local:
        return
    for option in options(value):
        match option:
            case Ref(name=name) if "(" not in name:
                # Home may hand on a driver's classes and errors; the driver itself it may not.
                if "." not in name or not is_home(names, module):
                    yield name
            case Function(syntax=syntax) | Class(syntax=syntax):
                yield dotted(syntax.source.path)
            case ModuleValue(name=name) | Unknown(module=ModuleValue(name=name)):
                yield name


def dotted(path: str) -> str:
    """A file's module name from the project's root."""
    return path.rpartition(".")[0].removesuffix("/__init__").replace("/", ".")


def is_home(names: Names, module: str) -> bool:
    path = module.replace(".", "/")
    return "home" in (names.zones.of(f"{path}/_"), names.zones.of(f"{path}.py"))


def receiver_of(value: Value, spelling: str) -> Receiver:
    """What a method is called on: a pool, an engine, some database object, or nothing of ours."""
    name = written(value)
    last = spelling.rpartition(".")[2]
    match value:
        case Cursor():
            return receiver_of(value.of, spelling)
        case Ref() if "(" in name:
            if sinks.POOL.match(name):
                return "pool"
            engine = sinks.ENGINE.match(name) or sinks.ENGINES_FROM.match(name)
            other = engine and target_of(Arguments(value.arguments, value.keywords)) == "other"
            return "engine" if engine and not other else ""
        case Object(of=cls):
            pool = any(sinks.POOL.match(f"{base}()") for base in cls.outer_bases)
            return "pool" if pool else ""
        case Unknown() | ModuleValue() | Ref():
            if name.partition(".")[0] in sys.stdlib_module_names:
                return ""
            last = name.rpartition(".")[2] or last
            if sinks.POOL_NAME.match(last):
                return "pool"
            return "engine" if sinks.ENGINE_NAME.match(last) else ""
    return ""


def is_database(value: Value, spelling: str, names: Names) -> bool:
    """Whether a value is an object through which the database is reached, as far as one can see."""
    match value:
        case Ref(name=name):
            driver = name.partition(".")[0] in names.boundary.drivers
            return driver or _named_database(spelling)
        case Object(of=Class(syntax=syntax)):
            return syntax.source.zone == "home"
        case Unknown() | Cursor() | ModuleValue() | Rows():
            return _named_database(spelling)
    return False


def _named_database(spelling: str) -> bool:
    return sinks.DATABASE_NAME.match(spelling.rpartition(".")[2]) is not None


def concerns(names: Names, fact: Import) -> bool:
    """Whether an import may be of a driver or of a test-only module."""
    words = [module.rpartition("/")[2].rpartition(".")[2] for module in names.boundary.test_only]
    asked = (*names.boundary.drivers, *words)
    parts = {part for module in fact.modules for part in (module, *module.split("."))}
    return any(any_name(asked, part) for part in parts)


def record_method(site: Site, receiver: Value) -> None:
    """What a method call says about the boundary."""
    node = site.receiver_node
    if node is None:
        return
    func = site.node.func
    if isinstance(func, libcst.Attribute):
        for option in options(receiver):
            record_attribute(site.machine, func, option, site.scope)
    kind = _kind_of_any(options(receiver), spelling_of(node))
    spelling = _unaliased(site)
    asks = _is_query_call(site, spelling)
    if kind or (asks and not all(_only_notes(o, site.method) for o in options(receiver))):
        _record_call(site, spelling, kind)


def _only_notes(receiver: Value, method: str) -> bool:
    """Whether it stands in for a database: its method writes down what it is asked, no more."""
    found = receiver.of.find(method) if isinstance(receiver, Object) else None
    if not isinstance(found, Function):
        return False
    calls = [node for node in nodes(found.node.body) if isinstance(node, libcst.Call)]
    notes = [_notes(spelling_of(call.func).rpartition(".")[2]) for call in calls]
    return bool(notes) and all(notes)  # a Protocol calls nothing


def _notes(function: str) -> bool:
    return function in sinks.EXPLAINS or function in sinks.COLLECTS


def _kind_of_any(receivers: Sequence[Value], spelling: str) -> Receiver:
    """What a method is called on, of several that it may be.

    A name alone says nothing where one of them is known, and is something else: Oracle's pool.
    """
    made = [option for option in receivers if isinstance(option, Ref) and "(" in option.name]
    kinds = [receiver_of(option, spelling) for option in made or receivers]
    return next((kind for kind in kinds if kind), "")


def record_attribute(machine: Machine, node: libcst.Attribute, owner: Value, scope: Scope) -> None:
    """`db.currentRole`, called or read."""
    if machine.judge.muted:
        return
    name = node.attr.value
    of = _taken_from(machine.judge.names, name, owner, node.value)
    if of is not None:
        _record_access(machine, name_place(scope.syntax, node), name, of, scope)


def record_got(site: Site, owner: Value, name: str, place: Place) -> None:
    """`getattr(db, "currentRole")`."""
    of = _taken_from(site.machine.judge.names, name, owner, site.node.args[0].value)
    if of is not None:
        _record_access(site.machine, place, name, of, site.scope)


def _taken_from(
    names: Names, name: str, owner: Value, node: libcst.BaseExpression
) -> Literal["database", "home"] | None:
    """What a name of the role API is taken from, where that is ours; `node` is the owner's."""
    if not _is_role_api(name):
        return None
    if is_database(owner, spelling_of(node), names):
        return "database"
    return "home" if isinstance(owner, ModuleValue | Ref) and is_home(names, owner.name) else None


def record_name(machine: Machine, node: libcst.Name, value: Value, scope: Scope) -> None:
    """A name of the role API that was imported from home, called or read."""
    if machine.judge.muted or not _is_role_api(scope.import_of(node.value)):
        return
    match value:
        case Ref(name=name) | Unknown(name=name):
            ours = _taken_from_home(machine.judge.names, name)
        case Function(syntax=syntax):
            away = syntax.source.path != scope.syntax.source.path
            ours = away and syntax.source.zone == "home" and _is_role_api(value.name)
        case _:
            return
    if ours:
        _record_access(machine, name_place(scope.syntax, node), node.value, "home", scope)


def _is_query_call(site: Site, spelling: str) -> bool:
    calls = site.machine.judge.names.boundary.query_calls
    return any(spelling == call or spelling.endswith(f".{call}") for call in calls)


def _unaliased(site: Site) -> str:
    """The called name as it is spelt where its first part was imported from."""
    first, dot, rest = site.spelling.partition(".")
    return (site.scope.import_of(first) or first) + dot + rest


def record_call(site: Site, callee: Value) -> None:
    """What a call of a function says about the boundary."""
    if isinstance(callee, Class):  # a class of the project that is a pool: `class Pool(…)`
        for base in callee.outer_bases:
            if _may_be_asked_about(site.machine.project, base):
                _record_call(site, base, "")
        return
    direct = isinstance(callee, Ref) and "(" not in callee.name
    if direct and _may_be_asked_about(site.machine.project, written(callee)):
        _record_call(site, written(callee), "")
    elif isinstance(callee, Ref | Unknown) and _renamed(site):
        owner, _, _ = written(callee).rpartition(".")
        kind = receiver_of(Ref(owner), owner) if owner else ""
        if kind or _is_query_call(site, written(callee)):
            _record_call(site, written(callee), kind)


def _renamed(site: Site) -> bool:
    """Whether a method is called by a name that it was given: `fetch = pool.fetch`."""
    func = site.node.func
    return isinstance(func, libcst.Name) and not site.scope.import_of(func.value)


def _may_be_asked_about(project: Project, name: str) -> bool:
    """Whatever a driver has; of a toolkit, which has a hundred things more, what opens."""
    first, last = name.partition(".")[0], name.rpartition(".")[2]
    if first in project.names.boundary.drivers:
        return True
    return first in sinks.TOOLKITS and (project.every_call or last in sinks.OPENS)


def _is_role_api(name: str) -> bool:
    return name.rpartition(".")[2] in sinks.ROLE_API


def _taken_from_home(names: Names, name: str) -> bool:
    return _is_role_api(name) and is_home(names, name.rpartition(".")[0])


def _record_call(site: Site, name: str, receiver: Receiver) -> None:
    judge = site.machine.judge
    if judge.muted:
        return
    fact = Call(
        place=name_place(site.scope.syntax, site.node.func),
        name=name,
        method=name.rpartition(".")[2],
        receiver=receiver,
        first=_first(site.arguments),
        keywords=tuple(key for key, _ in site.arguments.keywords),
        target=target_of(site.arguments),
        inside=site.scope.name,
    )
    judge.record(fact)


def _record_access(
    machine: Machine,
    place: Place,
    name: str,
    receiver: Literal["database", "home"],
    scope: Scope,
) -> None:
    if not machine.judge.muted:
        machine.judge.record(Access(place=place, name=name, receiver=receiver, inside=scope.name))


def _first(arguments: Arguments) -> First:
    value = arguments.get(0, "sql", "query", "statement", "text", "stmt")
    if value is None:
        return "none" if arguments.star is None else "unknown"
    kinds = {_kind(option) for option in options(value)}
    order: tuple[First, ...] = ("sql", "unknown", "text", "class")
    return next((kind for kind in order if kind in kinds), "none")


def _kind(value: Value) -> First:
    match value:
        case Text():
            whole = sql_text(value).text
            first = Judge.first_word(whole)
            return "sql" if value.composed or first or is_statement(whole) else "text"
        case Class() | Object() | Function() | Query() | Constant() | Items() | Mapping():
            return "class"
        case Unknown(name=name) | Ref(name=name) if CLASS_LIKE.match(name) or "(" in name:
            return "class" if CLASS_LIKE.match(name) or name.startswith("sqlalchemy") else "unknown"
    return "unknown"


def name_place(syntax: Syntax, called: libcst.BaseExpression) -> Place:
    """The called name: the whole dotted name where it is on one line, else its last part."""
    if not isinstance(called, libcst.Attribute):
        return syntax.place(called)
    whole, last = syntax.place(called), syntax.place(called.attr)
    return whole if _is_dotted(called) and whole.line == last.line else last


def _is_dotted(node: libcst.BaseExpression) -> bool:
    while isinstance(node, libcst.Attribute):
        node = node.value
    return isinstance(node, libcst.Name)


def spelling_of(node: libcst.BaseExpression) -> str:
    """A dotted name as it is written; calls and indexes in it are left out."""
    match node:
        case libcst.Name():
            return node.value
        case libcst.Attribute():
            base = spelling_of(node.value)
            return f"{base}.{node.attr.value}" if base else node.attr.value
        case libcst.Call():
            return spelling_of(node.func)
        case libcst.Await():
            return spelling_of(node.expression)
        case libcst.Subscript():
            return spelling_of(node.value)
    return ""
