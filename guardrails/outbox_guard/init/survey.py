"""What a project that has no configuration yet looks like: its zones, and its outbox tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from outbox_guard.globs import any_path

Found = Mapping[str, tuple[str, ...]]  # by the key of the configuration

CODE = (".py", ".pyi", ".ts", ".js")
SQL = (".sql",)
# Code that may use the outbox, and that nobody here can read.
UNREAD = tuple(
    ".ts .tsx .mts .cts .js .jsx .mjs .cjs .go .java .kt .kts .scala .groovy .clj .rb .rs .cs .fs"
    " .php .ex .exs .erl .swift".split()
)

# By zone: what its folder may be called, the likeliest first, and what must be in it.
FOLDERS = {
    "tests": (("tests", "test"), CODE),
    "home": (("libs/db", "lib/db", "db", "database"), CODE),
    "scripts": (("scripts", "bin", "tools"), CODE),
    "schema": (("schema", "migrations", "sql"), SQL),
}
MIGRATIONS = ("migrations", "alembic")  # in Python: they are schema, where they are not of home
FEW = 3  # folders of a zone that are worth a glob each

# By table of the outbox: what else its name says. One whose name says no more is the queue.
TABLES = {
    "pending": ("pending", "queue"),
    "attempts": ("attempt", "history"),
    "sequences": ("sequence",),
}
# By function of the outbox: what its name says, beside "outbox" or "lease".
FUNCTIONS = {
    "enqueue": ("enqueue",),
    "claim": ("claim",),
    "complete": ("complete",),
    "repair": ("repair", "requeue"),
}
_PART = r'(?:"[^"]+"|[\w$]+)'
_DECLARED = re.compile(
    rf"\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?(?:{_PART}\s*\.\s*)?({_PART})"
    # by Alembic, SQLAlchemy and Django
    r"|(?:\b(?:create_table|Table)\(|\b(?:__tablename__|db_table)\s*=)\s*(['\"]\w+['\"])",
    re.IGNORECASE,
)
_ROUTINE = re.compile(
    rf"\bcreate\s+(?:or\s+replace\s+)?(?:function|procedure)\s+(?:{_PART}\s*\.\s*)?({_PART})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found, by the keys of the configuration."""

    zones: Found = field(default_factory=dict)
    tables: Found = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)


def survey(paths: Iterable[str], texts: Iterable[tuple[str, str]]) -> Survey:
    """Of the paths of all files, and the texts of those that may declare tables, by their paths."""
    zones = _zones(sorted(paths))
    tests = zones.get("tests", ())
    own = [text for path, text in texts if not any_path(tests, path)]
    return Survey(zones, _tables(own), _functions(own))


def _zones(paths: list[str]) -> Found:
    folders = {
        zone: _folders(zone_paths, names)
        for zone, (names, suffixes) in FOLDERS.items()
        if (zone_paths := [path for path in paths if path.endswith(suffixes)])
    }
    tests, home, schema = (folders.get(zone, ()) for zone in ("tests", "home", "schema"))
    python = _folders([path for path in paths if path.endswith(".py")], MIGRATIONS)
    folders["schema"] = (*schema, *(f for f in python if not _within(f, (*home, *schema))))
    zones: dict[str, tuple[str, ...]] = {}
    for zone, found in folders.items():
        outside = [each for each in found if zone == "tests" or not _within(each, tests)]
        globs = tuple(_globs(outside))
        if zone == "home":
            globs = tuple(_beside_schema(globs, schema))
        if globs:
            zones[zone] = globs
    return zones


def _folders(paths: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """The outermost folders with the likeliest of these names that any has."""
    parents = [path.rpartition("/")[0] for path in paths]
    for name in names:
        pattern = re.compile(rf"((?:.*?/)??{re.escape(name)})(?:/|\Z)")
        found = {match[1] for parent in parents if (match := pattern.match(parent))}
        if found:
            return tuple(sorted(found))
    return ()


def _within(folder: str, others: Iterable[str]) -> bool:
    return any(folder == other or folder.startswith(f"{other}/") for other in others)


def _globs(folders: list[str]) -> Iterator[str]:
    names = {folder.rpartition("/")[2] for folder in folders}
    if len(folders) > FEW and len(names) == 1:
        yield f"**/{names.pop()}/**"
    else:
        yield from (f"{folder}/**" for folder in folders)


def _beside_schema(homes: Iterable[str], schemas: Iterable[str]) -> Iterator[str]:
    """Home comes before schema where both cover a file: leave the SQL inside of it to schema."""
    for home in homes:
        shared = any(_within(schema, [home.removesuffix("/**")]) for schema in schemas)
        yield f"{home}/*.py" if shared else home


def _tables(texts: Iterable[str]) -> Found:
    declared = {_folded(sql or python) for text in texts for sql, python in _DECLARED.findall(text)}
    outbox = sorted(name for name in declared if "outbox" in name.lower() and "." not in name)
    found = {key: tuple(_of(outbox, words)) for key, words in TABLES.items()}
    plain = set(outbox).difference(*found.values())
    found["pending"] = found["pending"] or tuple(sorted(plain))
    return {key: tables for key, tables in found.items() if tables}


def _functions(texts: Iterable[str]) -> Mapping[str, str]:
    """Where one function alone can be meant."""
    names = {_folded(name) for text in texts for name in _ROUTINE.findall(text)}
    outbox = [name for name in names if "outbox" in name.lower() or "lease" in name.lower()]
    found = {key: tuple(_of(outbox, words)) for key, words in FUNCTIONS.items()}
    return {key: names[0] for key, names in found.items() if len(names) == 1}


def _of(names: Iterable[str], words: Iterable[str]) -> Iterator[str]:
    return (name for name in names if any(word in name.lower() for word in words))


def _folded(name: str) -> str:
    return name[1:-1] if name[0] in "'\"" else name.lower()
