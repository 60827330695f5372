"""Tasks of a Taskfile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from outbox_guard.frontends.workflow.documents import Scalar, Table, table_in
from outbox_guard.frontends.workflow.recipes.recipe import Call, Recipe
from outbox_guard.sources import Source

FILES = ("Taskfile.yml", "taskfile.yml", "Taskfile.yaml", "taskfile.yaml")
DEEPEST = 8


def read(call: Call) -> Sequence[Recipe]:
    """The commands of the tasks that are asked for, with those that they call."""
    source = call.open(*FILES)
    if source is None:
        return ()
    root = table_in(source.text)
    tasks = root.table("tasks")
    environment = {**call.environment, **dict(root.table("env").texts())}
    call = replace(call, environment=environment)
    asked = [word for word in call.arguments if word in tasks.entries] or ["default"]
    return [recipe for name in asked for recipe in _recipes(source, tasks, name, call, 0)]


def _recipes(source: Source, tasks: Table, name: str, call: Call, depth: int) -> Iterator[Recipe]:
    task = tasks.table(name)
    if depth > DEEPEST:
        return
    environment = {**call.environment, **dict(task.table("env").texts())}
    of_all = task.text("ignore_error") == "true"
    for node in (*task.items("deps"), *task.items("cmds"), *task.items("cmd")):
        called = node.text("task") if isinstance(node, Table) else ""
        if called:
            yield from _recipes(source, tasks, called, call, depth + 1)
            continue
        written = node.scalar("cmd") if isinstance(node, Table) else node
        ignored = of_all or (isinstance(node, Table) and node.text("ignore_error") == "true")
        if isinstance(written, Scalar):
            yield Recipe(
                source=source,
                text=written.text,
                start=written.start,
                end=written.end,
                environment=environment,
                folder=call.folder,
                ignored="ignore_error: true" if ignored else "",
            )
