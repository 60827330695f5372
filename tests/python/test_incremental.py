"""Of an edited file only what the edit matters to is followed anew, and nobody can tell."""

from __future__ import annotations

import random
from collections.abc import Mapping

import libcst
import pytest

from outbox_guard.checking import read
from outbox_guard.facts import Fact
from outbox_guard.frontends.python.incremental import analysis
from outbox_guard.frontends.python.parsing.syntax import parse
from outbox_guard.names import Names
from outbox_guard.sources import Source
from outbox_guard.trees import Tree

PATH = "services/relay.py"
# What other files make of a module, and what it makes of them.
OTHERS = {
    "libs/db.py": (
        "class Base:\n"
        '    TABLE = "sessions"\n'
        "    def clear(self, cur):\n"
        '        cur.execute("DELETE FROM " + self.TABLE)\n'
        "    def again(self, cur):\n"
        "        self.run(cur, self.sql())\n"
        "\n"
        "def run(cur, sql):\n"
        "    cur.execute(sql)\n"
        "\n"
        "def sweep(store, cur):\n"
        "    cur.execute(store.SQL)\n"
        "    store.done(cur)\n"
    ),
}
# A module, line by line; each line may be any of some.
SLOTS = (
    ("from libs.db import Base, run, sweep\n", "from libs.db import run, Base\n"),
    (
        'QUEUE = "payment_outbox_pending"\n',
        'QUEUE = "sessions"\n',
        'QUEUE = "payment_" + "outbox_pending"\n',
        "\n\n",
    ),
    (
        'SWEEP = "DELETE FROM " + QUEUE\n',
        'SWEEP = f"DELETE FROM {QUEUE}"\n',
        "SWEEP = made()\n",
        "",
    ),
    ('STEPS = {"a": "DELETE FROM payment_outbox_pending"}\n', "STEPS = {}\n", "# none\n"),
    ("", '\nSTEPS["b"] = SWEEP\n', "STEPS.update(c=SWEEP)\n", "register(SWEEP)\n"),
    (
        "def register(sql):\n    return sql\n",
        "def register(sql):\n    HELD.append(sql)\nHELD = []\n",
        'def register(sql):\n    STEPS["d"] = sql\n',
    ),
    (
        'def made():\n    return "DELETE FROM payment_outbox_pending"\n',
        'def made():\n    return "DELETE FROM " + QUEUE\n',
        "def made():\n    return STEPS.get('a')\n",
        'made = lambda: "DELETE FROM " + QUEUE\n',
    ),
    ("def send(cur, sql):\n", "def send(cur, sql, *more):\n", "async def send(cur, sql):\n"),
    ("    cur.execute(sql)\n", "    run(cur, sql)\n", "    print(sql)\n", "    return sql\n"),
    ("def all(cur):\n",),
    ("    send(cur, SWEEP)\n", "    send(cur, made())\n", "    sql = SWEEP\n", "    HELD = 1\n"),
    (
        "    for sql in STEPS.values(): send(cur, sql)\n",
        "    send(cur, STEPS['b'])\n",
        "    pass\n",
    ),
    ("    def inner(): cur.execute(made())\n    inner()\n", "", "    def inner(): pass\n"),
    ("class Plain:\n", "class Plain(Base):\n", "@register\nclass Plain:\n"),
    (
        '    SQL = "DELETE FROM payment_outbox_pending"\n',
        "    SQL = SWEEP\n",
        "    TABLE = QUEUE\n",
    ),
    (
        "    def __init__(self, table=QUEUE):\n",
        '    def __init__(self, table="sessions"):\n',
        "    def setup(self, table=QUEUE):\n",
    ),
    (
        "        self.table = table\n",
        "        self.table = QUEUE\n",
        "        self.other = table\n",
    ),
    ("        self.sql_ = self.sql()\n", "        self.setup_ = self.change\n", ""),
    ("    def sql(self):\n",),
    (
        '        return "DELETE FROM " + self.table\n',
        "        return self.SQL\n",
        "        return SWEEP\n",
    ),
    ("    def run(self, cur, sql):\n", "    def go(self, cur, sql):\n"),
    ("        cur.execute(sql)\n", "        run(cur, sql)\n", "        send(cur, sql)\n"),
    ("    def done(self, cur):\n",),
    (
        "        self.run(cur, self.sql())\n",
        "        self.again(cur)\n",
        "        self.cur = cur\n        self.cur.execute(self.sql())\n",
        "        sweep(self, cur)\n",
        "        cur.execute(self.sql_)\n",
    ),
    ("    def change(self):\n",),
    (
        '        self.table = "payment_outbox_attempts"\n',
        "        self.sql_ = SWEEP\n",
        '        self.label("a"); self.label("b"); self.label("c"); self.label("d")\n',
        "        return self\n",
    ),
    ("    def label(self, name):\n        return name + self.table\n", ""),
    ("class Sub(Plain):\n", "class Sub(Base):\n", "class Sub:\n"),
    ("    TABLE = QUEUE\n", "    table = QUEUE\n", "    pass\n"),
    (
        "    def sql(self):\n        return super().sql()\n",
        '    def sql(self):\n        return f"DELETE FROM {self.TABLE}"\n',
        "    def __getattr__(self, name):\n        return SWEEP\n",
    ),
    ("    def use(self, cur):\n        cur.execute(self.sql())\n", "    def use(self): pass\n"),
    ("def main(cur):\n",),
    ("    Plain().done(cur)\n", "    store = Sub()\n    store.use(cur)\n", "    all(cur)\n"),
    (
        "    sweep(Sub(), cur)\n",
        "    Sub(QUEUE).done(cur)\n",
        "    getattr(Plain(), 'done')(cur)\n",
    ),
    ("if __name__ == '__main__':\n    main(cursor)\n", "main(pool)\n", "\n"),
)


