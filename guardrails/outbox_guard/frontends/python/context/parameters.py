"""The parameters of a function, and what a call binds them to."""

from __future__ import annotations

from dataclasses import dataclass

import libcst

from outbox_guard.frontends.python.context.annotations import annotated
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.judging.sessions import new_line
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import (
    Function,
    Items,
    Mapping,
    Ref,
    Unknown,
    Value,
    join,
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function."""

    name: str
    star: str  # "", "*" or "**"
    keyword_only: bool
    node: libcst.Param


def parameters(node: libcst.Parameters) -> list[Parameter]:
    """The parameters of a function, in order."""
    found = [Parameter(p.name.value, "", False, p) for p in (*node.posonly_params, *node.params)]
    if isinstance(node.star_arg, libcst.Param):
        found.append(Parameter(node.star_arg.name.value, "*", False, node.star_arg))
    found.extend(Parameter(p.name.value, "", True, p) for p in node.kwonly_params)
    if node.star_kwarg is not None:
        found.append(Parameter(node.star_kwarg.name.value, "**", False, node.star_kwarg))
    return found


def bind(machine: Machine, function: Function, arguments: Arguments, scope: Scope) -> None:
    """Give each parameter its value, in the scope of the function's body."""
    given = list(arguments.positional)
    if function.receiver is not None:
        given.insert(0, function.receiver)
    keywords = dict(arguments.keywords)
    for parameter in parameters(function.node.params):
        if parameter.star == "*":
            value: Value = Items(tuple(given), arguments.star)
            given = []
        elif parameter.star == "**":
            value = Mapping(tuple(keywords.items()), arguments.rest)
        elif given and not parameter.keyword_only:
            value = given.pop(0)
        elif parameter.name in keywords:
            value = keywords.pop(parameter.name)
        else:
            value = _default(machine, function, parameter, arguments, scope)
        if isinstance(value, Unknown):
            value = _typed(machine, function, parameter, value.line)
        scope.names[parameter.name] = value


def argument_for(name: str, function: Function, call: libcst.Call) -> libcst.BaseExpression | None:
    """What a call hands over for a parameter, as it is written."""
    names = [each.name for each in parameters(function.node.params) if not each.star]
    position = names.index(name) - (function.receiver is not None) if name in names else -1
    for number, argument in enumerate(call.args):
        if argument.star:
            return None
        if argument.keyword is None and number == position:
            return argument.value
        if argument.keyword is not None and argument.keyword.value == name:
            return argument.value
    return None


def _default(
    machine: Machine,
    function: Function,
    parameter: Parameter,
    arguments: Arguments,
    scope: Scope,
) -> Value:
    """A parameter that this call leaves out: its default, or anything, if nobody called."""
    if arguments.spread is not None:
        return arguments.spread
    unknown = _typed(machine, function, parameter)
    if parameter.node.default is None:
        return unknown
    default = machine.evaluate(parameter.node.default, scope.parent or scope)
    machine.judge.hold(default, scope.name)
    called = bool(arguments.positional or arguments.keywords)
    return default if called and arguments.rest is None else join([default, unknown])


def _typed(machine: Machine, function: Function, parameter: Parameter, line: str = "") -> Value:
    """Something of which only the type is known, on the line of what is handed over."""
    outer, line = function.scope, line or new_line(parameter.node)
    kind = None
    if isinstance(outer, Scope):
        kind = annotated(machine, parameter.node.annotation, outer)
    if isinstance(kind, Ref):
        return Ref(kind.name, kind.arguments, kind.keywords, line)
    return Unknown(parameter.name, line=line) if kind is None else kind
