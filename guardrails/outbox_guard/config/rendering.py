"""The configuration in force as TOML, each value with where it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from outbox_guard.config.lines import Key
from outbox_guard.config.loading import Loaded
from outbox_guard.config.options import Config
from outbox_guard.config.records import Record, options_of, plain
from outbox_guard.config.shapes import Dictionary

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def render_config(loaded: Loaded) -> str:
    """Every value in force; read again as outbox-guard.toml, it gives the same configuration."""
    return "\n".join(_table(loaded, Config, plain(loaded.config), ())).lstrip("\n") + "\n"


def _table(
    loaded: Loaded, table: Callable[..., Any], values: dict[str, Any], key: Key
) -> Iterator[str]:
    options = options_of(table)
    tables = {n: o.shape for n, o in options.items() if isinstance(o.shape, Record | Dictionary)}
    lines = [_line(loaded, (*key, name), values[name]) for name in options if name not in tables]
    if key and lines:
        yield from ("", _header(key))
    yield from lines
    for name, shape in tables.items():
        inner = (*key, name)
        if isinstance(shape, Record):
            yield from _table(loaded, shape.make, values[name], inner)
        else:
            yield from ("", _header(inner))
            for each, value in values[name].items():
                yield _line(loaded, (*inner, each), value)


def _header(key: Key) -> str:
    return f"[{'.'.join(toml_key(str(part)) for part in key)}]"


def _line(loaded: Loaded, key: Key, value: Any) -> str:
    origin = re.sub(r"[^ -~]", "?", loaded.origin(key))  # a file's name may hold a line break
    return f"{toml_key(str(key[-1]))} = {toml_value(value)}  # {origin}"


def toml_key(name: str) -> str:
    return name if _BARE.fullmatch(name) else toml_value(name)


def _quoted(text: str) -> str:
    import json  # a check does without

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_value(value: Any) -> str:
    """A value on one line; tables leave out the lists in them that are empty."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _quoted(value)
        case list():
            return f"[{', '.join(map(toml_value, value))}]"
        case dict():
            members = [f"{toml_key(k)} = {toml_value(v)}" for k, v in value.items() if v != []]
            return f"{{ {', '.join(members)} }}" if members else "{}"
    return str(value)
