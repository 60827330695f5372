"""What a call returns, and what it does to the database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial

import libcst

from outbox_guard.frontends.python import ddl, orm
from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.parameters import argument_for
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.driver import connections, sinks
from outbox_guard.frontends.python.driver.role_switches import record_switches
from outbox_guard.frontends.python.driver.targets import is_elsewhere
from outbox_guard.frontends.python.evaluation.attributes import attribute_of, is_enum, member_of
from outbox_guard.frontends.python.evaluation.expressions import arguments_of
from outbox_guard.frontends.python.interpreter import callbacks, sql_calls
from outbox_guard.frontends.python.judging.binding import JSON
from outbox_guard.frontends.python.judging.judge import sql_text
from outbox_guard.frontends.python.judging.sessions import along, line_of, new_line, owner_of
from outbox_guard.frontends.python.library import conversions
from outbox_guard.frontends.python.library.functions import library_call
from outbox_guard.frontends.python.library.text_methods import text_method
from outbox_guard.frontends.python.parsing.spelling import spelling_of
from outbox_guard.frontends.python.values import containers
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import as_text, each, locked_in, texts, written
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Class,
    Cursor,
    Function,
    Items,
    Mapping,
    Member,
    Object,
    Ref,
    Rows,
    Unknown,
    Value,
    join,
)
from outbox_guard.frontends.python.values.pieces import Text


def call(machine: Machine, node: libcst.Call, scope: Scope) -> Value:
    """The value of a call, after what it does was judged."""
    func = node.func
    spelling = spelling_of(func)
    if isinstance(func, libcst.Attribute):
        receiver = machine.evaluate(func.value, scope)
        site = Site(machine, node, scope, arguments_of(machine, node, scope), spelling)
        connections.record_method(site, receiver)
        return each(receiver, partial(_method, site))
    callee = machine.evaluate(func, scope)
    site = Site(machine, node, scope, arguments_of(machine, node, scope), spelling)
    return each(callee, partial(_function, site))


def invoke(
    machine: Machine, node: libcst.Call, scope: Scope, callee: Value, arguments: Arguments
) -> Value:
    """The value of a call that no code spells out: `map(callee, …)`, `partial(callee, …)()`."""
    site = Site(machine, node, scope, arguments, written(callee), spelled=False)
    return each(callee, partial(_function, site))


def _method(site: Site, receiver: Value) -> Value:
    """`receiver.method(...)`."""
    base = isinstance(receiver, Object) and receiver.real is not None
    found = orm.by_base(site, receiver) if base else orm.method(site, receiver)
    if found is None:
        found = _collection_method(site, receiver)
    if found is not None:
        return found
    match receiver:
        case Text() | Member(value=Text()):
            text = as_text(receiver)
            return text_method(site, text, site.method, site.arguments)
        case Ref(name=name) if site.method in ("decode", "encode") and JSON.search(name):
            return receiver  # a document, as text or as bytes
        case Rows():
            return _rows_method(site, receiver)
        case Cursor() if site.method.startswith("fetch") and not sql_calls.is_given(site):
            return receiver.rows
        case Object() if (made := conversions.method_of(site, receiver)) is not None:
            return made
    method = attribute_of(site.machine, receiver, site.method)
    return each(method, partial(_function, site, receiver=receiver))


def _rows_method(site: Site, rows: Rows) -> Value:
    """`rows.scalars().all()` are still those rows; a session's result may also run SQL."""
    if sql_calls.is_given(site):
        return _stranger(site, Unknown(site.spelling, line=along(rows.line, site.method)), rows)
    return rows


def _collection_method(site: Site, receiver: Value) -> Value | None:
    """Methods of lists, sets and dicts; those that change them give the name a new value."""
    if not isinstance(receiver, Items | Mapping):
        return None
    changed = containers.changed_by(receiver, site.method, site.arguments)
    if changed is not None:
        site.rebind(changed)
        return UNKNOWN
    return containers.collection_method(receiver, site.method, site.arguments)


def _function(site: Site, callee: Value, receiver: Value | None = None) -> Value:
    """`callee(...)`."""
    connections.record_call(site, callee)
    record_switches(site, callee)
    ddl.send(site, callee)
    found = orm.function(site, callee)
    if found is None:
        found = library_call(site, callee)
    if found is not None:
        return found
    match callee:
        case Function():
            return _applied(site, callee)
        case Class():
            return _constructed(site, callee)
        case Object() if isinstance(method := callee.of.find("__call__"), Function):
            return site.machine.apply(method, site.arguments)
        case Ref(arguments=(inner, *bound)) if sinks.PARTIAL.match(callee.name):
            arguments = site.arguments
            merged = tuple({**dict(callee.keywords), **dict(arguments.keywords)}.items())
            given = Arguments((*bound, *arguments.positional), merged, arguments.star)
            return site.call(inner, given)
    return _stranger(site, callee, receiver)


def _applied(site: Site, function: Function) -> Value:
    """A call of a function of the project, which may change what it is handed."""
    result = site.machine.apply(function, site.arguments)
    left = site.machine.left(function, site.arguments) if site.spelled else {}
    for name, value in left.items():
        node = argument_for(name, function, site.node)
        if node is not None:
            site.change(node, value)
    return result


