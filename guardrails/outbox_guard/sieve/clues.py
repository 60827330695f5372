"""What must stand in a file for facts about roles, pools, drivers or helpers to be in it.

A clue is looked for in two steps: words that cost next to nothing to look for, and where all of
them are there, patterns. Both are in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from outbox_guard.names import Gate, Names
from outbox_guard.quoting import COMMENT_OR_TEXT, COMMENT_SIGN
from outbox_guard.sieve.importing import BY_NAME
from outbox_guard.sieve.pieces import BETWEEN, WILD
from outbox_guard.sieve.words import Either, Ending, Searched, begun, whole

# What a pool or an engine is called where nothing else is known: `conn_or_pool` may be neither.
_GIVES = r"(?:(?:get|make|create|build|new|open|init\w*|ensure|require|provide)_)?"  # a function
POOL_WORD = (
    rf"(?!\w*_or_)_*{_GIVES}(?:(?:db|pg|psql|sql|postgres\w*|database|conn\w*|async\w*|read\w*|write\w*"
    r"|primary|replica|main|raw|outbox|payments?)_?)*pool"
)
ENGINE_WORD = rf"_*{_GIVES}(?:(?:db|pg|sql|async|postgres\w*)_?)*engine"

_NAMES = re.compile(  # a text that names something, or is a type, rather than prose
    rb"[\"']+[\w.\[\]]+(?:\s*[|,]\s*[\w.\[\]]+)*[\"']+"
)
_IMPORTING = re.compile(  # a statement, and in it what is imported
    rb"^[ \t]*(?:from\b[^\n;(]*?\b)?import\b[ \t]*(\([^)]*\)|[^\n;]*)", re.MULTILINE
)
_BRACKETS = rb"(?:[(\[](?:[^()\[\]]|[(\[][^()\[\]]*+[)\]])*+[)\]]\s*)*+"  # of a call, an index
_NESTED = re.compile(rb"\{[\"']|[\"']\}")  # a text within an f-string
_BLANK_ESCAPE = re.compile(rb"\\[nrtfv]")
_APART = b"\0"  # between one text and the next

# Of SQL that switches the role. Its words may stand in several texts, or be put into one.
_COMMENTS = rb"/\*(?s:.*?)\*/|--[^\n]*"
_BETWEEN = rb"(?:" + _COMMENTS + rb"|[\W_])*+"  # words of a statement; what is quoted may end there
_BLANK = rb"(?:" + _COMMENTS + rb"|[\s\\])*+"
_BEHIND = rb"(?:\A|[\0;\n'\"(){}$@?])\s*"  # here a statement begins
_PUT_IN = rb"[\0{%$:@?<&\[]"  # here a text ends, or something is put into it
_PUT_BEFORE = rb"(?:\A|[\0}@?>&\]]|%\w|\)s|[$:]\w+)"
_KIND = rb"(?:(?:session|local)\b" + _BETWEEN + rb")?"
_SETS = re.compile(_BEHIND + rb"(?:re)?set\b")
_SET_BEGUN = re.compile(_BEHIND + rb"(?:re)?set\b" + _BLANK + _KIND + _PUT_IN)
_SET_ROLE = re.compile(rb"set\b" + _BETWEEN + _KIND + rb"role\b")
_SESSION = re.compile(rb"\bsession\b")
_SESSION_AUTHORIZATION = re.compile(rb"session" + _BETWEEN + rb"authorization")
_SET_CONFIG = re.compile(rb"set_config")
_CALLS_SET_CONFIG = re.compile(rb"\.\s*set_config\s*\(")  # as an expression language has it
_DISCARD = re.compile(rb"\bdiscard" + _BETWEEN + rb"all\b")
_EXCHANGES = (b".replace", b"re.sub", b".translate")  # words of a text for others

ROLE_API = re.compile(rb"current_?role|set_?role|execute_?transaction")
# One of its words is whole if it is cut once, or the other is and what is left of this one.
_ROLE_API_CUT = tuple(b"role transaction set_r setr current_r currentr execute_t executet".split())
_USES = (
    rb"acquire|begin|connect|connection|copy_\w+|cursor|execute\w*|fetch\w*|getconn|query\w*"
    rb"|raw_connection"
)
LOADS = BY_NAME

MAKES = re.compile(  # a pool, or an engine
    rb"connectionpool\s*\(|pool(?<!\wpool)\s*\(|create_\w*pool|create_\w*engine|engine_from_\w+"
)

OPENERS = ("databases", "peewee", "playhouse", "piccolo")  # libraries that open one

MADE = (b"pool", b"engine")  # one of these is in what it says

Look = Literal["everywhere", "texts", "code"]


@dataclass(frozen=True, slots=True)
class Clue:
    """All of the words, and all of the patterns where they are looked for."""

    words: tuple[bytes, ...]
    patterns: tuple[Searched, ...] = ()
    look: Look = "everywhere"
    whole: tuple[Searched, ...] = ()  # of which each is somewhere in the file at least
    left: tuple[bytes, ...] = ()  # of which one is there too

    @property
    def groups(self) -> Iterator[tuple[bytes, ...]]:
        """Of each, one stands in the squeezed text."""
        yield from ((word,) for word in self.words)
        if self.left:
            yield self.left

    def in_file(self, file: Lowered) -> bool:
        if not all(any(map(file.squeezed.__contains__, group)) for group in self.groups):
            return False
        if not all(pattern.search(file.text) for pattern in self.whole):
            return False
        where = file.in_view(self.look)
        return all(any(map(pattern.search, where)) for pattern in self.patterns)


class Lowered:
    """A file in lower case, as far as it was looked at."""

    def __init__(self, text: bytes, *, python: bool) -> None:
        self.text = text
        self.squeezed = text.translate(None, BETWEEN)  # words that were cut are whole
        self.python = python
        self._views: dict[Look, tuple[bytes, ...]] = {"everywhere": (text,)}

    def in_view(self, look: Look) -> tuple[bytes, ...]:
        """The bytes of a file in which something is looked for, as they are read for that."""
        if look not in self._views:
            in_python = _joined_texts if look == "texts" else _code
            self._views[look] = in_python(self.text) if self.python else (self.text,)
        return self._views[look]


def _joined_texts(lowered: bytes) -> tuple[bytes, bytes]:
    """The text literals of a file, one after the other.

    A text may be cut in two, and then no word ends at its end; or it may stand by itself.
    """
    found = COMMENT_OR_TEXT.findall(lowered)
    texts = (text.strip(b"\"'") for text in found if not text.startswith(COMMENT_SIGN))
    apart = _NESTED.sub(b"", _APART.join((b"", *texts, b"")))
    if b"\\" in apart:
        apart = _BLANK_ESCAPE.sub(b"\n", apart)
    return apart.replace(_APART, b""), apart


def _code(lowered: bytes) -> tuple[bytes]:
    """A file without comments, prose, and imports that give nothing another name."""
    return (_IMPORTING.sub(_renaming, COMMENT_OR_TEXT.sub(_no_prose, lowered)),)


def _no_prose(match: re.Match[bytes]) -> bytes:
    text = match[0]
    if text.startswith(COMMENT_SIGN):
        return b""
    return text if b"{" in text or _NAMES.fullmatch(text) else b'""'


def _renaming(match: re.Match[bytes]) -> bytes:
    return match[1] if b" as " in match[1] else b""


def clues(names: Names, *, every_call: bool) -> tuple[Clue, ...]:
    """`every_call` where a rule of the user's may ask about any call on a pool."""
    used_ = used(every_call=every_call)
    taken = re.compile(b"|".join(map(wild, all_modules(names))))  # wherever it begins and ends
    return (
        *module_clues(names),
        *role_api(),
        _clue("outbox-guard", rb"outbox-guard\s*:"),
        *_switch(b"role", _SET_ROLE),
        *_switch(b"authorization", _SESSION_AUTHORIZATION, _SESSION),
        Clue((b"discard", b"all"), (_DISCARD,), look="texts"),
        *(
            Clue((b"set_config", word), (_CALLS_SET_CONFIG,))
            for word in (b"role", b"authorization")
        ),
        _clue("engine", rb"create_(?:async_)?engine|engine_from_config"),
        _clue("create_pool_from_url"),
        *map(_imported, OPENERS),
        # They may be used under another name.
        _asked(b"pool", POOL_WORD, used_),
        _asked(b"engine", ENGINE_WORD, used_),
        *(Clue((word,), (taken,), look="texts") for word in LOADS),
        Clue((b"getattr",), (ROLE_API,), look="texts", left=_ROLE_API_CUT),
        *(clue for call in names.boundary.query_calls for clue in _call(call)),
    )


