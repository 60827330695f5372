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
from outbox_guard.discovery import Discovered, decode, discover, read_source, selected
from outbox_guard.facts import Fact, Place, Unreadable, UselessAllow, Zone
from outbox_guard.findings import Coverage, Finding, Report, Severity
from outbox_guard.frontends import PATTERNS
from outbox_guard.names import Zones
from outbox_guard.reading import Lost, read_all
from outbox_guard.rules import Rule, builtin_files, load_rules
from outbox_guard.sieve import Sieve, Sifted, sift
from outbox_guard.sources import Source
from outbox_guard.trees import Tree

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
    return environment.get(ENFORCING, "") == "1"


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
    folder = find_root(Path(root)) if config is None else Path(root).resolve()
    if isinstance(config, Config):
        loaded = Loaded(folder, config)
    else:
        loaded = load(folder, None if config is None else Path(config))
    asked = is_enforced(os.environ) if enforced is None else enforced
    setup = set_up(loaded)
    report = run(setup, paths or [], enforced=asked, cwd=Path(root).resolve())
    return replace(report, strict=strict)


def run(
    setup: Setup,
    paths: Sequence[str],
    *,
    enforced: bool,
    cwd: Path | None = None,
    stdin: tuple[str, bytes] | None = None,
    sieved: bool = True,
    baselined: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Check a project; `stdin` is a path and what an editor holds in its place."""
    config = setup.loaded.config
    discovered = discover(setup.loaded.root, PATTERNS, config.exclude, config.zones)
    overlay = dict([stdin]) if stdin else {}
    reported = frozenset(overlay) if stdin else selected(paths, discovered, cwd=cwd)
    files = sorted({*discovered.files, *reported, *overlay} - _troubled(discovered))
    opening = partial(_open, discovered, overlay, config.zones)
    everything = frozenset((*files, *discovered.others))
    sifted = _sift(files, discovered, overlay, Sieve(config.names))
    tree = Tree(config.names, everything, opening, sifted.carriers)
    matters = [path for path in files if path in sifted.passed] if sieved else files
    facts = [*discovered.unreadable, *_read(matters, tree, progress)]
    report = judge(
        facts,
        tree,
        setup.judgement(enforced=enforced),
        reported=reported,
        settle=_settle(setup, reported, whole=not paths and not stdin) if baselined else None,
    )
    unread = len(reported) - report.coverage.parsed
    parsed = max(len(reported & frozenset(matters)) - unread, 0)
    coverage = replace(report.coverage, files=len(reported), parsed=parsed)
    return replace(report, coverage=coverage, root=str(setup.loaded.root))


def _troubled(discovered: Discovered) -> frozenset[str]:
    return frozenset(fact.place.path for fact in discovered.unreadable)


def _open(
    discovered: Discovered, overlay: Mapping[str, bytes], zones: Zones, path: str
) -> Source | Unreadable:
    if path in overlay:
        return decode(overlay[path], path, zones.of(path))
    return read_source(discovered.file(path), path, zones.of(path))


def _sift(
    files: Sequence[str], discovered: Discovered, overlay: Mapping[str, bytes], sieve: Sieve
) -> Sifted:
    """The files that can matter; one whose bytes cannot be had is left to be reported."""
    data: dict[str, bytes] = {}
    lost: set[str] = set()
    for path in files:
        try:
            data[path] = overlay[path] if path in overlay else discovered.file(path).read_bytes()
        except OSError:
            lost.add(path)
    sifted = sift(sieve, data)
    return replace(sifted, passed=sifted.passed | lost)


def _read(paths: Sequence[str], tree: Tree, progress: Progress | None) -> Iterator[Fact]:
    """The facts of all files, in the order of their paths."""
    results: dict[str, tuple[Fact, ...]] = {}
    for outcome in read_all(paths, partial(_facts, tree)):
        if isinstance(outcome, Lost):
            place = Place(outcome.path, 1, 1, 1, 1, tree.names.zones.of(outcome.path))
            results[outcome.path] = (Unreadable(place=place, reason=outcome.reason),)
        else:
            results[outcome[0]] = outcome[1]
        if progress is not None:
            progress(len(results), len(paths))
    for path in paths:
        yield from results[path]


def _facts(tree: Tree, path: str) -> tuple[Fact, ...]:
    found = tree.open(path)
    return (found,) if isinstance(found, Unreadable) else read(path, tree)


def existing_baseline(loaded: Loaded) -> Baseline | None:
    """The project's baseline, if it has one."""
    shown = os.path.relpath(loaded.baseline, loaded.root).replace(os.sep, "/")
    return read_baseline(loaded.baseline, shown, required=loaded.names_baseline)


def _settle(
    setup: Setup, reported: frozenset[str], *, whole: bool
) -> Callable[[list[Finding]], tuple[list[Finding], list[UselessAllow]]] | None:
    """What the baseline knows; an entry is stale only where its file was looked at, or is gone."""
    baseline = existing_baseline(setup.loaded)
    if baseline is None:
        return None
    active = frozenset(rule.code for rule in setup.in_force)
    return partial(apply, baseline=baseline, active=active, covers=lambda p: whole or p in reported)
