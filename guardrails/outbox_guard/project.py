"""A project on disk, checked: which files, what they say, what is known already."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from outbox_guard.baseline import Baseline, apply, read_baseline
from outbox_guard.checking import Fold, Judgement, judge
from outbox_guard.config import (
    Config,
    ConfigError,
    Level,
    Loaded,
    Selection,
    choose,
    find_root,
    load,
    settings,
)
from outbox_guard.errors import UsageError
from outbox_guard.facts import Fact, Rename, UselessAllow, Zone
from outbox_guard.findings import Finding, Report, Severity
from outbox_guard.gathering import Progress
from outbox_guard.intake import Intake, Request, take_in
from outbox_guard.names import Names
from outbox_guard.record.remembering import remember, snapshot
from outbox_guard.rules import Rule, builtin_files, load_rules
from outbox_guard.subprojects import together

ENFORCING = "ENFORCE_NO_DB_QUERY"
SOURCE_DATE = "SOURCE_DATE_EPOCH"  # of reproducible builds


@dataclass(frozen=True)
class Setup:
    """The configuration of a project, and the rules that it puts in force."""

    loaded: Loaded
    rules: tuple[Rule, ...]  # all that there are
    selection: Selection

    @property
    def in_force(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.code in self.selection)

    def judgement(self, *, enforced: bool = False, whole: bool = False) -> Judgement:
        """By what the project is judged; the configuration itself only where all of it is."""
        return Judgement(
            names=self.loaded.config.names,
            rules=self.in_force,
            codes=tuple(rule.code for rule in self.rules),
            enforced=enforced,
            settings=tuple(settings(self.loaded)) if whole else (),
            today=today(os.environ),
            level=self.level,
        )

    def level(self, code: str, zone: Zone, own: Severity) -> Level:
        return self.selection.level(code, zone, own)


def set_up(loaded: Loaded) -> Setup:
    """Raises ConfigError and RuleError for whatever cannot be in force."""
    rules = load_rules((*builtin_files(), *loaded.rule_files), loaded.config.names)
    return Setup(loaded, rules, choose(loaded, {rule.code: rule.name for rule in rules}))


def today(environment: Mapping[str, str]) -> str:
    """The day by UTC, on which allow comments are judged; SOURCE_DATE_EPOCH may name another."""
    said = environment.get(SOURCE_DATE)
    if said is None:
        return datetime.now(UTC).date().isoformat()
    try:
        return datetime.fromtimestamp(int(said), UTC).date().isoformat()
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(
            f"{SOURCE_DATE}={said}: give seconds since 1970, or leave it out"
        ) from error


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
        loaded = Loaded(folder, config, alone=True)
    else:
        loaded = load(folder, None if config is None else Path(config))
    asked = is_enforced(os.environ) if enforced is None else enforced
    request = Request(paths=tuple(paths or ()), cwd=Path(root).resolve())
    report = run(set_up(loaded), request, enforced=asked)
    return replace(report, strict=strict)


def run(
    setup: Setup,
    request: Request,
    *,
    enforced: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Check a project; and inside of it, those with a configuration of their own, by that."""
    judgement = setup.judgement(enforced=enforced, whole=request.is_whole(setup.loaded.root))
    before = snapshot(setup.loaded) if request.is_plain else None
    taken, own = examine(setup, request, judgement, progress=progress)
    if before is not None and taken.trace is not None:
        usual = not enforced and not any(setup.loaded.asked)
        said = _clean(own, request, judgement.today) if usual else ()
        remember(before, setup.loaded, taken.trace, said)
    inner = {
        folder: run(
            inside(setup, folder),
            replace(request, paths=paths),
            enforced=enforced,
            progress=progress,
        )
        for folder, paths in taken.inner.items()
    }
    return together(own, inner)


def _clean(report: Report, request: Request, day: str) -> tuple[str, ...]:
    """What a run says in one line, when, and of what; nothing where it has more to say."""
    if report.open or request.cwd not in (None, Path(report.root)):
        return ()
    from outbox_guard.reporters.text import summary

    line = summary(report)
    return () if "\n" in line else (line, day, *request.paths)


def examine(
    setup: Setup,
    request: Request,
    judgement: Judgement,
    *,
    baselined: bool = True,
    progress: Progress | None = None,
) -> tuple[Intake, Report]:
    """What a project says, without those inside of it, and what is found there."""
    nearest = request.nearest and not setup.loaded.alone
    request = replace(request, nearest=nearest, every_call=bool(setup.loaded.rule_files))
    taken = take_in(setup.loaded.root, setup.loaded.config, request, progress)
    names = names_today(setup, taken.facts)
    if names != setup.loaded.config.names:
        setup = renamed(setup, names)
        judgement = replace(judgement, names=setup.loaded.config.names, rules=setup.in_force)
        taken = take_in(setup.loaded.root, setup.loaded.config, request, progress)
    whole = request.is_whole(setup.loaded.root)
    return taken, conclude(setup, taken, judgement, whole=whole, baselined=baselined)


def names_today(setup: Setup, facts: Iterable[Fact]) -> Names:
    """The names, with those that the project's own migrations have given to the outbox's tables."""
    if not any(isinstance(fact, Rename) and fact.kind == "table" for fact in facts):
        return setup.loaded.config.names
    from outbox_guard.schema.aliases import names_since

    return names_since(facts, setup.loaded.config.names)


def renamed(setup: Setup, names: Names) -> Setup:
    """The same project by other names of the outbox's tables."""
    config = replace(setup.loaded.config, outbox=names.outbox)
    return set_up(replace(setup.loaded, config=config))


def conclude(
    setup: Setup,
    taken: Intake,
    judgement: Judgement,
    *,
    whole: bool,
    baselined: bool = True,
    fold: Fold | None = None,
) -> Report:
    """What is found in what was taken in; `whole` is whether all of the project is reported on."""
    report = judge(
        taken.facts,
        taken.tree,
        judgement,
        reported=taken.reported,
        settle=_settle(setup, taken.reported, whole=whole) if baselined else None,
        fold=fold,
    )
    coverage = replace(report.coverage, parsed=taken.parsed)
    return replace(report, coverage=coverage, root=str(setup.loaded.root))


def inside(setup: Setup, folder: str) -> Setup:
    """A project inside: its own configuration, and what the command line said."""
    select, ignore = setup.loaded.asked
    try:
        return set_up(load(setup.loaded.root / folder).called(select=select, ignore=ignore))
    except ConfigError as error:
        moved = (replace(each, file=f"{folder}/{each.file}") for each in error.problems)
        raise ConfigError(moved) from error


def existing_baseline(loaded: Loaded, *, required: bool = True) -> Baseline | None:
    """The project's baseline; where it is named, it must be there, unless it is being written."""
    must_be = required and loaded.names_baseline
    if loaded.names_baseline and loaded.baseline.is_dir():
        says = f"{loaded.config.baseline!r} is a folder; name the file"
        raise ConfigError([loaded.problem(("baseline",), says)])
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
