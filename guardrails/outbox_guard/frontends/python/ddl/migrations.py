"""Alembic's migrations: which of them a file is, and which it comes after."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outbox_guard.facts import Migration
from outbox_guard.sources import Source

_TEXT = r"""['"](?P<{0}>[^'"\n]+)['"]"""
_ASSIGNED = r"^{0}\s*(?::[^=\n]+)?=\s*"
_REVISION = re.compile(_ASSIGNED.format("revision") + _TEXT.format("name"), re.MULTILINE)
_AFTER = re.compile(
    _ASSIGNED.format("(?:down_revision|depends_on)") + r"(?P<names>\([^)]*\)|\[[^\]]*\]|[^\n#]*)",
    re.MULTILINE,
)
_ALEMBIC = re.compile(r"^\s*(?:from|import)\s+alembic\b", re.MULTILINE)
_NAMES = re.compile(_TEXT.format("name"))


def migrations(source: Source) -> Iterator[Migration]:
    """What a file says of itself with `revision` and `down_revision`."""
    named = _REVISION.search(source.text) if "revision" in source.text else None
    if named is None:
        return
    after = [_NAMES.findall(found["names"]) for found in _AFTER.finditer(source.text)]
    if after or _ALEMBIC.search(source.text):
        yield Migration(
            place=source.place(*named.span("name")),
            revision=named["name"],
            after=tuple(name for names in after for name in names),
        )
