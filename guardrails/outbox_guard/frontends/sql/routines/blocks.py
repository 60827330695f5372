"""What a PL/pgSQL body is made of, and what its statements have in common when they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from outbox_guard.frontends.sql.lexing.cursor import Cursor
from outbox_guard.frontends.sql.lexing.tokens import Token

Kind = Literal[
    "sql",  # a SQL statement that stands by itself
    "query",  # FOR … IN query, RETURN QUERY query, OPEN c FOR query
    "perform",  # what PERFORM runs
    "cursor",  # c CURSOR FOR query, in DECLARE
    "dynamic",  # the expression that EXECUTE runs as SQL
    "expression",  # a condition, a result, the right side of an assignment …
    "default",  # a variable's first value
    "declaration",  # a variable
    "fetch",  # FETCH, MOVE, GET DIAGNOSTICS, FOR … IN cursor: fills its targets
    "raise",
    "control",  # RETURN, EXIT, NULL, COMMIT, …: see `statement`
]
ArmKind = Literal["block", "exception", "if", "case", "loop"]


class PlpgsqlError(ValueError):
    """Not PL/pgSQL, from this offset on."""

    def __init__(self, offset: int, what: str) -> None:
        super().__init__(f"{what} at offset {offset}")
        self.offset = offset
        self.what = what


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the statements around an item, and in which of its branches the item stands."""

    kind: ArmKind
    start: int  # of the whole statement, the same in all its branches
    arm: int  # of the branch: its IF, ELSIF, ELSE, WHEN or EXCEPTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Some SQL of a body. A statement that holds several gives several, with one `at`."""

    kind: Kind
    start: int
    end: int
    text: str  # sql[start:end] at its own length, with blanks for PL/pgSQL's INTO
    prefix: str = ""  # makes a SQL statement of an expression
    path: tuple[Arm, ...] = ()  # outermost first; a condition or loop query is outside its own arm
    statement: str  # the PL/pgSQL keyword: "if", "for", "execute", "assign", … ; "sql" for SQL
    at: int  # where that statement, or that branch of it, begins
    targets: tuple[str, ...] = ()  # what is filled: INTO, :=, loop variables; "new.state"
    cursor: str = ""  # the cursor that is declared, opened or fetched from
    # Of EXECUTE: where its arguments stand; of the lower end of a range, where its upper end does.
    using: tuple[tuple[int, int], ...] = ()
    level: str = ""  # of RAISE: "exception", "notice", …
    condition: str = ""  # of RAISE: the condition's name or SQLSTATE, where it is literal


_DEEPEST = 200
_SELECT = "SELECT "
_EXPRESSIONS = ("expression", "default", "perform", "dynamic")  # SQL once SELECT stands before


