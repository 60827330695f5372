"""PostgreSQL's text functions that count characters, on texts and numbers given as texts.

A ValueError says that a function does something else with arguments like these.
"""

from __future__ import annotations

import re

_LONGEST = 10_000


def left(whole: str, length: str) -> str:
    return whole[: int(length)]


def right(whole: str, length: str) -> str:
    return whole[-int(length) :] if int(length) else ""


def substring(whole: str, start: str, length: str = "") -> str:
    """From a position that counts from 1, and may lie before the text."""
    first = int(start)
    end = first + int(length) if length else len(whole) + 1
    return whole[max(first, 1) - 1 : max(end, 1) - 1]


def split_part(whole: str, separator: str, number: str) -> str:
    """The part with this number, from 1; from behind if it is negative."""
    parts = whole.split(separator) if separator else [whole]
    index = int(number) - 1 if int(number) > 0 else int(number)
    return parts[index] if -len(parts) <= index < len(parts) else ""


def overlay(whole: str, new: str, start: str, length: str = "") -> str:
    first = int(start) - 1
    return whole[:first] + new + whole[first + (int(length) if length else len(new)) :]


def lpad(whole: str, length: str, fill: str = " ") -> str:
    return _filling(whole, length, fill) + left(whole, length)


def rpad(whole: str, length: str, fill: str = " ") -> str:
    return left(whole, length) + _filling(whole, length, fill)


def _filling(whole: str, length: str, fill: str) -> str:
    missing = max(0, min(int(length), _LONGEST) - len(whole))
    return (fill * missing)[:missing]


def repeat(whole: str, times: str) -> str:
    return whole * min(int(times), _LONGEST // max(1, len(whole)))


def regexp_replace(whole: str, pattern: str, new: str, flags: str = "") -> str:
    """The first match, or all with the flag g; where both languages of patterns agree."""
    try:
        expression = re.compile(pattern, re.IGNORECASE if "i" in flags else 0)
        return expression.sub(new.replace("\\&", "\\g<0>"), whole, 0 if "g" in flags else 1)
    except (re.error, IndexError) as error:
        raise ValueError(str(error)) from None


def translate(whole: str, characters: str, replacements: str) -> str:
    """Each character by its replacement; those that have none go."""
    table: dict[int, str | None] = {}
    for index, character in enumerate(characters):
        table.setdefault(ord(character), replacements[index : index + 1] or None)
    return whole.translate(table)


def character(code: str) -> str:
    return chr(int(code))


def elements(array: str) -> list[str]:
    """The elements of an array's literal, {a,"b"}; a text that is none is its own element."""
    if not (array.startswith("{") and array.endswith("}")):
        return [array]
    return [element.strip(' "()') for element in array[1:-1].split(",")]