def _constructed(site: Site, cls: Class) -> Value:
    judge = site.machine.judge
    if is_enum(cls) and site.arguments.positional:
        return each(site.arguments.positional[0], lambda value: member_of(cls, value))
    if any(sinks.RAISES.search(base) for base in (cls.name, *cls.outer_bases)):
        for value in site.arguments.all:
            judge.explain(value)
    if "str" in cls.outer_bases and site.arguments.positional:
        return site.arguments.positional[0]
    if any(base.endswith("TypedDict") for base in cls.outer_bases):
        return conversions.as_dict(site)
    return site.machine.construct(cls, site.arguments)


def _stranger(site: Site, callee: Value, receiver: Value | None) -> Value:
    """A call of something that is not in view."""
    followed = _in_view(site, callee)
    if followed is not None:
        return _function(site, followed, receiver)
    name = written(callee) or site.spelling
    last = name.rpartition(".")[2] or site.method
    # `execute = cursor.execute` is a method as well.
    method = receiver is not None or (isinstance(callee, Unknown) and "." in callee.name)
    line = partial(_line, site, callee, receiver, name)
    if (last in sinks.RUNS and method) or sinks.RUNNERS.match(name):
        ran = sql_calls.run(site, name, receiver, line())
        return _result(site, receiver or UNKNOWN, receiver, name) if ran is None else ran
    judge = site.machine.judge
    if last in sinks.ENDS and judge.sessions.state:
        judge.sessions.end(line())
    explains = _explains(name, last)
    for value in _unkeyed(site.arguments):
        judge.explain(value) if explains else judge.hand(value, site.scope.name)
    for key, value in site.arguments.keywords:
        if explains or key in sinks.READ_BY_PEOPLE:
            judge.explain(value)
        else:
            judge.hand(value, site.scope.name)
    returned = callbacks.called_back(site, receiver)
    if returned is not None:
        return returned
    rows = None if explains else sql_calls.perhaps_run(site, line)
    if rows is not None and rows.locked:
        return Rows(rows.locked, name=f"{name}()", line=line())
    return _result(site, callee, receiver, name)


@lru_cache(maxsize=connections.NAMES)
def _explains(name: str, last: str) -> bool:
    """Whether a call shows or compares what it is given."""
    if last in sinks.EXPLAINS or sinks.ASSERTS.match(last) or sinks.TRANSLATES.match(last):
        return True
    raised = sinks.RAISES.search(name.removesuffix(".__init__"))
    shown = sinks.STREAMS.search(name) or sinks.LOGGERS.search(name)
    return raised is not None or shown is not None


def _line(site: Site, callee: Value, receiver: Value | None, name: str) -> str:
    """The connection on which a call runs what it is given."""
    if receiver is not None:
        return line_of(receiver, site.spelling)
    if isinstance(callee, Ref | Unknown) and callee.line:
        return owner_of(callee.line)
    handed = (v for v in site.arguments.positional if isinstance(v, Cursor | Ref | Unknown))
    return next((line_of(value) for value in handed), "") or owner_of(name)


def _in_view(site: Site, callee: Value) -> Value | None:
    """What a module that was passed over binds, when it is handed something that matters."""
    if not isinstance(callee, Unknown) or callee.module is None:
        return None
    handed = [text for value in site.arguments.all for text in texts(value)]
    matters = any(site.machine.project.mentions(sql_text(text).text) for text in handed)
    if not matters and not any(map(locked_in, site.arguments.all)):
        return None
    scope = site.machine.module(callee.module)
    found = scope.get(callee.name.rpartition(".")[2]) if scope is not None else None
    return found if isinstance(found, Function | Class) else None


def _unkeyed(arguments: Arguments) -> Iterator[Value]:
    yield from arguments.positional
    yield from (value for value in (arguments.star, arguments.rest) if value is not None)


def _result(site: Site, callee: Value, receiver: Value | None, name: str) -> Value:
    """What came of locked rows is still of them; a foreign call is known by its name."""
    taken = [*site.arguments.all, callee, *([] if receiver is None else [receiver])]
    locked = next((found for found in map(locked_in, taken) if found), ())
    if locked:
        if site.method in sinks.COLLECTS and isinstance(receiver, Ref | Unknown):
            site.rebind(Cursor(receiver, Rows(locked)))
        line = _line_returned(site, callee, receiver)
        return Rows(locked, name=f"{name}()", line=line)
    if site.method in ("get", "getenv", "pop", "setdefault") and isinstance(
        site.arguments.get(1), Text
    ):
        return join([Unknown(f"{name}()"), *site.arguments.positional[1:2]])
    line = _line_returned(site, callee, receiver)
    if isinstance(callee, Ref) or is_elsewhere(site.arguments):
        called = callee.name if isinstance(callee, Ref) else name
        return Ref(f"{called}()", site.arguments.positional, site.arguments.keywords, line)
    return Unknown(f"{name}()" if name else "", line=line)


def _line_returned(site: Site, callee: Value, receiver: Value | None) -> str:
    """The line of what a call returns: a pool and a driver give another connection each time."""
    line = callee.line if isinstance(callee, Ref | Unknown) else ""
    if receiver is not None and site.method in sinks.CONNECTS:
        opens = connections.receiver_of(receiver, site.spelling.rpartition(".")[0]) != ""
    else:
        opens = False
    if not opens and isinstance(callee, Ref) and "(" not in callee.name:
        opens = connections.is_of_database(site, callee.name)
    called = receiver is None and line  # a class or a function that opens one
    return new_line(site.node) if opens or called else owner_of(line)
