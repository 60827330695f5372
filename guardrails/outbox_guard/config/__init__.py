"""The configuration: outbox-guard.toml, or [tool.outbox-guard] in pyproject.toml."""

from outbox_guard.config.editors import json_schema, render_schema, write_schema
from outbox_guard.config.files import (
    ConfigError,
    Problem,
    enclosing_project,
    find_root,
    has_configuration,
    projects_inside,
)
from outbox_guard.config.loading import Loaded, load, load_text
from outbox_guard.config.options import Config, Level
from outbox_guard.config.rendering import render_config, toml_value
from outbox_guard.config.selection import Selection, choose
from outbox_guard.config.settings import settings
from outbox_guard.config.shapes import options_of, plain

__all__ = [
    "Config",
    "ConfigError",
    "Level",
    "Loaded",
    "Problem",
    "Selection",
    "choose",
    "enclosing_project",
    "find_root",
    "has_configuration",
    "json_schema",
    "load",
    "load_text",
    "options_of",
    "plain",
    "projects_inside",
    "render_config",
    "render_schema",
    "settings",
    "toml_value",
    "write_schema",
]
