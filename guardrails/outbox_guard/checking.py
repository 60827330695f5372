"""Sources in, report out: the steps of a check, in order."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module

from outbox_guard.allowing.pruning import with_edits
from outbox_guard.allowing.suppressions import judged, suppress
from outbox_guard.facts import (
    Allow,
    Edit,
    Fact,
    Followed,
    GateSetting,
    Place,
    Undetermined,
    Unreadable,
    UselessAllow,
    Zone,
)
from outbox_guard.findings import Coverage, Finding, Report, Severity
from outbox_guard.fingerprints import fingerprinted
from outbox_guard.frontends import frontends_for
from outbox_guard.matching import FactsByKind
from outbox_guard.names import Names
from outbox_guard.rules import Rule
from outbox_guard.sources import Project, Source
from outbox_guard.trees import Tree

Fold = Callable[[Sequence[Fact], Names], Sequence[Fact]]
Level = Severity | str  # also "off"


def _own(code: str, zone: Zone, severity: Severity) -> Level:
    """The rule's own severity, where nothing is configured."""
    del code, zone
    return severity


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """By what a project is judged."""

    names: Names
    rules: tuple[Rule, ...]  # those that run
    codes: tuple[str, ...] = ()  # of all rules that there are
    enforced: bool = False
    settings: tuple[GateSetting, ...] = ()  # what the configuration claims, and to be reported
    today: str = ""  # "2027-01-31": allow comments may be over by then; "" for no day at all
    level: Callable[[str, Zone, Severity], Level] = field(default=_own)


def read(path: str, project: Project) -> tuple[Fact, ...]:
    """The facts of one file."""
    source = project.source(path)
    if source is None:
        return ()
    return tuple(
        fact for frontend in frontends_for(path) for fact in frontend.lower(source, project)
    )


def check_sources(texts: Mapping[str, str], judgement: Judgement) -> Report:
    """Check a project that is only in memory, file by file; `texts` are by path."""
    tree = Tree.of(texts, judgement.names)
    facts = [fact for path in sorted(texts) for fact in read(path, tree)]
    return judge(facts, tree, judgement, reported=tree.paths)


def judge(
    facts: Iterable[Fact],
    tree: Tree,
    judgement: Judgement,
    *,
    reported: Collection[str],
    settle: Callable[[list[Finding]], tuple[list[Finding], list[UselessAllow]]] | None = None,
    fold: Fold | None = None,
) -> Report:
    """Fold, find, suppress: from the facts of all files to what is said of the reported ones.

    `settle` marks what a baseline knows, and tells which of its entries are stale; `fold` is for
    who has folded these facts before.
    """
    folded = (fold or fold_facts)((*facts, *judgement.settings), judgement.names)
    places = {*reported, *(setting.place.path for setting in judgement.settings)}
    codes, today = judgement.codes, judgement.today
    allows = [judged(fact, codes, today) for fact in folded if isinstance(fact, Allow)]
    others = [fact for fact in folded if not isinstance(fact, Allow)]
    found = [
        located(finding, tree)
        for finding in find(judgement, [*others, *allows])
        if finding.place.path in places
    ]
    active = frozenset(rule.code for rule in judgement.rules)
    settled, useless = suppress(found, allows, active=active, reported=reported)
    useless = list(with_edits(useless, allows, tree.source))
    stale: list[UselessAllow] = []
    if settle is not None:
        settled, stale = settle(list(fingerprinted(settled)))
    settled += [located(finding, tree) for finding in find(judgement, [*useless, *stale])]
    return Report(
        findings=tuple(sorted(fingerprinted(settled), key=_order)),
        coverage=_coverage(others, reported),
        rules=tuple(rule.page for rule in judgement.rules),
        enforced=judgement.enforced,
    )


def fold_facts(facts: Sequence[Fact], names: Names) -> Sequence[Fact]:
    """What the facts of all files add up to."""
    if not facts:
        return ()
    from outbox_guard.folding import fold  # nothing to fold, nothing to import

    return tuple(fold(facts, names))


def prepare_to_fold() -> None:
    """Import what folds facts, while others still look for them."""
    import_module("outbox_guard.folding")


def find(judgement: Judgement, facts: Iterable[Fact]) -> Iterator[Finding]:
    """What the rules find, once for each rule and place."""
    by_kind = _by_kind(facts)
    seen: set[tuple[str, Place]] = set()
    for rule in judgement.rules:
        for finding in rule.findings(by_kind, enforced=judgement.enforced):
            level = judgement.level(rule.code, finding.place.zone, finding.severity)
            if level != "off" and (rule.code, finding.place) not in seen:
                seen.add((rule.code, finding.place))
                yield _at_level(finding, level)


def _at_level(finding: Finding, level: Level) -> Finding:
    severity: Severity = "error" if level == "error" else "warning"
    return dataclasses.replace(finding, severity=severity)


def _by_kind(facts: Iterable[Fact]) -> FactsByKind:
    by_kind: dict[type[Fact], list[Fact]] = {}
    for fact in facts:
        by_kind.setdefault(type(fact), []).append(fact)
    return by_kind


def located(finding: Finding, tree: Tree) -> Finding:
    """With the source lines that it points at, and with a fix only where that is certain."""
    source = tree.source(finding.place.path)
    lines = _lines(source, finding.place) if source else ()
    fits = finding.fix is None or all(_stands(edit, tree) for edit in finding.fix.edits)
    return dataclasses.replace(finding, lines=lines, fix=finding.fix if fits else None)


def _stands(edit: Edit, tree: Tree) -> bool:
    """Whether the words to replace stand there as they are: an escape may mean them too."""
    source = tree.source(edit.place.path)
    return source is not None and source.words(edit.place) == edit.words


def _lines(source: Source, place: Place) -> tuple[str, ...]:
    last = min(place.end_line, len(source.line_starts))
    return tuple(source.line(number) for number in range(place.line, last + 1))


def _order(finding: Finding) -> tuple[Place, str]:
    return finding.place, finding.code


def _coverage(facts: Sequence[Fact], reported: Collection[str]) -> Coverage:
    """Only what stands in the reported files; the number of files is the caller's to say."""
    here = [fact for fact in facts if fact.place.path in reported]
    followed = {fact.place for fact in here if isinstance(fact, Followed)}
    lost = {fact.place for fact in here if isinstance(fact, Undetermined)}
    unread = sum(isinstance(fact, Unreadable) for fact in here)
    files = len(reported)
    return Coverage(
        files=files,
        parsed=files - unread,
        statements=len(followed | lost),
        undetermined=len(lost),
    )
