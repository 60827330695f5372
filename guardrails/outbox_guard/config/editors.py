"""The configuration's JSON Schema, for editors that complete and check TOML."""

from __future__ import annotations

from typing import Any

from outbox_guard.config.options import Config
from outbox_guard.config.records import Record


def json_schema() -> dict[str, Any]:
    """What outbox-guard.toml may hold; the same keys stand under [tool.outbox-guard]."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "outbox-guard.toml",
        "description": "Configuration of outbox-guard",
        **Record(Config).schema(),
    }


def render_schema() -> str:
    import json  # a check does without

    return json.dumps(json_schema(), indent=2) + "\n"
