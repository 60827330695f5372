"""What was asked of a project while a file was read, and whether it would say the same now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Literal

from outbox_guard.facts import Fact, Place
from outbox_guard.names import Names
from outbox_guard.sources import Found, Project, Question, Source

SUM = 16  # bytes of a digest
ANSWERS = 20_000  # to questions about modules that changed: most files ask the same

Facts = tuple[Fact, ...]
Asked = Literal["source", "outlined", "exists", "carries", "tells", "speaks", "files"]
Answers = dict[tuple[Asked, str], bytes | bool | None]


@dataclass(frozen=True, slots=True)
class Outlined:
    """A file of which some questions were asked, and their answers' digests."""

    path: str
    digest: bytes  # of the whole file: where it is the same, nothing has to be asked again
    placed: bool  # whether it counts where in the file the answers stand
    answers: tuple[tuple[str, str, bytes], ...]  # to which question, about what

    def renewed(self, project: Project) -> Outlined | None:
        """The same for the file as it is now; None where it would answer otherwise."""
        source = project.source(self.path)
        if source is None:
            return None
        if source.digest == self.digest:
            return self
        for question, about, said in self.answers:
            if _answered(source, question, about, placed=self.placed) != said:
                return None
        return Outlined(self.path, source.digest, self.placed, self.answers)


@dataclass(frozen=True)
class Questions:
    """All that was asked for one file, with the answers."""

    answers: Answers
    outlined: tuple[Outlined, ...]

    def renewed(self, project: Project) -> Questions | None:
        """The same as it would be answered now; None where anything is answered otherwise."""
        if any(_answer(project, *question) != said for question, said in self.answers.items()):
            return None
        outlined: list[Outlined] = []
        for each in self.outlined:
            now = each.renewed(project)
            if now is None:
                return None
            outlined.append(now)
        return Questions(self.answers, tuple(outlined))

    @property
    def followed(self) -> frozenset[str]:
        """The files whose text had a part in the answers."""
        whole = {p for (question, p), said in self.answers.items() if _reads(question, said)}
        return frozenset(whole.union(each.path for each in self.outlined))

    def packed(self) -> object:
        """As builtins, which can be kept."""
        parts = ((o.path, o.digest, o.placed, o.answers) for o in self.outlined)
        return self.answers, tuple(parts)

    @classmethod
    def unpacked(cls, kept: object) -> Questions | None:
        match kept:
            case (dict(answers), tuple(parts)):
                return cls(answers, tuple(Outlined(*part) for part in parts))
        return None


def _reads(question: Asked, said: object) -> bool:
    if question in ("carries", "tells"):
        return said is not False
    return question in ("source", "outlined", "speaks")


@dataclass(frozen=True)
class Recorded:
    """A project that remembers what it was asked; what it said is its answers."""

    project: Project
    answers: Answers = field(default_factory=dict)
    asked_of: dict[str, dict[tuple[str, str], None]] = field(default_factory=dict)  # in order

    @property
    def names(self) -> Names:
        return self.project.names

    @property
    def every_call(self) -> bool:
        return self.project.every_call

    def source(self, path: str) -> Source | None:
        source = self.project.source(path)
        self._record("source", path)
        return source

    def outlined(self, path: str) -> Source | None:
        self._record("outlined", path)
        return self.project.outlined(path)

    def asked(self, source: Source, question: Question[Found], about: str) -> Found:
        self.asked_of.setdefault(source.path, {})[question.name, about] = None
        return self.project.asked(source, question, about)

    def exists(self, path: str) -> bool:
        self._record("exists", path)
        return self.project.exists(path)

    def carries(self, path: str) -> bool:
        self._record("carries", path)
        return self.project.carries(path)

    def tells(self, path: str) -> bool:
        self._record("tells", path)
        return self.project.tells(path)

    def speaks(self, path: str) -> bool:
        self._record("speaks", path)
        return self.project.speaks(path)

    def mentions(self, text: str) -> bool:
        return self.project.mentions(text)  # the names decide, and they are in the key

    @property
    def memory(self) -> None:
        return None  # what is kept has asked its questions before

    def files(self) -> Iterable[str]:
        self._record("files", "")
        return self.project.files()

    def _record(self, question: Asked, path: str) -> None:
        if (question, path) not in self.answers:
            self.answers[question, path] = _answer(self.project, question, path)

    def questions(self, facts: Facts) -> Questions:
        """What was asked until these facts were known.

        It counts where an answer stands if a fact has a place in that file.
        """
        places = {place.path for fact in facts for place in _places(fact)}
        outlined: list[Outlined] = []
        for path, asked in self.asked_of.items():
            source = self.project.source(path)
            assert source is not None, f"{path} was outlined"
            placed = path in places
            said = (
                (question, about, _answered(source, question, about, placed=placed))
                for question, about in asked
            )
            outlined.append(Outlined(path, source.digest, placed, tuple(said)))
        return Questions(self.answers, tuple(outlined))


def _places(part: object) -> Iterator[Place]:
    if isinstance(part, Place):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from _places(each)
    elif is_dataclass(part):
        for each in fields(part):
            yield from _places(getattr(part, each.name))


def _answer(project: Project, question: Asked, path: str) -> bytes | bool | None:
    match question:
        case "source":
            return digest(project.source(path))
        case "outlined":
            return project.source(path) is not None
        case "exists":
            return project.exists(path)
        case "carries":
            return project.carries(path)
        case "tells":
            return project.tells(path)
        case "speaks":
            return project.speaks(path)
        case "files":
            return digest_of("\0".join(sorted(project.files())))


@lru_cache(maxsize=ANSWERS)
def _answered(source: Source, question: str, about: str, *, placed: bool) -> bytes:
    from outbox_guard.frontends.python.modules.questions import (
        QUESTIONS,  # most runs ask none again
    )

    return digest_of(QUESTIONS[question](source, about, placed=placed))


def digest(source: Source | None) -> bytes | None:
    return None if source is None else source.digest


def digest_of(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=SUM).digest()
