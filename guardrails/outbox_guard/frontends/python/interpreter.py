"""Follows one Python file: its top level, then every function that it defines."""

from __future__ import annotations

from collections.abc import Sequence

import libcst

from outbox_guard.frontends.python import calls, evaluation, execution
from outbox_guard.frontends.python.judging import Judge
from outbox_guard.frontends.python.machine import DEEPEST_CALL, Budget
from outbox_guard.frontends.python.operations import Arguments
from outbox_guard.frontends.python.scopes import Scope
from outbox_guard.frontends.python.syntax import Syntax, SyntaxFault, parse
from outbox_guard.frontends.python.values import (
    UNKNOWN,
    Class,
    Function,
    Items,
    Mapping,
    ModuleValue,
    Object,
    Unknown,
    Value,
    join,
    written,
)
from outbox_guard.sources import Project


class Interpreter:
    """The machine of `machine.Machine`, for one file and what it imports."""

    def __init__(self, project: Project, judge: Judge) -> None:
        self.project = project
        self.judge = judge
        self.budget = Budget()
        self._modules: dict[str, Scope | None] = {}
        self._functions: dict[int, Function] = {}
        self._results: dict[object, Value] = {}
        self._active: list[libcst.CSTNode] = []
        self._selves: dict[int, Object] = {}

    def run(self, syntax: Syntax) -> Scope:
        """Follow a file whole."""
        scope = Scope("module", syntax)
        self._modules[syntax.source.path] = scope
        self.block([s for s in syntax.tree.body if isinstance(s, libcst.BaseStatement)], scope)
        pending = 0
        while pending < len(self._functions):
            # Functions that are defined within functions join the queue as it is worked off.
            function = list(self._functions.values())[pending]
            pending += 1
            if function.syntax is syntax:
                self.apply(self._with_self(function), Arguments())
        return scope

    def evaluate(self, node: libcst.BaseExpression, scope: Scope) -> Value:
        return evaluation.evaluate(self, node, scope)

    def call(self, node: libcst.Call, scope: Scope) -> Value:
        return calls.call(self, node, scope)

    def block(self, statements: Sequence[libcst.BaseStatement], scope: Scope) -> bool:
        return execution.block(self, statements, scope)

    def assign(self, target: libcst.BaseExpression, value: Value, scope: Scope) -> None:
        execution.assign(self, target, value, scope)

    def defined(self, function: Function) -> None:
        self._functions.setdefault(id(function.node), function)

    def module(self, module: ModuleValue) -> Scope | None:
        """The names of another file, followed for them alone; None where it can't be read."""
        path = module.path
        if path in self._modules or not path:
            return self._modules.get(path)
        self._modules[path] = None  # a circle of imports sees nothing of a half-made module
        source = self.project.source(path)
        if source is None:
            return None
        try:
            syntax = parse(source)
        except SyntaxFault:
            return None  # reported where the file itself is read
        scope = Scope("module", syntax)
        self._modules[path] = scope
        self.judge.muted += 1
        try:
            statements = [s for s in syntax.tree.body if isinstance(s, libcst.BaseStatement)]
            self.block(statements, scope)
        finally:
            self.judge.muted -= 1
        return scope

    def construct(self, cls: Class, arguments: Arguments) -> Value:
        """An instance: its fields from the arguments, then what `__init__` makes of them."""
        attributes = {}
        fields = [name for owner in reversed(list(cls.mro())) for name in owner.fields]
        for owner in reversed(list(cls.mro())):
            members = owner.members.items()
            attributes.update({name: v for name, v in members if name in owner.fields})
        initialiser = cls.find("__init__")
        if not isinstance(initialiser, Function):
            attributes.update(dict(zip(dict.fromkeys(fields), arguments.positional, strict=False)))
            attributes.update(dict(arguments.keywords))
        made = Object(cls, attributes, made=True)
        if isinstance(initialiser, Function):
            for name, _ in initialiser_defaults(attributes):
                attributes.pop(name)
            self.apply(_bound(initialiser, made), arguments)
        return made

    def _with_self(self, function: Function) -> Function:
        """A method on its own is called on an object that its class's `__init__` made."""
        scope = function.scope
        if not isinstance(scope, Scope) or scope.kind != "class" or scope.parent is None:
            return function
        cls = scope.parent.find(scope.name.rpartition(".")[2])
        decorators = {written(d).rpartition(".")[2] for d in function.decorators}
        if not isinstance(cls, Class) or "staticmethod" in decorators:
            return function
        if "classmethod" in decorators:
            return _bound(function, cls)
        if id(cls) not in self._selves:
            self._selves[id(cls)] = made = Object(cls, {})
            initialiser = cls.find("__init__")
            if isinstance(initialiser, Function):
                self.apply(_bound(initialiser, made), Arguments())
        return _bound(function, self._selves[id(cls)])

    def apply(self, function: Function, arguments: Arguments) -> Value:
        """What a function returns for these arguments; the same call is followed once."""
        key = (id(function.node), id(function.scope), function.receiver, _telling(arguments))
        if key in self._results:
            return self._results[key]
        if function.node in self._active or len(self._active) >= DEEPEST_CALL:
            return UNKNOWN
        self._results[key] = UNKNOWN
        self._active.append(function.node)
        muted = self.judge.muted
        self.judge.muted = 0  # a function that we call is run, wherever it stands
        try:
            result = self._follow(function, arguments)
        finally:
            self._active.pop()
            self.judge.muted = muted
        self._results[key] = result
        return result

    def _follow(self, function: Function, arguments: Arguments) -> Value:
        outer = function.scope
        parent = outer if isinstance(outer, Scope) else None
        scope = Scope("function", function.syntax, function.name, parent)
        self._bind_parameters(function, arguments, scope)
        node = function.node
        if isinstance(node, libcst.Lambda):
            return self.evaluate(node.body, scope)
        if isinstance(node.body, libcst.IndentedBlock):
            self.block([s for s in node.body.body if isinstance(s, libcst.BaseStatement)], scope)
        elif isinstance(node.body, libcst.SimpleStatementSuite):
            line = libcst.SimpleStatementLine(node.body.body)
            self.block([line], scope)
        if scope.yielded:
            return self._generated(function, join(scope.yielded))
        return join(scope.returned) if scope.returned else UNKNOWN

    def _generated(self, function: Function, yielded: Value) -> Value:
        """A context manager gives what it yields to `with`; a generator gives it to a loop."""
        decorators = {written(d).rpartition(".")[2] for d in function.decorators}
        manages = decorators & {"contextmanager", "asynccontextmanager", "fixture"}
        return yielded if manages else Items((), yielded)

    def _bind_parameters(self, function: Function, arguments: Arguments, scope: Scope) -> None:
        given = list(arguments.positional)
        if function.receiver is not None:
            given.insert(0, function.receiver)
        keywords = dict(arguments.keywords)
        for parameter in execution.parameters(function.node.params):
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
                value = self._default(function, parameter, arguments, scope)
            if isinstance(value, Unknown):
                value = self._typed(function, parameter) or Unknown(parameter.name)
            scope.names[parameter.name] = value

    def _default(
        self,
        function: Function,
        parameter: execution.Parameter,
        arguments: Arguments,
        scope: Scope,
    ) -> Value:
        """A parameter that this call leaves out: its default, or anything, if nobody called."""
        unknown = self._typed(function, parameter) or Unknown(parameter.name)
        if parameter.node.default is None:
            return unknown
        default = self.evaluate(parameter.node.default, scope.parent or scope)
        self.judge.hold(default, scope.name)
        called = bool(arguments.positional or arguments.keywords)
        return default if called and arguments.rest is None else join([default, unknown])

    def _typed(self, function: Function, parameter: execution.Parameter) -> Value | None:
        outer = function.scope
        if not isinstance(outer, Scope):
            return None
        return execution.annotated(self, parameter.node.annotation, outer)


def _bound(function: Function, receiver: Value) -> Function:
    return Function(
        function.syntax, function.node, function.scope, function.name, receiver, function.decorators
    )


def _telling(arguments: Arguments) -> Arguments:
    """The arguments without what nothing is known of, so that such calls are one."""

    def told(value: Value) -> Value:
        return UNKNOWN if isinstance(value, Unknown) else value

    return Arguments(
        tuple(map(told, arguments.positional)),
        tuple((key, told(value)) for key, value in arguments.keywords),
        None if arguments.star is None else told(arguments.star),
        None if arguments.rest is None else told(arguments.rest),
    )


def initialiser_defaults(attributes: dict[str, Value]) -> list[tuple[str, Value]]:
    """Fields with defaults stay, for `__init__` may not set them."""
    return [(name, value) for name, value in attributes.items() if isinstance(value, Function)]
