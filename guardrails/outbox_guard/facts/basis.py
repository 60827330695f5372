"""What every fact has: a place, and the function around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

UNKNOWN_NAME = "?"  # a variable, a placeholder: whose name it is, nobody can read
Zone = Literal["home", "tests", "scripts", "schema", "application"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where words stand.

    Lines and columns count from 1, columns in code points; the end is exclusive.
    """

    path: str  # relative to the project's root, with "/"
    line: int
    column: int
    end_line: int
    end_column: int
    zone: Zone = "application"


@dataclass(frozen=True, slots=True)
class Edit:
    """Other words in the place of some, which must stand there as they are given here."""

    place: Place
    words: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Aside:
    """Another place that has a part in a fact, and which."""

    place: Place
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A plain statement about the source, at a place in it."""

    place: Place
    inside: str = ""  # the function around it, in whatever language; "" at the top of a file
