"""Facts about the boundary of the database: what opens connections, and calls on pools."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

import libcst

from outbox_guard.facts import Call
from outbox_guard.facts.code import First
from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.driver import sinks
from outbox_guard.frontends.python.driver.role_api import record_attribute
from outbox_guard.frontends.python.driver.targets import is_elsewhere, target_of
from outbox_guard.frontends.python.judging.judge import Judge, sql_text
from outbox_guard.frontends.python.parsing.nodes import nodes
from outbox_guard.frontends.python.parsing.spelling import name_place, spelling_of
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import written
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
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
    Unknown,
    Value,
    options,
)
from outbox_guard.frontends.python.values.pieces import Text
from outbox_guard.frontends.sql import is_statement
from outbox_guard.sources import Project

Receiver = Literal["", "pool", "engine"]

NAMES = 2_000  # that are remembered: code says few of them, and each again and again
CLASS_LIKE = re.compile(r"(?:\w+\.)*[A-Z]\w*[a-z]\w*(?:\.\w+)*\Z")


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
            if engine:
                other = target_of(Arguments(value.arguments, value.keywords)) == "other"
                return "" if other else "engine"
            if _is_known(value.name) or is_elsewhere(Arguments(value.arguments, value.keywords)):
                return ""
            return _receiver_by_name(_given(name, last))
        case Object(of=cls):
            pool = any(sinks.POOL.match(f"{base}()") for base in cls.outer_bases)
            return "pool" if pool else ""
        case Unknown() | ModuleValue() | Ref():
            if name.endswith(")"):
                return "" if _is_known(name) else _receiver_by_name(_given(name, last))
            if name.partition(".")[0] in sys.stdlib_module_names:
                return ""
            return _receiver_by_name(name.rpartition(".")[2] or last)
    return ""


@lru_cache(maxsize=NAMES)
def _receiver_by_name(name: str) -> Receiver:
    if sinks.POOL_NAME.match(name):
        return "pool"
    return "engine" if sinks.ENGINE_NAME.match(name) else ""


@lru_cache(maxsize=NAMES)
def _is_known(name: str) -> bool:
    """Whether it comes from a library whose things are told apart by what makes them."""
    first = name.partition(".")[0]
    known = first in sys.stdlib_module_names or first in sinks.TOOLKITS
    return known or sinks.ELSEWHERE.search(name) is not None


def _given(name: str, variable: str) -> str:
    """What tells most of the result of a call: the function, or the variable that holds it.

    `make_pool()` gives a pool and `make_thread_pool()` another one, whatever holds them; a class
    that is not in view may be anything.
    """
    called = name.removesuffix("()").rpartition(".")[2]
    if CLASS_LIKE.match(called):
        return ""
    return called if sinks.SAYS.search(called) else variable


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
    asks = spelling if _is_query_call(site, spelling) else _query_call(site, receiver, site.method)
    spelling = asks or spelling
    if kind or (asks and not all(_only_notes(o, site.method) for o in options(receiver))):
        _record_call(site, spelling, kind)


def _query_call(site: Site, receiver: Value, method: str) -> str:
    """The query call that a method is under its own name, "" where it is none."""
    return next((name for name in _meant(site, receiver, method) if _is_query_call(site, name)), "")


def _meant(site: Site, receiver: Value, method: str) -> Iterator[str]:
    """The called name by what its first part stands for: `handle = db`."""
    calls = (call.rpartition(".") for call in site.machine.judge.names.boundary.query_calls)
    owners = tuple(owner for owner, _, last in calls if last == method)
    for option in options(receiver) if owners else ():
        if not isinstance(option, Object):
            yield f"{written(option)}.{method}"
            continue
        for scope in site.scope.enclosing():
            for name, origin in scope.imported.items():
                if origin.endswith(owners) and option in options(scope.get(name) or UNKNOWN):
                    yield f"{origin}.{method}"


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


def _is_query_call(site: Site, spelling: str) -> bool:
    calls = site.machine.judge.names.boundary.query_calls
    return f".{spelling}".endswith(_endings(calls))


@lru_cache(maxsize=1)
def _endings(calls: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f".{call}" for call in calls)


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
    elif isinstance(callee, Function) and callee.receiver is not None and _renamed(site):
        if asked := _query_call(site, callee.receiver, callee.name.rpartition(".")[2]):
            _record_call(site, asked, "")
    elif isinstance(callee, Ref | Unknown) and _renamed(site):
        owner, _, _ = written(callee).rpartition(".")
        kind = receiver_of(Ref(owner), owner) if owner else ""
        if kind or _is_query_call(site, written(callee)):
            _record_call(site, written(callee), kind)


def _renamed(site: Site) -> bool:
    """Whether a method goes by another name: `fetch = pool.fetch`, `getattr(pool, "fetch")`."""
    func = site.node.func
    if isinstance(func, libcst.Call):
        return spelling_of(func) == "getattr"
    return isinstance(func, libcst.Name) and not site.scope.import_of(func.value)


def _may_be_asked_about(project: Project, name: str) -> bool:
    """Whatever a driver has; of any other library, which has a hundred things more, what opens."""
    first, last = name.partition(".")[0], name.rpartition(".")[2]
    if first in project.names.boundary.drivers or sinks.OPENERS.match(name):
        return True
    return first in sinks.TOOLKITS and (project.every_call or last in sinks.OPENS)


def is_of_database(site: Site, name: str) -> bool:
    """Whether a function is a driver's or a toolkit's."""
    first = name.partition(".")[0]
    return first in sinks.TOOLKITS or first in site.machine.project.names.boundary.drivers


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
