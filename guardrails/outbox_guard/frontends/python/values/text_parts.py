"""Methods that cut a known text: what is left of it keeps its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import Constant, Items, Value
from outbox_guard.frontends.python.values.pieces import Text
from outbox_guard.frontends.python.values.text_operations import text_slice

MOST_PARTS = 200

_STRIPS: Mapping[str, Callable[..., str]] = {
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "removeprefix": str.removeprefix,
    "removesuffix": str.removesuffix,
}
_SPLITS: Mapping[str, Callable[..., list[str] | tuple[str, ...]]] = {
    "split": str.split,
    "rsplit": str.rsplit,
    "splitlines": str.splitlines,
    "partition": str.partition,
    "rpartition": str.rpartition,
}


def cut(text: Text, method: str, arguments: Arguments) -> Value | None:
    """What such a method returns; None where that is not known to the letter."""
    given = _plain(arguments)
    if text.known is None or given is None:
        return None
    positional, keywords = given
    try:
        if method in _STRIPS:
            return _found(
                text, _STRIPS[method](text.known, *positional), from_left=method[0] != "r"
            )
        if method in _SPLITS:
            parts = _SPLITS[method](text.known, *positional, **keywords)
            return Items(tuple(_located(text, parts))) if len(parts) <= MOST_PARTS else None
    except (TypeError, ValueError):  # arguments that Python itself would refuse
        return None
    return None


def _plain(arguments: Arguments) -> tuple[list[object], dict[str, object]] | None:
    """The arguments as Python's own values, if all of them are known."""
    if arguments.star is not None or arguments.rest is not None:
        return None
    known = (*arguments.positional, *(value for _, value in arguments.keywords))
    if not all(isinstance(value, Constant) or _is_known(value) for value in known):
        return None
    keywords = {name: _worth(value) for name, value in arguments.keywords}
    return [_worth(value) for value in arguments.positional], keywords


def _is_known(value: Value) -> bool:
    return isinstance(value, Text) and value.known is not None


def _worth(value: Value) -> object:
    return value.known if isinstance(value, Text) else getattr(value, "value", None)


def _found(text: Text, kept: str, *, from_left: bool) -> Text:
    """A text without what stood at its ends."""
    whole = text.known or ""
    start = whole.rindex(kept) if from_left and whole.endswith(kept) else whole.index(kept)
    return text_slice(text, start, start + len(kept))


def _located(text: Text, parts: list[str] | tuple[str, ...]) -> Iterator[Text]:
    """The parts of a text, which stand in it one after the other."""
    whole, at = text.known or "", 0
    for part in parts:
        start = whole.index(part, at)
        at = start + len(part)
        yield text_slice(text, start, at)
