"""Environments of a tox.ini."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from configparser import ConfigParser, Error
from fnmatch import fnmatchcase

from outbox_guard.frontends.workflow.recipes.recipe import Call, Recipe
from outbox_guard.sources import Source

PASSED = ("CI", "GITHUB_ACTIONS", "HOME", "LANG*", "PATH", "PIP_*", "TMPDIR")


def read(call: Call) -> Sequence[Recipe]:
    """The commands of `tox -e NAME`: they see only the variables that are passed to them."""
    source = call.open("tox.ini")
    if source is None:
        return ()
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(source.text)
    except Error:
        return ()  # an error for whoever runs it
    return [recipe for name in _asked(call) for recipe in _recipes(source, parser, name, call)]


def _asked(call: Call) -> Sequence[str]:
    words = list(call.arguments)
    named = [words[n + 1] for n, word in enumerate(words[:-1]) if word in ("-e", "--env")]
    named += [word.removeprefix("-e") for word in words if word.startswith("-e")]
    return [name for each in named for name in each.split(",") if name]


def _recipes(source: Source, parser: ConfigParser, name: str, call: Call) -> Iterator[Recipe]:
    section = f"testenv:{name}"
    if section not in parser:
        return

    def value(*keys: str) -> str:
        for where in (section, "testenv"):
            for key in keys:
                if parser.has_option(where, key):
                    return parser[where][key]
        return ""

    environment = _environment(value("passenv", "pass_env"), value("setenv", "set_env"), call)
    of_all = value("ignore_outcome").strip().lower() == "true"
    at = source.text.index(f"[{section}]")
    for line in value("commands").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        start = source.text.find(text, at)
        command = text.removeprefix("-").strip()
        careless = "-" if command != text else "ignore_outcome" if of_all else ""
        yield Recipe(
            source, command, max(start, 0), start + len(text), environment, call.folder,
            ignored=careless,
        )  # fmt: skip


def _environment(passed: str, given: str, call: Call) -> dict[str, str | None]:
    patterns = (*PASSED, *passed.replace(",", " ").split())
    found = {
        name: text
        for name, text in call.environment.items()
        if any(fnmatchcase(name, pattern) for pattern in patterns)
    }
    for line in given.splitlines():
        name, sign, text = line.partition("=")
        if sign:
            found[name.strip()] = text.strip()
    return found
