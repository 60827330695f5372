"""What an edit of a file can reach: the statements that say a name which has changed, and so on.

Names are looked for as words, wherever they stand, so that what is asked for by its name in a
string counts too.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import libcst

from outbox_guard.frontends.python.parsing.outlines import Outline, Part, Parts

# Names that are looked up without being said.
OPAQUE = re.compile(
    r"\b(?:globals|locals|vars|exec|eval|delattr)\s*\(|\b__(?:dict|getattr|getattribute)__\b"
    r"|\b(?:set|get)attr\s*\((?!\s*[\w.]+\s*,\s*[\"']\w+[\"'])|\bsys\.modules\b|\bnonlocal\b|\r"
    r"|\bimport\s*\*"
)
_DUNDER = re.compile(r"__\w+__\Z")
_KEYWORDS = frozenset(keyword.kwlist)


@dataclass(frozen=True, eq=False, slots=True)
class Unit:
    """A statement of a file or of a class in it; or the head of a class."""

    part: Part
    words: frozenset[str]
    leads: frozenset[str]  # to those that say one of these names
    cls: str = ""  # in which class, or the head of which one
    head: bool = False  # whether it is the head of that class
    wide: bool = False  # whether all of that class is another one with it

    @property
    def identity(self) -> object:
        """Of a class that is edited, only its head can still be the same."""
        if self.head and self.part.members is not None:
            return self.cls, self.part.members.head
        return id(self.part)

    @property
    def lines(self) -> int:
        """How many it takes."""
        if self.head and self.part.members is not None:
            return self.part.members.head.count("\n")
        return self.part.lines


class Reach:
    """What is different about a file since some state of it."""

    def __init__(self, before: Outline, after: Outline, grouped: Collection[str]) -> None:
        self.units = list(units(after, grouped))
        old = {unit.identity: unit for unit in units(before, grouped)}
        new = {unit.identity: unit for unit in self.units}
        self.reached = {unit for key, unit in new.items() if key not in old}
        gone = [unit for key, unit in old.items() if key not in new]
        self.names: set[str] = set()
        self._spread((*self.reached, *gone))
        self.classes = {unit.cls for unit in (*self.reached, *gone) if unit.cls}
        self._by_node = {id(unit.part.statement): unit for unit in self.units}

    def _spread(self, changed: Iterable[Unit]) -> None:
        """Until nothing more is reached."""
        found = list(changed)
        while found:
            wide = {unit.cls for unit in found if unit.wide}
            for unit in (*found, *(each for each in self.units if each.cls in wide)):
                self.names |= unit.leads
            found = [
                unit
                for unit in self.units
                if unit not in self.reached
                and (unit.cls in wide or not unit.words.isdisjoint(self.names))
            ]
            self.reached.update(found)

    def has(self, node: libcst.CSTNode) -> bool | None:
        """Whether a function of the file means something else now; None for any other."""
        unit = self.unit(node)
        return None if unit is None else unit in self.reached

    def unit(self, node: libcst.CSTNode) -> Unit | None:
        """Where in the file a function stands; None for one that stands elsewhere."""
        direct = self._by_node.get(id(node))
        holding = (unit for unit in self.units if id(node) in unit.part.nodes)
        return direct or next(holding, None)


def units(outline: Outline, grouped: Collection[str]) -> Iterator[Unit]:
    """All that a file consists of."""
    local = {
        part.statement.name.value
        for part in outline.parts.parts
        if isinstance(part.statement, libcst.FunctionDef | libcst.ClassDef)
    }
    for part in outline.parts.parts:
        if part.members is not None and isinstance(part.statement, libcst.ClassDef):
            yield from _class(part, part.statement, part.members, local, grouped)
        else:
            yield Unit(part, part.words, _leads(part, local))


def _class(
    part: Part,
    cls: libcst.ClassDef,
    members: Parts,
    local: Collection[str],
    grouped: Collection[str],
) -> Iterator[Unit]:
    """A class by its members. Of one with bases, what is no method may count unsaid."""
    name = cls.name.value
    plain = not (cls.bases or cls.keywords or cls.decorators)
    yield Unit(part, members.head_words, frozenset({name}), name, head=True, wide=True)
    for member in members.parts:
        leads = _leads(member, local)
        own = member.statement
        method = isinstance(own, libcst.FunctionDef)
        said = not any(map(_DUNDER.match, leads)) and (method or (plain and _is_plain(own)))
        if said and name not in grouped:
            yield Unit(member, member.words, leads, name)
        else:
            named = {each for each in leads if not _DUNDER.match(each)}
            yield Unit(member, member.words, frozenset({*named, name}), name, wide=True)


def _leads(part: Part, local: Collection[str]) -> frozenset[str]:
    match part.statement:
        case libcst.FunctionDef(name=libcst.Name(value=name)):
            return frozenset({name})
        case libcst.SimpleStatementLine(body=body) as line if _is_plain(line):
            bound = frozenset(name for small in body for name in _bound(small))
            if "(" not in part.text or part.words.isdisjoint(local):
                return bound
    # What else it may change has a name that it says.
    return part.words - _KEYWORDS


def _is_plain(statement: libcst.CSTNode) -> bool:
    """Whether a line does no more than to bind names, or says something to people."""
    if not isinstance(statement, libcst.SimpleStatementLine):
        return False
    for small in statement.body:
        match small:
            case libcst.Assign(targets=targets) if all(
                isinstance(each.target, libcst.Name) for each in targets
            ):
                pass
            case libcst.AnnAssign(target=libcst.Name()) | libcst.Pass():
                pass
            case libcst.Expr(value=libcst.SimpleString() | libcst.ConcatenatedString()):
                pass
            case _:
                return False
    return True


def _bound(small: libcst.BaseSmallStatement) -> Iterator[str]:
    match small:
        case libcst.Assign(targets=targets):
            for each in targets:
                if isinstance(each.target, libcst.Name):
                    yield each.target.value
        case libcst.AnnAssign(target=libcst.Name(value=name)):
            yield name
