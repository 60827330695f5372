"""Where code knows that a lease is lost, or a second outcome refused, and what it logs there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import libcst

from outbox_guard.facts import LogCall
from outbox_guard.frontends.python.reports import dotted, level_of, nodes
from outbox_guard.frontends.python.syntax import Syntax
from outbox_guard.names import Names

About = Literal["lease loss", "terminal guard"]
Statements = Sequence[libcst.BaseStatement | libcst.BaseSmallStatement]

LEASE_LOST = "P7002"
UNIQUE = "23505"
_LOST = re.compile(
    r"(?=.*(?<!re)(?<!p)lease)(?=.*(?:lost|loss|stale|expired|gone|taken))", re.IGNORECASE
)
_GUARD = re.compile(
    r"(?=.*terminal)(?=.*(?:guard|already|duplicate|conflict|second))", re.IGNORECASE
)
_UNIQUE = re.compile(r"unique_?violation|duplicate_?key|integrity_?error", re.IGNORECASE)
_TERMINAL = re.compile(r"terminal", re.IGNORECASE)
_STATE = re.compile(r"(?:sqlstate|pgcode|code|diag\.sqlstate)\Z")
_EQUAL = (libcst.Equal, libcst.In)
_DIFFERENT = (libcst.NotEqual, libcst.NotIn)


def facts(syntax: Syntax, names: Names) -> Iterator[LogCall]:
    """The log calls that tell of a lease loss or of the terminal guard."""
    yield from _Reader(syntax, names, dict(_constants(syntax.tree))).block(syntax.tree.body, None)


def _constants(tree: libcst.Module) -> Iterator[tuple[str, str]]:
    """Names at the top of the module that stand for a text."""
    for line in tree.body:
        if not isinstance(line, libcst.SimpleStatementLine):
            continue
        for statement in line.body:
            match statement:
                case libcst.Assign(targets=[target], value=libcst.SimpleString() as text) | (
                    libcst.AnnAssign(target=target, value=libcst.SimpleString() as text)
                ):
                    named = target.target if isinstance(target, libcst.AssignTarget) else target
                    yield dotted(named), str(text.evaluated_value)


@dataclass(frozen=True)
class _Reader:
    syntax: Syntax
    names: Names
    constants: dict[str, str]

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
            yield from self.block(handler.body.body, caught or about)
        for clause in (statement.orelse, statement.finalbody):
            if clause is not None:
                yield from self.block(clause.body.body, about)

    def _caught(self, kind: libcst.CSTNode, *, completes: bool) -> About | None:
        """What an exception of these kinds tells."""
        for node in nodes(kind):
            name = dotted(node).rpartition(".")[2]
            if not name and not isinstance(node, libcst.SimpleString):
                continue
            if _LOST.match(name) or self._text(node) == LEASE_LOST:
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
        found = {self._text(node) for node in nodes(test)}
        if LEASE_LOST in found or any(_is_instance(node, _LOST) for node in nodes(test)):
            return "lease loss"
        texts = {text for text in found if text}
        if any(_TERMINAL.search(text) for text in texts) and "constraint" in _source(test):
            return "terminal guard"
        return None

    def _denies(self, test: libcst.BaseExpression) -> bool:
        match test:
            case libcst.Comparison(comparisons=[only]):
                return isinstance(only.operator, _DIFFERENT)
            case libcst.UnaryOperation(operator=libcst.Not(), expression=inner):
                return not self._denies(inner)
        return False

    def _case(self, case: libcst.MatchCase) -> About | None:
        texts = {self._text(node) for node in nodes(case.pattern)}
        return "lease loss" if LEASE_LOST in texts else None

    def _text(self, node: libcst.CSTNode) -> str:
        """The text of a literal, or of a constant of this file."""
        if isinstance(node, libcst.SimpleString):
            value = node.evaluated_value
            return value if isinstance(value, str) else ""
        name = dotted(node)
        if name in self.constants:
            return self.constants[name]
        return LEASE_LOST if name and _LOST.match(name) and name.isupper() else ""

    def _logged(self, statement: libcst.CSTNode, about: About | None) -> Iterator[LogCall]:
        if about is None:
            return
        for node in nodes(statement):
            if isinstance(node, libcst.Call) and (level := level_of(node)):
                place = self.syntax.place(node.func)
                yield LogCall(place=place, level=level, about=about)


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


def _source(node: libcst.CSTNode) -> str:
    return libcst.Module([]).code_for_node(node)
