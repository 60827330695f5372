"""The table of a class whose objects save themselves: by a `Meta`, as Django has it, or a word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.values.kinds import Class, Constant, ModuleValue, Value, options
from outbox_guard.frontends.python.values.name_patterns import NamePattern
from outbox_guard.frontends.python.values.pieces import Text

# What `Meta` calls the table: Django, Peewee, Tortoise, Ormar.
_NAMED = ("db_table", "table_name", "table", "tablename")
_DJANGO = NamePattern(r"django\.(?:\w+\.)*Model\Z|(?:\w+\.)+models\.\w*Model\Z|models\.Model\Z")
_QUOTES = re.compile(r'^(?:.*"\.)?"|"$')  # `"schema"."table"`, and the trick `schema"."table`


def tables(machine: Machine, cls: Class) -> Iterator[str]:
    """The table names that a class may have."""
    yield from _by_word(cls)
    own = cls.members.get("Meta")
    if isinstance(own, Class):
        if own.members.get("abstract") == Constant(True):
            return
        if own.find("proxy") == Constant(True):
            for base in cls.bases:
                if isinstance(base, Class):
                    yield from tables(machine, base)
            return
    meta = own if isinstance(own, Class) else _inherited(cls)
    named = [text for key in _NAMED for text in _texts(meta, key)]
    if named:
        yield from (_unquoted(name) for name in named)
    elif any(_DJANGO.match(base) for base in cls.outer_bases):
        labels = list(_texts(meta, "app_label")) or [_app_label(machine, cls)]
        yield from (f"{label}_{cls.name.lower()}" for label in labels)


def _by_word(cls: Class) -> Iterator[str]:
    """`class Pending(Table, tablename="…")` of Piccolo, `_table_ = "…"` of Pony."""
    for value in (dict(cls.keywords).get("tablename"), cls.members.get("_table_")):
        for option in options(value) if value is not None else ():
            if isinstance(option, Text) and option.known:
                yield option.known


def _inherited(cls: Class) -> Class | None:
    """An abstract base hands on its Meta; any other base has a table of its own."""
    for base in cls.mro[1:]:
        meta = base.members.get("Meta")
        if isinstance(meta, Class):
            return meta if meta.members.get("abstract") == Constant(True) else None
    return None


def _texts(meta: Class | None, key: str) -> Iterator[str]:
    value = meta.find(key) if meta is not None else None
    for option in options(value) if value is not None else ():
        if isinstance(option, Text) and option.known:
            yield option.known


def _unquoted(name: str) -> str:
    return _QUOTES.sub("", name.rpartition('"."')[2])


def model_named(machine: Machine, label: str, name: str) -> Class | None:
    """The model that an app of the project declares under this name."""
    for path in machine.project.files():
        parent, _, file = path.rpartition("/")
        folder = parent.removesuffix("/models") if file == "__init__.py" else parent
        if file in ("models.py", "__init__.py") and folder.rpartition("/")[2] == label:
            scope = machine.module(ModuleValue(f"{label}.models", path))
            for value in scope.held().values() if scope is not None else ():
                if isinstance(value, Class) and value.name.lower() == name.lower():
                    return value
    return None


def _app_label(machine: Machine, cls: Class) -> str:
    """The label in the nearest apps.py above the class, else the name of the app's folder."""
    folder = PurePosixPath(cls.syntax.source.path).parent
    for above in (folder, *folder.parents):
        path = str(above / "apps.py")
        if machine.project.exists(path):
            label = _configured(machine, ModuleValue("apps", path))
            return label or above.name
    return folder.parent.name if folder.name == "models" else folder.name


def _configured(machine: Machine, apps: ModuleValue) -> str | None:
    scope = machine.module(apps)
    configs = [value for value in (scope.held() if scope else {}).values() if _is_config(value)]
    for config in configs:
        if isinstance(config, Class):
            for label in _texts(config, "label"):
                return label
            for name in _texts(config, "name"):
                return name.rpartition(".")[2]
    return None


def _is_config(value: Value) -> bool:
    return isinstance(value, Class) and any(
        base.endswith("AppConfig") for base in value.outer_bases
    )
