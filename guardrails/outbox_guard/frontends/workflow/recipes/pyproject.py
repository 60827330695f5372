"""Scripts of a pyproject.toml, for whichever program runs them: Hatch, PDM, Poe, Rye, taskipy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence

from outbox_guard.frontends.workflow.recipes.recipe import Call, Recipe
from outbox_guard.sources import Source

RUNNERS = ("poe", "hatch", "pdm", "rye", "task")
_TABLES = (("poe", "tasks"), ("pdm", "scripts"), ("rye", "scripts"), ("taskipy", "tasks"))
_KEYS = ("cmd", "shell", "composite", "sequence", "chain")
DEEPEST = 8

Node = object  # of a TOML document


def read(call: Call) -> Sequence[Recipe]:
    """What `poe NAME`, `hatch run ENV:NAME`, `pdm run NAME` run.

    Who is launched by `run` is asked for by the name of the script alone, and may as well be the
    program of that name: a script that begins with it says nothing new.
    """
    words = [word for word in call.arguments if not word.startswith("-")]
    name = (words or [""])[0] if call.program in RUNNERS else call.program
    source = call.open("pyproject.toml") if name else None
    if source is None:
        return ()
    try:
        tool = tomllib.loads(source.text).get("tool", {})
    except tomllib.TOMLDecodeError:
        return ()  # an error for whoever runs it
    scripts = dict(_scripts(tool))
    texts = [text for text in _texts(scripts, name, 0) if text.split()[:1] != [name]]
    return [_recipe(source, text, call) for text in texts]


def _scripts(tool: Node) -> Iterator[tuple[str, Node]]:
    """By the name that it is run by; those of Hatch by that of their environment too."""
    for names in _TABLES:
        yield from _table(tool, *names).items()
    for environment, table in _table(tool, "hatch", "envs").items():
        for name, script in _table(table, "scripts").items():
            yield f"{environment}:{name}", script
            if environment == "default":
                yield name, script


def _table(node: Node, *names: str) -> Mapping[str, Node]:
    for name in names:
        node = node.get(name) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


def _texts(scripts: Mapping[str, Node], name: str, depth: int) -> Iterator[str]:
    """The commands of a script, with those of the scripts that it names."""
    if name in scripts and depth <= DEEPEST:
        yield from _commands(scripts, scripts[name], depth)


def _commands(scripts: Mapping[str, Node], script: Node, depth: int) -> Iterator[str]:
    match script:
        case str() if script in scripts:
            yield from _texts(scripts, script, depth + 1)
        case str():
            yield script
        case list():
            for each in script:
                yield from _commands(scripts, each, depth + 1)
        case dict():
            for key in _KEYS:
                yield from _commands(scripts, script.get(key), depth + 1)


def _recipe(source: Source, text: str, call: Call) -> Recipe:
    written = re.search(re.escape(text), source.text)
    start, end = written.span() if written else (0, 0)
    return Recipe(source, text, start, end, call.environment, call.folder)
