"""Turns the tables of a rule file into predicates over facts."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from outbox_guard.facts import KINDS, Aside, Edit, Fact, Place
from outbox_guard.globs import name_pattern

Test = Callable[[Any], bool]
FactsByKind = Mapping[type[Fact], Sequence[Fact]]

NOT_ASKED = (Place, Place | None, Edit | None, tuple[Aside, ...])
_CALLED = {str: "a text", bool: "true or false", int: "a number"}
_WILD = frozenset("*?[")
PLACE_FIELDS = ("path", "zone")  # of the fact's place, asked for as if they were its own


class PatternError(Exception):
    """A rule file asks for something that no fact can answer."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """Fits facts of one kind whose fields pass every test."""

    kind: type[Fact]
    tests: tuple[tuple[str, Test], ...]

    def fits(self, fact: Fact) -> bool:
        return all(test(value_of(fact, field)) for field, test in self.tests)

    def among(self, facts: FactsByKind) -> Iterator[Fact]:
        return (fact for fact in facts.get(self.kind, ()) if self.fits(fact))


@dataclass(frozen=True, slots=True)
class Companion:
    """Another fact that must agree with the found one on `same`, and come first or last."""

    matcher: Matcher
    same: tuple[str, ...]
    comes: str | None = None

    def index(self, facts: FactsByKind) -> Callable[[Fact], bool]:
        """Answer, for any found fact, whether a companion is among `facts`."""
        fitting: dict[tuple[object, ...], list[Fact]] = {}
        for fact in self.matcher.among(facts):
            fitting.setdefault(self._key(fact), []).append(fact)

        def accompanies(found: Fact) -> bool:
            others = fitting.get(self._key(found), ())
            return any(other is not found and self._comes_right(other, found) for other in others)

        return accompanies

    def _comes_right(self, other: Fact, found: Fact) -> bool:
        match self.comes:
            case "before":
                return other.place < found.place
            case "after":
                return other.place > found.place
        return True

    def _key(self, fact: Fact) -> tuple[object, ...]:
        return tuple(value_of(fact, field) for field in self.same)


def value_of(fact: Fact, field: str) -> object:
    """A field of a fact, or of its place."""
    return getattr(fact.place if field in PLACE_FIELDS else fact, field)


def fields_of(kind: type[Fact]) -> tuple[str, ...]:
    """What a rule can ask of facts of this kind: no places, they are no text and no number."""
    hints = _hints(kind.__name__)
    fields = (field.name for field in dataclasses.fields(kind))
    return (*PLACE_FIELDS, *(f for f in fields if hints[f] not in NOT_ASKED))


@cache
def _hints(name: str) -> dict[str, Any]:
    """The types of the fields of a kind of facts; they take long to work out."""
    return get_type_hints(KINDS[name])


def compile_matcher(table: Mapping[str, Any]) -> Matcher:
    wanted = dict(table)
    kind = KINDS[known(wanted.pop("fact", ""), KINDS, "fact")]
    tests = ((field, _field_test(kind, field, spec)) for field, spec in wanted.items())
    return Matcher(kind, tuple(tests))


def _field_test(kind: type[Fact], field: str, spec: Any) -> Test:
    known(field, fields_of(kind), f"field of {kind.__name__}")
    if field in PLACE_FIELDS:
        _check_types(field, str, spec)
        return cache(compile_test(spec))
    hint = _hints(kind.__name__)[field]
    _check_types(field, hint, spec)
    _check_choices(field, hint, spec)
    is_list = get_origin(hint) is tuple
    operator = next(iter(spec)) if isinstance(spec, dict) and len(spec) == 1 else None
    if is_list != (operator in LIST_OPERATORS) and operator not in EITHER_OPERATORS:
        ask = ", ".join(sorted(LIST_OPERATORS))
        kind_of_field = "a list: ask with" if is_list else "not a list: it has no"
        raise PatternError(f"{field} is {kind_of_field} {ask}")
    return cache(compile_test(spec))  # names repeat a lot


def _check_types(field: str, hint: object, spec: Any) -> None:
    """What a field is compared with is of its own type: nothing else can ever be equal."""
    types = frozenset(_types(hint))
    for leaf in _leaves(spec):
        if type(leaf) not in types:
            wanted = " or ".join(sorted(_CALLED[each] for each in types))
            raise PatternError(f"{field} is {wanted}: it cannot be compared with {leaf!r}")


def _types(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and hint in _CALLED:
        yield hint
    for part in get_args(hint):
        yield from _types(part if isinstance(part, type) or get_args(part) else type(part))


def _leaves(spec: Any) -> Iterator[Any]:
    """What is compared in the end, whatever the operators around it."""
    match spec:
        case list():
            for member in spec:
                yield from _leaves(member)
        case dict() if "empty" not in spec:
            for argument in spec.values():
                yield from _leaves(argument)
        case dict():
            pass
        case _:
            yield spec


def _check_choices(field: str, hint: object, spec: Any) -> None:
    """A plain word that a field can never hold would make a rule that can never fire."""
    choices = [choice for choice in get_args(hint) if isinstance(choice, str)]
    if get_origin(hint) is tuple or not choices:
        return
    for word in _plain_words(spec):
        known(word, choices, f"value of {field}")


def _plain_words(spec: Any) -> Iterator[str]:
    match spec:
        case str() if not re.search(r"[*?\[]", spec):
            yield spec
        case list():
            for member in spec:
                yield from _plain_words(member)
        case {"not": inner}:
            yield from _plain_words(inner)


def compile_companion(table: Mapping[str, Any]) -> Companion:
    wanted = dict(table)
    same = texts(wanted.pop("same", ["path"]), "same")
    comes = wanted.pop("comes", None)
    if comes not in (None, "before", "after"):
        raise PatternError(f"comes is 'before' or 'after', not {comes!r}")
    matcher = compile_matcher(wanted)
    for field in same:
        known(field, ("place", *fields_of(matcher.kind)), f"field of {matcher.kind.__name__}")
    return Companion(matcher, same, comes)


def compile_test(spec: Any) -> Test:
    """A string is a glob, a list is any of its members, a table is an operator."""
    match spec:
        case bool() | int():
            return lambda value: value == spec
        case str():
            return _glob(spec)
        case list():
            tests = [compile_test(member) for member in spec]
            return lambda value: any(test(value) for test in tests)
        case dict() if len(spec) == 1:
            [(operator, argument)] = spec.items()
            return OPERATORS[known(operator, OPERATORS, "operator")](argument)
    raise PatternError(f"cannot ask for {spec!r}")


def _glob(glob: str) -> Test:
    if _WILD.isdisjoint(glob):  # most are names, and a pattern takes long to compile
        return lambda value: value == glob
    matches = name_pattern(glob).match
    return lambda value: matches(value) is not None


def _regex(pattern: Any) -> Test:
    if not isinstance(pattern, str):
        raise PatternError(f"matches takes a regular expression, not {pattern!r}")
    try:
        search = re.compile(pattern).search
    except re.error as error:
        raise PatternError(f"{pattern!r} is no regular expression: {error}") from error
    return lambda value: search(value) is not None


def _not(spec: Any) -> Test:
    test = compile_test(spec)
    return lambda value: not test(value)


def _has(spec: Any) -> Test:
    test = compile_test(spec)
    return lambda values: any(map(test, values))


def _lacks(spec: Any) -> Test:
    test = compile_test(spec)
    return lambda values: not any(map(test, values))


def _has_all(specs: Any) -> Test:
    if not isinstance(specs, list):
        raise PatternError(f"has_all takes a list, not {specs!r}")
    tests = [_has(spec) for spec in specs]
    return lambda values: all(test(values) for test in tests)


def _empty(wanted: Any) -> Test:
    if not isinstance(wanted, bool):
        raise PatternError(f"empty is true or false, not {wanted!r}")
    return lambda value: (not value) is wanted


LIST_OPERATORS = frozenset(("has", "has_all", "lacks"))
EITHER_OPERATORS = frozenset(("empty",))
OPERATORS: dict[str, Callable[[Any], Test]] = {
    "not": _not,
    "matches": _regex,
    "has": _has,
    "has_all": _has_all,
    "lacks": _lacks,
    "empty": _empty,
}


def texts(value: Any, key: str) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise PatternError(f"{key} is a list of texts, not {value!r}")
    return tuple(value)


def known(name: Any, names: Iterable[str], what: str) -> str:
    """The name, if it is one of `names`; otherwise an error that names the nearest."""
    if not isinstance(name, str):
        raise PatternError(f"{name!r} is no {what}: write a text")
    ordered = sorted(names)
    if name in ordered:
        return name
    near = difflib.get_close_matches(name, ordered, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(ordered)}"
    raise PatternError(f"no {what} {name!r}; {hint}")
