"""What Python's own operations make of texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import (
    MOST_PIECES,
    concatenate_all,
    each,
    locked_in,
)
from outbox_guard.frontends.python.values.containers import element, listed
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Constant,
    Items,
    Mapping,
    Value,
)
from outbox_guard.frontends.python.values.pieces import Gap, Glue, Piece, Segment, Text

_PERCENT = re.compile(
    r"%(?:\((?P<name>[^)]*)\))?[#0\- +]*(?:\d+|\*)?(?:\.(?:\d+|\*))?[hlL]?(?P<kind>[a-zA-Z%])"
)
_BRACES = re.compile(
    r"(?P<twice>\{\{|\}\})"
    r"|\{(?P<head>[^{}!:.\[]*)(?P<path>[.\[][^{}!:]*)?(?:!(?P<as>[rsa]))?(?::[^{}]*)?\}"
)
_DOLLAR = re.compile(r"\$(?:(?P<twice>\$)|\{(?P<braced>\w+)\}|(?P<name>\w+))")
_JINJA = re.compile(
    r"\{\{-?\s*(?:(?P<name>\w+)\s*-?\}\}|.*?\}\})|(?P<tag>\{%.*?%\}|\{\#.*?\#\})", re.DOTALL
)
_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<key>[^\]]*)\]")


def percent(template: Text, right: Value) -> Value:
    """`template % right`."""
    positional = iter(right.items if isinstance(right, Items) else (right,))

    def field(match: re.Match[str]) -> Value:
        if match["kind"] == "%":
            return _cut(match, "%")
        if match["name"] is not None:
            found = right.get(match["name"]) if isinstance(right, Mapping) else None
            return UNKNOWN if found is None else found
        return next(positional, UNKNOWN)

    return substitute(template, _PERCENT, field)


Reach = Callable[[Value, str], Value]  # an attribute of a value


def format_braces(template: Text, arguments: Arguments, reach: Reach) -> Value:
    """`template.format(...)`."""
    automatic = iter(range(1000))

    def field(match: re.Match[str]) -> Value:
        if match["twice"]:
            return _cut(match, match["twice"][0])
        key = match["head"] or str(next(automatic))
        found = arguments.get(int(key)) if key.isdigit() else arguments.mapping().get(key)
        value = UNKNOWN if found is None else _follow(found, match["path"] or "", reach)
        return quoted(value, "'") if match["as"] == "r" else value

    return substitute(template, _BRACES, field)


def _follow(value: Value, path: str, reach: Reach) -> Value:
    """`{0.name[key]}`: attributes and items of what is formatted."""
    for step in _STEP.finditer(path):
        if step["name"]:
            value = reach(value, step["name"])
        else:
            number = step["key"].isdigit()
            key = Constant(int(step["key"])) if number else Text((Glue(step["key"]),))
            value = element(value, key) or UNKNOWN
    return value


def _named(arguments: Arguments) -> Mapping:
    """What a template is given by name, in a dict or as keywords."""
    given = arguments.mapping()
    if arguments.positional and isinstance(arguments.positional[0], Mapping):
        given = arguments.positional[0].merge(given)
    return given


def format_jinja(template: Text, arguments: Arguments) -> Value:
    """`jinja2.Template(template).render(...)`; of its branches and loops, what is in them."""
    given = _named(arguments)

    def field(match: re.Match[str]) -> Value:
        if match["name"] is None:
            return Text((Glue(" "),)) if match["tag"] else UNKNOWN
        found = given.get(match["name"])
        return UNKNOWN if found is None else found

    return substitute(template, _JINJA, field)


def format_dollars(template: Text, arguments: Arguments) -> Value:
    """`string.Template(template).substitute(...)`."""
    given = _named(arguments)

    def field(match: re.Match[str]) -> Value:
        if match["twice"]:
            return _cut(match, "$")
        found = given.get(match["braced"] or match["name"])
        return UNKNOWN if found is None else found

    return substitute(template, _DOLLAR, field)


def _cut(match: re.Match[str], text: str) -> Value:
    """A sign that stands for itself when it is doubled."""
    return Text((Glue(text),)) if match.group() else UNKNOWN


def substitute(
    template: Text, pattern: re.Pattern[str], field: Callable[[re.Match[str]], Value]
) -> Value:
    """The template with every match replaced by a value."""
    gap = "\0"  # stands for what is unknown, which no pattern asks for
    whole = "".join(gap if isinstance(s, Gap) else s.text for s in template.segments)
    parts: list[Value] = []
    at = 0
    for match in pattern.finditer(whole):
        parts.append(Text(tuple(_between(template.segments, at, match.start()))))
        parts.append(field(match))
        at = match.end()
    parts.append(Text(tuple(_between(template.segments, at, len(whole)))))
    result = concatenate_all(parts)
    return each(result, lambda text: _composed_like(template, text))


def fill_values(statement: Value, row: Value) -> Value:
    """`VALUES %s` with a row in the place of its only placeholder."""
    mark = re.compile("%s")
    return each(
        statement, lambda s: substitute(s, mark, lambda _: row) if isinstance(s, Text) else s
    )


def _composed_like(template: Text, text: Value) -> Value:
    return Text(text.segments, template.composed) if isinstance(text, Text) else text


def slice_of(segment: Piece | Glue, start: int, end: int) -> Segment:
    if isinstance(segment, Piece):
        return segment.cut(start, end)
    return Glue(segment.text[start:end])


def quoted(value: Value, quote: str) -> Value:
    """A text between quotes, of which SQL wants those within twice; anything else as it is."""
    if not isinstance(value, Text):
        return value
    if any(quote in s.text for s in value.segments if not isinstance(s, Gap)):
        twice = Text((Glue(quote * 2),))
        doubled = substitute(value, re.compile(quote), lambda _: twice)
        value = doubled if isinstance(doubled, Text) else value
    return Text((Glue(quote), *value.segments, Glue(quote)), value.composed)


def join_items(separator: Value, items: Value) -> Value:
    """`separator.join(items)`: an unknown number of further items counts as one."""
    held = listed(items)
    if isinstance(items, Text) and items.composed:  # psycopg's `Placeholder() * 2` is two of them
        held = Items(tuple(Text((segment,), items.composed) for segment in items.segments))
    if held is None:
        return Text((Gap("unknown", locked_in(items)),))
    members = [*held.items, *([] if held.rest is None else [held.rest])]
    parts: list[Value] = []
    for number, member in enumerate(members):
        parts.extend([member] if number == 0 else [separator, member])
    return concatenate_all(parts)


SAME_TEXT = frozenset(
    """
    strip lstrip rstrip encode decode expandtabs removeprefix removesuffix
    """.split()
)
SAME_LETTERS = {
    "lower": str.lower,
    "casefold": str.lower,
    "upper": str.upper,
    "swapcase": str.swapcase,
    "title": str.title,
    "capitalize": str.capitalize,
}
PADS = {"ljust": (0, 1), "rjust": (1, 0), "center": (1, 1)}  # spaces before it, and after it
ASKS = frozenset(("startswith", "endswith", "find", "index", "count", "isidentifier", "isdigit"))
PARTS = frozenset(("split", "rsplit", "splitlines", "partition", "rpartition"))


def text_method(text: Text, method: str, arguments: Arguments, reach: Reach) -> Value | None:
    """A method of `str`, or of a composed text that acts alike; None where there is no such."""
    first = arguments.get(0)
    if method in SAME_TEXT or method in ("as_string", "as_bytes"):
        return text
    if method in PADS:
        return _padded(text, method, first)
    if method in SAME_LETTERS:
        return _recased(text, SAME_LETTERS[method])
    if method in PARTS:
        return Items((), text)
    match method:
        case "translate" if isinstance(first, Mapping):
            return _translated(text, first)
        case "format":
            return format_braces(text, arguments, reach)
        case "format_map" if isinstance(first, Mapping):
            return format_braces(text, Arguments((), first.items), reach)
        case "join" if first is not None:
            return each(first, lambda items: join_items(text, items))
        case "replace" if first is not None and arguments.get(1) is not None:
            return _replaced(text, first, arguments.positional[1])
    return None


def _padded(text: Text, method: str, width: Value | None) -> Text:
    """At least as wide as is asked for; where nothing is known of that, it stays as it is."""
    wanted = width.value if isinstance(width, Constant) else None
    missing = int(wanted or 0) - len(text.known or "")
    if text.known is None or missing <= 0:
        return text
    space = Glue(" " * min(missing, MOST_PIECES))
    before, after = PADS[method]
    segments = (*[space] * before, *text.segments, *[space] * after)
    return Text(segments, text.composed)


def _recased(text: Text, change: Callable[[str], str]) -> Text:
    """Only where the change keeps every character's place."""

    def recase(segment: Segment) -> Segment:
        if isinstance(segment, Gap) or len(change(segment.text)) != len(segment.text):
            return segment
        changed = change(segment.text)
        if isinstance(segment, Glue):
            return Glue(changed)
        return Piece(changed, segment.literal, segment.offsets)

    return Text(tuple(map(recase, text.segments)), text.composed)


