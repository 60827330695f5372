"""Every way that a run may go: where the outcome is open, each answer is tried in its own run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

_MOST_RUNS = 1500  # in one state of a payment

T = TypeVar("T")


class TooMany(Exception):
    """There are more ways than anybody would write; the rest was not tried."""


@dataclass(slots=True)
class Choices:
    """The answers of one run: those that are laid down, and then the first of each question."""

    laid_down: Sequence[int] = ()
    taken: list[tuple[int, int]] = field(default_factory=list)  # answer, and how many there were
    doubts: list[str] = field(default_factory=list)

    def choose(self, options: int, doubt: str = "") -> int:
        """One of `options` answers; a doubt is why it is not known which of them can be."""
        index = len(self.taken)
        answer = self.laid_down[index] if index < len(self.laid_down) else 0
        self.taken.append((answer, options))
        if doubt and doubt not in self.doubts:
            self.doubts.append(doubt)
        return answer

    def following(self) -> list[int] | None:
        """The answers of the next run; None after the last."""
        taken = list(self.taken)
        while taken:
            answer, options = taken.pop()
            if answer + 1 < options:
                return [*(earlier for earlier, _ in taken), answer + 1]
        return None


def explore(run: Callable[[Choices], T]) -> Iterator[T]:
    """The results of all runs; TooMany where they do not end."""
    answers: list[int] | None = []
    for _ in range(_MOST_RUNS):
        if answers is None:
            return
        choices = Choices(answers)
        yield run(choices)
        answers = choices.following()
    if answers is not None:
        raise TooMany