class Reader:
    """What the statements have in common: expressions, variables, targets, the arms around."""

    def __init__(self, sql: str, cursor: Cursor) -> None:
        self.sql = sql
        self.cursor = cursor
        self.stack: list[Arm] = []
        self.statement = ""
        self.at = 0

    def scan(self, *until: str) -> tuple[int, int]:
        """To the first of these outside brackets; the indexes of the tokens before it."""
        cursor = self.cursor
        first = cursor.index
        blocks = _Nesting(cursor)
        while not cursor.at_end:
            if blocks.outermost:
                if cursor.at(*until):
                    return first, cursor.index
                if cursor.at(";"):
                    break
            blocks.follow(cursor.current)
            cursor.advance()
        raise PlpgsqlError(cursor.current.start, f"no {' or '.join(until).upper()}")

    def item(
        self,
        kind: Kind,
        first: int,
        last: int,
        targets: tuple[str, ...] = (),
    ) -> Item:
        start = self.cursor.token(first).start
        end = self.cursor.token(last - 1).end if last > first else start
        return Item(
            kind=kind,
            start=start,
            end=end,
            text=self.sql[start:end],
            prefix=_SELECT if kind in _EXPRESSIONS else "",
            path=tuple(self.stack),
            statement=self.statement,
            at=self.at,
            targets=targets,
        )

    def expression(
        self, *until: str, kind: Kind = "expression", targets: tuple[str, ...] = ()
    ) -> Iterator[Item]:
        """What stands before the first of these, if anything does; the cursor is left there."""
        first, last = self.scan(*until)
        if first < last:
            yield self.item(kind, first, last, targets)

    def expressions(self, *until: str) -> Iterator[Item]:
        """The comma-separated expressions before the first of these."""
        while True:
            if self.cursor.at(":=", "=>", ahead=1):
                self.cursor.index += 2  # an argument's name
            yield from self.expression(",", *until)
            if not self.cursor.accept(","):
                return

    def dynamic(
        self, *until: str, targets: tuple[str, ...] = (), opened: str = ""
    ) -> Iterator[Item]:
        """What EXECUTE runs, with its INTO and its USING, in either order."""
        first, last = self.scan("into", "using", *until)
        using: list[Item] = []
        while not self.cursor.at(*until):
            if self.cursor.accept("into"):
                targets += self.targets()
            elif self.cursor.accept("using"):
                using += self.expressions("into", *until)
            else:
                raise self.error("no INTO or USING")
        yield from using
        yield replace(
            self.item("dynamic", first, last, targets),
            using=tuple((argument.start, argument.end) for argument in using),
            cursor=opened,
        )

    def control(self) -> Item:
        """The statement as such, from its keyword to the cursor."""
        end = max(self.at, self.cursor.previous.end)
        whole = self.item("control", self.cursor.index, self.cursor.index)
        return replace(whole, start=self.at, end=end, text=self.sql[self.at : end])

    def variable(self) -> str:
        """A variable and its fields, without its subscripts."""
        cursor = self.cursor
        parts = [cursor.advance().value]
        while True:
            if cursor.at(".") and cursor.token(cursor.index + 1).is_identifier:
                cursor.advance()
                parts.append(cursor.advance().value)
            elif cursor.at("["):
                cursor.skip_group()
            else:
                return ".".join(parts)

    def targets(self) -> tuple[str, ...]:
        """[STRICT] a, b.c, d[1]."""
        self.cursor.accept("strict")
        names: list[str] = []
        while True:
            token = self.cursor.current
            if not token.is_identifier and token.kind != "param":
                raise self.error("no variable to fill")
            names.append(self.variable())
            if not self.cursor.accept(","):
                return tuple(names)

    def semicolon(self) -> None:
        if not self.cursor.accept(";"):
            raise self.error("no semicolon")

    def enter(self, kind: ArmKind) -> None:
        if len(self.stack) == _DEEPEST:
            raise PlpgsqlError(self.at, "nested too deeply")
        self.stack.append(Arm(kind, self.at, self.at))

    def leave(self, *kinds: ArmKind) -> Arm:
        """The innermost statement around, which must be one of these, taken off the stack."""
        if not self.stack or self.stack[-1].kind not in kinds:
            raise PlpgsqlError(self.at, f"{self.statement.upper()} of nothing")
        return self.stack.pop()

    def error(self, what: str) -> PlpgsqlError:
        return PlpgsqlError(self.cursor.current.start, what)


class _Nesting:
    """What hides the end of an expression: brackets, and the body of a routine that it creates."""

    def __init__(self, cursor: Cursor) -> None:
        kinds = ("function", "procedure")
        self.creates = cursor.at("create") and (
            cursor.at(*kinds, ahead=1) or cursor.at(*kinds, ahead=3)
        )
        self.brackets = self.blocks = 0

    @property
    def outermost(self) -> bool:
        return self.brackets == 0 and self.blocks == 0

    def follow(self, token: Token) -> None:
        if token.is_mark("(", "["):
            self.brackets += 1
        elif token.is_mark(")", "]"):
            self.brackets = max(0, self.brackets - 1)
        elif self.creates and token.kind == "word":
            if token.value == "begin" or (token.value == "case" and self.blocks):
                self.blocks += 1
            elif token.value == "end" and self.blocks:
                self.blocks -= 1
