"""A project on disk, checked: which files, what they say, what is known already."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from outbox_guard.baseline import Baseline, apply, read_baseline
from outbox_guard.checking import Judgement, judge, read
from outbox_guard.config import Config, Level, Loaded, Selection, choose, find_root, load
from outbox_guard.discovery import (
    Discovered,
    decode,
    discover,
    read_source,
    selected,
    unreadable,
)
from outbox_guard.errors import UsageError
from outbox_guard.facts import Fact, Unreadable, UselessAllow, Zone
from outbox_guard.findings import Finding, Report, Severity
from outbox_guard.frontends import PATTERNS, prepare
from outbox_guard.names import Zones
from outbox_guard.rules import Rule, builtin_files, load_rules
from outbox_guard.sieve import Sieve, Sifted, sift
from outbox_guard.sources import Source
from outbox_guard.trees import Open, Tree

ENFORCING = "ENFORCE_NO_DB_QUERY"

Progress = Callable[[int, int], None]  # files read, of how many


@dataclass(frozen=True)
class Setup:
    """The configuration of a project, and the rules that it puts in force."""

    loaded: Loaded
    rules: tuple[Rule, ...]  # all that there are
    selection: Selection

    @property
    def in_force(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.code in self.selection)

    def judgement(self, *, enforced: bool = False) -> Judgement:
        return Judgement(
            names=self.loaded.config.names,
            rules=self.in_force,
            codes=tuple(rule.code for rule in self.rules),
            enforced=enforced,
            level=self.level,
        )

    def level(self, code: str, zone: Zone, own: Severity) -> Level:
        return self.selection.level(code, zone, own)


def set_up(loaded: Loaded) -> Setup:
    """Raises ConfigError and RuleError for whatever cannot be in force."""
    rules = load_rules((*builtin_files(), *loaded.rule_files), loaded.config.names)
    return Setup(loaded, rules, choose(loaded, {rule.code: rule.name for rule in rules}))


def is_enforced(environment: Mapping[str, str]) -> bool:
    """Whether the environment asks for enforce mode; a value that says nothing is refused."""
    value = environment.get(ENFORCING, "").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("", "0", "false", "no", "off"):
        return False
    raise UsageError(f"{ENFORCING}={environment[ENFORCING]}: say 1, or leave it out")


def check(
    root: str | os.PathLike[str] = ".",
    paths: Sequence[str] | None = None,
    config: Config | str | os.PathLike[str] | None = None,
    *,
    enforced: bool | None = None,
    strict: bool = False,
) -> Report:
    """Check a project, and return what was found.

    `root` is the project's folder, or one inside of it; `paths`, relative to it, choose what is
    reported, never what is read; `config` is a configuration or the path of one, in place of the
    project's own. `enforced` is ENFORCE_NO_DB_QUERY=1, which counts where it is left out.

    Raises UsageError for a wrong path or configuration, RuleError for a wrong rule.
    """
    if not Path(root).exists():
        raise UsageError(f"{os.fspath(root)}: there is no such folder")
    folder = find_root(Path(root)) if config is None else Path(root).resolve()
    if isinstance(config, Config):
        loaded = Loaded(folder, config)
    else:
        loaded = load(folder, None if config is None else Path(config))
    asked = is_enforced(os.environ) if enforced is None else enforced
    wanted = Wanted(paths=tuple(paths or ()), cwd=Path(root).resolve(), enforced=asked)
    report = run(set_up(loaded), wanted)
    return replace(report, strict=strict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to check, and how."""

    paths: tuple[str, ...] = ()  # to report on; the whole project where there are none
    cwd: Path | None = None  # what they are relative to
    stdin: tuple[str, bytes] | None = None  # a path, and what an editor holds in its place
    enforced: bool = False
    sieved: bool = True
    baselined: bool = True


