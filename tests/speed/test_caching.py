"""Facts that are kept are the facts that reading gives, whatever happened in between."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from pathlib import Path

import pytest

from outbox_guard.cache.entries import Cache
from outbox_guard.cache.questions import Facts, Recorded
from outbox_guard.cache.storing import Folder
from outbox_guard.checking import read
from outbox_guard.names import Names, Outbox
from outbox_guard.persistence import cache_folder
from outbox_guard.trees import Tree
from tests.support.command_line import findings, outbox_guard
from tests.support.corpus import Form, forms

FORMS = list(forms())
GUILTY = 'cursor.execute("DELETE FROM payment_outbox_pending")\n'
USES = f"from app.names import TABLE\n\n\ndef purge(cursor):\n    {GUILTY[:28]} + TABLE)\n"


class Memory:
    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}

    def load(self, key: str) -> bytes | None:
        return self.entries.get(key)

    def save(self, key: str, data: bytes) -> None:
        self.entries[key] = data

    def forget_the_old(self) -> None:
        self.entries.clear()


def through(cache: Cache, tree: Tree) -> dict[str, Facts]:
    """The facts of all files, as a run with a cache has them."""
    found = {}
    for path in sorted(tree.paths):
        facts = cache.facts(path, tree)
        if facts is None:
            recorded = Recorded(tree)
            facts = read(path, recorded)
            cache.keep(path, recorded, facts)
        found[path] = facts
    return found


def plainly(tree: Tree) -> dict[str, Facts]:
    return {path: read(path, tree) for path in sorted(tree.paths)}


@pytest.mark.parametrize("form", [pytest.param(form, id=form.name) for form in FORMS])
def test_what_is_kept_of_a_form_is_right_for_it_and_never_taken_for_its_twin(form: Form) -> None:
    names = Names(outbox=Outbox(**form.case.outbox))
    cache = Cache(Memory(), "this build")
    for case in (form.case, form.twin, form.case):
        tree = Tree.of(case.files, names)
        assert through(cache, tree) == plainly(tree)


def test_nothing_is_read_again_that_depends_on_nothing_new() -> None:
    cache = Cache(Memory(), "this build")
    texts = {"app/a.py": GUILTY, "app/b.py": GUILTY.replace("pending", "attempts")}
    through(cache, Tree.of(texts, Names()))
    changed = Tree.of({**texts, "app/b.py": "pass\n"}, Names())
    assert cache.facts("app/a.py", changed) == read("app/a.py", changed)
    assert cache.facts("app/b.py", changed) is None


FOLLOWED = {"app/__init__.py": "", "app/names.py": 'TABLE = "payment_outbox_pending"\n'}
CHANGES: dict[str, Mapping[str, str]] = {
    "a file that it follows": {"app/names.py": 'TABLE = "orders"\n'},
    "a file that now comes first": {"app/names/__init__.py": 'TABLE = "orders"\n'},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_a_file_was_followed_into_counts(change: Mapping[str, str]) -> None:
    cache = Cache(Memory(), "this build")
    texts = {**FOLLOWED, "app/use.py": USES}
    before = through(cache, Tree.of(texts, Names()))
    tree = Tree.of({**texts, **change}, Names())
    assert through(cache, tree) == plainly(tree)
    assert through(cache, Tree.of(texts, Names())) == before


def test_other_names_and_another_build_have_facts_of_their_own() -> None:
    storage = Memory()
    texts = {"app/a.py": GUILTY}
    through(Cache(storage, "this build"), Tree.of(texts, Names()))
    other = Names(outbox=Outbox(pending=("jobs",)))
    assert Cache(storage, "this build").facts("app/a.py", Tree.of(texts, other)) is None
    assert Cache(storage, "the next").facts("app/a.py", Tree.of(texts, Names())) is None
    assert Cache(storage, "this build").facts("app/a.py", Tree.of(texts, Names()))


def test_an_entry_makes_facts_and_nothing_else() -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, ("exit 1",)

    storage = Memory()
    tree = Tree.of({"app/a.py": GUILTY}, Names())
    through(Cache(storage, "this build"), tree)
    for data in (pickle.dumps(({}, Evil())), b"", b"\x80\x05garbage", pickle.dumps(7)):
        storage.entries = dict.fromkeys(storage.entries, data)
        assert Cache(storage, "this build").facts("app/a.py", tree) is None


# -- on disk


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "app").mkdir(parents=True)
    (root / "app" / "a.py").write_text(GUILTY)
    return root


def lines(root: Path, kept: Path, *options: str) -> list[tuple[str, int]]:
    env = {"OUTBOX_GUARD_CACHE": str(kept)}
    done = outbox_guard("check", "--format", "json", *options, ".", cwd=root, env=env)
    return [(found["code"], found["line"]) for found in findings(done)]


def entries(kept: Path) -> list[Path]:
    return [file for file in kept.rglob("*") if file.is_file()]


def test_a_run_keeps_what_it_read_and_the_next_one_takes_it(project: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    found = lines(project, kept)
    [entry] = entries(kept)
    written = entry.stat().st_mtime_ns
    assert found == lines(project, kept) == lines(project, kept, "--no-cache") != []
    assert entry.stat().st_mtime_ns == written


def test_without_a_cache_nothing_is_kept(project: Path, tmp_path: Path) -> None:
    assert lines(project, tmp_path / "kept", "--no-cache")
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("damage", [b"", b"x", b"\0" * 4000])
def test_a_damaged_entry_is_read_anew(project: Path, tmp_path: Path, damage: bytes) -> None:
    kept = tmp_path / "kept"
    found = lines(project, kept)
    [entry] = entries(kept)
    entry.write_bytes(damage)
    assert lines(project, kept) == found
    assert entry.read_bytes() != damage


def test_where_nothing_can_be_written_nothing_is_kept(project: Path, tmp_path: Path) -> None:
    kept = tmp_path / "a file"
    kept.write_text("in the way")
    assert lines(project, kept) == lines(project, tmp_path / "kept")


def test_an_entry_is_put_in_place_whole_and_old_ones_go(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.save("key", b"data")
    assert folder.load("key") == b"data"
    assert [file.name for file in tmp_path.iterdir()] == ["key"]
    (tmp_path / ".left-by-a-killed-run").write_bytes(b"")
    os.utime(tmp_path / ".left-by-a-killed-run", (0, 0))
    folder.forget_the_old()
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_the_folder_can_be_named_or_there_is_none(tmp_path: Path) -> None:
    assert cache_folder({"OUTBOX_GUARD_CACHE": str(tmp_path)}) == str(tmp_path)
    assert cache_folder({"OUTBOX_GUARD_CACHE": ""}) is None
    usual = cache_folder({})
    assert usual is None or Path(usual).name == "outbox-guard"
