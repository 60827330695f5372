"""What types of columns are called in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from outbox_guard.frontends.python.ddl import enums
from outbox_guard.frontends.python.ddl.wording import glue, is_true, kind_of
from outbox_guard.frontends.python.values.kinds import Ref, Value
from outbox_guard.frontends.python.values.pieces import Gap, Text

# Types of SQLAlchemy and fields of Django, by the names of their classes in small letters.
_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("uuid", "uuidfield"), "uuid"),
    **dict.fromkeys(("integer", "int", "integerfield", "positiveintegerfield"), "integer"),
    **dict.fromkeys(
        ("biginteger", "bigint", "bigintegerfield", "positivebigintegerfield"), "bigint"
    ),
    **dict.fromkeys(("smallinteger", "smallint", "smallintegerfield"), "smallint"),
    **dict.fromkeys(("text", "unicodetext", "textfield"), "text"),
    **dict.fromkeys(("string", "unicode", "varchar", "charfield", "slugfield"), "varchar"),
    **dict.fromkeys(("boolean", "bool", "booleanfield"), "boolean"),
    **dict.fromkeys(("date", "datefield"), "date"),
    **dict.fromkeys(("numeric", "decimalfield"), "numeric"),
    **dict.fromkeys(("float", "double", "floatfield"), "double precision"),
    **dict.fromkeys(("json", "jsonb", "jsonfield"), "jsonb"),
    **dict.fromkeys(("interval", "durationfield"), "interval"),
    "datetimefield": "timestamptz",
}
_TIMES = ("datetime", "timestamp")
_NO_TYPES = ("CheckConstraint", "ForeignKey", "Computed", "Identity", "Sequence")


def type_of(arguments: Iterable[Value], given: Value | None = None) -> Value:
    """The type that is among the arguments of a column; a gap for one that is not known."""
    candidates = [each for each in arguments if kind_of(each) not in _NO_TYPES]
    value = given if given is not None else next(iter(candidates), None)
    kind = kind_of(value).lower() if value is not None else ""
    if kind in _TIMES:
        keywords = dict(value.keywords) if isinstance(value, Ref) else {}
        return glue("timestamptz" if is_true(keywords.get("timezone")) else "timestamp")
    if kind == "enum" and isinstance(value, Ref):
        return enums.name_of(value) or Text((Gap("identifier"),))
    return glue(_TYPES[kind]) if kind in _TYPES else Text((Gap("identifier"),))