def characters(old: Value, new: Value | None) -> Mapping | None:
    """`str.maketrans(old, new)`: what becomes of each character."""
    if isinstance(old, Mapping):
        return old
    if not isinstance(old, Text) or not isinstance(new, Text):
        return None
    pairs = zip(old.known or "", new.known or "", strict=False)
    return Mapping(tuple((one, Text((Glue(other),))) for one, other in pairs))


def _translated(text: Text, table: Mapping) -> Value:
    """`text.translate(table)`"""
    if not table.items:
        return text
    pattern = re.compile("|".join(re.escape(character) for character, _ in table.items))
    return substitute(text, pattern, lambda match: table.get(match[0]) or UNKNOWN)


def _replaced(text: Text, old: Value, new: Value) -> Value:
    if not isinstance(old, Text) or not old.known:
        return Text((*text.segments, Gap()), text.composed)
    return substitute(text, re.compile(re.escape(old.known)), lambda _: new)


def text_slice(text: Text, start: int | None, stop: int | None, step: int | None = None) -> Text:
    """`text[start:stop:step]` of a text that is known."""
    first, last, stride = slice(start, stop, step or None).indices(len(text.known or ""))
    if stride == 1:
        return Text(tuple(_between(text.segments, first, last)), text.composed)
    picked = range(first, last, stride)[:MOST_PIECES]
    characters = (part for at in picked for part in _between(text.segments, at, at + 1))
    return Text(tuple(characters), text.composed)


def _between(segments: Sequence[Segment], first: int, last: int) -> Iterator[Segment]:
    """The segments from one character to another; a gap counts as one."""
    at = 0
    for segment in segments:
        if isinstance(segment, Gap):
            if first <= at < last:
                yield segment
            at += 1
            continue
        start, end = max(first - at, 0), min(last - at, len(segment.text))
        if start < end:
            yield slice_of(segment, start, end)
        at += len(segment.text)
