"""What is found at a glance, while somebody types, is what a whole check finds."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest

from outbox_guard.checking import read
from outbox_guard.config.rendering import toml_value
from outbox_guard.findings import Finding
from outbox_guard.gathering import FactsByPath, Progress
from outbox_guard.lsp.engine import Engine
from outbox_guard.lsp.glancing import Glancer
from outbox_guard.lsp.outcomes import Settled
from outbox_guard.trees import Tree
from tests.support.corpus import Form, forms

EVERY = 40  # forms of which one is typed into
KEYS = (
    *"x(\"';#",
    "\n",
    "\n\n",
    "# outbox-guard: allow[OBG101] a drill\n",
    "-- outbox-guard: allow[OBG103] a drill\n",
    "DELETE FROM payment_outbox_pending",
    '\nQUEUE = "payment_outbox_pending"\n',
    "\nDELETE FROM payment_outbox_pending;\n",
    "ä😀",
    "$$",
    "/*",
    "\n$$;\nDO $$ BEGIN DELETE FROM payment_outbox_pending; END $$;\n",
    "\nCREATE VIEW v AS SELECT * FROM payment_outbox_pending;\n",
    "\nDELETE FROM v;\n",
    "\nCREATE FUNCTION f(a text) RETURNS text LANGUAGE sql AS 'SELECT $1';\n",
    "\nINSERT INTO payment_outbox_attempts (state) SELECT f('ZOMBIE_REQUEUE');\n",
    "\nCREATE TABLE t (state text);\nINSERT INTO t VALUES ('ZOMBIE_REQUEUE');\n",
    "\nINSERT INTO payment_outbox_attempts (state) SELECT state FROM t;\n",
    "\nSELECT * FROM payment_outbox_pending FOR UPDATE SKIP LOCKED;\n",
    "\\set x payment_outbox_pending\n",
    "\nDELETE FROM :x;\n",
    "\nSET check_function_bodies = off;\n",
)


def read_here(paths: Sequence[str], tree: Tree, progress: Progress | None) -> FactsByPath:
    """In this process: no file here takes long."""
    del progress
    return {path: read(path, tree) for path in paths}


def laid_out(form: Form, root: Path) -> Path:
    """The project of a form; the file that it is about."""
    for path, text in form.case.files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    names = (
        f"{key.replace('_', '-')} = {toml_value(list(v) if isinstance(v, tuple) else v)}\n"
        for key, v in form.case.outbox.items()
    )
    (root / "outbox-guard.toml").write_text("[outbox]\n" + "".join(names), "utf-8")
    return root / form.case.path


def checked(engine: Engine, glancer: Glancer, file: Path, text: str) -> Sequence[Finding]:
    """By a whole check, of which the glancer is told."""
    settled = engine.check({file: text})
    assert isinstance(settled, Settled)
    for world in settled.news:
        glancer.learn(world)
    return settled.outcome.findings[file]


def glanced(glancer: Glancer, file: Path, text: str) -> Sequence[Finding]:
    outcome = glancer.glance({file: text})
    assert outcome is not None
    return outcome.findings[file]


def typed(text: str, dice: random.Random) -> Iterator[str]:
    """The text, while somebody types and takes back."""
    for _ in range(4):
        at = dice.randrange(len(text) + 1)
        key = dice.choice(KEYS)
        yield text[:at] + key + text[at:]
        yield text[:at] + text[at + dice.randrange(8) :]


SOME = [*islice(forms(), 0, None, EVERY), *(form for form in forms() if "new name" in form.name)]


@pytest.mark.parametrize("form", SOME, ids=lambda form: form.name)
def test_a_glance_finds_what_a_check_finds(form: Form, tmp_path: Path) -> None:
    file = laid_out(form, tmp_path)
    engine, glancer, dice = Engine(reader=read_here), Glancer(), random.Random(form.name)
    checked(engine, glancer, file, form.case.files[form.case.path])
    glancer.prepare({file: form.case.files[form.case.path]}, file)
    for text in typed(form.case.files[form.case.path], dice):
        seen = glanced(glancer, file, text)
        assert seen == checked(Engine(reader=read_here), Glancer(), file, text), text
        assert seen == checked(engine, glancer, file, text), text
        assert seen == glanced(glancer, file, text), text


PYTHON = """QUEUE = "payment_outbox_pending"
SWEEP = "DELETE FROM " + QUEUE


