"""What a setup.cfg says to setuptools, in the terms of [tool.setuptools]."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator

from outbox_guard.toml_keys import Key, Range

DIRECTIVES = {"find:": False, "find_namespace:": True}  # whether namespaces count
LISTS = {"packages": "packages", "py_modules": "py-modules"}
SECTIONS = {
    "options.package_data": "package-data",
    "options.exclude_package_data": "exclude-package-data",
}

_LINE = re.compile(
    r"^(?:\[(?P<section>[^]\n]+)\]|(?P<option>[^\s#;\[=:][^=:\n]*?)[ \t]*[=:])", re.MULTILINE
)


def read(text: str) -> dict[str, object]:
    """The keys of [tool.setuptools] that stand for what the file says; {} for no setup.cfg."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}  # setuptools refuses it as well: nothing is built
    return dict(_values(parser))


def _values(parser: configparser.RawConfigParser) -> Iterator[tuple[str, object]]:
    options = _section(parser, "options")
    for option, key in LISTS.items():
        if option not in options:
            continue
        value = options[option].strip()
        find = {"namespaces": DIRECTIVES.get(value, False), **_find(parser)}
        yield key, {"find": find} if value in DIRECTIVES else _list(value)
    if "package_dir" in options:
        pairs = (entry.partition("=") for entry in _list(options["package_dir"]))
        yield "package-dir", {package.strip(): folder.strip() for package, _, folder in pairs}
    if "include_package_data" in options:
        given = options["include_package_data"].strip().lower()
        yield "include-package-data", given in ("1", "true", "yes")
    for section, key in SECTIONS.items():
        if globs := _section(parser, section):
            yield key, {package: _list(value) for package, value in globs.items()}
    if "cmdclass" in options:
        commands = (entry.partition("=")[0] for entry in _list(options["cmdclass"]))
        yield "cmdclass", {command.strip(): "" for command in commands}


def _find(parser: configparser.RawConfigParser) -> dict[str, object]:
    given = _section(parser, "options.packages.find")
    where = {"where": given["where"].strip()} if given.get("where") else {}
    return where | {key: _list(given[key]) for key in ("include", "exclude") if key in given}


def _section(parser: configparser.RawConfigParser, name: str) -> dict[str, str]:
    return dict(parser[name]) if parser.has_section(name) else {}


def _list(value: str) -> list[str]:
    """One entry a line, or all on one line between commas."""
    entries = value.splitlines() if "\n" in value else value.split(",")
    return [entry.strip() for entry in entries if entry.strip()]


def key_ranges(text: str) -> dict[Key, Range]:
    """Where each section and each of its options stands."""
    found: dict[Key, Range] = {}
    section: Key = ()
    for match in _LINE.finditer(text):
        if match["section"]:
            section = (match["section"],)
            found.setdefault(section, match.span("section"))
        else:
            found.setdefault((*section, match["option"].strip().lower()), match.span("option"))
    return found
