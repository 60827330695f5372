"""A boolean expression of SQL as a formula: of a CHECK, of an index's WHERE, of a trigger's WHEN.

It is read from our own tokens, by PostgreSQL's precedence: sqlglot takes `a > b IS TRUE` for
`a > (b IS TRUE)`, where the server means `(a > b) IS TRUE`.
"""

from __future__ import annotations

from outbox_guard.frontends.sql.conditions.grammar import Operand, condition, operand_at, parts_at
from outbox_guard.frontends.sql.conditions.reading import NotFollowed, Part

__all__ = ["NotFollowed", "Operand", "Part", "condition", "operand_at", "parts_at"]