class Typed:
    """A project of which one file is edited, read with and without what is kept of it."""

    def __init__(self, path: str, files: Mapping[str, str], names: Names) -> None:
        self.path, self.files = path, dict(files)
        base = Tree.of(files, names)

        def opened(path: str) -> Source:
            return Source(path, self.files[path], names.zones.of(path))

        self._keeping = Tree(names, base.paths, opened, base.carriers, memory={})
        self._whole = Tree(names, base.paths, opened, base.carriers)

    def type(self, text: str) -> None:
        self.files[self.path] = text
        for tree in (self._keeping, self._whole):
            tree.forget(self.path)

    def followed(self) -> set[str]:
        """The names of the functions that are followed by themselves."""
        source = self._keeping.source(self.path)
        assert source is not None
        run, _ = analysis.followed(parse(source), self._keeping)
        nodes = (node for node, _ in run.diary.all)
        return {node.name.value for node in nodes if isinstance(node, libcst.FunctionDef)}

    def read(self) -> tuple[set[Fact], set[Fact]]:
        """The facts with what is kept, and without."""
        return set(read(self.path, self._keeping)), set(read(self.path, self._whole))


@pytest.mark.parametrize("seed", range(5))
def test_nobody_can_tell_what_was_kept(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "WORTH", 0)
    monkeypatch.setattr(analysis, "RESTS", 0)
    dice = random.Random(seed)
    lines = [slot[0] for slot in SLOTS]
    typed = Typed(PATH, {PATH: "".join(lines), **OTHERS}, Names())
    for _ in range(25):
        typed.type("".join(lines))
        kept, whole = typed.read()
        assert kept == whole, typed.files[PATH]
        for number in dice.sample(range(len(SLOTS)), 2):
            lines[number] = dice.choice((SLOTS[number][0], *SLOTS[number]))


