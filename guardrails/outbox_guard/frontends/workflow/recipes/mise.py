"""Tasks of a mise.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from outbox_guard.frontends.workflow.recipes.recipe import Call, Recipe
from outbox_guard.sources import Source

FILES = ("mise.toml", ".mise.toml")
OPTIONS = frozenset(("errexit",))  # mise runs `sh -c -o errexit`
DEEPEST = 8

Node = object  # of a TOML document


def read(call: Call) -> Sequence[Recipe]:
    """What `mise run NAME` runs: what the task depends on, and its own lines."""
    words = [word for word in call.arguments if not word.startswith("-")]
    name = next((word for word in words if word not in ("run", "r", "tasks")), "")
    source = call.open(*FILES) if name else None
    if source is None:
        return ()
    try:
        document = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError:
        return ()  # an error for whoever runs it
    call = replace(call, environment={**call.environment, **_set(document)})
    return list(_recipes(source, _table(document.get("tasks")), name, call, 0))


def _recipes(
    source: Source, tasks: Mapping[str, Node], name: str, call: Call, depth: int
) -> Iterator[Recipe]:
    task = tasks.get(name)
    if depth > DEEPEST:
        return
    needs, own = (task.get("depends"), task.get("run")) if isinstance(task, dict) else ((), task)
    for need in _texts(needs):
        yield from _recipes(source, tasks, need, call, depth + 1)
    environment = {**call.environment, **_set(_table(task))}
    for text in _texts(own):
        written = re.search(re.escape(text), source.text)
        start, end = written.span() if written else (0, 0)
        yield Recipe(source, text, start, end, environment, call.folder, OPTIONS)


def _set(table: Mapping[str, Node]) -> dict[str, str]:
    """The variables that its `env` sets."""
    return {name: str(value) for name, value in _table(table.get("env")).items()}


def _texts(node: Node) -> Sequence[str]:
    each = [node] if isinstance(node, str) else node if isinstance(node, list) else []
    return [text for text in each if isinstance(text, str)]


def _table(node: Node) -> Mapping[str, Node]:
    return node if isinstance(node, dict) else {}
