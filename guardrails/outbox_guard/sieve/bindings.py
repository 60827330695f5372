"""What the statements of a file bind, and what they do it from: read from its bytes, roughly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from keyword import kwlist, softkwlist

from outbox_guard.quoting import COMMENT_OR_TEXT, COMMENT_SIGN

SMALL = 3_000  # bytes of a statement that hands on a value, rather than works with it
WORD = re.compile(rb"[^\W\d]\w*")

_MARGIN = re.compile(rb"^(?=[^\s#)\]}])", re.MULTILINE)
_KEYWORDS = frozenset(word.encode() for word in (*kwlist, *softkwlist))
_DEFINITION = re.compile(rb"(?:@.*?^)?(?:async\s+def|def|class)\s+(\w+)", re.DOTALL | re.MULTILINE)
_GIVES = re.compile(rb"^\s*class\b|\b(?:return|yield)\b", re.MULTILINE)
_IMPORTED = rb"\bimport\b([^#;\n(]*(?:\([^)]*)?)"
_LIST = rb"[^\W\d][\w.]*(?:\s*,\s*\*?[^\W\d][\w.]*)*"
_WALRUS = re.compile(rb"([^\W\d]\w*)\s*:=")
_WITHIN_BRACKETS = re.compile(
    rb"\bas\s+[(\[]?(" + _LIST + rb")"
    rb"|\bfor\s+[(\[]([^)]*)[)\]]\s+in\b"
    rb"|^[ \t]*([\w.,* \t()\[\]]*[)\]][\w.,* \t]*)=(?!=)",
    re.MULTILINE,
)
_OUTSIDE = re.compile(
    rb"^\s*(?:async\s+def|def|class)\s+(\w+)"
    rb"|(?:^|;)[ \t]*\*?(" + _LIST + rb")"  # assigned to, or called
    rb"|\bfor\s+(" + _LIST + rb")",
    re.MULTILINE,
)
_AFTER_COLON = re.compile(rb":[ \t]*(" + _LIST + rb")")
_BRACKETS = re.compile(rb"[(\[{][^()\[\]{}]*[)\]}]")
_CAUGHT = re.compile(rb"\bexcept\b[^:\n]*")  # the name of an exception ends with its block
_BEGINS_A_BODY = re.compile(rb":[ \t]*\n\s*r?\Z")
_FILLED = re.compile(rb"[{%$\\]")  # what a text has into which values are put by their names
_IMPORTING = re.compile(rb"(?:from|import)\b[^;]*\Z")
_REMARK = re.compile(rb"#[^\n]*")
_FROM = re.compile(rb"(from\s+[\w.]+)\s+import\s*\(?((?:[^)#;]|#[^\n]*+)*+)\)?")
_BECOMES = re.compile(  # what a target, or several, or the function around, becomes
    rb"(?:(?:^|[;:])[ \t]*([^\W\d](?:[\w., \t]|=(?!=)){0,200})(?::[^=\n]+)?="
    rb"|\b(?:return|yield|else)\b)"
    rb"[\s(]*(?:await\b[\s(]*)?((?:\w+\s*\.\s*)*\w+[ \t]*\(?)",
    re.MULTILINE,
)
# What a model points to has an attribute that leads back to it.
_POINTS = re.compile(
    rb"(?:ForeignKey|OneToOneField|ManyToManyField|relationship)\(\s*[\"']?(?:\w+\.)*([^\W\d]\w*)"
)
_TRIPLE = (b'"""', b"'''")
_BEFORE = 99  # bytes before a text, in which a body begins
_QUOTES = b'""'  # in the place of a text, in which nothing is bound
_COMPOUND = re.compile(rb"(?:async|if|elif|else|try|except|finally|with|for|while|match)\b")
_WITHIN = re.compile(  # an import in one of these, on lines of its own
    rb"^[ \t]+((?:from\b[^\n;]*?\bimport|import)\b"
    rb"(?:[^\n;(]*\((?:[^)#]|#[^\n]*+)*+\)|(?:[^\n;\\]|\\\r?\n)*))",
    re.MULTILINE,
)
_GLOBAL = re.compile(rb"\bglobal\b")
_IMPORT = re.compile(_IMPORTED)
_IMPORTS = re.compile(rb"(?:\bfrom\b[^\n]*)?" + _IMPORTED)


@dataclass(frozen=True)
class Texts:
    """Words that texts are made of: whatever a statement binds that has them may hold them."""

    stands_for_it: Callable[[bytes], bool]
    needs: re.Pattern[bytes] | None = None  # without which nobody can do anything with them

    def given(self, statement: bytes) -> Iterator[bytes]:
        # What an import binds is given where it is made: the words of an import are no text.
        if self.stands_for_it(statement) and not _IMPORTING.match(statement):
            yield from self._bound(statement)

    def again(self, statement: bytes, names: Set[bytes]) -> Iterator[bytes]:
        del names  # one of them is in the statement, and that is enough
        yield from self._bound(statement)

    def _bound(self, statement: bytes) -> Iterator[bytes]:
        defined = _DEFINITION.match(statement)
        if defined is None:
            yield from _bound_in(statement)
        elif _GIVES.search(statement):
            yield defined[1]
            yield from _POINTS.findall(statement)


