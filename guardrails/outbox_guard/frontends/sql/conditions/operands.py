"""What operators stand between: literals, columns, calls, CASE, rows, arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from outbox_guard.frontends.sql.conditions import functions
from outbox_guard.frontends.sql.conditions.comparing import ARRAY, ROW, compared, plain
from outbox_guard.frontends.sql.conditions.reading import NotFollowed, Reading
from outbox_guard.frontends.sql.lexing.tokens import Token
from outbox_guard.truth.formulas import ARITHMETIC, FALSE, NULL, TRUE, Formula, column
from outbox_guard.truth.values import number_of

_SUBQUERIES = ("select", "with", "values", "table")
_INTEGERS = ("int", "int2", "int4", "int8", "integer", "smallint", "bigint")
_NUMBERS = ("numeric", "decimal", "real", "float", "float4", "float8", "double precision")
_TEXTS = ("text", "varchar", "character", "char", "bpchar", "name", "citext")
FAMILIES: Mapping[str, str] = {
    **dict.fromkeys(_INTEGERS, "integer"),
    **dict.fromkeys(_NUMBERS, "number"),
    **dict.fromkeys(_TEXTS, "text"),
    "bool": "boolean",
    "boolean": "boolean",
}
_LONGEST = 1000  # characters of a hexadecimal number
_FIELD_WORDS = ("timestamp", "time")


def operand(reading: Reading) -> Formula:
    """What stands between two operators."""
    cursor = reading.cursor
    token = cursor.current
    match token.kind:
        case "string":
            cursor.advance()
            return Formula("text", value=token.value)
        case "number":
            cursor.advance()
            return Formula("number", value=_number(token))
        case "name":
            return _named(reading)
        case "word":
            return _WORDS.get(token.value, _named)(reading)
        case "mark" if token.value == "(":
            return _parenthesis(reading)
        case _:
            found = token.value or "its end"
            raise NotFollowed(f"an operand is expected where {found!r} stands")


def _number(token: Token) -> str:
    text = token.value.replace("_", "")
    of_another_base = text[:2].lower() in ("0x", "0o", "0b") and len(text) <= _LONGEST
    number = Fraction(int(text, 0)) if of_another_base else number_of(text)
    if number is None:
        raise NotFollowed("a number of so many digits is not followed")
    return str(number)


def _parenthesis(reading: Reading) -> Formula:
    reading.cursor.advance()
    _refuse_queries(reading)
    parts = reading.expressions(")")
    return parts[0] if len(parts) == 1 else Formula(ROW, tuple(parts))


def _refuse_queries(reading: Reading) -> None:
    if reading.cursor.at(*_SUBQUERIES):
        raise NotFollowed("a sub-query is not followed")


def _constant(formula: Formula) -> Callable[[Reading], Formula]:
    def read(reading: Reading) -> Formula:
        reading.cursor.advance()
        return formula

    return read


def _case(reading: Reading) -> Formula:
    cursor = reading.cursor
    cursor.advance()
    subject = None if cursor.at("when") else reading.expression()
    parts: list[Formula] = []
    while cursor.accept("when"):
        test = reading.expression()
        parts.append(plain(test) if subject is None else compared("=", subject, test))
        reading.expect("then")
        parts.append(plain(reading.expression()))
    parts.append(plain(reading.expression()) if cursor.accept("else") else NULL)
    reading.expect("end")
    return Formula("case", tuple(parts))


def _cast_call(reading: Reading) -> Formula:
    """CAST(x AS type)"""
    reading.cursor.advance()
    reading.expect("(")
    value = reading.expression()
    reading.expect("as")
    result = cast(value, reading.type_name())
    reading.expect(")")
    return result


def cast(value: Formula, target: str) -> Formula:
    """A value as of another type, where that changes it as far as is asked for here."""
    element = target.removesuffix("[]")
    if value.op == ARRAY:
        return Formula(ARRAY, tuple(cast(part, element) for part in value.parts))
    plain(value)
    family = FAMILIES.get(target)
    if family is not None:
        return Formula("cast", (value,), family)
    if value.op in ("text", "null"):
        return value
    return Formula("strict", (value,), f"::{target}")


def _row(reading: Reading) -> Formula:
    reading.cursor.advance()
    if not reading.cursor.accept("("):
        raise NotFollowed("ROW without its fields")
    return Formula(ROW, tuple(reading.expressions(")")))


def _array(reading: Reading) -> Formula:
    reading.cursor.advance()
    if not reading.cursor.accept("["):
        raise NotFollowed("ARRAY of a query is not followed")
    return Formula(ARRAY, tuple(map(plain, reading.expressions("]"))))


def array(reading: Reading) -> tuple[Formula, ...]:
    """The members of ANY (array)."""
    reading.expect("(")
    _refuse_queries(reading)
    value = reading.expression()
    reading.expect(")")
    return members(value)


def members(value: Formula) -> tuple[Formula, ...]:
    if value.op == "text" and value.value.startswith("{") and value.value.endswith("}"):
        return _members_of_text(value.value[1:-1])
    if value.op != ARRAY:
        raise NotFollowed("an array is not known")
    return value.parts


def _members_of_text(text: str) -> tuple[Formula, ...]:
    if any(character in text for character in '{"\\'):
        raise NotFollowed("an array in a text is not followed")
    words = [word.strip() for word in text.split(",")] if text.strip() else []
    return tuple(NULL if w.lower() == "null" else Formula("text", value=w) for w in words)


def listed(reading: Reading) -> tuple[Formula, ...]:
    """The members of IN (…)."""
    reading.expect("(")
    _refuse_queries(reading)
    return tuple(reading.expressions(")"))


def _exists(reading: Reading) -> Formula:
    reading.cursor.index += 2  # EXISTS (
    _refuse_queries(reading)
    raise NotFollowed("EXISTS without its query")


def _interval(reading: Reading) -> Formula:
    """INTERVAL '1' DAY"""
    cursor = reading.cursor
    if cursor.token(cursor.index + 1).kind != "string":
        return _named(reading)
    cursor.advance()
    text = cursor.advance().value
    while cursor.at("year", "month", "day", "hour", "minute", "second", "to"):
        cursor.advance()
    return Formula("total", (), f"interval {text}")


def _timestamp(reading: Reading) -> Formula:
    """TIMESTAMP WITH TIME ZONE '…'"""
    cursor = reading.cursor
    start = cursor.index
    reading.type_name()
    if cursor.current.kind == "string":
        return Formula("text", value=cursor.advance().value)
    cursor.index = start
    return _named(reading)


def _named(reading: Reading) -> Formula:
    """A column, a call, or a literal behind the name of its type."""
    cursor = reading.cursor
    word = cursor.current.value if cursor.current.kind == "word" else ""
    qualified = cursor.at(".", ahead=1)
    name = reading.name()
    if cursor.current.kind == "string" and not qualified:
        return cast(Formula("text", value=cursor.advance().value), name)
    if cursor.at("("):
        return _call(reading, name)
    if word in functions.WITHOUT_PARENTHESES and not qualified:
        return Formula("total", (), word)
    return column(name)


def _call(reading: Reading, name: str) -> Formula:
    cursor = reading.cursor
    cursor.advance()
    _refuse_queries(reading)
    if name in functions.WITH_WORDS:
        field = cursor.current.value if cursor.at("from", ahead=1) else ""
        return functions.odd(name, field, _between_words(reading))
    variadic = cursor.accept("variadic") is not None
    arguments = tuple(reading.expressions(")"))
    if cursor.at("filter", "over", "within"):
        raise NotFollowed("an aggregate or a window is not followed")
    if variadic:
        arguments = (*arguments[:-1], *members(arguments[-1]))
    return functions.call(name, arguments)


def _between_words(reading: Reading) -> tuple[Formula, ...]:
    """EXTRACT(epoch FROM x), TRIM(BOTH FROM x), SUBSTRING(x FROM 1 FOR 2): the arguments."""
    cursor = reading.cursor
    parts: list[Formula] = []
    if cursor.at("from", ahead=1):  # the field of EXTRACT is no column
        cursor.advance()
    while not cursor.accept(")"):
        if not cursor.accept(*_BETWEEN_ARGUMENTS):
            parts.append(reading.expression(_ABOVE_IN))
    return tuple(parts)


_BETWEEN_ARGUMENTS = ("both", "leading", "trailing", "from", "placing", "for", "in", ",")
_ABOVE_IN = 6  # the tightness of IN, which separates the arguments of POSITION


def minus(value: Formula) -> Formula:
    if value.op == "number":
        return Formula("number", value=str(-Fraction(value.value)))
    if is_number(value):
        return Formula("-", (Formula("number", value="0"), value))
    return Formula("strict", (value,), "-")


def is_number(formula: Formula) -> bool:
    """Whether arithmetic on this is arithmetic of numbers, as far as can be seen."""
    match formula.op:
        case "number" | "nulls" | "column":
            return True
        case "cast":
            return formula.value in ("integer", "number")
        case "coalesce" | "greatest" | "least" | "nullif":
            return all(map(is_number, formula.parts))
        case "case":
            results = (*formula.parts[1:-1:2], formula.parts[-1])
            return all(is_number(result) or result == NULL for result in results)
        case op:
            return op in ARITHMETIC or formula.value in functions.NUMBERS


_WORDS: Mapping[str, Callable[[Reading], Formula]] = {
    "null": _constant(NULL),
    "true": _constant(TRUE),
    "false": _constant(FALSE),
    "case": _case,
    "cast": _cast_call,
    "row": _row,
    "array": _array,
    "exists": _exists,
    "interval": _interval,
    **dict.fromkeys(_FIELD_WORDS, _timestamp),
}
