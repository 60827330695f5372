"""Recipes of a justfile: each line is a script of its own, unless the first says which program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from outbox_guard.frontends.workflow.recipes.recipe import Call, Recipe
from outbox_guard.frontends.workflow.recipes.shell_files import SHELLS
from outbox_guard.frontends.workflow.shell.commands import options_of
from outbox_guard.sources import Source

FILES = ("justfile", ".justfile", "Justfile")
_HEAD = re.compile(
    r"^@?(?P<name>[A-Za-z_][\w-]*)(?P<rest>[^\n:]*):(?!=)(?P<needs>.*)$", re.MULTILINE
)
_BODY = re.compile(r"(?:\n(?:[ \t]+[^\n]*|[ \t]*(?=\n[ \t]+\S)))*")
_EXPORT = re.compile(r"^export[ ]+(\w+)[ ]*:=[ ]*[\"']([^\"'\n]*)[\"']", re.MULTILINE)
_INSERTED = re.compile(r"\{\{.*?\}\}")
_BANG = re.compile(r"#!\s*(?:/usr/bin/env\s+(?:-S\s+)?)?(?:\S*/)?(?P<program>\w+)(?P<flags>.*)")


def read(call: Call) -> Sequence[Recipe]:
    """The lines of the recipes that are asked for, after those of what they need."""
    source = call.open(*FILES)
    if source is None:
        return ()
    environment = {**call.environment, **dict(_EXPORT.findall(source.text))}
    call = Call(call.program, call.path, call.arguments, environment, call.folder, call.project)
    heads = {match["name"]: match for match in _HEAD.finditer(source.text)}
    asked = [word for word in call.arguments if word in heads] or list(heads)[:1]
    order: dict[str, None] = {}
    for name in asked:
        _visit(heads, name, order)
    return [recipe for name in order for recipe in _lines(source, heads[name], call)]


def _visit(heads: dict[str, re.Match[str]], name: str, order: dict[str, None]) -> None:
    if name in order:
        return
    needs = heads[name]["needs"].partition("#")[0].partition("&&")[0]
    for need in re.findall(r"[A-Za-z_][\w-]*", needs):
        if need in heads and need != name:
            _visit(heads, need, order)
    order[name] = None


def _lines(source: Source, head: re.Match[str], call: Call) -> Iterator[Recipe]:
    body = _BODY.match(source.text, head.end())
    if body is None:
        return
    lines = list(
        re.finditer(r"^[ \t]+(?P<signs>[@-]*)(?P<text>(?:\\\n|[^\n])+)", body[0], re.MULTILINE)
    )
    bang = _BANG.match(lines[0]["text"]) if lines else None
    if bang:
        if bang["program"] in SHELLS:
            start = body.start() + lines[0].end()
            text = source.text[start : body.end()]
            options = options_of(bang["flags"].split())
            yield Recipe(source, text, start, body.end(), call.environment, call.folder, options)
        return
    for line in lines:
        start = body.start() + line.start("text")
        yield Recipe(
            source=source,
            text=_INSERTED.sub("$_", line["text"]),
            start=start,
            end=start + len(line["text"]),
            environment=call.environment,
            folder=call.folder,
            ignored="-" if "-" in line["signs"] else "",
        )