def _switch(last: bytes, whole: re.Pattern[bytes], *others: re.Pattern[bytes]) -> Iterator[Clue]:
    """Of SQL that switches the role: in one piece, in several, or with words exchanged."""
    word = re.compile(rb"\b" + last + rb"\b")
    ended = _PUT_BEFORE + _BLANK + _KIND + word.pattern
    exchanged = rb"set\b" + _BETWEEN + rb"\w+" + _BETWEEN + word.pattern + b"|" + ended
    yield Clue((b"set", last), (whole,), look="texts")
    yield Clue((b"set", last), (_SET_BEGUN, re.compile(ended)), look="texts")
    yield Clue((b"set_config", last), (_SET_CONFIG, word), look="texts")
    for by in _EXCHANGES:
        yield Clue((b"set", last, by), (_SETS, re.compile(exchanged), *others), look="texts")


def module_clues(names: Names) -> tuple[Clue, ...]:
    """Of the drivers, and of what is for tests alone."""
    return tuple(map(_name, all_modules(names)))


def role_api() -> tuple[Clue, ...]:
    return Clue((b"role",), (ROLE_API,)), Clue((b"transaction",), (ROLE_API,))


def used(*, every_call: bool) -> re.Pattern[bytes]:
    """What is asked of a pool."""
    asked = rb"\w+" if every_call else _USES
    taken = rb"\.[\s\\]*(?:" + asked + rb")\b(?!\s*(?:[.:=\[]|is\b))"  # or called
    return re.compile(taken + rb"|[\"'](?:" + asked + rb")[\"']")  # or got by its name


