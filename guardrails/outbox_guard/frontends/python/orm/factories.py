"""Rows that a call makes and stores at once: test factories, and entities that save themselves."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.orm import django
from outbox_guard.frontends.python.orm.models import Model, model_of, models_in
from outbox_guard.frontends.python.orm.states import given
from outbox_guard.frontends.python.orm.writing import Draft, enter
from outbox_guard.frontends.python.values.kinds import Class, Ref, Unknown, Value, options
from outbox_guard.frontends.python.values.pieces import Text

STORES = ("create", "create_batch", "create_sync", "create_async", "create_batch_sync")
MAKERS = ("model_bakery.baker.make", "mixer.backend.django.mixer.blend", "ddf.G", "ddf.new")


def model_made_by(machine: Machine, cls: Class) -> Model | None:
    """The model of which a class makes rows: `Meta.model` of a `DjangoModelFactory`."""
    if not any(base.endswith("Factory") for base in cls.outer_bases):
        return None
    meta = cls.find("Meta")
    named = meta.find("model") if isinstance(meta, Class) else None
    for value in (named, cls.find("__model__"), *cls.given):
        for model in models_in(machine, value) if value is not None else ():
            return model
    return None


def called(site: Site, cls: Class) -> None:
    """`AttemptFactory(state=…)`, and `Attempt(state=…)` of Pony."""
    model = model_made_by(site.machine, cls)
    if model is None and any(base.endswith(".Entity") for base in cls.outer_bases):
        model = model_of(site.machine, cls)
    if model is not None:
        _enter(site, model)


def on_class(site: Site, cls: Class) -> None:
    """`AttemptFactory.create(state=…)`"""
    if site.method in STORES and (model := model_made_by(site.machine, cls)) is not None:
        _enter(site, model)


def made(site: Site, callee: Ref | Unknown) -> None:
    """`baker.make(Attempt, state=…)`"""
    if callee.name in MAKERS:
        for model in _models(site.machine, site.arguments.get(0)):
            _enter(site, model)


def _models(machine: Machine, first: Value | None) -> Iterator[Model]:
    for option in options(first) if first is not None else ():
        label, _, name = (
            (option.known or "").partition(".") if isinstance(option, Text) else ("",) * 3
        )
        found = django.model_named(machine, label, name) if name else option
        yield from models_in(machine, found) if found is not None else ()


def _enter(site: Site, model: Model) -> None:
    names = model.names(site.machine.judge.names.outbox.state_column)
    states = list(given(names, [site.arguments.mapping()]))
    enter(site.machine, site.scope, site.node.func, Draft("insert", model.table, states))
