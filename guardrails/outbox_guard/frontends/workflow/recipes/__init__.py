"""What a command runs that the project has written down elsewhere: a script, a target, a task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from outbox_guard.frontends.workflow.recipes import (
    just,
    make,
    mise,
    nox,
    npm,
    pre_commit,
    pyproject,
    shell_files,
    task,
    tox,
)
from outbox_guard.frontends.workflow.recipes.recipe import Call, Recipe

Reader = Callable[[Call], Sequence[Recipe]]
READERS: Mapping[str, Reader] = {
    "make": make.read,
    "gmake": make.read,
    "just": just.read,
    "npm": npm.read,
    "pnpm": npm.read,
    "yarn": npm.read,
    "bun": npm.read,
    "task": task.read,
    "mise": mise.read,
    "nox": nox.read,
    "tox": tox.read,
    "poe": pyproject.read,
    "pre-commit": pre_commit.read,
    "prek": pre_commit.read,
}


def recipes(call: Call) -> Sequence[Recipe]:
    """What is run, one after the other; nothing where that is not to be found."""
    read = READERS.get(call.program, shell_files.read)
    return read(call) or pyproject.read(call)


__all__ = ["Call", "Recipe", "recipes"]
