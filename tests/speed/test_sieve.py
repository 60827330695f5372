"""What the sieve drops could not have said anything; and nearly all that could not, it drops."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.checking import Judgement, judge, read
from outbox_guard.names import Boundary, Names, Outbox
from outbox_guard.rules import Rule
from outbox_guard.selftest import marked_lines, texts_of
from outbox_guard.sieve import Sieve, sift
from outbox_guard.sieve.rarity import ByWord
from outbox_guard.sieve.searching import ENOUGH, Search
from outbox_guard.trees import Tree
from tests.support.corpus import CODES, Case, Form, forms
from tests.support.examples import RULES, examples
from tests.support.mutants import mutant

FORMS = list(forms())
MUTANTS = 6  # of each form, by one mutation each
# A mutant may put one of three words into another file, or a text that is turned round elsewhere.
ONCE = ("python/roles: words joined", "python/idioms: a text that is turned round")
NAMES = Names()


def passed(texts: Mapping[str, str], names: Names = NAMES) -> frozenset[str]:
    return sift(Sieve(names), {path: text.encode() for path, text in texts.items()}).passed


def says_the_same_sieved(texts: Mapping[str, str], marked: Collection[str], names: Names) -> bool:
    """Whether nothing that was dropped says anything; nothing is read where no marked file was."""
    let_through = passed(texts, names)
    if let_through.issuperset(marked):
        return True
    # What is found stands in the file of a text, and may be found by reading who uses it.
    tree = Tree.of(texts, names)
    facts = {path: read(path, tree) for path in sorted(texts)}
    judgement = Judgement(names=names, rules=RULES, codes=CODES)

    def found(paths: Collection[str]) -> list[tuple[str, object]]:
        some = [fact for path in sorted(paths) for fact in facts[path]]
        return [(f.code, f.place) for f in judge(some, tree, judgement, reported=texts).findings]

    return found(texts) == found(let_through)


def marked_paths(case: Case) -> set[str]:
    return {path for path, _, _ in case.marked}


@pytest.mark.parametrize("form", [pytest.param(form, id=form.name) for form in FORMS])
def test_forms_of_the_corpus_are_found_through_the_sieve(form: Form) -> None:
    for number in range(1 if form.name in ONCE else MUTANTS):
        case = form.case if number == 0 else mutant(form.case, f"{form.name} {number}", 1)[0]
        names = Names(outbox=Outbox(**case.outbox))
        assert says_the_same_sieved(case.files, marked_paths(case), names), case.files


@pytest.mark.parametrize(
    ("rule", "texts"),
    [
        pytest.param(rule, texts_of(example), id=name)
        for rule, name, example in examples()
        if marked_lines(example.code) and not example.config
    ],
)
def test_examples_of_the_rules_are_found_through_the_sieve(
    rule: Rule, texts: Mapping[str, str]
) -> None:
    assert rule.code
    marked = [path for path, text in texts.items() if marked_lines(text)]
    assert says_the_same_sieved(texts, marked, NAMES)


# -- names that are cut

JOINED = (
    '"{0}" "{1}"',
    '"{0}" + "{1}"',
    '"".join(["{0}", "{1}"])',
    "f\"{0}{{'{1}'}}\"",
    '("{0}"\n     "{1}")',
    'FIRST = "{0}"\nSECOND = FIRST + "{1}"',
    '"%s{1}" % "{0}"',
)


@st.composite
def cut(draw: st.DrawFn) -> tuple[str, str]:
    name = draw(st.sampled_from(NAMES.guarded))
    at = draw(st.integers(1, len(name) - 1))
    spelt = draw(st.sampled_from((str.lower, str.upper, str.title)))
    return spelt(name[:at]), spelt(name[at:])


@given(cut(), st.sampled_from(JOINED))
def test_a_name_that_is_cut_in_two_is_still_one(halves: tuple[str, str], joined: str) -> None:
    assert passed({"a.py": f"x = {joined.format(*halves)}\n"})


BY_UNDERSCORES = (
    '"_".join({0})',
    '"{{}}_{{}}_{{}}".format(*{0})',
    '"%s_%s_%s" % tuple({0})',
    "FIRST, SECOND, THIRD = {0}\ny = f'{{FIRST}}_{{SECOND}}_{{THIRD}}'",
)


@pytest.mark.parametrize("joined", BY_UNDERSCORES)
@pytest.mark.parametrize("name", NAMES.guarded)
def test_a_name_may_be_joined_of_its_words(name: str, joined: str) -> None:
    assert passed({"a.py": f"x = {joined.format(name.split('_'))}\n"})


@pytest.mark.parametrize("folder", ["", "alembic/"])
@pytest.mark.parametrize(
    "name", ["env", ".env", "Dockerfile", "makefile", "a.json", "a.sh", "a.md"]
)
@pytest.mark.parametrize("ending", [".py", ".pyi", ".PY", ".sql", ".psql"])
def test_code_is_code_whatever_it_is_called(folder: str, name: str, ending: str) -> None:
    assert Sieve(NAMES).passes(f"{folder}{name}{ending}", b"DELETE FROM payment_outbox_pending")


@given(cut(), st.booleans())
def test_the_halves_of_a_name_may_stand_in_two_files(halves: tuple[str, str], first: bool) -> None:
    mine, other = halves if first else halves[::-1]
    texts = {
        "app/names.py": f'PART = "{other}"\n',
        "app/use.py": f'from app.names import PART\nx = f"{{PART}}" + "{mine}"\n',
    }
    assert "app/use.py" in passed(texts)


ESCAPED = (
    r"payment\x5foutbox\x5fpending",
    r"payment\u005foutbox_pend\u0069ng",
    r"payment\137outbox\137pending",
    r"payment\N{LOW LINE}outbox\N{LOW LINE}pending",
    r"\160\141\171ment_outbox_\160ending",
)


@pytest.mark.parametrize("text", ESCAPED)
def test_escapes_do_not_hide_a_name(text: str) -> None:
    assert passed({"a.py": f'x = "{text}"\n'})


def test_a_unicode_escape_of_sql_does_not_hide_a_name() -> None:
    assert passed({"a.sql": r'DELETE FROM U&"payment\005foutbox\005fpending";'})


def test_a_name_with_blanks_in_it_may_be_cut_too() -> None:
    names = Names(outbox=Outbox(pending=("jobs to do",), attempts=(), sequences=()))
    for text in ('"jobs to do"', '"jobs " "to do"', "'jobs' + ' to ' + 'do'"):
        assert passed({"a.py": f"x = {text}\n"}, names), text


# -- the few words that are looked for in place of all

WORDS = st.text("pgsqouter_", min_size=1, max_size=7).map(str.encode)


@given(
    st.dictionaries(
        st.integers(0, 9), st.lists(st.lists(WORDS, max_size=3), min_size=1, max_size=3)
    ),
    st.lists(WORDS, max_size=9).map(b" ".join),
    st.sampled_from((0, ENOUGH)),
)
def test_a_thing_is_met_just_where_a_word_of_each_group_is(
    words: dict[int, list[list[bytes]]], data: bytes, before: int
) -> None:
    met = sorted(
        thing
        for thing, groups in words.items()
        if all(any(word in data for word in group) for group in groups)
    )
    by_word = ByWord(words)
    list(by_word.met_in(b"-" * before))  # from here on all words are looked for at once
    assert sorted(by_word.met_in(data)) == met


@pytest.mark.parametrize("missing", [False, True])
def test_words_are_found_whatever_bytes_are_in_them_and_without_the_library_too(
    missing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing:
        monkeypatch.setitem(sys.modules, "hyperscan", None)
    words = (b"", b"\0", b"a\0b", b"(", b"[x]*", b"\xc3\xa9", b"\xff", b"\n", b"z")
    search = Search(words, words)
    search.met_in(b"-" * ENOUGH)
    assert search.met_in(b"a\0b(\xff[x]*\n\xc3\xa9") == frozenset(words) - {b"z"}
    assert search.met_in(b"") == {b""}


def test_whatever_is_configured_is_looked_for() -> None:
    for name in ("*", "a", "ab_*", "*_", "import"):
        names = Names(outbox=Outbox(pending=(name,), attempts=(), sequences=()))
        assert passed({"a.sql": f"DELETE FROM {name.replace('*', 'rows')};"}, names), name


BEGUN = """\
SET |set ro|SET LOCAL |Set Session rol|RESET |reset r|SET SESSION |set session authoriz
RESET SESSION |reset session a""".replace("\n", "|").split("|")


@pytest.mark.parametrize("begun", BEGUN)
@pytest.mark.parametrize("joined", ['"{}" + REST', "f'{}{{REST}}'", '"{}%s" % REST'])
def test_a_switch_may_be_begun_here_and_ended_elsewhere(begun: str, joined: str) -> None:
    comments = "# nothing\n" * 999
    assert passed({"a.py": f"from app.sql import REST\n{comments}x = {joined.format(begun)}\n"})


# -- names that another file gives

TABLE = '"payment_outbox_pending"'
USES: dict[str, dict[str, str]] = {
    "imported": {"app/t.py": f"T = {TABLE}", "app/use.py": "from app.t import T\nx = T"},
    "by another name": {
        "app/t.py": f"T = {TABLE}",
        "app/use.py": "from app.t import T as X\nx = X",
    },
    "from its module": {"app/t.py": f"T = {TABLE}", "app/use.py": "from app import t\nx = t.T"},
    "through getattr": {
        "app/t.py": f"T = {TABLE}",
        "app/use.py": 'from app import t\nx = getattr(t, "T")',
    },
    "with a star": {"app/t.py": f"T = {TABLE}", "app/use.py": "from app.t import *\nx = T"},
    "through a package": {
        "app/db/t.py": f"T = {TABLE}",
        "app/db/__init__.py": "from .t import T",
        "app/use.py": "from app.db import T\nx = T",
    },
    "through a package with a star": {
        "app/db/t.py": f"T = {TABLE}",
        "app/db/__init__.py": "from .t import *",
        "app/use.py": "from app.db import T\nx = T",
    },
    "beside a package": {
        "app/__init__.py": f"T = {TABLE}",
        "app/use.py": "from . import T\nx = T",
    },
    "renamed on the way": {
        "app/t.py": f"T = {TABLE}",
        "app/u.py": "from app.t import T\nU = T",
        "app/v.py": "from app.u import U\nclass V:\n    table = U",
        "app/use.py": "from app.v import V\nx = V.table",
    },
    "of a class": {
        "app/t.py": f"class Tables:\n    pending = {TABLE}",
        "app/use.py": "from app.t import Tables\nx = Tables.pending",
    },
    "of a decorated class": {
        "app/t.py": f"@table({TABLE})\nclass Pending:\n    pass",
        "app/use.py": "from app.t import Pending\nx = Pending",
    },
    "of a function": {
        "app/t.py": f"def table():\n    return {TABLE}",
        "app/use.py": "from app.t import table\nx = table()",
    },
    "under a condition": {
        "app/t.py": f"if x:\n    T = {TABLE}\nelse:\n    T = None",
        "app/use.py": "from app.t import T\nx = T",
    },
    "one of two": {
        "app/t.py": f"S, T = None, {TABLE}",
        "app/use.py": "from app.t import T\nx = T",
    },
    "one of several, in brackets": {
        "app/t.py": f"(S, [R, *T]), *U = (1, [2, {TABLE}]), 3",
        "app/use.py": "from app.t import T\nx = T",
    },
    "the rest of several": {
        "app/t.py": f"S, *T = 1, {TABLE}",
        "app/use.py": "from app.t import T\nx = T",
    },
    "with a type": {
        "app/t.py": f"T: Final[dict[str, str]] = {{'table': {TABLE}}}",
        "app/use.py": "from app.t import T\nx = T",
    },
    "in the middle of an expression": {
        "app/t.py": f"print((T := {TABLE}))",
        "app/use.py": "from app.t import T\nx = T",
    },
    "of a block": {
        "app/t.py": f"with opened(\n    {TABLE}\n) as T:\n    pass",
        "app/use.py": "from app.t import T\nx = T",
    },
    "of a loop": {
        "app/t.py": f"for (S, T) in [(1, {TABLE})]: pass",
        "app/use.py": "from app.t import T\nx = T",
    },
    "as an attribute of something": {
        "app/t.py": f"settings = Settings()\nsettings.outbox['table'].T = {TABLE}",
        "app/use.py": "from app.t import settings\nx = settings.outbox",
    },
    "imported under a condition": {
        "app/t.py": f"T = {TABLE}",
        "app/u.py": "try:\n    from app.t import (\n  S,\n  T as U,\n )\nexcept: pass",
        "app/use.py": "from app.u import U\nx = U",
    },
    "imported in one line with a condition": {
        "app/t.py": f"T = {TABLE}",
        "app/u.py": "if sys: from app.t import T as U",
        "app/use.py": "from app.u import U\nx = U",
    },
    "put into a text": {
        "app/t.py": f"T = {TABLE}",
        "app/u.py": 'from app.t import T\nU = {\n "sql":\n  """TRUNCATE {T}""".format(T=T),\n}',
        "app/use.py": "from app.u import U\nx = U",
    },
    "behind an import on its line": {
        "app/t.py": f"T = {TABLE}",
        "app/u.py": "from app.t import T; U = T",
        "app/use.py": "from app.u import U\nx = U",
    },
    "imported in brackets with a remark": {
        "app/t.py": f"T = {TABLE}",
        "app/u.py": "if sys:\n    from app.t import (  # (x)\n        S,\n        T as U,\n    )",
        "app/use.py": "from app.u import U\nx = U",
    },
    "collected": {
        "app/t.py": f"ALL = []\nALL.append({TABLE})",
        "app/use.py": "from app.t import ALL\nx = ALL[0]",
    },
    "a driver": {
        "app/t.py": "import psycopg as pg",
        "app/use.py": "from app.t import pg\nx = pg.connect()",
    },
    "a driver that may be missing": {
        "app/t.py": "try:\n    import psycopg as pg\nexcept ImportError:\n    pg = None",
        "app/use.py": "from app.t import pg\nx = pg.connect()",
    },
    "a driver by several names": {
        "app/t.py": "import psycopg as driver\n\npg = other = driver",
        "app/use.py": "from app.t import pg\nx = pg.connect()",
    },
    "a driver by its name": {
        "app/t.py": 'import importlib\npg = importlib.import_module("psycopg")',
        "app/use.py": "from app.t import pg\nx = pg.connect()",
    },
    "a pool under another name": {
        "app/t.py": "from psycopg_pool import ConnectionPool\ndb = ConnectionPool()",
        "app/use.py": "from app.t import db\nx = db.connection()",
    },
    "a pool that is made": {
        "app/t.py": "import asyncpg\nasync def make():\n    return await asyncpg.create_pool()",
        "app/use.py": "from app.t import make\nx = make().acquire()",
    },
    "the role API": {
        "app/t.py": "from libs.db import setRole as become",
        "app/use.py": "from app.t import become\nbecome()",
    },
    "a helper for tests": {
        "app/t.py": "from libs.db.test_only import wipe",
        "app/use.py": "from app.t import wipe\nwipe()",
    },
}


@pytest.mark.parametrize("texts", USES.values(), ids=USES)
def test_who_uses_what_another_file_gives_is_read(texts: dict[str, str]) -> None:
    assert "app/use.py" in passed(texts)


BESIDE = {
    "in a docstring": f'"""{TABLE[1:-1]}, for this T."""\nT = 1',
    "in a comment": f"S = {TABLE}  # as T = 1, for T",
    "as a keyword": f"S = made({TABLE},\n    T=1)",
    "as a type": f"S: T = {TABLE}",
    "as an exception": f"try:\n    pass\nexcept E as T:\n    raise F({TABLE})",
    "in the same block": f"if x:\n    from os import T\n    S = {TABLE}",
    "of a module with that name": "from app.payment_outbox_pending import T",
}


@pytest.mark.parametrize("text", BESIDE.values(), ids=BESIDE)
def test_who_uses_what_only_stands_beside_a_table_is_not(text: str) -> None:
    assert "app/use.py" not in passed(
        {"app/t.py": text, "app/use.py": "from app.t import T\nx = T"}
    )


@pytest.mark.parametrize("texts", USES.values(), ids=USES)
def test_who_uses_the_same_words_for_other_things_is_not(texts: dict[str, str]) -> None:
    own = "def T():\n    return 1\n\n\nT = U = V = db = pg = 2\n"
    assert "web/page.py" not in passed({**texts, "web/page.py": own})


CUT_NAMES = (
    '__import__("psyc" + "opg2")',
    'importlib.import_module("".join(["asyn", "cpg"]))',
    'getattr(db, "set" "Role")',
    'cursor.execute("SET RO" + "LE admin")',
    "cursor.execute(f\"{'S'}ET ROLE admin\")",
    'cursor.execute("SET /* to */ LOCAL\\n ROLE admin")',
    'cursor.execute("reset session" " authorization")',
    'cursor.execute("DIS" "CARD" " ALL")',
    "cursor.execute(\"SELECT set_config('role', %s, true)\")",
)


@pytest.mark.parametrize("code", CUT_NAMES)
def test_words_of_the_boundary_may_be_cut_too(code: str) -> None:
    assert passed({"a.py": f"x = {code}\n"})


ASKED = (  # under whatever name
    "def f(e: Engine): e.connect()",
    "def f(e: 'Engine | None' = None): e.begin()",
    "def f(app):\n    e = app.engine\n    e.connect()",
    "(engine or other).begin()",
    "from app import engine as e\ne.connect()",
    "getattr(app, 'engine').connect()",
    "run = engine.connect\nrun()",
    "getattr(pool, 'fetch')(x)",
    "pool. \\\n    fetch(x)",
    'x = f"{engine.connect()}"',
    "async with (await pool).acquire() as c: pass",
    "self.db(1, key(2)).query(x)",
    "ask = db.query\nask(x)",
    "d = db\nask = d.query\nask(x)",
    "d = db\nd.query(x)",
    "d = None or db\nd.query(x)",
    "def f(d=db): d.query(x)",
    "ask = getattr(db, 'query')\nask(x)",
    "from libs.db import query\nquery(x)",
    "import libs.db as d\nd.query(x)",
    'apps.get_model("shop", "Attempt").objects.all().delete()',
    "get = apps.get_model\nget(*model).objects.all().delete()",
    'getattr(apps, "get_model")(*model).objects.all().delete()',
)


@pytest.mark.parametrize("code", ASKED)
def test_what_is_asked_of_a_database_under_another_name_is_read(code: str) -> None:
    assert passed({"a.py": f"{code}\n"})


NAMED = (
    'for name in dict(payment_outbox=1): run(f"{name}_pending")',
    'class payment_outbox: pass\nx = payment_outbox.__name__ + "_pending"',
)


@pytest.mark.parametrize("code", NAMED)
def test_a_piece_of_a_name_may_be_what_code_is_called(code: str) -> None:
    assert passed({"a.py": f"{code}\n"})


SWITCHED = (
    '"SET X admin".replace("X", "ROLE")',
    '"SET X ROLE admin".replace("X", "LOCAL")',
    '" ".join(["SET", "LOCAL", "ROLE", name])',
    '" ".join(reversed(["ROLE", "SET"]))',
    '"SET %s admin" % "ROLE"',
    '"SET {} {}".format("SESSION", "AUTHORIZATION") + " admin"',
    "f\"SET {'LOCAL'} ROLE admin\"",
    '{"verb": "RESET", "what": "ROLE"}',
    '"SET LOCAL -- for now\\n ROLE admin"',
    '"SET\\tROLE admin"',
    "\"DO $$ BEGIN EXECUTE 'SET ' || 'ROLE admin'; END $$\"",
)


@pytest.mark.parametrize("text", SWITCHED)
def test_a_switch_may_be_put_together_from_its_words(text: str) -> None:
    assert passed({"a.py": f"x = {text}\n"})


INNOCENT = (
    "from sqlalchemy.engine.row import Row\nsession.execute(x)",
    '"""Which engine is used."""\nclient.connect()',
    "if request.query: engine = parsed.query['engine']",
    "names = [db['name'] for db in api.query(x)]",
    '"""Set the role of a user."""\nROLE = "role"',
    "log.debug('set %s as at home', role)",
    "# outbox guard: set the role of the pool, then query db",
    "settings.role = reset(role)",
    'headers = {"Authorization": token}; session.headers.set(headers)',
    'x = {"set": 1, "roles": 2}',
    "async with whirlpool.connect() as connection: pass",
    "search_engine.query(text)",
    "with concurrent.futures.ThreadPoolExecutor() as executor: pass",
    'query = "db"',
    'x = "payment is pending; see the outbox"',
    'x = "all attempts of a participant, in sequences"',
    "import psycopath, pgdbs, sqlite3",
    "model = api.get_model()",
    "def get_model(device): ...",
)


@pytest.mark.parametrize("code", INNOCENT)
def test_what_only_looks_like_it_is_dropped(code: str) -> None:
    assert not passed({"a.py": f"{code}\n"})


def test_a_glob_over_all_modules_lets_every_import_through() -> None:
    names = Names(boundary=Boundary(drivers=("*",), test_only=("*",)))
    assert passed({"a.py": "import requests\n"}, names)


def test_configured_names_count_and_the_default_ones_do_not() -> None:
    names = Names(
        outbox=Outbox(pending=("*_jobs_queue",), attempts=("job_tries",), sequences=()),
        boundary=Boundary(drivers=("pg_*",), query_calls=("store.run",)),
    )
    ours = ('x = "my_jobs_queue"', 'x = "job_" "tries"', "import pg_fast", "store.run(x)")
    for code in ours:
        assert passed({"a.py": f"{code}\n"}, names), code
        assert not passed({"a.py": f"{code}\n"}), code
    for code in ('x = "payment_outbox_pending"', "import asyncpg", "db.query(x)"):
        assert not passed({"a.py": f"{code}\n"}, names), code


def test_a_build_matters_where_there_is_a_helper_that_it_may_ship() -> None:
    sieve = partial(Sieve.over, NAMES, every_call=False)
    assert sieve(["pyproject.toml", "libs/db/testOnly.py"]).passes("pyproject.toml", b"")
    assert not sieve(["pyproject.toml", "libs/db/main.py"]).passes("pyproject.toml", b"")
