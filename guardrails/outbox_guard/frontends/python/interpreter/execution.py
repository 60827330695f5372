"""Statements, followed in order: which names hold what when SQL is run."""

from __future__ import annotations

from collections import abc
from collections.abc import Callable, Iterable, Sequence

import libcst

from outbox_guard.frontends.python.context.joining import Ways
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.narrowing import matched, narrow, tells
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.driver import sinks
from outbox_guard.frontends.python.evaluation.attributes import bound
from outbox_guard.frontends.python.evaluation.displays import looped, turns
from outbox_guard.frontends.python.interpreter import imports
from outbox_guard.frontends.python.interpreter.assignments import (
    annotated_assignment,
    assign,
    assignment,
    augmented_assignment,
)
from outbox_guard.frontends.python.interpreter.classes import define_class
from outbox_guard.frontends.python.interpreter.patterns import captured
from outbox_guard.frontends.python.judging.sessions import line_of, new_line
from outbox_guard.frontends.python.parsing.spelling import spelling_of
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import each
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Function,
    Object,
    Value,
    options,
)

_Body = libcst.BaseSuite | libcst.Module | libcst.SimpleStatementLine


def body(machine: Machine, suite: _Body, scope: Scope) -> bool:
    """Follow statements in order; whether what comes after them is reached."""
    return all(_KINDS.get(type(node), _of_no_matter)(machine, node, scope) for node in suite.body)


def _of_no_matter(machine: Machine, node: libcst.CSTNode, scope: Scope) -> bool:
    del machine, node, scope
    return True


def _expression(machine: Machine, node: libcst.Expr, scope: Scope) -> bool:
    """A string that stands alone is a docstring: nothing holds it."""
    machine.evaluate(node.value, scope)
    return True


def _import(machine: Machine, node: libcst.Import | libcst.ImportFrom, scope: Scope) -> bool:
    imports.follow(machine, node, scope)
    return True


def _return(machine: Machine, node: libcst.Return, scope: Scope) -> bool:
    if node.value is not None:
        value = machine.evaluate(node.value, scope)
        machine.judge.hand(value, scope.name)
        scope.returned.append(value)
    scope.left.append(machine.judge.sessions.state)
    return False


def _raise(machine: Machine, node: libcst.Raise, scope: Scope) -> bool:
    if node.exc is not None:
        machine.judge.explain(machine.evaluate(node.exc, scope))
        if isinstance(node.exc, libcst.Call):
            for argument in node.exc.args:
                machine.judge.explain(machine.evaluate(argument.value, scope))
    return False


def _jump(machine: Machine, node: libcst.Break | libcst.Continue, scope: Scope) -> bool:
    del machine, node, scope
    return False


def _assert(machine: Machine, node: libcst.Assert, scope: Scope) -> bool:
    machine.judge.explain(machine.evaluate(node.test, scope))
    return True


def _declare(machine: Machine, node: libcst.Global | libcst.Nonlocal, scope: Scope) -> bool:
    del machine
    scope.outer.update(item.name.value for item in node.names)
    return True


def _branches(
    machine: Machine,
    bodies: Iterable[libcst.BaseSuite | None],
    scope: Scope,
    tests: Sequence[tuple[int, libcst.BaseExpression]] = (),
) -> bool:
    """Follow each body from the same names; None is the branch that does nothing.

    A body is behind the test of its number, and behind those before that, which did not hold.
    """
    ways = Ways(machine, scope)
    for number, suite in enumerate(bodies):
        ways.start()
        for behind, test in tests:
            if behind <= number:
                narrow(machine, test, scope, holds=behind == number)
        if suite is None or body(machine, suite, scope):
            ways.arrive()
    return ways.meet()


def _if(machine: Machine, node: libcst.If, scope: Scope) -> bool:
    """The tests in order, then the branches; `elif` is nested as deep as there are."""
    bodies: list[libcst.BaseSuite | None] = []
    tests: list[tuple[int, libcst.BaseExpression]] = []  # that tell of what kind a name is
    current: libcst.If | libcst.Else | None = node
    while isinstance(current, libcst.If):
        _test(machine, current.test, scope)
        if tells(current.test):
            tests.append((len(bodies), current.test))
        bodies.append(current.body)
        current = current.orelse
    bodies.append(None if current is None else current.body)
    return _branches(machine, bodies, scope, tests)


def _test(machine: Machine, node: libcst.BaseExpression, scope: Scope) -> None:
    """A condition; a text that is asked about in it runs nowhere."""
    machine.judge.explain(machine.evaluate(node, scope))


def _loop(machine: Machine, node: libcst.For | libcst.While, scope: Scope) -> bool:
    if isinstance(node, libcst.For):
        given = turns(looped(machine, machine.evaluate(node.iter, scope)))
        for value in given.items:
            assign(machine, node.target, value, scope)
            _turn(machine, [node.body] if given.rest is None else [None, node.body], scope)
    else:
        _test(machine, node.test, scope)
        _turn(machine, [None, node.body], scope)
    return node.orelse is None or body(machine, node.orelse.body, scope)


