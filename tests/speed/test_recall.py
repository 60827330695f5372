"""What is answered from the record of the last run is what a full run says."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outbox_guard import check
from outbox_guard.cli import main
from outbox_guard.names import Names, Outbox
from outbox_guard.record.form import Record, record_file, state_of
from outbox_guard.record.quiet import is_quiet
from outbox_guard.record.recall import answer
from outbox_guard.record.remembering import RACY, Snapshot
from outbox_guard.sieve import Sieve
from outbox_guard.trees import Tree
from tests.support.corpus import forms

pytestmark = pytest.mark.skipif(not hasattr(os, "posix_spawnp"), reason="git is not asked there")

# -- what is quiet

SIEVES = [Sieve(Names()), Sieve(Names(outbox=Outbox(pending=("jobs to do", "q_*"), attempts=())))]


def matters(sieve: Sieve, path: str, text: str) -> bool:
    tree = Tree.of({path: text}, sieve.names)
    passes = sieve.passes(path, text.encode()) and not sieve.is_told_by_path(path)
    return passes or tree.carries(path) or tree.tells(path)


def test_whatever_matters_in_the_corpus_is_not_quiet() -> None:
    seen = 0
    for form in forms():
        sieve = Sieve(Names(outbox=Outbox(**form.case.outbox)))
        for path, text in form.case.files.items():
            if is_quiet(path, text.encode(), sieve.words, ()):
                assert not matters(sieve, path, text), (form.name, path)
                seen += 1
    assert seen


WORDS = """payment _outbox _pend ing attempts q_ jobs to do DISPATCH ING set SET local session role
authorization reset import * from ( \\ " ' + { } % \\x5f \\137 \\N{LOW\\ LINE} \\u005f pool engine
db query class Pending db_table transaction getattr psycopg 2 asyncpg create_ discard all coding:
x = return # . , ; é""".split()


@given(st.lists(st.sampled_from([*WORDS, " ", "\n", "\f"]), max_size=14).map("".join))
@example('x = "SET " + y')
@example("from x import\\\n*")
@example("x = 'set session ' '%s'")
@example('execute("RESET SESSION AUTH" + rest)')
def test_whatever_matters_is_not_quiet(text: str) -> None:
    for sieve in SIEVES:
        for path in ("a.py", "b/__init__.py", "c.sql", "d.md"):
            quiet = is_quiet(path, text.encode(), sieve.words, ())
            assert not (quiet and matters(sieve, path, text)), path


def test_usual_code_is_quiet() -> None:
    text = '"""Set up the page."""\nimport os\nprint(f"Set the {os.name} of \\"x\\"\\n")\n# é\n'
    assert is_quiet("a.py", text.encode(), SIEVES[0].words, (b"TABLE",))
    assert not is_quiet("a.py", text.encode() + b"x = TABLE\n", SIEVES[0].words, (b"TABLE",))


# -- a project in which anything may change

PLAIN = "import os\n\n\ndef run():\n    return os.sep\n"
FILES = {
    "outbox-guard.toml": "",
    ".gitignore": "build/\n",
    "app/names.py": 'TABLE = "payment_outbox_attempts"\n',
    "app/store.py": (
        "from app.helpers import send\nfrom app.names import TABLE\n\n\n"
        'def f(db):\n    send(db, f"UPDATE {TABLE} SET state = 1")\n'
    ),
    "app/helpers.py": "def send(db, text):\n    db.execute(text)\n",
    "app/one.py": PLAIN,
    "app/two.py": PLAIN,
    "app/deep/__init__.py": "",
    "app/deep/three.py": PLAIN,
    "schema/001.sql": "CREATE TABLE orders (id int);\n",
    "notes.md": "# Notes\n",
    "LICENSE": "Do what you like.\n",
}
NAMED = ("app/one.py", "app/two.py", "app/deep/three.py")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project; what is known of its files is kept from test to test."""
    folder = tmp_path_factory.mktemp("recall") / "project"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


@pytest.fixture
def root(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project as it was, and nothing of it is too young to be sure of its state."""
    monkeypatch.setattr("outbox_guard.record.remembering.TICK", 0)
    monkeypatch.setenv("OUTBOX_GUARD_CACHE", str(made.parent / "cache"))
    for name in ("ENFORCE_NO_DB_QUERY", "SOURCE_DATE_EPOCH", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(made)
    restore(made)
    return made


def restore(root: Path) -> None:
    for each in root.iterdir():
        if each.name != ".git":
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    for path, text in FILES.items():
        put(root, path, text)
    git(root, "add", "-A")


def git(root: Path, *arguments: str) -> None:
    subprocess.run(("git", *arguments), cwd=root, check=True)


def put(root: Path, path: str, text: str | bytes) -> None:
    """Write a file, and see to it that its time changes, however fast we are."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    before = state_of(str(file))
    while state_of(str(file)) == before:
        file.write_bytes(text.encode() if isinstance(text, str) else text)


class Hook:
    """Runs it on the named files: from the record where that answers, and in full."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def answers(self, *named: str) -> bool:
        self._capsys.readouterr()
        status = answer(["check", *named])
        said = self._capsys.readouterr().out
        full = main(["check", *named])
        told = self._capsys.readouterr().out
        if status is not None:
            assert (status, said) == (full, told)
        else:
            assert said == ""
        return status is not None


@pytest.fixture
def hook(root: Path, capsys: pytest.CaptureFixture[str]) -> Hook:
    main(["check", *NAMED])
    capsys.readouterr()
    found = Hook(capsys)
    assert found.answers(*NAMED), root
    return found


QUIET: dict[str, Callable[[Path], None]] = {
    "a named file": lambda root: put(root, "app/one.py", f"{PLAIN}# {PLAIN!r}\n"),
    "another file": lambda root: put(root, "app/deep/three.py", "x = 1\n"),
    "a document": lambda root: put(root, "notes.md", "# More notes\n"),
    "what nobody reads": lambda root: put(root, "LICENSE", "Do.\n"),
    "what is ignored": lambda root: put(root, "build/x.py", "import asyncpg\n"),
    "the index": lambda root: git(root, "add", "-A"),
    "the same bytes": lambda root: put(root, "app/two.py", PLAIN),
}


@pytest.mark.parametrize("edit", QUIET.values(), ids=QUIET)
def test_an_edit_of_no_consequence_is_answered(
    edit: Callable[[Path], None], root: Path, hook: Hook
) -> None:
    edit(root)
    assert hook.answers("app/one.py", "app/two.py")
    assert hook.answers(str(root / "app/one.py"))


def _link(root: Path, path: str, target: str) -> None:
    (root / path).unlink()
    (root / path).symlink_to(target)


def _move(root: Path, path: str, target: str) -> None:
    (root / path).rename(root / target)


def _folder_by_link(root: Path) -> None:
    shutil.copytree(root / "app/deep", root.parent / "deep", dirs_exist_ok=True)
    shutil.rmtree(root / "app/deep")
    (root / "app/deep").symlink_to(root.parent / "deep")


def _ignored(root: Path) -> None:
    put(root, ".gitignore", "build/\napp/two.py\n")
    git(root, "rm", "-q", "--cached", "app/two.py")


LOUD: dict[str, Callable[[Path], None]] = {
    "a table": lambda root: put(root, "app/one.py", 'x = "payment_outbox_pending"\n'),
    "a driver, in a file that is not named": lambda root: put(
        root, "app/deep/three.py", "import asyncpg\n"
    ),
    "a name that is taken": lambda root: put(
        root, "app/one.py", "from app.names import TABLE\nx = TABLE\n"
    ),
    "all names that are taken": lambda root: put(root, "app/one.py", "from app.names import *\n"),
    "a cut word": lambda root: put(root, "app/one.py", 'x = "payment_" "outbox_" "pending"\n'),
    "an escape": lambda root: put(root, "app/one.py", r'x = "payment\x5foutbox\x5fpending"'),
    "a switch": lambda root: put(root, "app/one.py", "def f(c, r):\n    c.execute('SET ' + r)\n"),
    "an allow comment": lambda root: put(root, "app/one.py", "# outbox-guard: allow OBG101 -- x\n"),
    "a word in a document": lambda root: put(root, "notes.md", "A zombie row.\n"),
    "broken code": lambda root: put(root, "app/one.py", "def f(:\n"),
    "no text": lambda root: put(root, "app/one.py", b"x = '\xff'\n"),
    "another encoding": lambda root: put(root, "app/one.py", "# coding: utf-7\nx = '+AGE-'\n"),
    "the helper that is followed": lambda root: put(root, "app/helpers.py", "def send(*_): ...\n"),
    "the names that are taken": lambda root: put(root, "app/names.py", 'TABLE = "orders"\n'),
    "the configuration": lambda root: put(root, "outbox-guard.toml", 'exclude = ["app/one.py"]\n'),
    "another configuration": lambda root: put(root, "pyproject.toml", "[project]\nname = 'x'\n"),
    "a configuration that git ignores": lambda root: put(
        root, "app/deep/outbox-guard.toml", 'exclude = ["*"]\n'
    ),
    "a repository within": lambda root: git(root / "app", "init", "-q"),
    "a new file": lambda root: put(root, "app/new.py", PLAIN),
    "a file that is gone": lambda root: (root / "app/two.py").unlink(),
    "a file that moved": lambda root: _move(root, "app/two.py", "app/three.py"),
    "a file that is a link": lambda root: _link(root, "app/two.py", "one.py"),
    "a folder that is a link": _folder_by_link,
    "a file that became ignored": _ignored,
    "a virtual environment": lambda root: put(root, "app/deep/pyvenv.cfg", ""),
    "the schema": lambda root: put(root, "schema/001.sql", "CREATE TYPE t AS ENUM ('a');\n"),
}


@pytest.mark.usefixtures("hook")
@pytest.mark.parametrize("edit", LOUD.values(), ids=LOUD)
def test_an_edit_that_may_matter_is_for_a_full_run(
    edit: Callable[[Path], None], root: Path
) -> None:
    edit(root)
    assert answer(["check", "app/one.py", "app/two.py", "app/deep/three.py"]) is None


@pytest.mark.usefixtures("hook")
def test_asked_for_more_than_files_a_full_run_answers(root: Path) -> None:
    for arguments in (["--strict", *NAMED], ["app"], ["."], [], ["LICENSE"], ["app/store.py"]):
        assert answer(["check", *arguments]) is None, arguments
    for others in ([], ["config"], ["explain", "OBG101"], ["--version"]):
        assert answer(others) is None
    os.chdir(root / "app")
    assert answer(["check", "one.py"]) is None


@pytest.mark.usefixtures("hook")
@pytest.mark.parametrize("name", ["ENFORCE_NO_DB_QUERY", "SOURCE_DATE_EPOCH", "COLUMNS"])
def test_where_the_environment_speaks_a_full_run_answers(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    assert answer(["check", *NAMED]) is None


@pytest.mark.usefixtures("hook")
@pytest.mark.parametrize("damage", [b"", b"x", b"00000000", b"\xff" * 99])
def test_a_damaged_record_answers_nothing(damage: bytes, root: Path) -> None:
    found = record_file(str(root), os.environ)
    assert found is not None
    Path(found).write_bytes(damage)
    assert answer(["check", *NAMED]) is None


@pytest.mark.usefixtures("hook")
def test_another_build_of_the_tool_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outbox_guard.record.form.__version__", "0.0.1")
    assert answer(["check", *NAMED]) is None


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_edited_the_answer_is_that_of_a_full_run(
    seed: int, hook: Hook, root: Path
) -> None:
    chance = random.Random(seed)
    edits = [*QUIET.values()] * 6 + [*LOUD.values()]
    answered = 0
    for step in range(15):
        if step % 5 == 4:
            restore(root)
        try:
            chance.choice(edits)(root)
        except OSError:
            continue  # an edit before took the file away
        named = [path for path in NAMED if (root / path).is_file()]
        answered += bool(named) and hook.answers(*chance.sample(named, 1))
    assert answered


# -- a hook that names no files, as the one that is installed

READS = FILES["app/store.py"].replace("UPDATE {TABLE} SET state = 1", "SELECT state FROM {TABLE}")
WHOLE: tuple[list[str], ...] = ([], ["."], ["app"], ["app", "notes.md"])


@pytest.fixture
def clean(root: Path, capsys: pytest.CaptureFixture[str]) -> Hook:
    """A project in which nothing is found."""
    put(root, "app/store.py", READS)
    assert main(["check"]) == 0
    capsys.readouterr()
    return Hook(capsys)


@pytest.mark.parametrize("paths", WHOLE, ids=" ".join)
@pytest.mark.parametrize("edit", QUIET.values(), ids=QUIET)
def test_what_the_last_run_was_asked_is_answered_in_its_words(
    edit: Callable[[Path], None], paths: list[str], root: Path, clean: Hook
) -> None:
    main(["check", *paths])
    edit(root)
    assert clean.answers(*paths)
    assert answer(["check", "schema"]) is None


@pytest.mark.parametrize("edit", LOUD.values(), ids=LOUD)
def test_whatever_may_matter_is_for_a_run_over_all(
    edit: Callable[[Path], None], root: Path, clean: Hook
) -> None:
    assert clean.answers()
    edit(root)
    assert answer(["check"]) is None


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    "before", [["--ignore", "OBG104"], ["--enforce"], ["app"], ["--select=OBG1"]], ids=" ".join
)
def test_another_question_leaves_no_answer(before: list[str], root: Path) -> None:
    put(root, "app/store.py", FILES["app/store.py"])
    main(["check", *before])
    assert answer(["check"]) is None


@pytest.mark.usefixtures("hook")
def test_what_was_found_is_found_again() -> None:
    main(["check"])
    assert answer(["check"]) is None


@pytest.mark.usefixtures("clean")
def test_an_answer_is_good_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    day = (2999, 1, 1, 0, 0, 0, 0, 1, 0)
    monkeypatch.setattr("outbox_guard.record.recall.time.gmtime", lambda: day)
    assert answer(["check"]) is None


def test_a_question_from_within_is_another(
    root: Path, clean: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert clean.answers()
    check(root / "app", ["deep"])
    assert answer(["check", "deep"]) is None
    monkeypatch.chdir(root / "app")
    main(["check"])
    assert answer(["check"]) is None


# -- what may change without a trace


def test_a_file_that_is_as_young_as_the_clock_is_exact_has_no_state() -> None:
    states = {"old": "1000 2000 5 7 100644", "young": "1000 9000000000 5 7 100644", "gone": ""}
    before = Snapshot(10_000_000_000, frozenset(states), states)
    assert [before.state(file) for file in states] == [states["old"], RACY, ""]


NAME = st.binary().map(lambda name: os.fsdecode(name.replace(b"\0", b"")))


SECTIONS = len(Record.__slots__)


@given(st.lists(st.lists(NAME), min_size=SECTIONS, max_size=SECTIONS))
def test_a_record_is_read_as_it_was_written(sections: list[list[str]]) -> None:
    record = Record(**dict(zip(Record.__slots__, sections, strict=True)))
    read = Record.unpacked(record.packed())
    assert [getattr(read, name) for name in Record.__slots__] == sections
