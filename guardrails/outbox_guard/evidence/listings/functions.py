"""03 to 07: the functions of the lease model, word for word.

Not as .sql: a bundle that lies in its project is no part of what is checked there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from outbox_guard.evidence.material import Material, digest, where
from outbox_guard.evidence.sections import Section, missing_lines
from outbox_guard.facts import Function


def functions(material: Material) -> Iterator[Section]:
    """A file for each part that a function plays, whatever the function is called."""
    for number, part in enumerate(fields(material.names.functions), 3):
        name = getattr(material.names.functions, part.name)
        found = standing(material, name)
        missing = () if found else (f"function {name}: no file of the schema creates it",)
        text = missing_lines(missing, "-- ") + "\n".join(_defined(f, material) for f in found)
        yield Section(f"{number:02}_function_{part.name}.txt", name, text, missing, is_code=True)


def standing(material: Material, name: str) -> list[Function]:
    found = (function for function in material.schema.functions() if function.name == name)
    return sorted(found, key=lambda function: function.identity)


def _defined(function: Function, material: Material) -> str:
    """The statement that stands, with what later ones made of it above."""
    assert function.statement is not None, "what a file of the schema creates has a statement"
    text = material.statement(function.statement)
    rights = "of its owner (SECURITY DEFINER)" if function.security_definer else "of its caller"
    lines = (
        f"-- {function.identity}",
        f"-- at {where(function.statement)}, sha256 {digest(text)}",
        f"-- runs with the rights {rights}, search_path {function.search_path or 'of its caller'}",
        text,
    )
    return "".join(f"{line}\n" for line in lines)
