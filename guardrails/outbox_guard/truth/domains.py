"""The values worth trying for the columns and terms of some conditions.

What is compared with each other is of one class. To tell every case of such comparisons apart it
is enough to try the constants of the class, and between, below and above them as many other
values as there are variables. Where there is arithmetic that does not hold, and it is said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from outbox_guard.truth.evaluation import LENGTHS, Row, outcomes
from outbox_guard.truth.formulas import ARITHMETIC, COMPARISONS, Formula
from outbox_guard.truth.values import FRESH, Value, Values, number_of

VARIABLES = ("column", "strict", "partial", "total")
NOT_NEGATIVE = (*LENGTHS, "cardinality")

_CONDITIONS = ("and", "or", "not", "is_true")
_OF_BOTH = (*COMPARISONS, *ARITHMETIC, "nullif", "greatest", "least")
_BOOLEAN = (*_CONDITIONS, *COMPARISONS, "is_null", "true", "false")
_MOST_OTHERS = 8  # values between two constants


@dataclass(frozen=True, slots=True)
class Domain:
    """What a variable may be but NULL; `complete` if no other value would change anything."""

    values: tuple[Value, ...] = ()
    complete: bool = True


@dataclass(slots=True)
class _Class:
    """Variables that are compared with each other, and the constants that they are compared to."""

    members: list[Formula] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)
    numbers: set[Fraction] = field(default_factory=set)
    boolean: bool = False
    numeric: bool = False
    ordered: bool = False
    calculated: bool = False

    def take(self, other: _Class) -> None:
        self.members += [each for each in other.members if each not in self.members]
        self.texts |= other.texts
        self.numbers |= other.numbers
        self.boolean |= other.boolean
        self.numeric |= other.numeric
        self.ordered |= other.ordered
        self.calculated |= other.calculated

    def domain(self) -> Domain:
        if self.boolean:
            return Domain((True, False))
        if self.numeric or self.numbers or self.calculated:
            return self._of_numbers()
        return self._of_texts()

    def _of_numbers(self) -> Domain:
        of_texts = {number for text in self.texts if (number := number_of(text)) is not None}
        known = sorted((self.numbers | of_texts) or {Fraction(0)})
        others = min(len(self.members), _MOST_OTHERS)
        values = dict.fromkeys(known)
        for low, high in pairwise(known):
            values |= dict.fromkeys(low + n for n in range(1, others + 1) if low + n < high)
        values |= dict.fromkeys(known[0] - n for n in range(1, others + 1))
        values |= dict.fromkeys(known[-1] + n for n in range(1, others + 1))
        return Domain(tuple(values), complete=not self.calculated and self._few)

    def _of_texts(self) -> Domain:
        known = sorted({"", *self.texts})
        others = range(1, min(len(self.members), _MOST_OTHERS) + 1)
        values = [*known, *(FRESH * n for n in others)]
        if self.ordered:  # what sorts behind a text begins with it
            values += [text + FRESH * n for text in known for n in others]
        # In which order texts come, the collation says.
        return Domain(
            tuple(values), complete=self._few and not (self.ordered and len(self.texts - {""}) > 1)
        )

    @property
    def _few(self) -> bool:
        return len(self.members) <= _MOST_OTHERS


def variables_of(formula: Formula) -> tuple[Formula, ...]:
    """The columns and terms of a formula, in the order in which they stand."""
    return tuple(dict.fromkeys(part for part in formula.walk() if part.op in VARIABLES))


def domains(conditions: Iterable[Formula], row: Row) -> Mapping[Formula, Domain]:
    """What to try for each variable that its nullness does not settle; `row` is what is known."""
    classes: dict[Formula, _Class] = {}
    for variable, values in row.items():
        given = _Class([variable])
        _add_constants(given, values)
        _join(classes, given)
    for condition in conditions:
        _join(classes, _booleans(condition))
        for node in condition.walk():
            for found in _classes(node):
                _join(classes, found)
    whole = {id(each): each.domain() for each in classes.values()}
    return {member: _possible(member, whole[id(each)]) for member, each in classes.items()}


def _possible(member: Formula, domain: Domain) -> Domain:
    if member.value not in NOT_NEGATIVE or member.op == "column":
        return domain
    values = (v for v in domain.values if not isinstance(v, Fraction) or v >= 0)
    return Domain(tuple(values), domain.complete)


def _join(classes: dict[Formula, _Class], found: _Class) -> None:
    whole = _Class()
    for each in {id(c): c for m in found.members if (c := classes.get(m))}.values():
        whole.take(each)
    whole.take(found)
    classes.update(dict.fromkeys(whole.members, whole))


def _classes(node: Formula) -> Iterator[_Class]:
    """What one operation says of its operands."""
    if node.op in _CONDITIONS:
        for part in node.parts:
            yield _booleans(part)
    elif node.op == "case":
        for condition in node.parts[:-1:2]:
            yield _booleans(condition)
    elif node.op in _OF_BOTH:
        found = _Class(ordered=node.op in ("<", "<=", ">", ">=", "greatest", "least"))
        found.calculated = node.op in ARITHMETIC
        for part in node.parts:
            found.take(_carried(part))
        yield found


def results_of(node: Formula) -> tuple[Formula, ...]:
    """The parts of CASE and NULLIF that may be the whole."""
    return node.parts[:1] if node.op == "nullif" else (*node.parts[1:-1:2], node.parts[-1])


def _booleans(part: Formula) -> _Class:
    found = _carried(part)
    found.boolean = True
    return found


def _carried(node: Formula) -> _Class:
    """The variables and constants that a formula's value may be one of."""
    found = _Class()
    match node.op:
        case op if op in VARIABLES:
            found.members.append(node)
            found.numeric = node.value in NOT_NEGATIVE and op != "column"
            if all(part.op != "column" for part in node.walk()):
                _add_constants(found, outcomes(node, {}))
        case "text" | "number":
            _add_constants(found, outcomes(node, {}))
        case "nulls":
            found.numbers.update(map(Fraction, range(len(node.parts) + 1)))
        case "coalesce" | "greatest" | "least" | "cast":
            for part in node.parts:
                found.take(_carried(part))
            _cast_into(found, node)
        case op if op in ARITHMETIC:
            for part in node.parts:
                found.take(_carried(part))
            found.calculated = bool(found.members)
        case "case" | "nullif":
            for result in results_of(node):
                found.take(_carried(result))
        case op:
            found.boolean = op in _BOOLEAN
    return found


def _add_constants(found: _Class, values: Values) -> None:
    """lower('X') is a constant that stands nowhere."""
    found.texts.update(value for value in values if isinstance(value, str))
    found.numbers.update(value for value in values if isinstance(value, Fraction))


def _cast_into(found: _Class, node: Formula) -> None:
    """A condition that is cast to a number is 0 or 1, and no condition for whom it meets."""
    if node.op != "cast":
        return
    if found.boolean and not found.members and node.value != "boolean":
        found.boolean = False
        found.numbers |= {Fraction(0), Fraction(1)}
    if node.value in ("integer", "number"):
        found.numeric = True
    if node.value == "boolean":
        found.boolean = True