@dataclass(frozen=True)
class Objects:
    """Modules, pools, functions: a name stands for one that it is assigned or imported."""

    value: re.Pattern[bytes]  # what an expression begins with that is one
    module: re.Pattern[bytes] | None = None  # what is imported
    needs: re.Pattern[bytes] | None = None

    def given(self, statement: bytes) -> Iterator[bytes]:
        lowered = statement.lower()
        near = self.value if self.module is None else self.module
        if near.search(lowered):
            yield from _becoming(statement, self._is_one, self._is_imported)

    def _is_one(self, words: bytes) -> bool:
        return self.value.search(words.lower()) is not None

    def _is_imported(self, line: bytes) -> bool:
        return self.module is not None and self.module.search(line.lower()) is not None

    def again(self, statement: bytes, names: Set[bytes]) -> Iterator[bytes]:
        def is_one(words: bytes) -> bool:
            return not names.isdisjoint(WORD.findall(words))

        yield from _becoming(statement, is_one, is_one)


Kind = Texts | Objects
Is = Callable[[bytes], bool]


def _becoming(statement: bytes, is_one: Is, is_imported: Is) -> Iterator[bytes]:
    defined = _DEFINITION.match(statement)
    statement = COMMENT_OR_TEXT.sub(_QUOTES, statement)  # an example in a docstring makes nothing
    for target, value in _BECOMES.findall(statement):
        if is_one(value):
            yield from [defined[1]] if defined else ()
            yield from WORD.findall(target) if not defined or _GLOBAL.search(statement) else ()
    for line in [] if defined else _IMPORTS.finditer(statement):
        if is_imported(line[0]):
            yield from (word for word in WORD.findall(line[1]) if word not in _KEYWORDS)


def statements(data: bytes) -> Iterator[bytes]:
    """The top-level ones, roughly: a line that starts at the margin starts one.

    Of an import, each name is a statement by itself; so is an import under a condition.
    """
    held = b""
    for part in _MARGIN.split(data):
        held += part
        if part.startswith(b"@") or _is_open(held):
            continue
        for each in _apart(held):
            yield from _by_name(each)
        held = b""
    yield held


def _apart(statement: bytes) -> Iterator[bytes]:
    """A compound statement without the imports in it, and these."""
    if not _COMPOUND.match(statement):
        yield statement
        return
    yield _WITHIN.sub(b"", statement)
    yield from (match[1] for match in _WITHIN.finditer(statement))


def _by_name(statement: bytes) -> Iterator[bytes]:
    listed = _FROM.match(statement)
    if listed is None:
        yield statement
        return
    names = _REMARK.sub(b"", listed[2]).split(b",")
    yield from (listed[1] + b" import " + name.strip() for name in names)
    yield statement[listed.end() :]  # what stands behind it on the same line


def used_in(statement: bytes) -> frozenset[bytes]:
    """The words by which a statement may use a name; that of a module it imports from is none."""
    listed = _FROM.match(statement)
    return frozenset(WORD.findall(_code(statement) if listed is None else listed[2]))


def _code(statement: bytes) -> bytes:
    """A statement without comments, and without texts that only document it."""

    def kept(match: re.Match[bytes]) -> bytes:
        text = match[0]
        if text.startswith(COMMENT_SIGN):
            return b""
        documents = text[:3] in _TRIPLE and not _FILLED.search(text)
        begins = documents and _BEGINS_A_BODY.search(statement[: match.start()][-_BEFORE:])
        return _QUOTES if begins else text

    return COMMENT_OR_TEXT.sub(kept, statement)


def _is_open(statement: bytes) -> bool:
    """Whether a text of several lines goes on."""
    return statement.count(b'"""') % 2 == 1 or statement.count(b"'''") % 2 == 1


def _bound_in(statement: bytes) -> Iterator[bytes]:
    """What a statement that defines nothing binds, or changes by calling it."""
    yield from _words(_WALRUS, statement)
    bare = _CAUGHT.sub(b"", COMMENT_OR_TEXT.sub(_QUOTES, statement))
    yield from _words(_WITHIN_BRACKETS, bare)
    yield from _words(_IMPORT, bare)
    while (less := _BRACKETS.sub(b"", bare)) != bare:
        bare = less
    yield from _words(_OUTSIDE, bare)
    if _COMPOUND.match(bare):  # else it is an annotation that follows
        yield from _words(_AFTER_COLON, bare)


def _words(pattern: re.Pattern[bytes], data: bytes) -> Iterator[bytes]:
    for match in pattern.finditer(data):
        words = WORD.findall(b" ".join(filter(None, match.groups())))
        yield from (word for word in words if word not in _KEYWORDS)
