"""Writes the pages of docs/ that are generated; the tests compare them."""

from __future__ import annotations

from pathlib import Path

from outbox_guard.config import render_schema
from outbox_guard.explain import rules_page
from outbox_guard.names import Names
from outbox_guard.rules import builtin_files, load_rules

DOCS = Path(__file__).parent


def main() -> None:
    rules = load_rules(builtin_files(), Names())
    (DOCS / "rules.md").write_text(rules_page(rules), "utf-8")
    (DOCS / "outbox-guard.schema.json").write_text(render_schema(), "utf-8")


if __name__ == "__main__":
    main()
