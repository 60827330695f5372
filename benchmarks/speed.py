"""How fast outbox-guard is beside its peers: the table of docs/performance.md.

    python benchmarks/speed.py [--runs 5] [--only WORD]… [--files 16000] [--corpora FOLDER]

Fetches the corpora and the peers with pip into a folder that is thrown away (or kept, where
`--corpora` names one), sees whether each peer finds what it is there to find, lets them all run in
turns, and prints medians, spread, memory of the largest process, and ratios.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from measuring import Run, Side, compile_as_installed, in_turns
from workshop import Command, Workshop, check

FEWEST = 1_000  # files of a generated tree
LINTED = (0, 1)  # nothing was found, or something
FIXED = (0, 1, 2, 3)  # of Fixit: a bit for what was found, one for files that libcst cannot hold


@dataclass(frozen=True)
class Row:
    work: str
    against: str
    target: float  # at most so many times the peer's time
    ours: Run
    peer: Run
    first: Run | None = None  # what is run once before

    def told(self, sides: dict[Run, Side]) -> str:
        ours, peer = sides[self.ours], sides[self.peer]
        ratio = ours.seconds / peer.seconds
        verdict = "yes" if ratio <= self.target else "no"
        cells = (self.work, self.against, ours, peer, f"{ratio:.3g}", f"{self.target:g}", verdict)
        return f"| {' | '.join(map(str, cells))} |"


def rows(at: Workshop, most: int) -> Iterator[tuple[str, Callable[[], Row]]]:
    """The table of what is to be reached: what each row is about, and how to make it."""
    yield "large tree, cold: ruff", partial(_large, at, "ruff")
    yield "large tree, cold: ripgrep", partial(_large, at, "ripgrep")
    yield "large tree, cold: semgrep", partial(_large, at, "semgrep")
    yield "hot tree, cold: semgrep", partial(_hot, at, "semgrep")
    yield "hot tree, cold: fixit", partial(_hot, at, "fixit")
    yield "hot tree, warm", partial(_warm, at)
    yield "hook", partial(_hook, at)
    yield "hot tree, two processes", partial(_side_by_side, at)
    files = FEWEST
    while files * 2 <= most:
        yield f"scaling: {files * 2} files", partial(_twice, at, files)
        files *= 2


def _large(at: Workshop, peer: str) -> Row:
    name, target, command, statuses = {
        "ruff": ("ruff check --no-cache", 0.25, at.ruff, LINTED),
        "ripgrep": ("fifteen passes of ripgrep", 0.5, at.grep_guard, (0,)),
        "semgrep": ("semgrep", 0.03, at.semgrep, (0,)),
    }[peer]
    theirs = Run(command(), at.large, statuses=statuses)
    return Row("large tree, cold", name, target, Run(check("."), at.large), theirs)


def _hot(at: Workshop, peer: str) -> Row:
    name, target, command, statuses = {
        "semgrep": ("semgrep", 0.5, at.semgrep, (0,)),
        "fixit": ("Fixit 2, two rules", 0.1, at.fixit, FIXED),
    }[peer]
    theirs = Run(command(), at.hot, statuses=statuses)
    return Row("hot tree, cold", name, target, Run(check("."), at.hot), theirs)


def _warm(at: Workshop) -> Row:
    changed = next(at.hot.glob("procrastinate*/procrastinate/jobs.py"))
    warm = Run(check("."), at.hot, partial(_touch, changed), cache=str(at.folder / "kept"))
    cold = Run(check("."), at.hot)
    return Row("hot tree, warm, one file changed", "itself, cold", 0.05, warm, cold, warm)


def _touch(file: Path) -> None:
    text = file.read_text("utf-8").partition("\n# changed")[0]
    file.write_text(f"{text}\n# changed {random.random()}\n")


def _hook(at: Workshop) -> Row:
    three = sorted(at.clean.rglob("*.py"))[:3]
    hook: Command = (sys.executable, "-m", "outbox_guard", "check")  # as it is installed

    def touch_all() -> None:
        for file in three:
            _touch(file)

    ours = Run(hook, at.clean, touch_all, cache=str(at.folder / "kept"))
    nothing = Run((sys.executable, "-c", "pass"), at.clean)
    return Row("hook, three changed files of 300", "python -c pass", 4, ours, nothing, ours)


def _side_by_side(at: Workshop) -> Row:
    one = Run(check("."), at.hot, cores=1)  # it starts as many processes as it has cores
    two = Run(check("."), at.hot, cores=2)
    return Row("hot tree, two processes", "one process", 0.6, two, one)


def _twice(at: Workshop, files: int) -> Row:
    twice, once = (Run(check("."), at.generated(number)) for number in (files * 2, files))
    return Row(f"{files * 2:,} files", f"{files:,} files", 2.1, twice, once)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=5, help="of each command (default: 5)")
    parser.add_argument(
        "--only", action="append", metavar="WORD", help="only rows with this in them"
    )
    parser.add_argument("--files", type=int, default=16_000, help="in the largest generated tree")
    parser.add_argument("--corpora", type=Path, metavar="FOLDER", help="keep what is fetched there")
    asked = parser.parse_args()
    compile_as_installed()
    with tempfile.TemporaryDirectory() as scratch:
        at = Workshop((asked.corpora or Path(scratch)).resolve())
        at.folder.mkdir(parents=True, exist_ok=True)
        at.check_peers()
        words = asked.only or [""]
        every = list(rows(at, asked.files))
        for word in words:
            if not any(word in about for about, _ in every):
                parser.error(f"no row has {word!r} in it, of: {'; '.join(a for a, _ in every)}")
        table = [make() for about, make in every if any(word in about for word in words)]
        for row in table:
            if row.first is not None:
                row.first.measured()
        runs = dict.fromkeys(run for row in table for run in (row.ours, row.peer))
        sides = in_turns(runs, asked.runs, partial(print, file=sys.stderr))
    print("| work | against | outbox-guard | peer | ratio | to reach | reached |")
    print("|---|---|--:|--:|--:|--:|---|")
    for row in table:
        print(row.told(sides))


if __name__ == "__main__":
    main()
