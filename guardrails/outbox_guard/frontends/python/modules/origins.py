"""What an import brings in, and which modules it comes from in the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from outbox_guard.facts import Import, Place
from outbox_guard.frontends.python.values.kinds import (
    Class,
    Function,
    ModuleValue,
    Ref,
    Unknown,
    Value,
    options,
)
from outbox_guard.globs import any_name
from outbox_guard.names import Names


def import_fact(
    names: Names,
    place: Place,
    module: str,
    imported: Iterable[tuple[str, Value]],
    *,
    dynamic: bool = False,
    local: bool = False,
) -> Import:
    """An import, and every module that the imported names come from."""
    modules = [module]
    handed_on: list[str] = []
    for name, value in imported:
        modules.append(f"{module}.{name}" if module else name)
        if local:
            modules.extend(_own(value))
            handed_on.extend(_handed_on(names, module, value))
    # What the project itself is made of is no driver, whatever it is called.
    driver = _driver(names, handed_on)
    return Import(
        place=place,
        module=driver or module,
        modules=tuple(dict.fromkeys((*modules, *handed_on))),
        dynamic=dynamic,
        local=local and not driver,
    )


def _driver(names: Names, modules: Sequence[str]) -> str:
    """The driver that a module of the project hands on, or ""."""
    if not modules:
        return ""
    globs = [g for driver in names.boundary.drivers for g in (driver, f"{driver}.*")]
    return next((module for module in modules if any_name(globs, module)), "")


def _own(value: Value) -> Iterator[str]:
    """The modules of the project in which a name was made."""
    for option in options(value):
        match option:
            case Function(syntax=syntax) | Class(syntax=syntax):
                yield dotted(syntax.source.path)
            case ModuleValue(name=name) | Unknown(module=ModuleValue(name=name)):
                yield name


def _handed_on(names: Names, module: str, value: Value) -> Iterator[str]:
    """What comes from outside of the project, and is re-exported by a module of it."""
    for option in options(value):
        match option:
            case Ref(name=name) if "(" not in name:
                # Home may hand on a driver's classes and errors; the driver itself it may not.
                if "." not in name or not is_home(names, module):
                    yield name


def dotted(path: str) -> str:
    """A file's module name from the project's root."""
    return path.rpartition(".")[0].removesuffix("/__init__").replace("/", ".")


def is_home(names: Names, module: str) -> bool:
    path = module.replace(".", "/")
    return "home" in (names.zones.of(f"{path}/_"), names.zones.of(f"{path}.py"))


def concerns(names: Names, fact: Import) -> bool:
    """Whether an import may be of a driver or of a test-only module."""
    words = [module.rpartition("/")[2].rpartition(".")[2] for module in names.boundary.test_only]
    asked = (*names.boundary.drivers, *words)
    parts = {part for module in fact.modules for part in (module, *module.split("."))}
    return any(any_name(asked, part) for part in parts)
