"""From the configuration files of a project to the one configuration in force."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from outbox_guard.config.contradictions import contradictions
from outbox_guard.config.files import (
    OWN_FILE,
    ConfigError,
    File,
    Problem,
    file_of,
    parse_file,
    read_file,
)
from outbox_guard.config.lines import Key
from outbox_guard.config.options import Config
from outbox_guard.config.records import Record
from outbox_guard.names import Texts


@dataclass(frozen=True)
class Loaded:
    """The configuration in force, and where it comes from."""

    root: Path
    config: Config = field(default_factory=Config)
    sources: tuple[File, ...] = ()  # nearest first: what a later one says, an earlier one overrules
    rule_files: tuple[Path, ...] = ()  # of the user's own rules
    proof_files: tuple[Path, ...] = ()  # and proofs
    called_with: Mapping[str, str] = field(default_factory=dict)  # key to command line option
    asked: tuple[Texts | None, Texts] = (None, ())  # by --select and --ignore
    alone: bool = False  # named by the caller: it holds for the projects inside, too

    @property
    def files(self) -> tuple[Path, ...]:
        """The configuration files that were read."""
        return tuple(source.path for source in self.sources)

    def source(self, key: Key) -> File | None:
        """The file that decides a key; None is the default."""
        names = [part for part in key if isinstance(part, str)]
        return next((each for each in self.sources if _reach(each.table, names)), None)

    def origin(self, key: Key) -> str:
        """Where a value comes from: "outbox-guard.toml:3", "--select", "default"."""
        if option := self.called_with.get(str(key[0])):
            return option
        source = self.source(key)
        return f"{source.shown}:{source.line(key)}" if source else "default"

    def problem(self, key: Key, says: str) -> Problem:
        """A mistake that only shows when all is known."""
        option = self.called_with.get(str(key[0]))
        source = self.source(key)
        if option or source is None:
            return Problem(option or str(key[0]), 0, says)
        return source.problem(key, says)

    @property
    def baseline(self) -> Path:
        """The file of known findings, there or not."""
        source = self.source(("baseline",))
        return (source.path.parent if source else self.root) / self.config.baseline

    @property
    def baseline_path(self) -> str:
        """The same as seen from the root, for messages."""
        return Path(os.path.relpath(self.baseline, self.root)).as_posix()

    @property
    def names_baseline(self) -> bool:
        """Does the configuration name the file, so that it must be there?"""
        return self.source(("baseline",)) is not None

    def called(self, *, select: Texts | None = None, ignore: Texts = ()) -> Loaded:
        """With the command line's selection.

        `--select` says anew which rules run, so nothing that the files ignore counts any more;
        `--ignore` takes away from what is selected, wherever that is said.
        """
        config, options = self.config, dict(self.called_with)
        if select is not None:
            config = dataclasses.replace(config, select=select, ignore=())
            options |= {"select": "--select", "ignore": "--select"}
        if ignore:
            config = dataclasses.replace(config, ignore=(*config.ignore, *ignore))
            options["ignore"] = "--ignore"
        asked = (select, ignore)
        return dataclasses.replace(self, config=config, called_with=options, asked=asked)


def _reach(table: Mapping[str, Any], names: Iterable[str]) -> bool:
    value: Any = table
    for part in names:
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True


def load(root: Path, explicit: Path | None = None) -> Loaded:
    """The configuration of the project at `root`, or the one in the file that was named.

    Raises ConfigError with every mistake of every file that it takes.
    """
    nearest = explicit or file_of(root)
    if nearest is None:
        return Loaded(root)
    sources, problems = _chain(nearest, root)
    rule_files, no_rules = _own_files(sources, "rules")
    proof_files, no_proofs = _own_files(sources, "proofs")
    problems += [problem for source in sources for problem in source.problems]
    problems += no_rules + no_proofs
    if problems:
        raise ConfigError(problems)
    config: Config = Record(Config).build(_merged(sources))
    alone = explicit is not None
    rule_files = tuple(file for file in rule_files if file not in proof_files)
    return _consistent(Loaded(root, config, tuple(sources), rule_files, proof_files, alone=alone))


def load_text(text: str) -> Loaded:
    """The configuration in a text, as that of a project which is only in memory."""
    file = parse_file(Path(OWN_FILE), OWN_FILE, text)
    problems = list(file.problems)
    if problems:
        raise ConfigError(problems)
    return _consistent(Loaded(Path(), Record(Config).build(file.table), (file,)))


def _consistent(loaded: Loaded) -> Loaded:
    """The same, where nothing in it contradicts itself; ConfigError else."""
    problems = []
    for name, *keys in contradictions(loaded.config):
        # What is said is told, and not the default that it contradicts.
        other, key = sorted(keys, key=lambda key: loaded.source(key) is not None)
        says = f"{name!r} cannot be this and {'.'.join(map(str, other))} as well"
        problems.append(loaded.problem(key, says))
    if problems:
        raise ConfigError(problems)
    return loaded


def _chain(nearest: Path, root: Path) -> tuple[list[File], list[Problem]]:
    """The file and all that it extends, nearest first."""
    problems: list[Problem] = []

    def visit(path: Path, way: tuple[Path, ...]) -> Iterator[File]:
        source = read_file(path, root)
        yield source
        extended = source.texts("extends")
        for position in reversed(range(len(extended))):  # of several, the last is the nearest
            target = (path.parent / extended[position]).resolve()
            if target in way:
                problems.append(source.problem(("extends", position), _cycle(way, target)))
                continue
            try:
                yield from visit(target, (*way, target))
            except ConfigError as error:
                problems.extend(error.problems)
                problems.append(source.problem(("extends", position), "cannot be built on"))

    start = nearest.resolve()
    return list(visit(start, (start,))), problems


def _cycle(way: Sequence[Path], again: Path) -> str:
    circle = (*way[way.index(again) :], again)
    common = Path(os.path.commonpath([path.parent for path in circle]))
    names = [path.relative_to(common).as_posix() for path in circle]
    return f"a file cannot build on itself: {' > '.join(names)}"


def _own_files(
    sources: Sequence[File], key: Literal["rules", "proofs"]
) -> tuple[tuple[Path, ...], list[Problem]]:
    """The user's files of a kind, as the nearest configuration that speaks of them says."""
    import glob  # most projects have none of their own

    source = next((each for each in sources if key in each.table), None)
    found: dict[Path, None] = {}
    problems: list[Problem] = []
    for position, pattern in enumerate(source.texts(key) if source else ()):
        assert source is not None
        folder = source.path.parent
        matches = sorted(glob.glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207 — "../"
        files = [folder / match for match in matches if (folder / match).is_file()]
        if not files:
            problems.append(source.problem((key, position), f"no file matches {pattern!r}"))
        found |= dict.fromkeys(files)
    return tuple(found), problems


def _merged(sources: Sequence[File]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for source in reversed(sources):
        merged = _merge(merged, source.table)
    return merged


def _merge(far: Mapping[str, Any], near: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merge by key, all else the nearer replaces.

    The nearer's keys come last: among severities equally exact, the last one counts.
    """
    merged = {key: value for key, value in far.items() if key not in near}
    for key, value in near.items():
        match far.get(key), value:
            case dict() as known, dict():
                merged[key] = _merge(known, value)
            case _:
                merged[key] = value
    return merged
