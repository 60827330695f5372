"""The configuration: outbox-guard.toml, or [tool.outbox-guard] in pyproject.toml."""

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
from outbox_guard.config.records import options_of, plain
from outbox_guard.config.selection import Selection, choose
from outbox_guard.config.settings import settings

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
    "load",
    "load_text",
    "options_of",
    "plain",
    "projects_inside",
    "settings",
]
