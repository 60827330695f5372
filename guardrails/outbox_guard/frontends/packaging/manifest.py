"""MANIFEST.in: which files a setuptools sdist carries besides the packages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from outbox_guard.frontends.packaging.project import files_of

NEVER = re.compile(r"(^|/)(RCS|CVS|\.svn|\.hg|\.git|\.bzr|_darcs)/|^(build|\.tox|\.nox|\.venv)/")

Covers = Callable[[str], bool]


def sdist_carries(manifest: str, file: str, *, by_default: bool) -> bool:
    """The commands in order, each of which may put the file in or take it out again."""
    carried = by_default
    for includes, covers in _commands(manifest):
        if covers(file):
            carried = includes
    return carried and not NEVER.search(file)


@cache
def _commands(manifest: str) -> tuple[tuple[bool, Covers], ...]:
    return tuple(_parsed(manifest))


def _parsed(manifest: str) -> Iterator[tuple[bool, Covers]]:
    """Whether a command includes, and which files; setuptools only warns of a faulty line."""
    for line in re.sub(r"\\\n", " ", manifest).splitlines():
        match re.sub(r"(^|(?<=\s))#.*", "", line).split():
            case ["include" | "exclude" as verb, *globs]:
                yield from ((verb == "include", _exactly(glob)) for glob in globs)
            case ["global-include" | "global-exclude" as verb, *globs]:
                yield from ((verb == "global-include", _exactly(f"**/{glob}")) for glob in globs)
            case ["recursive-include" | "recursive-exclude" as verb, folder, *globs]:
                here = verb == "recursive-include"
                yield from ((here, _exactly(f"{folder.strip('/')}/**/{glob}")) for glob in globs)
            case ["graft" | "prune" as verb, folder]:
                yield verb == "graft", _below(folder)


def _exactly(glob: str) -> Covers:
    pattern = files_of(glob)
    return lambda file: pattern.match(file) is not None


def _below(folder: str) -> Covers:
    pattern = files_of(f"{folder.strip('/')}/**")
    return lambda file: pattern.match(file) is not None
