"""A static-analysis guardrail for teams that run a transactional outbox on PostgreSQL.

from outbox_guard import check

report = check("path/to/project")
for finding in report:
    print(finding.place.path, finding.place.line, finding.code, finding.message)
"""

from __future__ import annotations

from outbox_guard.version import __version__

TYPE_CHECKING = False  # as typing's, which takes longer to import than a hook may

if TYPE_CHECKING:
    from outbox_guard.config import Config
    from outbox_guard.errors import UsageError
    from outbox_guard.facts import Place
    from outbox_guard.findings import Finding, Report
    from outbox_guard.project import check
    from outbox_guard.rules import RuleError

__all__ = [
    "Config",
    "Finding",
    "Place",
    "Report",
    "RuleError",
    "UsageError",
    "__version__",
    "check",
]

_HOMES = {
    "Config": "outbox_guard.config",
    "Finding": "outbox_guard.findings",
    "Place": "outbox_guard.facts",
    "Report": "outbox_guard.findings",
    "RuleError": "outbox_guard.rules",
    "UsageError": "outbox_guard.errors",
    "check": "outbox_guard.project",
}


def __getattr__(name: str) -> object:
    """Import what is asked for only then: the command line starts through here too."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
