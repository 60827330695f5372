"""What must stand in a file for facts about roles, pools, drivers or helpers to be in it.

A clue is looked for in two steps: words that cost next to nothing to look for, and where all of
them are there, patterns. Both are in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from outbox_guard.names import Gate, Names
from outbox_guard.sieve.importing import BY_NAME
from outbox_guard.sieve.pieces import BETWEEN, COMMENT_OR_TEXT, WILD

# What a pool or an engine is called where nothing else is known of it.
POOL_WORD = (
    r"_*(?:(?:db|pg|psql|sql|postgres\w*|database|conn\w*|async\w*|read\w*|write\w*|primary|replica"
    r"|main|raw|outbox|payments?)_?)*pool"
)
ENGINE_WORD = r"_*(?:(?:db|pg|sql|async|postgres\w*)_?)*engine"

_NESTED = re.compile(rb"\{[\"']|[\"']\}")  # a text within an f-string
_SETS = re.compile(rb"\b(?:re)?set\b|set_config")
_CALLS_SET_CONFIG = re.compile(rb"\.\s*set_config\s*\(")  # as an expression language has it
_ROLE = re.compile(rb"\brole\b")
_BETWEEN = rb"(?:[\W_]|/\*.*?\*/|--[^\n]*)*"  # words of a statement; what is quoted may end there
_AUTHORIZATION = re.compile(rb"(?:session|\bset)" + _BETWEEN + rb"authorization", re.DOTALL)
_DISCARD = re.compile(rb"\bdiscard" + _BETWEEN + rb"all\b", re.DOTALL)
ROLE_API = re.compile(rb"current_?role|set_?role|execute_?transaction")
# One of its words is whole if it is cut once, or the other is and what is left of this one.
_ROLE_API_CUT = tuple(b"role transaction set_r setr current_r currentr execute_t executet".split())
_USES = (
    rb"acquire|begin|connect|connection|copy_\w+|cursor|execute\w*|fetch\w*|getconn|query\w*"
    rb"|raw_connection"
)
LOADS = BY_NAME


MAKES = re.compile(  # a pool, or an engine
    rb"connectionpool\s*\(|\bpool\s*\(|create_\w*pool|create_\w*engine|engine_from_\w+"
)


@dataclass(frozen=True, slots=True)
class Clue:
    """All of the words, and all of the patterns; in Python perhaps `in_texts` only."""

    words: tuple[bytes, ...]
    patterns: tuple[re.Pattern[bytes], ...] = ()
    in_texts: bool = False
    left: tuple[bytes, ...] = ()  # of which one is there if a pattern is cut in two

    def in_file(self, file: Lowered) -> bool:
        if not all(word in file.squeezed for word in self.words):
            return False
        if self.left and not any(word in file.squeezed for word in self.left):
            return False
        where = file.texts if self.in_texts else (file.text,)
        return all(any(map(pattern.search, where)) for pattern in self.patterns)


class Lowered:
    """A file in lower case, as far as it was looked at."""

    def __init__(self, text: bytes, *, python: bool) -> None:
        self.text = text
        self.squeezed = text.translate(None, BETWEEN)  # words that were cut are whole
        self.python = python
        self._texts: tuple[bytes, ...] = ()

    @property
    def texts(self) -> tuple[bytes, ...]:
        if not self._texts:
            self._texts = _joined_texts(self.text) if self.python else (self.text,)
        return self._texts


def _joined_texts(lowered: bytes) -> tuple[bytes, bytes]:
    """The text literals of a file, one after the other.

    A text may be cut in two, and then no word ends at its end; or it may stand by itself.
    """
    literals = (match[1] for match in COMMENT_OR_TEXT.finditer(lowered))
    texts = [_NESTED.sub(b"", literal.strip(b"\"'")) for literal in literals if literal]
    return b"".join(texts), b" ".join(texts)


def clues(names: Names, *, every_call: bool) -> tuple[Clue, ...]:
    """`every_call` where a rule of the user's may ask about any call on a pool."""
    used_ = used(every_call=every_call)
    taken = re.compile(b"|".join(map(wild, all_modules(names))))  # wherever it begins and ends
    return (
        *module_clues(names),
        *role_api(),
        _clue("outbox-guard", rb"outbox-guard\s*:"),
        Clue((b"set", b"role"), (_SETS, _ROLE), in_texts=True),
        Clue((b"set", b"authorization"), (_SETS, _AUTHORIZATION), in_texts=True),
        Clue((b"discard", b"all"), (_DISCARD,), in_texts=True),
        *(
            Clue((b"set_config", word), (_CALLS_SET_CONFIG,))
            for word in (b"role", b"authorization")
        ),
        _clue("engine", rb"create_(?:async_)?engine|engine_from_config"),
        _clue("create_pool_from_url"),
        # They may be used under another name.
        Clue((b"pool",), (_word(POOL_WORD), used_)),
        Clue((b"engine",), (_word(ENGINE_WORD), used_)),
        *(Clue((word,), (taken,), in_texts=True) for word in LOADS),
        Clue((b"getattr",), (ROLE_API,), in_texts=True, left=_ROLE_API_CUT),
        *map(_call, names.boundary.query_calls),
    )


