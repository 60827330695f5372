"""Which Python files use a name that another file gives to something that matters.

Where `TABLE = "payment_outbox_pending"` stands in names.py, a file that imports `TABLE` from there
can write to that table without naming it; and so can whoever takes `TABLE` from that file in turn.
Code is read roughly: more files are found than do it, and none less.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cached_property
from keyword import kwlist, softkwlist
from typing import Protocol

from outbox_guard.importing import Imports, Module, module_of
from outbox_guard.pieces import COMMENT_OR_TEXT

SMALL = 3_000  # bytes of a statement that hands on a value, rather than works with it
ROUNDS = 5  # modules that a name can be handed on through

_MARGIN = re.compile(rb"^(?=[^\s#)\]}])", re.MULTILINE)
_WORD = re.compile(rb"[^\W\d]\w*")
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
_STAR = re.compile(rb"import[ \t]*(?:\([ \t]*)?\*")
_IMPORTING = re.compile(rb"(?:from|import)\b[^;]*\Z")
_FROM = re.compile(rb"(from\s+[\w.]+)\s+import\s*\(?([^)#;]*)")
_BECOMES = re.compile(  # what a target, or the function around, becomes
    rb"(?:(?:^|[;:])[ \t]*([^\W\d][\w., \t]{0,200}?)[ \t]*(?::[^=\n]+)?=|\b(?:return|yield|else)\b)"
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
    rb"^[ \t]+((?:from\b[^\n;]*?\bimport|import)\b(?:[^\n;(]*\([^)]*\)|(?:[^\n;\\]|\\\r?\n)*))",
    re.MULTILINE,
)
_GLOBAL = re.compile(rb"\bglobal\b")
_IMPORT = re.compile(_IMPORTED)
_IMPORTS = re.compile(rb"(?:\bfrom\b[^\n]*)?" + _IMPORTED)
FEW = 16  # names that are sooner looked for than all imports are read


class Files(Protocol):
    """What stands in each file, by its path."""

    def __getitem__(self, path: str, /) -> bytes: ...


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
            return not names.isdisjoint(_WORD.findall(words))

        yield from _becoming(statement, is_one, is_one)


Kind = Texts | Objects
Is = Callable[[bytes], bool]


def _becoming(statement: bytes, is_one: Is, is_imported: Is) -> Iterator[bytes]:
    defined = _DEFINITION.match(statement)
    for target, value in _BECOMES.findall(statement):
        if is_one(value):
            yield from [defined[1]] if defined else ()
            yield from _WORD.findall(target) if not defined or _GLOBAL.search(statement) else ()
    for line in [] if defined else _IMPORTS.finditer(statement):
        if is_imported(line[0]):
            yield from (word for word in _WORD.findall(line[1]) if word not in _KEYWORDS)


class Handing:
    """The Python files of a project, and who takes what from whom."""

    def __init__(self, paths: Collection[str], files: Files) -> None:
        self._paths = paths
        self._files = files
        self._imports: dict[str, Imports] = {}
        self._statements: dict[str, list[bytes]] = {}
        self._words: dict[str, list[tuple[bytes, frozenset[bytes]]]] = {}
        self.takers: set[str] = set()
        self.given: set[bytes] = set()
        self._named: dict[bytes, set[str]] = {}  # who says a name that was looked for

    def users(self, givers: Iterable[str], kind: Kind) -> frozenset[str]:
        """The files that use a name under which a statement of `givers` can be reached."""
        found: set[str] = set()
        known: set[tuple[str, bytes]] = set()
        fresh = {
            (path, name)
            for path in givers
            for statement in self._split(path)
            for name in kind.given(statement)
        }
        for _ in range(ROUNDS):
            fresh -= known
            known |= fresh
            self.given |= {name for _, name in fresh}
            used = self._used(fresh)
            if not used:
                break
            found |= used.keys()
            self.takers |= used.keys()
            fresh = {(path, name) for path in used for name in self._again(path, used[path], kind)}
        return frozenset(path for path in found if self._may_use(path, kind))

    def _again(self, path: str, names: Set[bytes], kind: Kind) -> Iterator[bytes]:
        """The names under which a file that uses some of these hands them on."""
        for statement, words in self._in_words(path):
            if not names.isdisjoint(words):
                yield from kind.again(statement, names)
        if self._of(path).spreads:
            yield from names

    def _may_use(self, path: str, kind: Kind) -> bool:
        return kind.needs is None or kind.needs.search(self._files[path].lower()) is not None

    def _used(self, given: Set[tuple[str, bytes]]) -> dict[str, set[bytes]]:
        """Of each file that uses any: the names under which it does."""
        modules: dict[str, Given] = {}
        by_stem: dict[bytes, list[Given]] = {}
        for path, name in given:
            if path not in modules:
                modules[path] = Given(path, module_of(path), set())
                by_stem.setdefault(modules[path].module.stem, []).append(modules[path])
            modules[path].names.add(name)
        used = {each.path: set(each.names) for each in modules.values()}  # a file uses its own too
        for path in self._near(modules.values()) if given else ():
            imports = self._of(path)
            stems = by_stem.keys() if imports.by_name else imports.said & by_stem.keys()
            for each in [each for stem in stems for each in by_stem[stem] if each.path != path]:
                taken = set(imports.taken(each.module, each.names))
                if taken:
                    used.setdefault(path, set()).update(taken)
        return used

    def _near(self, given: Collection[Given]) -> Iterator[str]:
        """The files that may import one of these, as far as one can see at a glance."""
        names = {name for each in given for name in each.names}
        for path in self._paths if len(names) > FEW else self._saying(names):
            data = self._files[path]
            if len(given) > FEW or any(each.may_be_taken_by(path, data) for each in given):
                yield path

    def _saying(self, names: Set[bytes]) -> Iterable[str]:
        """The files that say one of these names, or may mean one without saying it."""
        fresh = [name for name in names if name not in self._named]
        self._named.update((name, set()) for name in fresh)
        for path in self._paths if fresh else ():
            data = self._files[path]
            for name in fresh:
                if name in data:
                    self._named[name].add(path)
        return sorted(self._with_a_star.union(*(self._named[name] for name in names)))

    @cached_property
    def _with_a_star(self) -> frozenset[str]:
        """The files that import names which they do not say."""
        return frozenset(path for path in self._paths if _STAR.search(self._files[path]))

    def _of(self, path: str) -> Imports:
        if path not in self._imports:
            self._imports[path] = Imports.of(path, self._files[path])
        return self._imports[path]

    def _split(self, path: str) -> list[bytes]:
        if path not in self._statements:
            self._statements[path] = list(statements(self._files[path]))
        return self._statements[path]

    def _in_words(self, path: str) -> list[tuple[bytes, frozenset[bytes]]]:
        """The statements that may hand on a value, and the words in each."""
        if path not in self._words:
            small = [each for each in self._split(path) if len(each) <= SMALL]
            self._words[path] = [(each, _used_in(each)) for each in small]
        return self._words[path]


@dataclass(frozen=True, slots=True)
class Given:
    """The names that a file gives."""

    path: str
    module: Module
    names: set[bytes]

    def may_be_taken_by(self, path: str, data: bytes) -> bool:
        if not self.module.may_be_named_in(path, data):
            return False
        return any(name in data for name in self.names) or _STAR.search(data) is not None


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
    else:
        yield from (listed[1] + b" import " + name for name in listed[2].split(b","))


def _used_in(statement: bytes) -> frozenset[bytes]:
    """The words by which a statement may use a name; that of a module it imports from is none."""
    listed = _FROM.match(statement)
    return frozenset(_WORD.findall(_code(statement) if listed is None else listed[2]))


def _code(statement: bytes) -> bytes:
    """A statement without comments, and without texts that only document it."""

    def kept(match: re.Match[bytes]) -> bytes:
        text = match[1] or b""
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
        words = _WORD.findall(b" ".join(filter(None, match.groups())))
        yield from (word for word in words if word not in _KEYWORDS)
