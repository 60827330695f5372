"""A module may change where nobody asked, and nobody who follows it is read anew for that."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outbox_guard.cache.entries import Cache
from outbox_guard.checking import read
from outbox_guard.names import Names
from outbox_guard.trees import Tree
from tests.speed.test_caching import Memory, plainly, through

MODULE = """\
import os
TABLE = "payment_outbox_pending"
OTHER = "orders"
COLUMNS = ["claimed_by"]
COLUMNS.append("lease_token")


def statement(table):
    return f"DELETE FROM {table}"


def unrelated():
    return os.getcwd()
"""
USE = """\
from app.names import COLUMNS, TABLE, statement


def purge(cursor):
    cursor.execute(statement(TABLE))
    cursor.execute(f"SELECT {COLUMNS[0]} FROM {TABLE}")
"""
PROJECT = {"app/__init__.py": "", "app/names.py": MODULE, "app/use.py": USE}
# Edits of app/names.py that say nothing to app/use.py, and those that do.
ASIDE = {
    "a comment at the end": (MODULE, MODULE + "# changed\n"),
    "a function that nobody calls": ("return os.getcwd()", "return os.getpid()"),
    "a constant that nobody uses": ('"orders"', '"items"'),
    "a name that is added": (MODULE, MODULE + "MORE = 1\n"),
}
TELLING = {
    "a constant that is used": ('"payment_outbox_pending"', '"payment_outbox_attempts"'),
    "a function that is called": ("DELETE FROM", "TRUNCATE"),
    "a name that is bound again": (MODULE, MODULE + 'TABLE = "orders"\n'),
    "a list that is added to": ('append("lease_token")', 'append("state")'),
    "a name that is taken away": ("def statement", "def another"),
    "a function that binds a name anew": (
        "def unrelated():",
        "def unrelated():\n    global TABLE\n    TABLE = 1",
    ),
    "what stands above moves what is said of it": ("import os\n", "import os\nimport sys\n"),
}


def cached() -> Cache:
    return Cache(Memory(), "this build")


def edited(edit: tuple[str, str]) -> dict[str, str]:
    assert edit[0] in MODULE
    return {**PROJECT, "app/names.py": MODULE.replace(*edit)}


@pytest.mark.parametrize("edit", ASIDE.values(), ids=ASIDE)
def test_who_asked_for_other_things_is_not_read_anew(edit: tuple[str, str]) -> None:
    cache = cached()
    through(cache, Tree.of(PROJECT, Names()))
    tree = Tree.of(edited(edit), Names())
    kept = cache.facts("app/use.py", tree)
    assert kept == read("app/use.py", tree)
    assert kept


@pytest.mark.parametrize("edit", TELLING.values(), ids=TELLING)
def test_who_asked_for_what_changed_is_read_anew(edit: tuple[str, str]) -> None:
    cache = cached()
    through(cache, Tree.of(PROJECT, Names()))
    assert cache.facts("app/use.py", Tree.of(edited(edit), Names())) is None


def test_what_was_asked_again_and_answered_the_same_need_not_be_asked_a_third_time() -> None:
    storage = Memory()
    through(Cache(storage, "this build"), Tree.of(PROJECT, Names()))
    tree = Tree.of(edited(ASIDE["a comment at the end"]), Names())
    through(Cache(storage, "this build"), tree)
    entries = dict(storage.entries)
    through(Cache(storage, "this build"), tree)
    assert storage.entries == entries


# -- a project that is edited at random

FILES = ("app/__init__.py", "app/names.py", "app/mid.py", "app/use.py")
STATEMENTS = (
    'TABLE = "payment_outbox_pending"',
    'TABLE = "payment_outbox_attempts"',
    'TABLE = "orders"; STATE = "DISPATCHED"',
    'VERB = "DELETE"',
    'VERB += " FROM"',
    'VERB = f"{VERB} FROM {TABLE}"',
    "del TABLE",
    "COLUMNS = ['state']",
    "COLUMNS.append('lease_token')",
    "WORDS = {'table': TABLE}",
    "WORDS['table'] = 'payment_outbox_pending'",
    "def statement(table=TABLE):\n    return f'UPDATE {table} SET state = %s'",
    "def statement():\n    return 'DELETE FROM ' + TABLE",
    "def rebind():\n    global TABLE\n    TABLE = statement()",
    "def decorate(f):\n    WORDS['x'] = f\n    return f",
    "@decorate\ndef made():\n    return TABLE",
    "class Base:\n    table = TABLE\n    def __init_subclass__(cls):\n        cls.table = TABLE",
    "class Named(Base):\n    table = 'payment_outbox_pending'",
    "class Word(str, Enum):\n    TABLE = 'payment_outbox_pending'",
    "if TABLE:\n    VERB = 'INSERT INTO ' + TABLE\nelse:\n    VERB = 'SELECT'",
    "import psycopg",
    "from enum import Enum",
    "from app import names",
    "from app.names import *",
    "from app.names import TABLE, statement",
    "from app.mid import *",
    "from app.mid import TABLE as OTHER, Named",
    "from .mid import VERB",
    "globals()['TABLE'] = 'orders'",
    "# a comment",
    "x = (",
)
USES = (
    "cursor.execute(names.statement())",
    "cursor.execute(statement() + TABLE)",
    "cursor.execute('DELETE FROM ' + TABLE)",
    "cursor.execute(f'UPDATE {OTHER} SET state = 1')",
    "cursor.execute(VERB)",
    "cursor.execute('TRUNCATE ' + Named.table)",
    "cursor.execute('DELETE FROM ' + WORDS['table'])",
    "cursor.execute(f'DELETE FROM {names.Word.TABLE}')",
)


@st.composite
def histories(draw: st.DrawFn) -> list[Mapping[str, str]]:
    """The states of a project, of which each differs from the one before in a statement."""
    some = st.lists(st.sampled_from(STATEMENTS), max_size=6)
    project = {path: draw(some) for path in FILES}
    project["app/use.py"] += draw(st.lists(st.sampled_from(USES), min_size=1, max_size=4))
    states: list[Mapping[str, str]] = [_texts(project)]
    for _ in range(draw(st.integers(1, 6))):
        lines = project[draw(st.sampled_from(FILES))]
        at = draw(st.integers(0, len(lines)))
        match draw(st.sampled_from(("add", "remove", "move"))):
            case "add":
                lines.insert(at, draw(st.sampled_from((*STATEMENTS, *USES))))
            case "remove":
                del lines[at : at + 1]
            case "move":
                lines[at:] = reversed(lines[at:])
        states.append(_texts(project))
    return states


def _texts(project: Mapping[str, list[str]]) -> dict[str, str]:
    return {path: "".join(f"{line}\n" for line in lines) for path, lines in project.items()}


@settings(max_examples=60)
@given(histories())
def test_what_is_kept_of_an_edited_project_is_what_reading_it_says(
    states: list[Mapping[str, str]],
) -> None:
    cache = cached()
    for texts in states:
        tree = Tree.of(texts, Names())
        assert through(cache, tree) == plainly(tree), texts
