"""The texts of files as UTF-8, of which no more are held than there is room for."""

from __future__ import annotations

from collections.abc import Callable

from outbox_guard.facts import Unreadable

ROOM = 1 << 26  # bytes; a project that is larger is read again where that is needed

Look = Callable[[str], bytes | Unreadable]


class Contents:
    """What stands in each file, by its path."""

    def __init__(self, look: Look, room: int = ROOM) -> None:
        self._look = look
        self._room = room
        self._held: dict[str, bytes] = {}

    def look(self, path: str) -> bytes | Unreadable:
        """The text of a file, or why there is none."""
        if path in self._held:
            return self._held[path]
        found = self._look(path)
        if isinstance(found, bytes) and len(found) <= self._room:
            self._held[path] = found
            self._room -= len(found)
        return found

    def __getitem__(self, path: str) -> bytes:
        """The text of a file; of one that became unreadable in the meantime, none."""
        found = self.look(path)
        return found if isinstance(found, bytes) else b""
