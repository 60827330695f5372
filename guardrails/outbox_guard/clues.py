"""What must stand in a file for a rule about roles, pools, drivers or helpers to fire.

A clue is looked for in two steps: words that cost next to nothing to look for, and where all of
them are there, patterns. Both are in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from outbox_guard.names import Gate, Names

_COMMENT_OR_TEXT = re.compile(
    rb'#[^\n]*|("""(?:[^\\]|\\.)*?"""|'
    rb"'''(?:[^\\]|\\.)*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')",
    re.DOTALL,
)
_SETS = re.compile(rb"\b(?:re)?set\b|set_config")
_ROLE = re.compile(rb"\brole\b")
_BETWEEN = rb"(?:[\W_]|/\*.*?\*/|--[^\n]*)*"  # words of a statement; what is quoted may end there
_AUTHORIZATION = re.compile(rb"(?:session|\bset)" + _BETWEEN + rb"authorization", re.DOTALL)
_DISCARD = re.compile(rb"\bdiscard" + _BETWEEN + rb"all\b", re.DOTALL)
_USES = (
    rb"acquire|begin|connect|connection|copy_\w+|cursor|execute\w*|fetch\w*|getconn|query\w*"
    rb"|raw_connection"
)


@dataclass(frozen=True, slots=True)
class Clue:
    """All of the words, and all of the patterns; in Python perhaps `in_texts` only."""

    words: tuple[bytes, ...]
    patterns: tuple[re.Pattern[bytes], ...] = ()
    in_texts: bool = False

    def in_file(self, lowered: bytes, *, python: bool) -> bool:
        if not all(word in lowered for word in self.words):
            return False
        where = _joined_texts(lowered) if python and self.in_texts else (lowered,)
        return all(any(map(pattern.search, where)) for pattern in self.patterns)


def _joined_texts(lowered: bytes) -> tuple[bytes, bytes]:
    """The text literals of a file, one after the other.

    A text may be cut in two, and then no word ends at its end; or it may stand by itself.
    """
    literals = (match[1] for match in _COMMENT_OR_TEXT.finditer(lowered))
    texts = [literal.strip(b"\"'") for literal in literals if literal]
    return b"".join(texts), b" ".join(texts)


def clues(names: Names, *, every_call: bool) -> tuple[Clue, ...]:
    """`every_call` where a rule of the user's may ask about any call on a pool."""
    used = re.compile(rb"\.\s*(?:" + (rb"\w+" if every_call else _USES) + rb")\b")
    return (
        _clue("outbox-guard", rb"outbox-guard\s*:"),
        _clue("role", rb"current_?role|set_?role"),
        _clue("execute transaction", rb"execute_?transaction"),
        Clue((b"set", b"role"), (_SETS, _ROLE), in_texts=True),
        Clue((b"set", b"authorization"), (_SETS, _AUTHORIZATION), in_texts=True),
        Clue((b"discard", b"all"), (_DISCARD,), in_texts=True),
        _clue("engine", rb"create_(?:async_)?engine|engine_from_config"),
        _clue("create_pool_from_url"),
        # A pool may have any first name, and be used under another one.
        Clue((b"pool",), (re.compile(rb"pool(?!\w)"), used)),
        Clue((b"engine",), (re.compile(rb"engine(?!\w)"), used)),
        *map(_name, names.boundary.drivers),
        *map(_name, helper_words(names.boundary.test_only)),
        *map(_call, names.boundary.query_calls),
    )


def _clue(words: str, *patterns: bytes) -> Clue:
    return Clue(tuple(words.encode().split()), tuple(map(re.compile, patterns)))


def _name(glob: str) -> Clue:
    """A name by itself; of a glob, the longest part without wildcards is looked for first."""
    pieces = re.split(r"(\*|\?|\[[^]]*\])", glob.lower())
    wild = "".join(r"\w*" if piece[:1] in tuple("*?[") else re.escape(piece) for piece in pieces)
    return _clue(max(pieces[::2], key=len), rb"\b" + wild.encode() + rb"\b")


def _call(call: str) -> Clue:
    """All parts of a dotted name; an alias may come between them."""
    parts = call.lower().split(".")
    return _clue(" ".join(parts), *(rb"\b" + re.escape(part).encode() + rb"\b" for part in parts))


def is_workflow(path: str) -> bool:
    return path.startswith(".github/workflows/")


def gate_words(gate: Gate) -> Iterator[bytes]:
    """One of these stands in every workflow in which there may be a gate: all, if it is named.

    A gate may also be put together from local actions and workflows.
    """
    if gate.workflow or gate.job:
        yield b""
    yield from (b"outbox-guard", b"./")
    for kind in ("guardrails", "regression", "evidence"):
        for pattern in getattr(gate.recognise, kind):
            yield _longest(pattern.lower()).encode()


def _longest(glob: str) -> str:
    """The longest part without wildcards, and without blanks, which a text may have more of."""
    return max(re.split(r"[*?\s]|\[[^]]*\]", glob), key=len)


def helper_words(test_only: Iterable[str]) -> Iterator[str]:
    """What the path or the import of a test-only module holds, in lower case."""
    yield from dict.fromkeys(re.split(r"[./]", module)[-1].lower() for module in test_only)