def run(setup: Setup, wanted: Wanted, progress: Progress | None = None) -> Report:
    """Check a project."""
    config = setup.loaded.config
    discovered = discover(setup.loaded.root, PATTERNS, config.exclude, config.zones)
    overlay = dict([wanted.stdin]) if wanted.stdin else {}
    reported = frozenset(overlay) or selected(wanted.paths, discovered, cwd=wanted.cwd)
    files = sorted({*discovered.files, *reported, *overlay} - _troubled(discovered))
    opening = partial(_open, discovered, overlay, config.zones)
    sifted, broken = _sift(files, opening, Sieve(config.names))
    everything = frozenset((*files, *discovered.others))
    tree = Tree(config.names, everything, opening, sifted.carriers)
    lost = frozenset(fact.place.path for fact in broken)
    matters = [p for p in files if p not in lost and (p in sifted.passed or not wanted.sieved)]
    facts = [*discovered.unreadable, *broken, *_read(matters, tree, progress)]
    report = judge(
        facts,
        tree,
        setup.judgement(enforced=wanted.enforced),
        reported=reported,
        settle=_settle(setup, reported, whole=not (wanted.paths or overlay))
        if wanted.baselined
        else None,
    )
    unread = {fact.place.path for fact in facts if isinstance(fact, Unreadable)}
    parsed = len(reported.intersection(matters) - unread)
    coverage = replace(report.coverage, parsed=parsed)
    return replace(report, coverage=coverage, root=str(setup.loaded.root))


def _troubled(discovered: Discovered) -> frozenset[str]:
    return frozenset(fact.place.path for fact in discovered.unreadable)


def _open(
    discovered: Discovered, overlay: Mapping[str, bytes], zones: Zones, path: str
) -> Source | Unreadable:
    if path in overlay:
        return decode(overlay[path], path, zones.of(path))
    return read_source(discovered.file(path), path, zones.of(path))


def _sift(files: Sequence[str], open_: Open, sieve: Sieve) -> tuple[Sifted, tuple[Unreadable, ...]]:
    """The files that can matter, and those that are no text."""
    data: dict[str, bytes] = {}
    broken: list[Unreadable] = []
    for path in files:
        found = open_(path)
        if isinstance(found, Unreadable):
            broken.append(found)
        else:
            data[path] = found.text.encode("utf-8", "surrogatepass")
    return sift(sieve, data), tuple(broken)


def _read(paths: Sequence[str], tree: Tree, progress: Progress | None) -> Iterator[Fact]:
    """The facts of all files, in the order of their paths."""
    if not paths:
        return
    from outbox_guard.reading import Answer, Lost, read_all  # most runs have nothing to read

    def told(path: str, outcome: Answer | Lost) -> Answer:
        if isinstance(outcome, Lost):
            return (unreadable(path, tree.names.zones.of(path), outcome.reason),)
        return outcome

    results: dict[str, Answer] = {}
    for path, outcome in read_all(paths, partial(_facts, tree), prepare=partial(prepare, paths)):
        results[path] = told(path, outcome)
        if progress is not None:
            progress(len(results), len(paths))
    for path in paths:
        yield from results[path]


def _facts(tree: Tree, path: str) -> tuple[Fact, ...]:
    found = tree.open(path)
    return (found,) if isinstance(found, Unreadable) else read(path, tree)


def existing_baseline(loaded: Loaded, *, required: bool = True) -> Baseline | None:
    """The project's baseline; where it is named, it must be there, unless it is being written."""
    must_be = required and loaded.names_baseline
    return read_baseline(loaded.baseline, loaded.baseline_path, required=must_be)


def _settle(
    setup: Setup, reported: frozenset[str], *, whole: bool
) -> Callable[[list[Finding]], tuple[list[Finding], list[UselessAllow]]] | None:
    """What the baseline knows; an entry is stale only where its file was looked at, or is gone."""
    baseline = existing_baseline(setup.loaded)
    if baseline is None:
        return None
    active = frozenset(rule.code for rule in setup.in_force)
    return partial(apply, baseline=baseline, active=active, covers=lambda p: whole or p in reported)
