"""Hooks of a .pre-commit-config.yaml that the project has written itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outbox_guard.frontends.workflow.documents import Scalar, Table, table_in
from outbox_guard.frontends.workflow.recipes.recipe import Call, Recipe
from outbox_guard.sources import Source

FILE = ".pre-commit-config.yaml"
OURS = "outbox-guard"


def read(call: Call) -> Sequence[Recipe]:
    """`pre-commit run NAME`; without a name, those of all hooks that call outbox-guard."""
    words = [word for word in call.arguments if not word.startswith("-")]
    source = call.open(FILE) if words[:1] == ["run"] else None
    if source is None:
        return ()
    hooks = _hooks(table_in(source.text))
    if words[1:]:
        wanted = [hook for hook in hooks if words[1] in (hook.text("id"), hook.text("alias"))]
    else:
        wanted = [hook for hook in hooks if OURS in hook.text("entry")]
    return [recipe for hook in wanted for recipe in _recipe(source, hook, call)]


def _hooks(root: Table) -> Iterator[Table]:
    for repository in root.items("repos"):
        if isinstance(repository, Table) and repository.text("repo") == "local":
            yield from (hook for hook in repository.items("hooks") if isinstance(hook, Table))


def _recipe(source: Source, hook: Table, call: Call) -> Iterator[Recipe]:
    entry = hook.scalar("entry")
    if entry is None:
        return
    arguments = [each.text for each in hook.items("args") if isinstance(each, Scalar)]
    text = " ".join((entry.text, *arguments))
    yield Recipe(source, text, entry.start, entry.end, call.environment, call.folder)
