"""One Python file as a tree, and where its nodes stand in the file."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from weakref import ref

import libcst

from outbox_guard.facts import Place
from outbox_guard.frontends.alike import resembles
from outbox_guard.frontends.python.parsing.grammar import Written, tree_of
from outbox_guard.frontends.python.parsing.nodes import nodes
from outbox_guard.frontends.python.parsing.outlines import Outline, outline_of
from outbox_guard.frontends.python.parsing.placing import PlacedNodes
from outbox_guard.frontends.python.parsing.positions import Positions
from outbox_guard.frontends.python.parsing.reparsing import edited
from outbox_guard.frontends.python.parsing.trees import parse_text
from outbox_guard.sources import Source

KEPT = 16  # trees, for the next state of a file that is edited,
KEPT_PARTS = 2_000  # and those of single statements
DEEPEST = 200  # brackets within brackets; libcst's native parser overruns its stack near 2,000
_TOO_DEEP = "too many nested"  # as Python's own words for it begin
_AT = re.compile(r"error at (?P<line>\d+):\d+")
_BRACKETS = re.compile(r"[(\[{]|[)\]}]")


class SyntaxFault(Exception):
    """The file is not Python that can be read."""

    def __init__(self, reason: str, place: Place) -> None:
        super().__init__(reason)
        self.place = place


@dataclass(eq=False, slots=True, weakref_slot=True)
class Standing:
    """Where the nodes of a file stand now: those that an edit leaves alone outlive their state."""

    now: Syntax


def _nowhere() -> Standing | None:
    """Nobody has asked yet where nodes stand."""


@dataclass(frozen=True, eq=False)
class Syntax:
    """A parsed file, or a part of one. Positions are worked out when the first is asked for."""

    source: Source
    tree: libcst.Module
    known: Outline | None = None  # its statements, where they are known already
    part: tuple[int, int] | None = None  # of the file's text
    parts: list[Syntax] = field(default_factory=list)  # of a file that is read bit by bit
    written: Written | None = None  # where its nodes stand, if that is known already
    # Held by those who asked, not by the file: two that hold each other are freed late.
    asked: Callable[[], Standing | None] = field(default=_nowhere, repr=False)

    @property
    def standing(self) -> Standing:
        """The one of all its states."""
        held = self.asked()
        if held is None:
            held = Standing(self)
            object.__setattr__(self, "asked", ref(held))
        return held

    @property
    def text(self) -> str:
        return self.source.text if self.part is None else self.source.text[slice(*self.part)]

    def span(self, node: libcst.CSTNode) -> tuple[int, int]:
        """Where a node's own words stand, as offsets in code points."""
        for part in self.parts:
            if id(node) in part.nodes:
                return part.span(node)
        start, end = self._positions.span(node)
        return self._code_points(start), self._code_points(end)

    def place(self, node: libcst.CSTNode) -> Place:
        return self.source.place(*self.span(node))

    @cached_property
    def nodes(self) -> frozenset[int]:
        """The ids of all its nodes."""
        return frozenset(map(id, nodes(self.tree)))

    @cached_property
    def outline(self) -> Outline | None:
        """Its statements, for the next state of the file; None where they do not make it up."""
        if self.known is not None:
            return self.known
        return outline_of(self.whole, self.source.text)

    @cached_property
    def whole(self) -> libcst.Module:
        """The tree with all that is written between its nodes."""
        return self.tree if self.written is None else parse_text(self.text)

    @cached_property
    def _positions(self) -> Positions | PlacedNodes | Written:
        if self.written is not None:
            return self.written
        if self.known is not None:
            return self.known.positions
        return Positions(self.tree, self.text)

    @cached_property
    def _lines(self) -> tuple[list[int], list[int], list[bytes]] | None:
        """Where each line starts, in bytes and code points, or None where they are the same."""
        if self.text.isascii():
            return None
        lines = self.text.encode("utf-8", "surrogatepass").split(b"\n")
        of_bytes, of_characters = [0], [0]
        for line in lines:
            of_bytes.append(of_bytes[-1] + len(line) + 1)
            of_characters.append(of_characters[-1] + len(_text(line)) + 1)
        return of_bytes, of_characters, lines

    def _code_points(self, byte: int) -> int:
        start = self.part[0] if self.part else 0
        if self._lines is None:
            return start + byte
        of_bytes, of_characters, lines = self._lines
        line = bisect_right(of_bytes, byte) - 1
        return start + of_characters[line] + len(_text(lines[line][: byte - of_bytes[line]]))

    def comments(self) -> Iterator[tuple[int, int, bool]]:
        """Each comment: where it starts and ends, and whether it has its line to itself."""
        written = self if self.written is None else Syntax(self.source, self.whole)
        for node in _comments(written.tree):
            start, end = written.span(node)
            line_start = self.source.text.rfind("\n", 0, start) + 1
            yield start, end, not self.source.text[line_start:start].strip()


