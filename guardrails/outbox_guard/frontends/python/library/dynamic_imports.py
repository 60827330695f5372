"""Modules that code imports by name at run time: `import_module`, `import_string`."""

from __future__ import annotations

from outbox_guard.facts import Place
from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.evaluation.attributes import attribute_of
from outbox_guard.frontends.python.modules.origins import import_fact
from outbox_guard.frontends.python.modules.resolution import absolute, find_module
from outbox_guard.frontends.python.values.combining import texts
from outbox_guard.frontends.python.values.kinds import UNKNOWN, Ref, Value, join, options
from outbox_guard.frontends.python.values.pieces import Text

IMPORTERS = (
    "importlib.import_module __import__ importlib.__import__ lazy_loader.load runpy.run_module"
).split()
# These take `package.module.name`, or `package.module:name`.
NAME_IMPORTERS = (
    "pkgutil.resolve_name django.utils.module_loading.import_string werkzeug.utils.import_string"
    " pydoc.locate"
).split()


def imported(site: Site, _: Value) -> Value:
    """`importlib.import_module("psycopg")`, `__import__("libs.db", fromlist=["client"])`."""
    taken = [text.known for text in texts(site.arguments.get(3, "fromlist") or UNKNOWN)]
    found: list[Value] = []
    for option in options(site.arguments.get(0, "name") or UNKNOWN):
        if not isinstance(option, Text) or not option.known:
            continue
        dotted = _import_name(site, option.known)
        found.append(_module(site, dotted, option.ending, *filter(None, taken)))
    return join(found) if found else UNKNOWN


def imported_name(site: Site, _: Value) -> Value:
    """`import_string("package.module.name")`"""
    found: list[Value] = []
    for option in options(site.arguments.get(0) or UNKNOWN):
        if isinstance(option, Text) and option.known:
            dotted, _dot, name = option.known.replace(":", ".").rpartition(".")
            found.append(
                attribute_of(site.machine, _module(site, dotted, option.ending, name), name)
            )
    return join(found) if found else UNKNOWN


def _module(site: Site, dotted: str, ending: Place | None, *taken: str) -> Value:
    """A module that is imported by its name, and which of its names are taken from it."""
    module = find_module(dotted, site.scope.syntax.source.path, site.machine.project)
    fact = import_fact(
        site.machine.judge.names,
        ending or site.scope.syntax.place(site.node),
        dotted,
        ((name, UNKNOWN) for name in taken),
        dynamic=True,
        local=module is not None,
    )
    site.machine.judge.record(fact)
    return module or Ref(dotted)


def _import_name(site: Site, name: str) -> str:
    """The module's full name: relative to `package`, or to this file where that is not known."""
    bare = name.lstrip(".")
    level = len(name) - len(bare)
    if not level:
        return name
    package = site.arguments.get(1, "package")
    if isinstance(package, Text) and package.known:
        return ".".join([*package.known.split(".")[: 1 - level or None], bare])
    return absolute(bare, level, site.scope.syntax.source.path)
