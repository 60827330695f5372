"""Whether some bytes may hold a name that is cut in pieces or spelt with escapes."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

WINDOW = 4  # bytes of a name that must stand together
WINDOWS_A_CUT = 3  # a name of so many may be cut once more; a cut goes through one at most
TELLING = 8  # bytes of a name that can be known by a piece of it

WILD = re.compile(r"[*?]|\[[^]]*\]")
BETWEEN = b"\"'+ \t\r\n\v\f\\(),[]{}"  # what stands between the pieces of a text
_APART = re.compile(f"{WILD.pattern}|[{re.escape(BETWEEN.decode())}]+")
_ESCAPES = re.compile(
    rb"\\(?:x([0-9a-f]{2})|u00([0-9a-f]{2})|\+?0{2,6}([2-7][0-9a-f])|([0-7]{3})|n\{([a-z -]+)\})"
)
# What a text that goes on with a piece begins with, or has before it.
_OPENS = (rb"[\"'})]", rb"%s")
_QUOTES = (b'"', b"'")
_JOINT = re.compile(rb"[\"'}]_|_[\"'{%]|%s_")  # an underscore that joins what is put together
_CLOSES = rb"[\"'{%\\]"
# Something is put in, and at most one more word follows: it is no sentence.
_GOES_ON = rb"""[{%\\](?:\{[^{}]*\}|[^"'\s;])*(?:\s+[^"'\s;]+)?\s*["';\\]"""


@dataclass(frozen=True, slots=True)
class Part:
    """The longer piece of some words, where a text ends with it or begins with it."""

    # What is in any such piece, and what is then looked for; it begins with that, to be quick, and
    # is compiled when it is needed, as in few runs.
    patterns: Mapping[bytes, bytes]

    @property
    def ends(self) -> Iterable[bytes]:
        return self.patterns

    @classmethod
    def of(cls, name: str) -> Part:
        """Of a name, wherever in a text it is cut."""
        literal = name.encode()
        first, last = _pieces(literal, (len(literal) + 1) // 2)
        ended = rb"(?:%b)%b" % (_any_of(first), _CLOSES)
        return cls({first[0]: ended, last[0]: _beginning(last)})

    @classmethod
    def of_texts(cls, *texts: str) -> Part:
        """Of words that begin any of these texts, cut before the last one or within it."""
        begins: dict[bytes, dict[bytes, None]] = {}  # pieces by what is in all of them, each once
        ends: dict[bytes, dict[bytes, None]] = {}
        for words in texts:
            first, last = _pieces(words.encode(), words.rindex(" ") + 1)
            begins.setdefault(first[0], {}).update(dict.fromkeys(first))
            ends.setdefault(last[0], {}).update(dict.fromkeys(last))
        begun = {
            quote + begin: rb"%b(?:%b)(?:%b|%b)" % (quote, _any_of(pieces), quote, _GOES_ON)
            for begin, pieces in begins.items()
            for quote in _QUOTES
        }
        ended = {end: _beginning(tuple(pieces), rb"(?!\w)") for end, pieces in ends.items()}
        return cls({**begun, **ended})

    def is_in(self, lowered: bytes) -> bool:
        return any(
            end in lowered and re.search(pattern, lowered) for end, pattern in self.patterns.items()
        )


def _beginning(pieces: Sequence[bytes], after: bytes = b"") -> bytes:
    """A text that begins with one of these, of which the first is the end of all."""
    opened = (rb"(?<=%b%b)" % (opens, re.escape(piece)) for piece in pieces for opens in _OPENS)
    return rb"%b(?:%b)%b" % (re.escape(pieces[0]), b"|".join(opened), after)


def _pieces(literal: bytes, at: int) -> tuple[list[bytes], list[bytes]]:
    """The first pieces of at least so many bytes, and the last ones that the others leave."""
    sizes = range(len(literal) - at + 1, len(literal))
    firsts = [literal[:size] for size in range(at, len(literal))]
    return firsts, [literal[-size:] for size in sizes]


@dataclass(frozen=True, slots=True)
class Pieces:
    """What is left of a name, or of the literal parts of a glob, when it is cut."""

    literals: tuple[bytes, ...]
    windows: tuple[bytes, ...]
    parts: tuple[Part, ...]
    words: tuple[bytes, ...] = ()  # that underscores may join; none of a name that is one word

    @classmethod
    def of(cls, name: str) -> Pieces:
        said = [literal for literal in _APART.split(name.lower()) if literal]
        literals = tuple(each.encode() for each in said)
        windows = dict.fromkeys(window for each in literals for window in _windows(each))
        parts = (Part.of(each) for each in said if len(each) >= TELLING)
        words = tuple(word for each in literals for word in each.split(b"_") if word)
        return cls(literals, tuple(windows), tuple(parts), words if len(words) > 1 else ())

    @property
    def needed(self) -> int:
        """Of so many windows, whichever they are, one is there if the name is; none if 0."""
        return (len(self.windows) - 1) // WINDOWS_A_CUT + 1

    def are_in(self, lowered: bytes) -> bool:
        """Whether the name may be put together of pieces that are there.

        A cut goes through a window, and one word may be put in the place of another.
        """
        cuts = max(self.needed - 1, 0)
        missing = 0
        for window in self.windows:  # most files lack more of them than cuts can go through
            missing += window not in lowered
            if missing > cuts:
                return False
        pieces = sum(_fewest_pieces(literal, lowered) for literal in self.literals)
        return pieces <= len(self.literals) + cuts + 1

    def are_joined_in(self, lowered: bytes) -> bool:
        """Whether the name may be put together of its words, with underscores between them."""
        return (
            bool(self.words)
            and all(word in lowered for word in self.words)
            and _JOINT.search(lowered) is not None
        )

    def part_is_in(self, lowered: bytes) -> bool:
        """Whether a text is the longer piece of it: the other may stand in another file."""
        return any(part.is_in(lowered) for part in self.parts)


def _fewest_pieces(literal: bytes, data: bytes) -> float:
    """Of how many pieces that stand there it can be put together."""
    at, pieces = 0, 0
    while at < len(literal):
        ends = range(at + 1, len(literal) + 1)
        longest = bisect(ends, False, key=lambda end: literal[at:end] not in data)
        if not longest:
            return inf
        at, pieces = at + longest, pieces + 1
    return pieces


def _windows(literal: bytes) -> list[bytes]:
    """Pieces that do not overlap. A short name stays whole: its pieces are in every file."""
    starts = range(0, len(literal) - WINDOW + 1, WINDOW)
    if len(starts) <= WINDOWS_A_CUT:
        return [literal]
    return [literal[start : start + WINDOW] for start in starts]


def _any_of(literals: Iterable[bytes]) -> bytes:
    return b"|".join(map(re.escape, literals))


def unescaped(lowered: bytes) -> bytes:
    """With the escapes for letters resolved that Python and PostgreSQL know."""
    if b"\\" not in lowered:
        return lowered
    return _ESCAPES.sub(_character, lowered)


def _character(match: re.Match[bytes]) -> bytes:
    short, unicode, sql, octal, name = match.groups()
    if name is not None:
        return _named(name.decode())
    code = int(octal, 8) if octal else int(short or unicode or sql, 16)
    return chr(code).encode().lower()


def _named(name: str) -> bytes:
    import unicodedata  # hardly a name is spelt like this

    try:
        return unicodedata.lookup(name).lower().encode()
    except KeyError:
        return b""
