"""What is known of the functions that conditions call."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from outbox_guard.frontends.sql.conditions.comparing import ARRAY, plain
from outbox_guard.frontends.sql.conditions.reading import NotFollowed
from outbox_guard.truth.formulas import NULL, Formula, number

# NULL for a NULL argument, and never NULL for others.
_STRICT = frozenset(
    "abs age ascii bit_length btrim ceil ceiling char_length character_length chr date_bin"
    " date_part date_trunc decode digest div encode exp extract floor gcd get_bit get_byte"
    " host initcap isfinite json_array_length json_typeof jsonb_array_length jsonb_typeof"
    " justify_days justify_hours justify_interval lcm left length ln log log10 lower lpad ltrim"
    " make_date make_interval make_timestamp make_timestamptz masklen md5 min_scale mod"
    " octet_length overlay position power quote_ident quote_literal repeat replace reverse right"
    " round rpad rtrim scale sha224 sha256 sha384 sha512 sign split_part sqrt starts_with strpos"
    " substr substring timezone to_char to_date to_hex to_number to_timestamp translate trim"
    " trim_scale trunc upper width_bucket cardinality isempty"
    " regexp_replace regexp_like regexp_count starts_with uuid_send uuid_extract_version".split()
)
# Perhaps NULL for others too.
_PARTIAL = frozenset(
    "array_length array_ndims array_position array_upper array_lower jsonb_extract_path"
    " jsonb_extract_path_text json_extract_path json_extract_path_text jsonb_path_exists"
    " jsonb_path_match jsonb_path_query_first regexp_match regexp_substr string_to_array"
    " array_to_string concat_ws pg_input_is_valid".split()
)
# Never NULL, whatever they are given.
_TOTAL = frozenset(
    "concat now clock_timestamp statement_timestamp transaction_timestamp timeofday random"
    " gen_random_uuid uuidv4 uuidv7 jsonb_build_object jsonb_build_array json_build_object"
    " json_build_array current_database version pg_backend_pid txid_current".split()
)
WITHOUT_PARENTHESES = frozenset(
    "current_catalog current_date current_role current_schema current_time current_timestamp"
    " current_user localtime localtimestamp session_user user".split()
)
NUMBERS = frozenset(
    "abs ceil ceiling char_length character_length length octet_length bit_length floor round sign"
    " trunc cardinality array_length strpos position mod div".split()
)
WITH_WORDS = frozenset("extract trim substring position overlay".split())


def call(name: str, arguments: tuple[Formula, ...]) -> Formula:
    """A call by its name, whatever schema it was found in."""
    if name in _REWRITTEN:
        return _REWRITTEN[name](arguments)
    return Formula(_kind(name), tuple(map(plain, arguments)), name)


def odd(name: str, field: str, arguments: tuple[Formula, ...]) -> Formula:
    """A call with words between its arguments; `field` is what EXTRACT takes."""
    parts = tuple(map(plain, arguments))
    if name == "trim" and len(parts) == 1:
        return call("btrim", parts)
    return Formula("strict", parts, f"{name} {field}".rstrip())


def _kind(name: str) -> str:
    if name in _STRICT:
        return "strict"
    if name in _PARTIAL:
        return "partial"
    return "total" if name in _TOTAL or name in WITHOUT_PARENTHESES else "unknown"


def _nulls(arguments: tuple[Formula, ...]) -> Formula:
    return Formula("nulls", tuple(map(plain, arguments)))


def _nonnulls(arguments: tuple[Formula, ...]) -> Formula:
    return Formula("-", (number(len(arguments)), _nulls(arguments)))


def _same(op: str) -> Callable[[tuple[Formula, ...]], Formula]:
    def of(arguments: tuple[Formula, ...]) -> Formula:
        if not arguments:
            raise NotFollowed(f"{op.upper()} of nothing")
        return Formula(op, tuple(map(plain, arguments)))

    return of


def _without_nulls(arguments: tuple[Formula, ...]) -> tuple[Formula, ...] | None:
    """x, y and z of array_remove(ARRAY[x, y, z], NULL)."""
    match arguments:
        case (Formula(op="array", parts=parts), Formula(op="null")):
            return parts
        case _:
            return None


def _removed(arguments: tuple[Formula, ...]) -> Formula:
    parts = _without_nulls(arguments)
    if parts is None:
        return Formula("unknown", (), "array_remove")
    return Formula(COUNTED, parts)


COUNTED = "array without nulls"  # a formula only while an expression is read


def _cardinality(name: str) -> Callable[[tuple[Formula, ...]], Formula]:
    def of(arguments: tuple[Formula, ...]) -> Formula:
        first = arguments[0] if arguments else NULL
        if first.op == ARRAY:
            return number(len(first.parts))
        if first.op != COUNTED:
            return Formula(_kind(name), tuple(map(plain, arguments)), name)
        count = _nonnulls(first.parts)
        # An array of nothing has no dimension, and so no length.
        return count if name == "cardinality" else Formula("nullif", (count, number(0)))

    return of


def _first_null(arguments: tuple[Formula, ...]) -> Formula:
    """array_position(ARRAY[x, y], NULL)"""
    parts = _without_nulls(arguments)
    if parts is None:
        return Formula("unknown", (), "array_position")
    cases: list[Formula] = []
    for position, part in enumerate(parts, 1):
        cases += [Formula("is_null", (part,)), number(position)]
    return Formula("case", (*cases, NULL))


_REWRITTEN: Mapping[str, Callable[[tuple[Formula, ...]], Formula]] = {
    "num_nulls": _nulls,
    "num_nonnulls": _nonnulls,
    "coalesce": _same("coalesce"),
    "nullif": _same("nullif"),
    "greatest": _same("greatest"),
    "least": _same("least"),
    "array_remove": _removed,
    "array_position": _first_null,
    "cardinality": _cardinality("cardinality"),
    "array_length": _cardinality("array_length"),
}