def _turn(machine: Machine, bodies: Sequence[libcst.BaseSuite | None], scope: Scope) -> None:
    """A turn of a loop; and the next one, if it finds something else on a connection."""
    before = machine.judge.sessions.state
    _branches(machine, bodies, scope)
    if machine.judge.sessions.state is not before:
        _branches(machine, bodies, scope)


def _try(machine: Machine, node: libcst.Try | libcst.TryStar, scope: Scope) -> bool:
    ways = Ways(machine, scope)
    reached = body(machine, node.body, scope)
    if reached and node.orelse is not None:
        reached = body(machine, node.orelse.body, scope)
    if reached:
        ways.arrive()
    for handler in node.handlers:
        ways.start(anywhere=True)  # the body may have stopped anywhere before its end
        if body(machine, handler.body, scope):
            ways.arrive()
    reached = ways.meet()
    if node.finalbody is not None:
        return body(machine, node.finalbody.body, scope) and reached
    return reached


def _with(machine: Machine, node: libcst.With, scope: Scope) -> bool:
    """`with value as name`: what a context manager of ours gives; for others, themselves."""
    managers: list[Value] = []
    for item in node.items:
        manager = machine.evaluate(item.item, scope)
        managers.append(manager)
        entered = each(manager, lambda m: _managed(machine, m, "enter", m))
        if item.asname is not None:
            assign(machine, item.asname.name, entered, scope)
    reached = body(machine, node.body, scope)
    for item, manager in zip(reversed(node.items), reversed(managers), strict=True):
        each(manager, lambda m: _managed(machine, m, "exit", UNKNOWN))
        _end(machine, item.item, manager)
    return reached


def _end(machine: Machine, node: libcst.BaseExpression, manager: Value) -> None:
    """Behind its `with`, a connection that was opened there is gone, and a transaction is over."""
    sessions = machine.judge.sessions
    if not sessions.state:
        return
    for option in options(manager):
        line = line_of(option)
        if line == new_line(node):
            sessions.close(line)
        elif not spelling_of(node).endswith(sinks.WITHIN):
            sessions.end(line)


def _managed(machine: Machine, manager: Value, does: str, otherwise: Value) -> Value:
    """What a class of the project does where a `with` begins or ends."""
    if isinstance(manager, Object):
        for name in (f"__{does}__", f"__a{does}__"):
            method = manager.of.find(name)
            if isinstance(method, Function):
                return machine.apply(bound(method, manager), Arguments())
    return otherwise


def _match(machine: Machine, node: libcst.Match, scope: Scope) -> bool:
    """Each case from the same names, with what its pattern captures; or none of them."""
    subject = machine.evaluate(node.subject, scope)
    machine.judge.explain(subject)
    ways = Ways(machine, scope)
    ways.arrive()
    for case in node.cases:
        ways.start()
        here, subject = matched(machine, case, subject, scope)
        if isinstance(node.subject, libcst.Name) and node.subject.value in scope.names:
            scope.names[node.subject.value] = here
        for name, value in captured(machine, case.pattern, here, scope):
            scope.bind(name, value)
        if case.guard is not None:
            _test(machine, case.guard, scope)
        if body(machine, case.body, scope):
            ways.arrive()
    return ways.meet()


def _define(machine: Machine, node: libcst.FunctionDef, scope: Scope) -> bool:
    decorators = tuple(machine.evaluate(d.decorator, scope) for d in node.decorators)
    name = node.name.value
    function = Function(scope.syntax, node, scope, scope.qualify(name), decorators=decorators)
    for decorator in decorators:
        if isinstance(decorator, Function):
            machine.apply(decorator, Arguments((function,)))
    machine.defined(function)
    scope.bind(name, function)
    return True


def _class(machine: Machine, node: libcst.ClassDef, scope: Scope) -> bool:
    define_class(machine, node, scope)
    return True


# Whether what comes after it is reached; to see that a node is none of a kind takes time.
_KINDS: abc.Mapping[type[libcst.CSTNode], Callable[..., bool]] = {
    libcst.SimpleStatementLine: body,
    libcst.Expr: _expression,
    libcst.Assign: assignment,
    libcst.AnnAssign: annotated_assignment,
    libcst.AugAssign: augmented_assignment,
    libcst.Import: _import,
    libcst.ImportFrom: _import,
    libcst.Return: _return,
    libcst.Raise: _raise,
    libcst.Break: _jump,
    libcst.Continue: _jump,
    libcst.Assert: _assert,
    libcst.Global: _declare,
    libcst.Nonlocal: _declare,
    libcst.If: _if,
    libcst.For: _loop,
    libcst.While: _loop,
    libcst.Try: _try,
    libcst.TryStar: _try,
    libcst.With: _with,
    libcst.FunctionDef: _define,
    libcst.ClassDef: _class,
    libcst.Match: _match,
}
