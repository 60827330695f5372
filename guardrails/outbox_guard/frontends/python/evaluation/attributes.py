"""What `value.name` is worth."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain

import libcst

from outbox_guard.frontends.python.context import parameters
from outbox_guard.frontends.python.context.machine import Machine
from outbox_guard.frontends.python.context.scopes import Scope
from outbox_guard.frontends.python.driver import sinks
from outbox_guard.frontends.python.judging.sessions import along
from outbox_guard.frontends.python.modules.resolution import module_at
from outbox_guard.frontends.python.orm.models import is_relationship, mapped_attribute, model_of
from outbox_guard.frontends.python.parsing.spelling import spelling_of
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.combining import as_text, written
from outbox_guard.frontends.python.values.kinds import (
    UNKNOWN,
    Class,
    Constant,
    Cursor,
    Function,
    Items,
    Mapping,
    Member,
    ModuleValue,
    Object,
    Query,
    Ref,
    Rows,
    Unknown,
    Value,
    join,
)
from outbox_guard.frontends.python.values.pieces import Glue, Text

# What a class says of its fields: under their names, or only these.
BY_NAME = frozenset(("__annotations__", "__dataclass_fields__", "model_fields", "__fields__"))
NAMES = frozenset(("_fields", "__slots__", "__match_args__", "__struct_fields__"))
ENUMS = ("Enum", "StrEnum", "IntEnum", "Flag", "TextChoices", "Choices")


def attribute_of(machine: Machine, value: Value, name: str) -> Value:
    """The attribute of one value."""
    declared = mapped_attribute(machine, value, name)
    if declared is not None:
        return declared
    match value:
        case ModuleValue():
            return _of_module(machine, value, name)
        case Ref():
            line = along(value.line, name)
            return Ref(f"{value.name}.{name}", value.arguments, value.keywords, line, value.made_by)
        case Member():
            return _of_member(value, name)
        case Class():
            return _of_class(machine, value, name)
        case Object():
            return _of_object(machine, value, name)
        case Rows():
            return _of_rows(value, name)
        case Cursor(rows=rows) if name.startswith("fetch") and rows.locked:
            return rows  # what calling it returns
        case Cursor():
            return attribute_of(machine, value.of, name)
        case Mapping():
            return value.get(name) or value.rest or UNKNOWN  # a SimpleNamespace
        case Query():
            return value  # `due.c.id` is of the rows that `due` is about
        case Text():
            return Ref(f"str.{name}", (value,))
    # Of something without a name: a method called `replace` is no function called so.
    line = value.line if isinstance(value, Unknown) else ""
    return Unknown(f"{written(value) or '_'}.{name}", line=along(line, name))


def _of_rows(rows: Rows, name: str) -> Value:
    """A column of the rows; of classes selected together, one is asked for by its name."""
    declared = rows.entity.of.find(name) if rows.entity is not None else None
    if isinstance(declared, Class | Member | Query) or is_relationship(declared):
        return declared or UNKNOWN
    named = tuple(e for e in rows.entities if e is not None and e.of.name == name)
    return Rows(rows.locked, f"{rows.name}.{name}", named)


def _of_module(machine: Machine, module: ModuleValue, name: str) -> Value:
    scope = machine.module(module, wanted=name)
    found = scope.get(name) if scope is not None else None
    if found is not None:
        return found
    if module.folder:
        inner = module_at(f"{module.folder}/{name}", f"{module.name}.{name}", machine.project)
        if inner is not None:
            return inner
    return Unknown(f"{module.name}.{name}", module)


def _of_member(member: Member, name: str) -> Value:
    if name in ("value", "_value_"):
        return member.value
    if name in ("name", "_name_", "label"):
        # The name stands nowhere as a literal, so a member stands in for it.
        return Member(member.name, UNKNOWN)
    return UNKNOWN


def is_enum(cls: Class) -> bool:
    return any(base.rpartition(".")[2] in ENUMS for base in cls.outer_bases)


def member_of(cls: Class, value: Value) -> Value:
    """The member of an enum with this value; a value of its own stands for itself."""
    if isinstance(value, Text) and value.known is not None:
        for member in cls.members.values():
            match member:
                case Member(value=Text(known=known)) if known == value.known:
                    return member
    return value


def _of_class(machine: Machine, cls: Class, name: str) -> Value:
    found = cls.find(name)
    if found is None and name == "__name__":
        return Text((Glue(cls.name),))
    if found is None and (told := _about_class(cls, name)) is not None:
        return told
    if isinstance(found, Function) and _decorated(found, "classmethod"):
        return bound(found, cls)
    if found is None:
        return Unknown(f"{cls.name}.{name}")
    return _described(machine, found, Constant(None), cls)


def names_of_fields(value: Class | Object) -> tuple[Text, ...]:
    """The names of the fields that a class declares, as texts."""
    cls = value if isinstance(value, Class) else value.of
    return tuple(Text((Glue(name),)) for name in cls.all_fields)


def _about_class(cls: Class, name: str) -> Value | None:
    """What Python itself tells of a class: its fields, and what its generic base is given."""
    if name in BY_NAME:
        return Mapping(tuple((field, UNKNOWN) for field in cls.all_fields))
    if name == "__orig_bases__":
        given = next((base.given for base in cls.mro if base.given), ())
        return Items((Mapping((("__args__", Items(given)),)),)) if given else None
    return Items(names_of_fields(cls)) if name in NAMES else None


def _described(machine: Machine, found: Value, owner: Value, cls: Class) -> Value:
    """What a class attribute gives when it is asked for: a descriptor makes it."""
    getter = found.of.find("__get__") if isinstance(found, Object) else None
    if not isinstance(found, Object) or not isinstance(getter, Function):
        return field_value(machine, found)
    return machine.apply(bound(getter, found), Arguments((owner, cls)))


def field_value(machine: Machine, declared: Value) -> Value:
    """What a field holds at first: `field(default=x)` and its kin declare x."""
    if not isinstance(declared, Ref) or not sinks.FIELD.search(declared.name):
        return declared
    given = Arguments(declared.arguments, declared.keywords)
    factory = given.get(-1, "default_factory", "factory")
    if isinstance(factory, Function):
        return machine.apply(factory, Arguments())
    default = given.get(0 if declared.name.endswith(".Field()") else -1, "default")
    return UNKNOWN if default is None else default


def _of_object(machine: Machine, value: Object, name: str) -> Value:
    found = value.of.find(name)
    if isinstance(found, Ref) and found.name == "functools.partialmethod()":
        return _partial(value, found)
    held = value.attributes.get(name)
    if held is not None and (held is not found or not isinstance(held, Object)):
        return held  # what is its class's too may be a descriptor
    if name == "__dict__":
        return Mapping(tuple(value.attributes.items()))
    if name == "__class__":
        return value.of
    if found is None and (told := _about_class(value.of, name)) is not None:
        return told
    if found is None and (given := _given_by_making(machine, value, name)) is not None:
        return given
    if found is None and isinstance(fallback := value.of.find("__getattr__"), Function):
        return machine.apply(bound(fallback, value), Arguments((Text((Glue(name),)),)))
    if not isinstance(found, Function):
        unknown = Unknown(f"{_kind(value)}.{name}")
        return unknown if found is None else _described(machine, found, value, value.of)
    if _decorated(found, "staticmethod"):
        return found
    real = value.real or value
    method = bound(found, real.of if _decorated(found, "classmethod") else real)
    if _decorated(found, "property") or _decorated(found, "cached_property"):
        return machine.apply(method, Arguments())
    return method


def _given_by_making(machine: Machine, value: Object, name: str) -> Value | None:
    """What `__init__` gives to something of which only the class is known, where that is plain.

    A row of a table was made by the database.
    """
    initialiser = None if value.made else value.of.find("__init__")
    if not isinstance(initialiser, Function) or not isinstance(
        initialiser.node.body, libcst.BaseSuite
    ):
        return None
    node = _plainly_set(initialiser.node.body).get(name)
    if node is None or model_of(machine, value.of) is not None:
        return None
    outer = initialiser.scope
    scope = Scope(
        "function", initialiser.syntax, parent=outer if isinstance(outer, Scope) else None
    )
    with machine.judge.mute():
        parameters.bind(machine, bound(initialiser, value), Arguments(), scope)
        made = machine.evaluate(node, scope)
    return None if made == Constant(None) else made  # it stands for what is to come


@lru_cache(maxsize=500)
def _plainly_set(body: libcst.BaseSuite) -> dict[str, libcst.BaseExpression]:
    """`self.table = "…"` and `self.table = table`, by the attribute."""
    lines = (line.body for line in body.body if isinstance(line, libcst.SimpleStatementLine))
    plain: dict[str, libcst.BaseExpression] = {}
    for small in chain.from_iterable(lines):
        match small:
            case libcst.Assign(
                targets=[libcst.AssignTarget(target=libcst.Attribute() as target)],
                value=(libcst.BaseString() | libcst.Name()) as value,
            ) if spelling_of(target.value) == "self":
                plain[target.attr.value] = value
    return plain


def _partial(value: Object, declared: Ref) -> Value:
    """`clear = partialmethod(run, "table")`: a partial of the method, bound to the object."""
    match declared.arguments:
        case (Function() as method, *given):
            return Ref("functools.partial()", (bound(method, value), *given), declared.keywords)
    return UNKNOWN


def _kind(value: Object) -> str:
    """What an object's unknown attributes are known by; of `super()`, a base that is not ours."""
    outer = value.of.outer_bases if value.real is not None else ()
    return next(iter(outer), value.of.name)