def sweep(cur):
    cur.execute(SWEEP)


def clear(cur, table=QUEUE):
    remove(cur, f"DELETE FROM {table}")


def remove(cur, sql):
    cur.execute(sql)


class Store:
    STATE = "DISPATCHING"

    def record(self, cur):
        cur.execute("INSERT INTO payment_outbox_attempts (state) VALUES (%s)", (self.STATE,))
"""
SQL = """CREATE TABLE notes (state text);
INSERT INTO notes VALUES ('DISPATCHING');
CREATE FUNCTION latest(n text) RETURNS text LANGUAGE sql AS 'SELECT state FROM notes';
INSERT INTO payment_outbox_attempts (state) SELECT state FROM notes;
DO $$
BEGIN
    EXECUTE 'DELETE FROM payment_' || 'outbox_pending';
    INSERT INTO payment_outbox_attempts (state) VALUES (latest('x'));
END;
$$;
CREATE VIEW waiting AS SELECT * FROM payment_outbox_pending;
DELETE FROM waiting;
"""
EDITS = {
    "a constant that others use": (
        "services/a.py",
        PYTHON,
        ('"payment_outbox_pending"', '"sessions"', '"payment_outbox_pending"'),
    ),
    "a name that others use": ("services/a.py", PYTHON, ("SWEEP =", "SWEPT =", "SWEEP =")),
    "a function that others call": (
        "services/a.py",
        PYTHON,
        ("cur.execute(sql)", "print(sql)", "cur.execute(sql)"),
    ),
    "an attribute of a class": ("services/a.py", PYTHON, ("DISPATCHING", "SENT", "DISPATCHING")),
    "lines": ("services/a.py", PYTHON, ("\n\n\nclass", "\nclass", "\n\n# a\n\n\n\nclass")),
    "a bracket": ("services/a.py", PYTHON, ("remove(cur, f", "remove(cur, (f", "remove(cur, f")),
    "a quote": ("services/a.py", PYTHON, ('"DELETE FROM "', '"DELETE FROM ', '"DELETE FROM "')),
    "an indent": (
        "services/a.py",
        PYTHON,
        ("    cur.execute(sql)", "cur.execute(sql)", "    pass"),
    ),
    "a decorator": ("services/a.py", PYTHON, ("def sweep", "@sweeps\ndef sweep", "def sweep")),
    "a row that a later statement reads": (
        "schema/v1/a.sql",
        SQL,
        ("'DISPATCHING'", "'SENT'", "'DISPATCHING'"),
    ),
    "the name of a table": ("schema/v1/a.sql", SQL, ("TABLE notes", "TABLE note", "TABLE notes")),
    "a body in quotes": ("schema/v1/a.sql", SQL, ("FROM notes';", "FROM notes;", "FROM notes';")),
    "a quote of dollars": ("schema/v1/a.sql", SQL, ("DO $$", "DO $a$", "DO $$")),
    "the end of a block": ("schema/v1/a.sql", SQL, ("END;\n$$;", "END;\n", "END;\n$$;")),
    "what a block runs": ("schema/v1/a.sql", SQL, ("'outbox_", "'inbox_", "'outbox_")),
    "a view that is written to": (
        "schema/v1/a.sql",
        SQL,
        ("payment_outbox_pending;", "notes;", "payment_outbox_pending;"),
    ),
    "lines between statements": (
        "schema/v1/a.sql",
        SQL,
        (";\nDO", ";\n\n-- a\n\nDO", ";\n/* a\n */ DO"),
    ),
}


@pytest.mark.parametrize(("path", "text", "words"), EDITS.values(), ids=EDITS)
def test_an_edit_counts_wherever_it_matters(
    path: str, text: str, words: Sequence[str], tmp_path: Path
) -> None:
    (tmp_path / "outbox-guard.toml").write_text("", "utf-8")
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    engine, glancer = Engine(reader=read_here), Glancer()
    assert checked(engine, glancer, file, text)
    glancer.prepare({file: text}, file)
    first, *others = words
    for lines, word in enumerate((*others, first, *others)):
        edited = "\n" * lines + text.replace(first, word, 1)  # never what was seen before
        fresh = checked(Engine(reader=read_here), Glancer(), file, edited)
        assert glanced(glancer, file, edited) == fresh, edited
