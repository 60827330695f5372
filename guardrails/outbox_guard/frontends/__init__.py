"""The languages, one row each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from outbox_guard.facts import Fact
from outbox_guard.globs import any_file
from outbox_guard.sources import Project, Source

Lower = Callable[[Source, Project], Iterator[Fact]]


@dataclass(frozen=True, slots=True)
class Frontend:
    """A language: which files are written in it, and the module that lowers them to facts."""

    name: str
    patterns: tuple[str, ...]
    module: str  # named, not imported: a clean run pays for no parser
    strict: bool = True  # a file that is no text is a fault of it, and not just none of ours

    @property
    def lower(self) -> Lower:
        return cast(Lower, import_module(self.module).lower)


FRONTENDS = (
    Frontend("python", ("*.py", "*.pyi", "*.pyw"), "outbox_guard.frontends.python"),
    Frontend("sql", ("*.sql", "*.pgsql", "*.psql", "*.plpgsql"), "outbox_guard.frontends.sql"),
    Frontend(
        "packaging", ("pyproject.toml", "setup.cfg", "setup.py"), "outbox_guard.frontends.packaging"
    ),
    Frontend(
        "workflow",
        (".github/workflows/*.yml", ".github/workflows/*.yaml"),
        "outbox_guard.frontends.workflow",
    ),
    Frontend(
        "text",
        tuple(
            "*.md *.markdown *.rst "
            "*.toml *.yml *.yaml *.ini *.cfg *.env .env .env.* *.properties *.conf "
            "*config*.json *settings*.json *alert*.json *dashboard*.json *grafana*.json "
            "*outbox*.json *payment*.json *relay*.json "
            "*.sh *.bash *.service *.tf *.tfvars *.mk Makefile GNUmakefile justfile .justfile "
            "Dockerfile Dockerfile.* *.Dockerfile Containerfile".split()
        ),
        "outbox_guard.frontends.text",
        strict=False,
    ),
)
PATTERNS = tuple(pattern for frontend in FRONTENDS for pattern in frontend.patterns)


def frontends_for(path: str) -> tuple[Frontend, ...]:
    """Every language that a file is read in: a setup.py is Python, and configures a build."""
    return tuple(each for each in FRONTENDS if any_file(each.patterns, path))


def must_be_text(path: str) -> bool:
    """Whether a file that cannot be decoded is to be told of."""
    return any(frontend.strict for frontend in frontends_for(path))


def prepare(paths: Iterable[str]) -> None:
    """Import the languages of these files, and with them their parsers."""
    for frontend in FRONTENDS:
        if any(any_file(frontend.patterns, path) for path in paths):
            import_module(frontend.module)
