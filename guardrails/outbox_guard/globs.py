"""Globs over paths and over names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import translate
from functools import cache, lru_cache

NAMES = 4096  # of files, that are kept in mind: large trees have the same ones in many folders


@cache
def path_pattern(glob: str, *, below: bool = True) -> re.Pattern[str]:
    """A glob anchored at the project's root: `*` stays within a folder, `**` crosses them.

    A glob that names a folder (`tests` or `tests/`) covers all that is in it, save `below=False`.
    """
    cover = "(?:/.*)?" if below else ""
    parts: list[str] = []
    segments = glob.strip("/").split("/")
    for position, segment in enumerate(segments):
        last = position == len(segments) - 1
        if segment == "**":
            parts.append(".*" if last else "(?:[^/]+/)*")
        else:
            parts.append(_segment(segment) + (cover if last else "/"))
    return re.compile("(?s:" + "".join(parts) + r")\Z")


def _segment(segment: str) -> str:
    """`*`, `?` and `[…]` inside one folder's name."""
    pieces = re.split(r"(\*+|\?|\[[^]]+\])", segment)
    return "".join(map(_piece, pieces))


def _piece(piece: str) -> str:
    if piece.startswith("*"):
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if piece.startswith("[") and piece.endswith("]"):
        members = re.sub(r"[\[&|~]", r"\\\g<0>", piece[1:])  # these mean more within a set of `re`
        return f"[^{members[1:]}" if members.startswith("!") else f"[{members}"
    return re.escape(piece)


def path_fault(glob: str) -> str:
    """Why this is no glob over paths, and what to write; "" when it is one."""
    segments = glob.strip("/").split("/")
    if not glob.strip("/ "):
        return "it is empty"
    if "\\" in glob:
        return 'folders are separated by "/"'
    if {"", ".", ".."} & set(segments):
        return "it is anchored at the project's root: no '.', '..' or '//' in it"
    if any("**" in segment and segment != "**" for segment in segments):
        return "'**' stands alone between slashes, as in 'tests/**/*.py'"
    return _bracket_fault(glob, path_pattern)


def table_fault(name: str) -> str:
    """Why this can be no table's name (or glob over names); "" when it can."""
    if not name.strip():
        return "it is empty"
    if "." in name:
        return "a table is named without its schema"
    return _bracket_fault(name, name_pattern)


def column_fault(name: str) -> str:
    """Why this can be no column's name; "" when it can."""
    if not name.strip():
        return "it is empty"
    return "a column is named without its table" if "." in name else ""


def function_fault(name: str) -> str:
    """Why this can be no name of a function in the database; "" when it can."""
    if not name.strip():
        return "it is empty"
    return "a function is named without its arguments" if "(" in name else ""


def module_fault(module: str) -> str:
    """Why this can be no module, by its dotted name or path (or a glob over these)."""
    if not module.strip():
        return "it is empty"
    if re.search(r"[\s=<>~;]", module):
        return "a module is named as it is imported, with nothing else"
    return _bracket_fault(module, path_pattern)


def call_fault(call: str) -> str:
    """Why this can be the name of no call, such as `db.query`; "" when it can."""
    if not call.strip():
        return "it is empty"
    return (
        "a call is named as in 'db.query', with nothing else" if re.search(r"[\s()]", call) else ""
    )


def _bracket_fault(glob: str, compiled: Callable[[str], re.Pattern[str]]) -> str:
    if "[" in re.sub(r"\[!?[^]]+\]", "", glob):
        return "'[' is never closed"
    try:
        compiled(glob)
    except re.error as error:
        return f"{error.msg} in '[…]'"
    return ""


def any_path(globs: Iterable[str], path: str) -> bool:
    return any(path_pattern(glob).match(path) for glob in globs)


def any_file(patterns: tuple[str, ...], path: str) -> bool:
    """Is this a file of one of these kinds: "*.sql", "setup.py", ".github/workflows/*.yml"?

    Case does not count: SCHEMA.SQL is SQL too.
    """
    return of_kinds(patterns)(path)


@cache
def of_kinds(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """The same question for many paths."""
    endings = [each for each in patterns if re.fullmatch(r"\*[^*?\[/]+", each)]
    others = [each for each in patterns if each not in endings]
    ends = tuple(each[1:].lower() for each in endings)
    names = _any_kind(each for each in others if "/" not in each)
    inside = [each for each in others if "/" in each]
    folders = tuple(re.split(r"[*?\[]", each)[0].lower() for each in inside)
    paths = _any_kind(inside)

    @lru_cache(maxsize=NAMES)
    def named(name: str) -> bool:
        return name.lower().endswith(ends) or names.match(name) is not None

    def is_inside(path: str) -> bool:
        return path.lower().startswith(folders) and paths.match(path) is not None

    return lambda path: named(path.rpartition("/")[2]) or is_inside(path)


def _any_kind(patterns: Iterable[str]) -> re.Pattern[str]:
    kinds = ("/".join(map(_segment, pattern.split("/"))) for pattern in patterns)
    return re.compile(f"(?si:{'|'.join(kinds) or '(?!)'})\\Z")


@cache
def name_pattern(glob: str) -> re.Pattern[str]:
    """A glob over a whole name; case counts."""
    return re.compile(translate(glob))


def any_name(globs: Iterable[str], name: str) -> bool:
    return _any_of(tuple(globs)).match(name) is not None


@cache
def _any_of(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, globs)) or "(?!)")