def module_clues(names: Names) -> tuple[Clue, ...]:
    """Of the drivers, and of what is for tests alone."""
    return tuple(map(_name, all_modules(names)))


def role_api() -> tuple[Clue, ...]:
    return Clue((b"role",), (ROLE_API,)), Clue((b"transaction",), (ROLE_API,))


def used(*, every_call: bool) -> re.Pattern[bytes]:
    """What is asked of a pool."""
    return re.compile(rb"\.\s*(?:" + (rb"\w+" if every_call else _USES) + rb")\b")


def all_modules(names: Names) -> tuple[str, ...]:
    return *names.boundary.drivers, *helper_words(names.boundary.test_only)


def _clue(words: str, *patterns: bytes) -> Clue:
    return Clue(tuple(words.encode().split()), tuple(map(re.compile, patterns)))


def _name(glob: str) -> Clue:
    """A name by itself; of a glob, the longest part without wildcards is looked for first."""
    longest = max(WILD.split(glob.lower()), key=len)
    return _clue(longest, rb"\b" + wild(glob) + rb"\b")


def wild(glob: str) -> bytes:
    literals = map(re.escape, WILD.split(glob.lower()))
    return r"\w*".join(literals).encode()


def _word(pattern: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?<!\w)" + pattern.encode() + rb"(?!\w)")


def _call(call: str) -> Clue:
    """All parts of a dotted name; an alias may come between them."""
    *owners, method = (re.escape(part).encode() for part in call.lower().split("."))
    taken = rb"[.'\"]\s*" if owners else rb"\b"
    patterns = (*(rb"\b" + owner + rb"\b" for owner in owners), taken + method + rb"\b")
    return _clue(call.lower().replace(".", " "), *patterns)


def operation_clues(names: Names) -> Iterator[Clue]:
    """Of what a service says of itself, and of what its operators read."""
    yield from (
        Clue((term.lower().encode().translate(None, BETWEEN),)) for term in names.operations.terms
    )
    yield Clue((names.functions.complete.lower().encode(),))
    yield _clue(names.lease_lost.lower())
    # Neither "release" nor "please".
    yield _clue("lease", rb"(?:except|isinstance|case)\b[^\n]*(?:\n[^\n]*)?(?<!re)(?<!p)lease")
    yield _clue("terminal", rb"except[^\n]*terminal|constraint")


TEXTS = re.compile(
    r"(?:.*[./])?(?:md|markdown|rst|toml|ya?ml|ini|cfg|env(?:\.[^/]*)?|properties|conf|json|sh|bash"
    r"|service|tf|tfvars|mk|(?:docker|container)file(?:\.[^/]*)?|(?:gnu)?makefile|justfile)",
    re.IGNORECASE,
)


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