def _comments(node: libcst.CSTNode) -> Iterator[libcst.Comment]:
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, libcst.Comment):
            yield current
        stack.extend(current.children)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


_LATEST: dict[str, Syntax] = {}  # by path


def parse(source: Source) -> Syntax:
    """The tree of a file, in the newest grammar that libcst knows.

    Raises SyntaxFault, with the place, where there is none.
    """
    known = _LATEST.pop(source.path, None)
    if known is not None:
        _LATEST[source.path] = known  # the last to be forgotten
        if known.source == source:
            _settle(known)
            return known
    _refuse_depth(source)
    syntax = None if known is None else _edited(known, source)
    if syntax is None:
        syntax = _parsed(source)
    _LATEST[source.path] = syntax
    if len(_LATEST) > KEPT:
        del _LATEST[next(iter(_LATEST))]
    return syntax


@lru_cache(maxsize=KEPT_PARTS)
def parse_part(source: Source, start: int, end: int) -> Syntax:
    """The tree of some whole statements of a file.

    Raises SyntaxFault where there is none.
    """
    return _parsed(source, (start, end)) if end - start < len(source.text) else parse(source)


def _edited(known: Syntax, source: Source) -> Syntax | None:
    """The file from what is known of it, where it is nearly the same as before."""
    if not resembles(known.source.text, source.text) or known.outline is None:
        return None
    outline = edited(known.outline, source.text)
    return None if outline is None else _state(known, source, outline)


def _state(known: Syntax, source: Source, outline: Outline) -> Syntax:
    """Another state of a file: what is the same in it stands somewhere else now."""
    state = Syntax(source, outline.tree, outline, asked=known.asked)
    _settle(state)
    return state


def _settle(state: Syntax) -> None:
    """It is the one that its file is in now."""
    held = state.asked()
    if held is not None:
        held.now = state


def _parsed(source: Source, part: tuple[int, int] | None = None) -> Syntax:
    text = source.text[slice(*part)] if part else source.text
    told = tree_of(text)
    if told is not None:
        tree, written = told
        return Syntax(source, tree, part=part, written=written)
    try:
        return Syntax(source, parse_text(text), part=part)
    except libcst.ParserSyntaxError as error:
        raise _fault(source, error) from error
    except (libcst.CSTLogicError, libcst.CSTValidationError) as error:
        # It parses `t"…" t"…"`, and then finds fault with its own tree.
        reason = "is Python that libcst cannot hold (template strings side by side?)"
        raise SyntaxFault(reason, source.place(0, 0)) from error
    except UnicodeEncodeError as error:
        start = error.start + (part[0] if part else 0)
        reason = "holds half a surrogate pair, which no file can"
        raise SyntaxFault(reason, source.place(start, start + 1)) from error
    except RecursionError as error:
        raise SyntaxFault("is nested too deeply to be parsed", source.place(0, 0)) from error


def _fault(source: Source, error: libcst.ParserSyntaxError) -> SyntaxFault:
    """Python's own parser tells people better what is wrong, and where."""
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(source.text)
    except SyntaxError as better:
        line = min(max(better.lineno or 1, 1), len(source.line_starts))
        start = min(source.offset(line, max(better.offset or 1, 1)), len(source.text))
        return SyntaxFault(f"it is not valid Python: {better.msg}", source.place(start, start))
    except (ValueError, MemoryError, RecursionError):
        pass  # it can't tell; libcst's words follow
    found = _AT.search(error.message)
    line = min(int(found["line"]), len(source.line_starts)) if found else 1
    start = source.line_starts[line - 1]
    return SyntaxFault("is not Python that libcst can parse", source.place(start, start))


def _refuse_depth(source: Source) -> None:
    """Count brackets before the native parser does: its stack cannot be guarded from here.

    The quick count takes strings and comments for code, so it can only see too much; the exact
    one decides.
    """
    if _deepest(match.group() for match in _BRACKETS.finditer(source.text))[0] <= DEEPEST:
        return
    marks: list[tuple[str, int]] = []
    gave_up = False
    try:
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
            if token.type == tokenize.OP and token.string in "()[]{}":
                marks.append((token.string, token.start[0]))
    except (tokenize.TokenError, SyntaxError) as error:
        # What was read so far is counted; of other faults libcst tells itself.
        gave_up = _TOO_DEEP in str(error)  # as Python does from 3.12 on
    depth, at = _deepest(mark for mark, _ in marks)
    if depth > DEEPEST or gave_up:
        start = source.offset(marks[at][1], 1)
        reason = f"nests brackets more than {DEEPEST} deep, which is not read"
        raise SyntaxFault(reason, source.place(start, start))


def _deepest(marks: Iterator[str]) -> tuple[int, int]:
    """The greatest depth, and the index of the bracket that reaches it."""
    depth = deepest = at = 0
    for index, mark in enumerate(marks):
        depth += 1 if mark in "([{" else -1
        if depth > deepest:
            deepest, at = depth, index
    return deepest, at