MODULE = """QUEUE = "payment_outbox_pending"
SWEEP = "DELETE FROM " + QUEUE


def send(cur, sql):
    cur.execute(sql)


def sweep(cur):
    send(cur, SWEEP)


def named(cur, name):
    send(cur, known(name))


def known(name):
    return {"all": SWEEP}[name]


class Store:
    FIND = "SELECT state FROM payment_outbox_pending"

    def __init__(self, rail):
        self.rail = rail

    def find(self, cur):
        cur.execute(self.FIND, (self.rail,))

    def count(self, cur):
        return len(self.find(cur))

    def label(self):
        return self.rail


class Cache:
    def __init__(self):
        self.seen = None

    def fill(self, cur):
        self.seen = cur.execute("SELECT state FROM payment_outbox_pending")

    def state(self):
        return self.seen

    def title(self):
        return "cache"


def main(cur):
    Store("x").count(cur)
"""
# What is typed in place of what, and the functions that are followed for it.
FOLLOWED = {
    "a name that nobody says": ("QUEUE =", 'LIMIT = "x"\nQUEUE =', ()),
    "a comment between functions": ("\n\ndef main", "\n\n# the end\ndef main", ("main",)),
    "a line above all": ('QUEUE = "', '\n\nQUEUE = "', ()),
    "a function that is named in a text": (
        "def named(cur, name):",
        "def all(cur, name):",
        ("all", "known"),
    ),
    "a function that makes a call first, which another one makes too": (
        "    send(cur, SWEEP)",
        "    print(cur, SWEEP)",
        ("sweep", "named"),
    ),
    "a function that others call": (
        "    cur.execute(sql)",
        "    cur.run(sql)",
        ("send", "sweep", "named"),
    ),
    "a constant, by way of another one": (
        '"payment_outbox_pending"\nSWEEP',
        '"sessions"\nSWEEP',
        ("sweep", "named", "known"),
    ),
    "a constant of a class": (
        'FIND = "SELECT state',
        'FIND = "SELECT id, state',
        ("find", "count", "main", "__init__"),
    ),
    "a method": ("return self.rail", "return self.rail * 2", ("label", "__init__")),
    "a method of a class whose object is changed by another one": (
        'return "cache"',
        'return "caches"',
        ("title", "fill", "__init__"),
    ),
}


# Of the helper's calls only the first three are followed.
CROWD = """FIRST = "a"


def table(kind):
    return "payment_outbox_" + {"a": "pending", "b": "attempts"}.get(kind, "pending")


def one(cur):
    cur.execute("DELETE FROM " + table(FIRST))


def two(cur):
    cur.execute("DELETE FROM " + table("b"))


def three(cur):
    cur.execute("DELETE FROM " + table("c"))


def four(cur):
    cur.execute("DELETE FROM " + table("d"))


def five(cur):
    cur.execute("DELETE FROM " + table("e"))
"""
ALL = ("table", "one", "two", "three", "four", "five")
CROWDED = {
    "one that comes too late, and still does": ('table("e")', 'table("f")', ("five",)),
    "one that is followed, and still is": ('table("b")', 'table("f")', ("two",)),
    "one that was followed: it is the turn of the next": ('table("b")', '"sessions"', ALL),
    "one more that comes first": (
        'cur.execute("DELETE FROM " + table(FIRST))',
        'table("f"), table("g")',
        ALL,
    ),
    "one that was another's": ('table("e")', "table(FIRST)", ALL),
}


@pytest.mark.parametrize(("old", "new", "names"), CROWDED.values(), ids=CROWDED)
def test_a_function_is_followed_alone_while_the_same_calls_of_a_helper_are(
    old: str, new: str, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "WORTH", 0)
    typed = Typed(PATH, {PATH: CROWD}, Names())
    for text in ("\n", ""):
        typed.type(CROWD + text)
        typed.read()
    assert CROWD.count(old) == 1
    typed.type(CROWD.replace(old, new))
    assert typed.followed() == set(names)
    kept, whole = typed.read()
    assert kept == whole


@pytest.mark.parametrize(("old", "new", "names"), FOLLOWED.values(), ids=FOLLOWED)
def test_what_an_edit_cannot_reach_is_not_followed(
    old: str, new: str, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "WORTH", 0)
    typed = Typed(PATH, {PATH: MODULE}, Names())
    for text in ("\n", ""):
        typed.type(MODULE + text)
        typed.read()
    assert MODULE.count(old) == 1
    typed.type(MODULE.replace(old, new))
    assert typed.followed() == set(names)
    kept, whole = typed.read()
    assert kept == whole
