"""Which files can matter: bytes only, so that nothing is parsed for the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from outbox_guard.names import Names

WINDOW = 6  # bytes of a guarded name that must stand together; a name cut in two keeps one such
BUILD_FILES = (".toml", ".cfg", "setup.py")  # few and small, and what they leave out matters
ROUNDS = 8  # modules that a name can be handed on through

_ALWAYS = (rb"outbox-guard\s*:",)
_ROLE_API = (rb"current_?role", rb"set_?role", rb"execute_?transaction")
_ENGINES = (rb"create_(?:async_)?engine", rb"engine_from_config", rb"create_pool_from_url")
_POOLS = re.compile(rb"pool|engine", re.IGNORECASE)
_POOL_USES = re.compile(
    rb"\b(?:acquire|begin|connect|connection|cursor|execute\w*|fetch\w*|getconn|query\w*"
    rb"|raw_connection|copy_\w+)\b",
)
_ROLES = re.compile(rb"role|authorization", re.IGNORECASE)
_SWITCHES = re.compile(rb"set|discard", re.IGNORECASE)  # also RESET and set_config
_DISCARD = re.compile(rb"discard\s+all", re.IGNORECASE)
_CHUNK = re.compile(rb"^(?=[^\s#)\]}])", re.MULTILINE)
_BINDS = re.compile(rb"(\w+)\s*(?::[^=\n]+)?=[^=]|(?:async\s+)?(?:def|class)\s+(\w+)")
_ALIAS = re.compile(rb"(\w+)\s+as\s+(\w+)")
_GIVES = re.compile(rb"\b(?:return|yield)\b")


@dataclass(frozen=True)
class Sieve:
    """The bytes without which no rule can fire, for these names."""

    names: Names

    def passes(self, path: str, data: bytes) -> bool:
        """Whether anything in a file can matter by itself."""
        if path.endswith(BUILD_FILES) or self._words.search(data):
            return True
        if _ROLES.search(data) and _SWITCHES.search(data) or _DISCARD.search(data):
            return True
        return _POOLS.search(data) is not None and _POOL_USES.search(data) is not None

    @cached_property
    def _words(self) -> re.Pattern[bytes]:
        return _any((*_ALWAYS, *_ROLE_API, *_ENGINES, *self._guarded, *self._boundary))

    @cached_property
    def _guarded(self) -> tuple[bytes, ...]:
        outbox = self.names.outbox
        tables = (piece for name in self.names.guarded for piece in _windows(name))
        states = (piece for state in outbox.forbidden_states for piece in _windows(state))
        return tuple(dict.fromkeys((*tables, *states)))

    @cached_property
    def _boundary(self) -> tuple[bytes, ...]:
        boundary = self.names.boundary
        modules = (re.split(r"[./]", module)[-1] for module in boundary.test_only)
        calls = (call.rpartition(".")[2] for call in boundary.query_calls)
        words = dict.fromkeys((*boundary.drivers, *modules, *calls))
        return tuple(rb"\b" + re.escape(word.encode()) + rb"\b" for word in words)

    def hands_on(self, data: bytes, words: re.Pattern[bytes] | None = None) -> Iterator[bytes]:
        """The names that a Python file gives to texts with a guarded name in them.

        `words` are names that other files gave.
        """
        for chunk in _chunks(data):
            held = self._tables.search(chunk) or (words is not None and words.search(chunk))
            if held:
                yield from _bound(chunk, handed=words)

    @cached_property
    def _tables(self) -> re.Pattern[bytes]:
        return _any(self._guarded)


def _windows(name: str) -> Iterator[bytes]:
    """Pieces of a name such that either half of it, cut anywhere, contains one."""
    for literal in re.split(r"[*?]|\[[^]]*\]", name):
        text = literal.encode()
        starts = {*range(0, max(len(text) - WINDOW, 0) + 1, WINDOW), max(len(text) - WINDOW, 0)}
        for start in sorted(starts):
            if text:
                yield re.escape(text[start : start + WINDOW])


def _any(patterns: Iterable[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(patterns) or rb"(?!)", re.IGNORECASE)


def _chunks(data: bytes) -> list[bytes]:
    """A module's top-level statements, roughly: a line that starts at the margin starts one."""
    return _CHUNK.split(data)


def _bound(chunk: bytes, handed: re.Pattern[bytes] | None) -> Iterator[bytes]:
    match = _BINDS.match(chunk)
    if match is not None:
        name = match[1] or match[2]
        defines = chunk.lstrip().startswith((b"def", b"async"))
        if not defines or _GIVES.search(chunk):
            yield name
    if handed is not None and chunk.startswith((b"from", b"import")):
        yield from (alias for name, alias in _ALIAS.findall(chunk) if handed.fullmatch(name))


def carriers(sieve: Sieve, files: Mapping[str, bytes], passed: set[str]) -> set[str]:
    """The Python files that use a name through which a passed file hands on a guarded one."""
    known: set[bytes] = set()
    found: set[str] = set()
    fresh = {name for path in passed for name in sieve.hands_on(files[path])}
    for _ in range(ROUNDS):
        fresh -= known
        if not fresh:
            break
        known |= fresh
        pattern = re.compile(rb"\b(?:" + b"|".join(map(re.escape, sorted(fresh))) + rb")\b")
        more = {p for p in files if p not in passed | found and pattern.search(files[p])}
        found |= more
        users = {path for path in passed | found if pattern.search(files[path])}
        fresh = {name for path in users for name in sieve.hands_on(files[path], pattern)}
    return found
