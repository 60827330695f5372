"""What .gitignore files leave out, where git itself cannot be asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

IGNORE_FILE = ".gitignore"

# The best one that is installed compiles a file's patterns, which takes longer than their few uses.
_BACKEND = "simple"


class _Verdict(Protocol):
    @property
    def include(self) -> bool | None: ...


class _Patterns(Protocol):
    def check_file(self, file: str, /) -> _Verdict: ...


@dataclass(frozen=True, slots=True)
class Ignored:
    """The patterns of a folder and of all the folders around it, the outermost first."""

    patterns: tuple[tuple[str, _Patterns], ...] = ()  # each with the folder whose file says it

    def within(self, root: Path, folder: str, names: Iterable[str]) -> Ignored:
        """The same with what the folder's own file says; `names` are those in the folder."""
        if IGNORE_FILE not in names:
            return self
        file = root / folder / IGNORE_FILE
        if file.is_symlink() or not file.is_file():
            return self
        base = f"{folder}/" if folder else ""
        return Ignored((*self.patterns, (base, _read(file))))

    def covers(self, name: str) -> bool:
        """Is the file, or the folder ("name/"), ignored? The innermost file that speaks decides."""
        for base, patterns in reversed(self.patterns):
            verdict = patterns.check_file(name[len(base) :]).include
            if verdict is not None:
                return verdict
        return False


NOTHING = Ignored()


def _read(file: Path) -> _Patterns:
    from pathspec import GitIgnoreSpec  # 50 ms, and git mostly makes it needless

    try:
        lines = file.read_text("utf-8-sig", "surrogateescape").splitlines()
    except OSError:
        lines = []  # as git does; a file too many is looked at rather than one too few
    return GitIgnoreSpec.from_lines(filter(_is_pattern, lines), backend=_BACKEND)


def _is_pattern(line: str) -> bool:
    """Git takes no notice of a line that is no pattern; the library refuses the whole file."""
    from pathspec import GitIgnoreSpec  # as above

    try:
        GitIgnoreSpec.from_lines([line], backend=_BACKEND)
    except ValueError:
        return False
    return True
