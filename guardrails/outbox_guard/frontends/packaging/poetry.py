"""What poetry-core packs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from outbox_guard.frontends.packaging.project import (
    BACKEND,
    Build,
    Carrier,
    Setting,
    Settings,
    Unbuildable,
    covers,
    texts_of,
)

Format = Literal["sdist", "wheel"]
TOOL = ("tool", "poetry")


def wheel(build: Build) -> Carrier:
    return _carrier(build, "wheel")


def sdist(build: Build) -> Carrier:
    return _carrier(build, "sdist")


@dataclass(frozen=True, slots=True)
class _Include:
    """One entry of `packages` or `include`, as the paths that its glob finds."""

    paths: frozenset[str]
    setting: Setting


def _carrier(build: Build, wanted: Format) -> Carrier:
    tool = build.tool("poetry")
    if not tool.flag("package-mode", True):
        raise Unbuildable
    packages = tuple(_packages(build, tool, wanted))
    extras = tuple(_extras(build, tool, wanted))
    excluded = {path for glob in tool.texts("exclude") for path in build.tree.glob(glob)}

    def carries(file: str) -> Setting | None:
        for extra in extras:  # what is included by name is not excluded again
            if covers(extra.paths, file):
                return extra.setting
        if covers(excluded, file):
            return None
        return next((each.setting for each in packages if covers(each.paths, file)), None)

    return carries


def _packages(build: Build, tool: Settings, wanted: Format) -> Iterator[_Include]:
    entries = [entry for entry in _entries(tool, "packages") if wanted in _formats(entry, wanted)]
    for entry in entries:
        glob = "/".join((entry.text("from", "."), entry.text("include")))
        paths = frozenset(build.tree.glob(glob))
        if not paths:
            raise Unbuildable
        yield _Include(paths, Setting((*TOOL, "packages")))
    if not entries:
        yield _Include(frozenset((_discovered(build, tool),)), BACKEND)


def _extras(build: Build, tool: Settings, wanted: Format) -> Iterator[_Include]:
    """`include` is for the sdist, where it does not say otherwise."""
    for entry in _entries(tool, "include"):
        if wanted in _formats(entry, "sdist"):
            paths = frozenset(build.tree.glob(entry.text("path")))
            yield _Include(paths, Setting((*TOOL, "include")))


def _entries(tool: Settings, key: str) -> Iterator[Settings]:
    """A plain text in `include` is short for a path."""
    entries = tool.raw(key) or []
    if not isinstance(entries, list):
        raise Unbuildable
    for entry in entries:
        yield Settings({"path": entry} if isinstance(entry, str) else entry)


def _formats(entry: Settings, default: Format) -> tuple[str, ...]:
    formats = entry.raw("format") or default
    return (formats,) if isinstance(formats, str) else texts_of(formats)


def _discovered(build: Build, tool: Settings) -> str:
    """The one package or module that is called like the project."""
    name = re.sub(r"[-_.]+", "_", build.name or tool.text("name")).lower()
    for place in (name, f"src/{name}"):
        found = {place, f"{place}.py"} & (build.tree.files | build.tree.folders)
        if len(found) == 1:
            return found.pop()
        if found:
            break
    raise Unbuildable
