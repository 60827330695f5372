"""Two rules for Fixit 2 that say what a part of outbox-guard says: drivers, and DML in texts."""

from __future__ import annotations

import re

import libcst as cst
from fixit import LintRule

DRIVERS = {"psycopg", "psycopg2", "psycopg_pool", "asyncpg", "aiopg", "pg8000"}
DML = re.compile(
    r"(insert\s+into|update|delete\s+from)\s+\w*(jobs|pgqueuer|events|outbox)", re.IGNORECASE
)


class RawDriverImport(LintRule):
    MESSAGE = "a driver outside of home"

    def visit_ImportAlias(self, node: cst.ImportAlias) -> None:  # noqa: N802 — libcst's name
        if node.evaluated_name.partition(".")[0] in DRIVERS:
            self.report(node)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:  # noqa: N802 — libcst's name
        if isinstance(node.module, cst.Name) and node.module.value in DRIVERS:
            self.report(node)


class DirectOutboxDml(LintRule):
    MESSAGE = "DML on an outbox table"

    def visit_SimpleString(self, node: cst.SimpleString) -> None:  # noqa: N802 — libcst's name
        if DML.search(node.value):
            self.report(node)