def all_modules(names: Names) -> tuple[str, ...]:
    return *names.boundary.drivers, *helper_words(names.boundary.test_only)


def _clue(words: str, *patterns: bytes) -> Clue:
    return Clue(tuple(words.encode().split()), tuple(map(re.compile, patterns)))


def _imported(module: str) -> Clue:
    name = rb"\b" + module.encode() + rb"\b"
    return Clue(
        (module.encode(), b"import"), (re.compile(rb"\b(?:from\s+|import\b[^\n]*)" + name),)
    )


def _name(glob: str) -> Clue:
    """A name by itself; of a glob, the longest part without wildcards is looked for first."""
    longest = max(WILD.split(glob.lower()), key=len)
    return _clue(longest, module_pattern(glob))


def module_pattern(glob: str) -> bytes:
    """Of a module's name by itself."""
    first = WILD.split(glob.lower())[0]
    return begun(first.encode()) + wild(glob[len(first) :]) + rb"(?!\w)"


def wild(glob: str) -> bytes:
    literals = map(re.escape, WILD.split(glob.lower()))
    return r"\w*".join(literals).encode()


def _asked(last: bytes, name: str, use: re.Pattern[bytes]) -> Clue:
    """Of a name that ends so: something is asked of it, or it stands for a value or a type.

    It does not where it is bound, or something else is taken from it.
    """
    word = name.encode() + rb"(?!\w)"
    asked = rb"[\"']?(?=\s*(?:[^\s.:=]|:=|==|\Z|" + use.pattern + rb"))"
    typed = rb"[ \t\"']*[\w.|\[ ]{0,60}?(?<!\w)" + word + rb"[\"']?(?!\s*\.)"
    of_a_type = re.compile(b":" + typed + b"|->" + typed)
    value = Either(Ending.of(last, word + asked), of_a_type)
    return Clue((last,), (value, use), look="code", whole=(Ending.of(last, word),))


def _call(call: str) -> Iterator[Clue]:
    """A dotted name as it is called; what is called may have been taken or imported before."""
    words = tuple(call.lower().encode().split(b"."))
    asked = (*words[:-1], b"." + words[-1])
    *owners, method = map(re.escape, words)
    if not owners:
        yield Clue(words, (re.compile(whole(words[0])),))
        return
    first = begun(words[0])
    called = (rb"\s*" + _BRACKETS + rb"\.\s*").join((first, *owners[1:], method)) + rb"\b"
    every = tuple(re.compile(whole(word)) for word in words)
    yield Clue(asked, (re.compile(called),), look="code", whole=every)
    names = rb"(?:\*|(?:\([^)]*|[^\n;]*)\b" + (*owners, method)[1] + rb"\b)"
    renamed = first + rb"\s+(?:as\b|import\b\s*" + names + rb")"
    bound = (words[0] + b"as", words[0] + b"import")  # blanks are left out
    yield Clue(words, (re.compile(renamed),), left=bound)
    owner = re.compile(whole(words[-2]))
    taken = re.compile(rb"\.\s*" + method + rb"\b(?!\s*\()")
    yield Clue(asked, (owner, taken), look="code", whole=every)
    given = rb"(?:=|\bor\b|\belse\b|\breturn\b)\s*" + owners[-1] + rb"\b(?!\s*[.(\[=])"
    on = re.compile(rb"\.\s*" + method + rb"\s*\(")
    yield Clue(asked, (re.compile(given), on), look="code", whole=every)
    got = re.compile(rb"[\"']" + method + rb"[\"']")
    yield Clue((b"getattr", *words), (owner, got), look="code", whole=every)


def operation_clues(names: Names) -> Iterator[Clue]:
    """Of what a service says of itself, and of what its operators read."""
    yield from (
        Clue((term.lower().encode().translate(None, BETWEEN),)) for term in names.operations.terms
    )
    yield Clue((names.functions.complete.lower().encode(),))
    yield _clue(names.lease_lost.lower())
    leased = rb"lease(?<!release)(?<!please)"
    caught = rb"(?:except|isinstance|case)\b[^\n]*(?:\n[^\n]*)?" + leased
    yield Clue((b"lease",), (re.compile(caught),), whole=(re.compile(leased),))
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
