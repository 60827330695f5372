"""Where code knows that a lease is lost, or a second outcome refused, and what it logs there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst

from outbox_guard.facts import LogCall
from outbox_guard.facts.operations import About
from outbox_guard.frontends.python.operations.meanings import DEEPEST, Meanings, meanings
from outbox_guard.frontends.python.operations.telemetry import dotted, level_of, loggers, told
from outbox_guard.frontends.python.parsing.nodes import children, nodes
from outbox_guard.frontends.python.parsing.syntax import Syntax
from outbox_guard.names import Names
from outbox_guard.sources import Project

Statements = Sequence[libcst.BaseStatement | libcst.BaseSmallStatement]

UNIQUE = "23505"
_LOST = re.compile(
    r"(?=.*(?<!re)(?<!p)lease)(?=.*(?:lost|loss|stale|expired|gone|taken))", re.IGNORECASE
)
_GUARD = re.compile(
    r"(?=.*terminal)(?=.*(?:guard|already|duplicate|conflict|second))", re.IGNORECASE
)
_UNIQUE = re.compile(r"unique_?violation|duplicate_?key|integrity_?error", re.IGNORECASE)
_TERMINAL = re.compile(r"terminal", re.IGNORECASE)
GRAVE = ("critical", "fatal", "exception", "error")  # of a helper, the first that it comes to
_DIFFERENT = (libcst.NotEqual, libcst.NotIn)


def facts(syntax: Syntax, project: Project) -> Iterator[LogCall]:
    """The log calls that tell of a lease loss or of the terminal guard."""
    known = meanings(syntax.tree, syntax.source, project)
    reader = _Reader(syntax, project.names, known, loggers(syntax.tree))
    yield from reader.block(syntax.tree.body, None)


@dataclass(frozen=True)
class _Reader:
    syntax: Syntax
    names: Names
    meanings: Meanings
    loggers: frozenset[str]

    def block(self, statements: Statements, about: About | None) -> Iterator[LogCall]:
        """What is logged in a block, where it is known what has happened."""
        for statement in statements:
            match statement:
                case libcst.If():
                    yield from self._if(statement, about)
                    # Whoever left already does not read on: after `if state != …: raise` it is so.
                    if self._denies(statement.test) and _leaves(statement.body):
                        about = self._asked(statement.test) or about
                case libcst.Try() | libcst.TryStar():
                    yield from self._try(statement, about)
                case libcst.Match():
                    for case in statement.cases:
                        found = self._case(case) or about
                        yield from self.block(case.body.body, found)
                case libcst.FunctionDef() | libcst.ClassDef():
                    yield from self.block(statement.body.body, None)
                case libcst.For() | libcst.While() | libcst.With():
                    yield from self.block(statement.body.body, about)
                    if not isinstance(statement, libcst.With) and statement.orelse:
                        yield from self.block(statement.orelse.body.body, about)
                case _:
                    yield from self._logged(statement, about)

    def _if(self, statement: libcst.If, about: About | None) -> Iterator[LogCall]:
        asked = self._asked(statement.test)
        denies = self._denies(statement.test)
        other = None if asked == about else about
        yield from self.block(statement.body.body, other if denies else asked or about)
        otherwise = asked or about if denies else (other if asked else about)
        match statement.orelse:
            case libcst.If() as following:
                yield from self._if(following, otherwise)
            case libcst.Else(body=body):
                yield from self.block(body.body, otherwise)

    def _try(
        self, statement: libcst.Try | libcst.TryStar, about: About | None
    ) -> Iterator[LogCall]:
        yield from self.block(statement.body.body, about)
        completes = any(self._completes(node) for node in nodes(statement.body))
        for handler in statement.handlers:
            caught = self._caught(handler.type, completes=completes) if handler.type else None
            # Another failure, in what was done about the first, is none of ours.
            yield from self.block(handler.body.body, caught)
        for clause in (statement.orelse, statement.finalbody):
            if clause is not None:
                yield from self.block(clause.body.body, about)

    def _caught(self, kind: libcst.CSTNode, *, completes: bool) -> About | None:
        """What an exception of these kinds tells."""
        for node in self.meanings.spread(kind):
            name = dotted(node).rpartition(".")[2]
            if not name and not isinstance(node, libcst.SimpleString):
                continue
            if _LOST.match(name) or self._text(node) == self.names.lease_lost:
                return "lease loss"
            unique = _UNIQUE.search(name) is not None or self._text(node) == UNIQUE
            if _GUARD.match(name) or (unique and completes):
                return "terminal guard"
        return None

    def _completes(self, node: libcst.CSTNode) -> bool:
        match node:
            case libcst.SimpleString(value=value) | libcst.FormattedStringText(value=value):
                return self.names.functions.complete in value
            case libcst.Name(value=value):
                return value == self.names.functions.complete
        return False

    def _asked(self, test: libcst.BaseExpression) -> About | None:
        """What a condition is about: the SQLSTATE, or the index that refused."""
        spread = list(self.meanings.spread(test))
        found = {self._text(node) for node in spread}
        if self.names.lease_lost in found or any(_is_instance(node, _LOST) for node in spread):
            return "lease loss"
        texts = {text for text in found if text}
        constrained = any("constraint" in dotted(node) for node in spread)
        if constrained and any(_TERMINAL.search(text) for text in texts):
            return "terminal guard"
        return None

    def _denies(self, test: libcst.BaseExpression, depth: int = 0) -> bool:
        match test:
            case libcst.Comparison(comparisons=[only]):
                return isinstance(only.operator, _DIFFERENT)
            case libcst.UnaryOperation(operator=libcst.Not(), expression=inner):
                return not self._denies(inner, depth)
        meant = self.meanings.meant(test) if depth < DEEPEST else None
        return meant is not None and self._denies(meant, depth + 1)

    def _case(self, case: libcst.MatchCase) -> About | None:
        spread = list(self.meanings.spread(case.pattern))
        if self.names.lease_lost in {self._text(node) for node in spread}:
            return "lease loss"
        classes = (node.cls for node in spread if isinstance(node, libcst.MatchClass))
        if any(_LOST.match(_last(each)) for each in classes):
            return "lease loss"
        if case.guard is None or self._denies(case.guard):
            return None
        return self._asked(case.guard)

    def _text(self, node: libcst.CSTNode) -> str:
        """The text of a literal; a constant that is not in view is what it is called."""
        if isinstance(node, libcst.SimpleString):
            value = node.evaluated_value
            return value if isinstance(value, str) else ""
        name = dotted(node)
        return self.names.lease_lost if name and _LOST.match(name) and name.isupper() else ""

    def _logged(self, node: libcst.CSTNode, about: About | None) -> Iterator[LogCall]:
        """The log calls in a statement, in those arms of its conditional expressions that apply."""
        if isinstance(node, libcst.IfExp):
            yield from self._arms(node, about)
            return
        if isinstance(node, libcst.Call):
            told = next(self._levels(node, about), None)
            if told:
                level, known = told
                yield LogCall(place=self.syntax.place(node.func), level=level, about=known)
            if isinstance(node.func, libcst.IfExp):
                for argument in node.args:
                    yield from self._logged(argument, about)
                return
        for child in children(node):
            yield from self._logged(child, about)

    def _arms(self, node: libcst.IfExp, about: About | None) -> Iterator[LogCall]:
        for arm, known in self._told(node, about):
            yield from self._logged(arm, known)

    def _told(
        self, node: libcst.IfExp, about: About | None
    ) -> Iterator[tuple[libcst.BaseExpression, About | None]]:
        """What each arm of `a if test else b` is about."""
        asked = self._asked(node.test)
        other = None if asked == about else about
        arms = (node.orelse, node.body) if self._denies(node.test) else (node.body, node.orelse)
        yield arms[0], asked or about
        yield arms[1], other if asked else about

    def _levels(self, call: libcst.Call, about: About | None) -> Iterator[tuple[str, About]]:
        """At which level a call logs what has happened, itself or through a helper."""
        for meant, known in self._meant(call, about):
            if known is None:
                continue
            level = level_of(meant, self.loggers) or _sent(meant)
            helper = None if level else self.meanings.helper(meant)
            if level:
                yield level, known
            elif helper is not None:
                levels = set(self._always(helper.body.body, known))
                yield from ((level, known) for level in GRAVE if level in levels)

    def _meant(
        self, call: libcst.Call, about: About | None, depth: int = 0
    ) -> Iterator[tuple[libcst.Call, About | None]]:
        """A call with what its names stand for, and each that a condition may make of it."""
        if depth == DEEPEST:  # `run = traced(run) if tracing else run` stands for itself
            return
        call = self._spelt_out(call)
        level = call.args[0].value if _is_told(call) else None
        if isinstance(call.func, libcst.IfExp):
            for function, known in self._told(call.func, about):
                yield from self._meant(libcst.Call(function, call.args), known, depth + 1)
        elif isinstance(level, libcst.IfExp):
            for each, known in self._told(level, about):
                yield libcst.Call(call.func, [libcst.Arg(each)]), known
        else:
            yield call, about

    def _spelt_out(self, call: libcst.Call) -> libcst.Call:
        """By what the names in it stand for: a bound method, the level that `log` is told."""
        function = self.meanings.meant(call.func)
        if isinstance(function, libcst.Attribute | libcst.IfExp):
            call = libcst.Call(function, call.args)
        level = self.meanings.meant(call.args[0].value) if _is_told(call) else None
        return libcst.Call(call.func, [libcst.Arg(level)]) if level is not None else call

    def _always(self, statements: Statements, about: About) -> Iterator[str]:
        """The levels at which a helper logs whenever it is called for this."""
        for statement in statements:
            match statement:
                case libcst.If(test=test, body=body, orelse=orelse):
                    if self._asked(test) == about:
                        arm = orelse.body if isinstance(orelse, libcst.Else) else None
                        taken = arm if self._denies(test) else body
                        yield from self._always(taken.body if taken else (), about)
                    if _leaves(body):
                        return
                case libcst.With(body=body) | libcst.Try(body=body):
                    yield from self._always(body.body, about)
                case libcst.SimpleStatementLine(body=body) | libcst.SimpleStatementSuite(body=body):
                    calls = (node for node in nodes(statement) if isinstance(node, libcst.Call))
                    yield from (level for call in calls if (level := level_of(call, self.loggers)))


def _leaves(body: libcst.BaseSuite) -> bool:
    """Whether a block ends by leaving."""
    last = body.body[-1] if body.body else None
    if isinstance(last, libcst.SimpleStatementLine):
        last = last.body[-1]
    return isinstance(last, libcst.Raise | libcst.Return | libcst.Continue | libcst.Break)


def _is_instance(node: libcst.CSTNode, kind: re.Pattern[str]) -> bool:
    match node:
        case libcst.Call(func=libcst.Name(value="isinstance"), args=[_, types]):
            return any(kind.match(dotted(each)) for each in nodes(types.value) if dotted(each))
    return False


def _is_told(call: libcst.Call) -> bool:
    """Whether a call is told at which level it logs."""
    match call:
        case libcst.Call(func=libcst.Attribute(attr=libcst.Name(value="log")), args=[_, *_]):
            return True
    return False


def _sent(call: libcst.Call) -> str:
    """What is sent to where errors are collected is one; of a message, the level says so."""
    match dotted(call.func).rpartition(".")[2], call.args:
        case "capture_exception", _:
            return "exception"
        case "capture_message", [_, libcst.Arg(keyword=None, value=level), *_]:
            return told(level)
        case "capture_message", [*arguments]:
            named = (a.value for a in arguments if a.keyword and a.keyword.value == "level")
            return next(map(told, named), "")
    return ""


def _last(node: libcst.CSTNode) -> str:
    return dotted(node).rpartition(".")[2]