def as_base(cls: Class, value: Value) -> Value:
    """`super()` in a method of this class, called on this value."""
    bases = Class(cls.syntax, cls.node, cls.name, {}, cls.bases, cls.keywords)
    match value:
        case Object(attributes=attributes, made=made):
            return Object(bases, attributes, made, value.real or value)
        case Class():
            return bases
    return UNKNOWN


def bound(function: Function, receiver: Value) -> Function:
    return Function(
        function.syntax,
        function.node,
        function.scope,
        function.name,
        receiver,
        function.decorators,
    )


def _decorated(function: Function, name: str) -> bool:
    return any(written(d).rpartition(".")[2] == name for d in function.decorators)


def set_attribute(machine: Machine, owner: Value, name: str, value: Value) -> None:
    """An attribute may be set in several methods; whoever reads it may see any of them."""
    machine.touched(owner)
    match owner:
        case Object(attributes=attributes) if name == "__dict__" and isinstance(value, Mapping):
            attributes.update(value.items)
        case Object(attributes=attributes):
            known = [attributes[name]] if name in attributes else []
            attributes[name] = join([*known, value])
        case Class(members=members):
            members[name] = join([members[name], value]) if name in members else value


def shown(machine: Machine, value: Value) -> Value:
    """`str(value)`."""
    match value:
        case Member(value=Text() as inner):
            return inner
        case Constant(value=int(number)) if not isinstance(number, bool):
            return Text((Glue(str(number)),))
        case Constant():
            return as_text(value)
        case Object() if isinstance(method := value.of.find("__str__"), Function):
            return machine.apply(bound(method, value), Arguments())
    return value
