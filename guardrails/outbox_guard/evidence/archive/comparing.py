"""What changed between two bundles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import unified_diff

from outbox_guard.evidence.archive import manifest

_PICTURES = ("index.html", manifest.FILE)  # they say the same as the other files


def differences(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[str]:
    """Lines as `diff -u` writes them; none where nothing changed."""
    for name in sorted(before.keys() | after.keys()):
        if name in _PICTURES or before.get(name) == after.get(name):
            continue
        yield from unified_diff(
            _lines(before.get(name, b"")), _lines(after.get(name, b"")), name, name, lineterm=""
        )


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").splitlines()
