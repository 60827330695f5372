"""Judges what is being typed at once, with what is known of all other files from the last check.

Only the file that has changed is read. What other files make of the change is told by the next
whole check, which takes longer: see `engine.py`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from outbox_guard.checking import read
from outbox_guard.discovery import as_typed, leaves_out, read_source, unreadable
from outbox_guard.errors import UsageError
from outbox_guard.facts import Fact, Unreadable
from outbox_guard.folding import Folding
from outbox_guard.gathering import Facts
from outbox_guard.intake import Intake
from outbox_guard.lsp.outcomes import Buffers, Outcome, World, outcome_of
from outbox_guard.lsp.projects import Configuration, by_project, paths_in, stamp
from outbox_guard.names import Names
from outbox_guard.parseable import PYTHON, broken
from outbox_guard.project import Setup, conclude, is_enforced, names_today, renamed
from outbox_guard.reading import Bug, Lost, outcome
from outbox_guard.sieve import Sieve
from outbox_guard.sources import Source
from outbox_guard.trees import Tree


class Glancer:
    """All projects of which enough is known."""

    def __init__(self) -> None:
        self._projects: dict[Path, _Project] = {}
        self._roots: dict[Path, Path] = {}  # of files, until a whole check looks again

    def learn(self, news: World) -> None:
        """Take in what a whole check has seen."""
        self._roots.clear()
        known = self._projects.get(news.root)
        if known is not None:
            known.learn(news)
        elif news.paths is not None:
            self._projects[news.root] = _Project(news)

    def glance(self, buffers: Buffers) -> Outcome | None:
        """What is found in the open files, or None where that takes a whole check."""
        found = Outcome()
        for root, held in by_project(buffers, self._roots).items():
            project = self._projects.get(root)
            seen = None if project is None else project.glance(held)
            if seen is None:
                return None
            found |= seen
        return found

    def prepare(self, buffers: Buffers, file: Path) -> None:
        """Be ready for the first key in an open file.

        A line is typed at its end and taken back: that a key costs less than a whole file is due
        to what is known of the two states before it.
        """
        for root, held in by_project(buffers, self._roots).items():
            if file in held and root in self._projects:
                self._projects[root].prepare(held, file)


class _Project:
    """One project: what the last whole check has seen of it, and what was typed since."""

    def __init__(self, world: World) -> None:
        self._configuration = Configuration(world.root)
        self._world = world
        self._configured: Setup | None = None
        self._setup: Setup | None = None  # the same, by the names that tables have today
        self._held: dict[str, Source | Unreadable] = {}
        self._typed: dict[str, tuple[bytes, Facts]] = {}
        self._stamps: dict[str, object] = {}  # of the files on disk that were looked into
        self._view: tuple[Tree, Sieve] | None = None
        self._ready: dict[str, Tree] = {}  # of what view a file was prepared for typing
        self._folding: Folding | None = None
        self._folded: tuple[Sequence[Fact], Sequence[Fact]] | None = None
        # Whoever breaks an import to mend it has not made a file harmless: what mattered once
        # is looked into for as long as it is open.
        self._mattered = frozenset(world.read)
        self._carried = world.carriers

    def learn(self, news: World) -> None:
        before, self._world = self._world, news.after(self._world)
        again = before.stamps == news.stamps
        self._mattered = self._mattered.union(news.read) if again else frozenset(news.read)
        carried = self._carried | news.carriers if again else news.carriers
        if not again or news.paths is not None or carried != self._carried:
            self._view = None
        self._carried = carried

    def prepare(self, held: Buffers, file: Path) -> None:
        (path,) = paths_in(self._world.root, [file])
        if self._is_ready(path) or self.glance(held) is None or path not in self._held:
            return
        assert self._view is not None
        tree, sieve = self._view
        self._ready[path] = tree
        for text in (held[file] + "\n", held[file]):
            typed = as_typed(text, path, tree.names.zones.of(path))
            self._held[path] = typed
            tree.forget(path)
            if isinstance(typed, Source):
                self._facts(typed, tree, sieve)

    def _is_ready(self, path: str) -> bool:
        return self._view is not None and self._ready.get(path) is self._view[0]

    def glance(self, held: Buffers) -> Outcome | None:
        try:
            configured = self._configuration.current()
        except UsageError:
            return None  # the whole check tells what is wrong
        if self._configuration.stamps != self._world.stamps:
            return None
        files = paths_in(self._world.root, held)
        texts = {path: held[file] for path, file in files.items()}
        if configured is not self._configured or self._setup is None:
            self._configured = configured
            self._use(configured)
        setup, taken = self._by_todays_names(configured, texts)
        judgement = setup.judgement(enforced=is_enforced(os.environ))
        report = conclude(setup, taken, judgement, whole=False, fold=self._fold)
        return outcome_of(report, files, self._world.root)

    def _use(self, setup: Setup) -> Setup:
        """Nothing is known by other names than those."""
        self._setup, self._view, self._typed = setup, None, {}
        return setup

    def _by_todays_names(self, configured: Setup, texts: Mapping[str, str]) -> tuple[Setup, Intake]:
        """What is known, by the names that the outbox's tables have after all renaming."""
        setup = self._setup or configured
        taken = self._taken(setup, texts)
        names = names_today(configured, taken.facts)
        if names == setup.loaded.config.names:
            return setup, taken
        is_plain = names == configured.loaded.config.names
        setup = self._use(configured if is_plain else renamed(configured, names))
        return setup, self._taken(setup, texts)

    def _fold(self, facts: Sequence[Fact], names: Names) -> Sequence[Fact]:
        """What the facts add up to; most keys change none of them."""
        if self._folding is None or self._folding.names != names:
            self._folding, self._folded = Folding(names), None
        if self._folded is None or self._folded[0] != facts:
            self._folded = facts, self._folding.fold(facts)
        return self._folded[1]

    def _taken(self, setup: Setup, texts: Mapping[str, str]) -> Intake:
        """All that is known, and what stands in these texts."""
        root, exclude = self._world.root, setup.loaded.config.exclude
        left_out = partial(leaves_out, root=root, exclude=exclude, listed=self._world.listed)
        held = {path: text for path, text in texts.items() if not left_out(path)}
        tree, sieve = self._looking_at(setup, held)
        self._typed = {path: self._entry(path, tree, sieve) for path in held}
        known = {path: self._world.known[path] for path in self._world.read} | self._typed
        facts = [fact for fact in self._world.unread if fact.place.path not in held]
        facts += (fact for path in sorted(known) for fact in known[path][1])
        return Intake(tuple(facts), tree, frozenset(held), len(held), {}, {}, ())

    def _looking_at(self, setup: Setup, held: Mapping[str, str]) -> tuple[Tree, Sieve]:
        """The project with these texts in it; what was asked of files that stay is known."""
        zones = setup.loaded.config.zones
        if self._view is None or held.keys() != self._held.keys():
            paths = self._world.listed | held.keys()
            names = setup.loaded.config.names
            sieve = Sieve.over(names, paths, every_call=bool(setup.loaded.rule_files))
            self._view = Tree(names, paths, self._open, self._carried, memory={}), sieve
        tree, sieve = self._view
        before = self._held
        self._held = {path: as_typed(text, path, zones.of(path)) for path, text in held.items()}
        for path in [*tree.opened]:
            if path in held:
                changed = self._held[path] != before.get(path)
            else:
                changed = stamp(self._world.root / path) != self._stamps.get(path)
            if changed:
                tree.forget(path)
        return tree, sieve

    def _open(self, path: str) -> Source | Unreadable:
        if path in self._held:
            return self._held[path]
        assert self._setup is not None
        file = self._world.root / path
        self._stamps[path] = stamp(file)
        return read_source(file, path, self._setup.loaded.config.zones.of(path))

    def _entry(self, path: str, tree: Tree, sieve: Sieve) -> tuple[bytes, Facts]:
        """The facts of an open file: those that are known, where its text is the same."""
        source = self._held[path]
        if isinstance(source, Unreadable):
            return b"", (source,)
        for known in (self._world.known.get(path), self._typed.get(path)):
            if known is not None and known[0] == source.digest:
                return known
        return source.digest, self._facts(source, tree, sieve)

    def _facts(self, source: Source, tree: Tree, sieve: Sieve) -> Facts:
        path, data = source.path, source.text.encode("utf-8", "replace")
        matters = path in self._mattered or sieve.passes(path, data)
        if not matters and not (path.endswith(PYTHON) and any(broken([(path, source.text)]))):
            return ()
        found = outcome(partial(_read, tree), path)
        if isinstance(found, Lost):
            return (unreadable(path, source.zone, found.reason),)
        if isinstance(found, str):
            raise Bug(path, found)
        return found


def _read(tree: Tree, path: str) -> Facts:
    return read(path, tree)
