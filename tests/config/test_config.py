"""The configuration says what is in force, where it comes from, and every mistake in it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.config import (
    Config,
    ConfigError,
    Loaded,
    choose,
    find_root,
    load,
)
from outbox_guard.config.editors import json_schema
from outbox_guard.config.lines import key_lines
from outbox_guard.config.records import Record
from outbox_guard.config.rendering import render_config, toml_key, toml_value
from outbox_guard.facts import Zone
from outbox_guard.matrix import Forbidden

RULES = {
    "OBG001": "unreadable-file",
    "OBG101": "delete-on-claim",
    "OBG103": "direct-outbox-dml",
    "OBG201": "raw-driver-import",
    "OBG205": "unroled-query",
}


def project(root: Path, **files: str) -> Path:
    """A folder with files; `a__b` is a/b.toml, `pyproject` is pyproject.toml."""
    for name, text in files.items():
        path = root / (name.replace("__", "/").replace("_", "-") + ".toml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def mistakes(root: Path, explicit: Path | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(root, explicit)
    return str(caught.value).splitlines()


# --- what is in force -----------------------------------------------------------------------


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    assert loaded.config == Config()
    assert loaded.config.names.outbox.pending == ("payment_outbox_pending",)
    assert loaded.files == ()
    assert loaded.baseline == tmp_path / ".outbox-guard-baseline.json"
    assert not loaded.names_baseline


def test_the_same_keys_stand_in_either_file(tmp_path: Path) -> None:
    keys = 'target-version = 18\n{}\nlease-columns = ["a", "b"]\n'
    own = load(project(tmp_path / "own", outbox_guard=keys.format("[outbox]")))
    section = "[tool.outbox-guard]\n" + keys.format("[tool.outbox-guard.outbox]")
    shared = load(project(tmp_path / "shared", pyproject=section))
    assert own.config == shared.config
    assert own.config.outbox.lease_columns == ("a", "b")
    assert own.config.target_version == shared.config.target_version != Config().target_version


def test_both_files_in_one_folder_are_a_mistake(tmp_path: Path) -> None:
    project(tmp_path, outbox_guard="", pyproject="[tool.outbox-guard]")
    assert mistakes(tmp_path) == [
        "outbox-guard.toml: outbox-guard.toml and [tool.outbox-guard] in pyproject.toml "
        "are both here; keep one"
    ]


@pytest.mark.parametrize("shared", ["x = [ # outbox-guard", "tool = 3 # outbox-guard", "[" * 9999])
def test_a_pyproject_that_says_nothing_does_not_stand_in_the_way(
    tmp_path: Path, shared: str
) -> None:
    project(tmp_path, outbox_guard="target-version = 16", pyproject=shared)
    assert load(tmp_path).config == Config(target_version=16)


def test_the_nearer_file_wins_lists_replace_and_tables_merge(tmp_path: Path) -> None:
    project(
        tmp_path,
        far="""
            ignore = ["OBG205"]
            [outbox]
            pending = ["far_pending"]
            attempts = ["far_attempts"]
            [severity]
            OBG2 = "warning"
            OBG1 = { tests = "off", home = "warning" }
        """,
        middle='[outbox]\nsequences = ["middle"]\npending = ["middle_pending"]',
        outbox_guard="""
            extends = ["far.toml", "middle.toml"]
            [outbox]
            pending = ["near_pending"]
            [severity]
            OBG1 = { tests = "error" }
        """,
    )
    loaded = load(tmp_path)
    outbox = loaded.config.outbox
    assert (outbox.pending, outbox.attempts, outbox.sequences) == (
        ("near_pending",),
        ("far_attempts",),
        ("middle",),
    )
    assert loaded.config.ignore == ("OBG205",)
    assert loaded.config.severity == {
        "OBG2": "warning",
        "OBG1": {"home": "warning", "tests": "error"},
    }
    assert [path.name for path in loaded.files] == ["outbox-guard.toml", "middle.toml", "far.toml"]


def test_paths_are_relative_to_the_file_that_says_them(tmp_path: Path) -> None:
    project(
        tmp_path,
        shared__base='rules = ["policy/*.toml"]\nbaseline = "known.json"',
        shared__policy__ours="",
        repo__outbox_guard='extends = ["../shared/base.toml"]',
    )
    loaded = load(tmp_path / "repo")
    assert loaded.rule_files == (tmp_path / "shared/policy/ours.toml",)
    assert loaded.baseline == tmp_path / "shared/known.json"
    assert loaded.baseline_path == "../shared/known.json"
    assert loaded.names_baseline


def test_a_file_of_proofs_is_none_of_rules(tmp_path: Path) -> None:
    project(
        tmp_path,
        outbox_guard='rules = ["policy/*.toml"]\nproofs = ["policy/*.proof.toml"]',
        policy__ours="",
    )
    (tmp_path / "policy/hold.proof.toml").write_text("")
    loaded = load(tmp_path)
    assert loaded.rule_files == (tmp_path / "policy/ours.toml",)
    assert loaded.proof_files == (tmp_path / "policy/hold.proof.toml",)


def test_a_role_that_is_named_loses_its_default_matrix(tmp_path: Path) -> None:
    project(tmp_path, outbox_guard='[privileges.forbidden]\nsymphony_auditor = {pending=["ALL"]}')
    forbidden = load(tmp_path).config.privileges.forbidden
    assert forbidden["symphony_auditor"] == Forbidden(pending=("ALL",))
    assert forbidden["symphony_readonly"] == Config().privileges.forbidden["symphony_readonly"]


def test_the_file_that_is_named_is_the_one_that_counts(tmp_path: Path) -> None:
    project(tmp_path, outbox_guard="target-version = 15", other="target-version = 16")
    assert load(tmp_path, tmp_path / "other.toml").config == Config(target_version=16)


# --- the project's root ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "git", "root"),
    [
        ({}, "", "a/b"),
        ({}, "a", "a"),
        ({"outbox_guard": ""}, "", "."),
        ({"outbox_guard": ""}, "a", "a"),  # above the repository, where nobody clones it
        ({"a__pyproject": "[tool.outbox-guard]"}, "", "a"),
        ({"a__pyproject": "[tool.ruff]", "outbox_guard": ""}, "", "."),
        ({"a__pyproject": "x = [ # outbox-guard", "outbox_guard": ""}, "", "a"),  # load will say so
        ({"a__outbox_guard": "", "outbox_guard": ""}, ".", "a"),
    ],
)
def test_the_root_is_the_nearest_configuration_then_the_repository(
    tmp_path: Path, files: dict[str, str], git: str, root: str
) -> None:
    project(tmp_path, **files)
    (tmp_path / "a/b").mkdir(parents=True, exist_ok=True)
    if git:
        (tmp_path / git / ".git").mkdir()
    assert find_root(tmp_path / "a/b") == (tmp_path / root).resolve()


def test_the_root_of_a_file_is_the_root_of_its_folder(tmp_path: Path) -> None:
    project(tmp_path, a__outbox_guard="", a__b__x="")
    assert find_root(tmp_path / "a/b/x.toml") == tmp_path / "a"


# --- mistakes -------------------------------------------------------------------------------

MISTAKES = [
    ("tagret-version = 17", "1: tagret-version: there is no such key; did you mean 'target-versi"),
    ("[outbox]\nstate_column = 'x'", "2: outbox.state_column: there is no such key; did you mean"),
    ("pending = ['x']", "1: pending: there is no such key; it belongs in the table [outbox]"),
    ("[zones]\nrules = []", "2: zones.rules: there is no such key; it belongs above the first"),
    ("[gate.recognise]\njob = 'x'", "job: there is no such key; it belongs in the table [gate]"),
    ("[oubtox]\n", "1: oubtox: there is no such key; did you mean 'outbox'?"),
    ("target-version = '17'", '1: target-version: "17" is not a whole number'),
    ("target-version = true", "1: target-version: true is not a whole number"),
    ("target-version = 9", "1: target-version: 9: a major version of PostgreSQL, 10 or later"),
    ("select = 'OBG1'", 'select: "OBG1" is not a list of which each is a text; write ["OBG1"]'),
    ("\nselect = [\n'OBG1',\n 3]", "4: select: 3 is not a text"),
    ("ignore = ['']", '1: ignore: "": it is empty'),
    ("outbox = 3", "1: outbox: 3 is not a table"),
    ("[outbox]\nlease-columns = []", "2: outbox.lease-columns: it is empty; name at least one"),
    ("[outbox]\nkey-column = ''", '2: outbox.key-column: "": it is empty'),
    ("outbox.pending = ['a.b']", '1: outbox.pending: "a.b": a table is named without its schema'),
    ("outbox.state-column = 'a.b'", '"a.b": a column is named without its table'),
    ("outbox.lease-columns = ['a', 'b.c']", '"b.c": a column is named without its table'),
    ("functions.claim = 'claim()'", '"claim()": a function is named without its arguments'),
    ("boundary.drivers = ['psycopg >= 3']", '"psycopg >= 3": a module is named as it is imported'),
    ("boundary.query-calls = ['db.query()']", "\"db.query()\": a call is named as in 'db.query'"),
    ("[zones]\nhome = ['x/**.py']", "2: zones.home: \"x/**.py\": '**' stands alone between slash"),
    ("exclude = ['x[']", "1: exclude: \"x[\": '[' is never closed"),
    ("[severity]\nOBG1 = 'of'", "2: severity.OBG1: cannot be 'of'; did you mean 'off'?"),
    ("[severity]\nOBG1 = 1", "2: severity.OBG1: 1 is not one of 'error', 'warning', 'off', or a"),
    ("severity.OBG1 = {tets='off'}", "1: severity.OBG1.tets: cannot be 'tets'; did you mean 'tes"),
    ("[gate]\nsteps = ['unitt']", "2: gate.steps: cannot be 'unitt'; did you mean 'unit'?"),
    ("rules = ['nowhere/*.toml']", "1: rules: no file matches 'nowhere/*.toml'"),
    ("extends = ['gone.toml']", "1: extends: cannot be built on"),
    ("extends = ['outbox-guard.toml']", "1: extends: a file cannot build on itself: outbox-guard"),
    ("outbox.requeue-state = 'DISPATCHING'", "1: outbox.requeue-state: 'DISPATCHING' cannot be"),
    (
        "[outbox]\nforbidden-states = ['OLD', 'FAILED']",
        "2: outbox.forbidden-states: 'FAILED' cannot be this and outbox.terminal-states as well",
    ),
    (
        "[outbox]\nterminal-states = ['B', 'A']\nforbidden-states = ['A']",
        "2: outbox.terminal-states: 'A' cannot be this and outbox.forbidden-states as well",
    ),
    ("[outbox]\npending = ['a']\nattempts = ['a']", "3: outbox.attempts: 'a' cannot be this and"),
    ("outbox.due-column = 'lease_token'", "1: outbox.due-column: 'lease_token' cannot be this"),
    ("functions.claim = 'repair_expired_leases'", "1: functions.claim: 'repair_expired_leases' ca"),
    ("x = 1\n\nselect = [", "3: is not TOML: Invalid value"),
    ("x = \n", "1: is not TOML: Invalid value"),
]


@pytest.mark.parametrize(("text", "says"), MISTAKES, ids=[text for text, _ in MISTAKES])
def test_a_mistake_is_told_with_its_line_and_remedy(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "outbox-guard.toml").write_text(text, "utf-8")
    told = mistakes(tmp_path)
    assert any(line.startswith("outbox-guard.toml:") and says in line for line in told), told


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    project(
        tmp_path,
        outbox_guard="extends = ['base.toml', 'gone.toml']\nselekt = []\n[zones]\nhome = 1",
        base="[gate]\nnmae = ''",
    )
    assert [line.split(": ")[0] for line in mistakes(tmp_path)] == [
        "base.toml:2",
        "gone.toml",
        "outbox-guard.toml:1",
        "outbox-guard.toml:2",
        "outbox-guard.toml:4",
    ]


def test_lines_count_from_the_top_of_pyproject(tmp_path: Path) -> None:
    text = (
        '[project]\nname = "x"\n\n[[tool.x.y]]\nz = """\n[a]\n"""\n[tool.outbox-guard]\n\nx = 1\n'
    )
    project(tmp_path, pyproject=text)
    assert mistakes(tmp_path)[0].startswith("pyproject.toml:10: x: there is no such key")


def test_a_misspelt_section_is_not_ignored(tmp_path: Path) -> None:
    project(tmp_path, pyproject="\n[tool.outbox_guard]\nselect = []")
    assert find_root(tmp_path) == tmp_path
    assert mistakes(tmp_path) == [
        "pyproject.toml:2: no table is called [tool.outbox_guard]; "
        "did you mean [tool.outbox-guard]?"
    ]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("x.toml", b"a\n\n# \xe9", "x.toml:3: byte 0xE9 is not UTF-8; save the file as UTF-8"),
        ("x.toml", None, "x.toml: there is no such file"),
        (".", None, ".: is a folder; name the file"),
        ("pyproject.toml", b"[tool]", "pyproject.toml: has no table [tool.outbox-guard]"),
        ("pyproject.toml", b"tool.outbox-guard = 3", "pyproject.toml:1: tool.outbox-guard is a"),
        ("pyproject.toml", b"tool = 3", "pyproject.toml: has no table [tool.outbox-guard]"),
        ("x.toml", b"a = " + b"[" * 9999, "x.toml: is nested too deep to be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, name: str, data: bytes | None, says: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    assert mistakes(tmp_path, tmp_path / name)[0].startswith(says)


def test_a_byte_order_mark_and_crlf_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "outbox-guard.toml").write_bytes(b"\xef\xbb\xbftarget-version = 16\r\n\r\n")
    assert load(tmp_path).config == Config(target_version=16)


KEYS = [
    *(key for key in json_schema()["properties"]),
    *(key for table in json_schema()["properties"].values() for key in table.get("properties", {})),
    *("OBG1", "tests", "default", "symphony_auditor"),
]
ANYTHING = st.recursive(
    st.integers() | st.booleans() | st.floats() | st.sampled_from(["", "off", "ALL", "x[", "OBG"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=4))
def test_any_table_is_a_configuration_or_has_faults(table: dict[str, object]) -> None:
    shape = Record(Config)
    faults = list(shape.faults(table, ()))
    if not faults:
        assert isinstance(shape.build(table), Config)
    accepted = jsonschema.Draft7Validator(shape.schema()).is_valid(table)
    assert accepted or faults  # editors never refuse what is taken


# --- lines ----------------------------------------------------------------------------------

TOML_KEYS = st.text("ab-_ é.\"'#=[]{},\n\\", min_size=1, max_size=4)
TOML_VALUES = st.recursive(
    st.integers(-9, 9) | st.booleans() | st.text("a#=[]{},.\n\"'\\", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TOML_KEYS, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(TOML_KEYS, TOML_VALUES, max_size=5))
def test_every_key_of_any_toml_is_on_its_line(table: dict[str, object]) -> None:
    text = "".join(f"# {key!r}\n{toml_key(key)} = {toml_value(table[key])}\n" for key in table)
    assert tomllib.loads(text).keys() == table.keys()
    lines = key_lines(text)
    assert {key: lines[key,] for key in table} == {
        key: 2 * position + 2 for position, key in enumerate(table)
    }


def test_lines_of_what_toml_can_write() -> None:
    text = '''
a.b = 1
"c.d" = [ # [x]
  "x", { y = 1, z.w = [
  2] } ]
[t . "u"]
s = """
[no]
""\\""""
l = \'\'\'
k = 1\'\'\'
[[many]]
e = 1979-05-27 07:32:00
'''
    assert tomllib.loads(text)
    assert key_lines(text) == {
        ("a", "b"): 2,
        ("c.d",): 3,
        ("c.d", 0): 4,
        ("c.d", 1): 4,
        ("c.d", 1, "y"): 4,
        ("c.d", 1, "z", "w"): 4,
        ("c.d", 1, "z", "w", 0): 5,
        ("t", "u"): 6,
        ("t", "u", "s"): 7,
        ("t", "u", "l"): 10,
        ("many",): 12,
        ("many", "e"): 13,
    }


# --- selection and severity -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("select", "ignore", "runs"),
    [
        (["OBG"], [], ["101", "103", "201", "205"]),
        (["OBG1"], [], ["101", "103"]),
        (["delete-on-claim"], [], ["101"]),
        (["OBG"], ["OBG1"], ["201", "205"]),
        (["OBG", "OBG103"], ["OBG1"], ["103", "201", "205"]),
        (["OBG103"], ["OBG1", "OBG103"], []),  # equally exact: ignore wins
        (["OBG1"], ["OBG"], ["101", "103"]),
        (["OBG", "direct-outbox-dml"], ["OBG10"], ["103", "201", "205"]),
    ],
)
def test_the_more_exact_entry_wins(select: list[str], ignore: list[str], runs: list[str]) -> None:
    loaded = Loaded(Path(), Config(select=tuple(select), ignore=tuple(ignore)))
    if not runs:
        with pytest.raises(ConfigError, match="no rule is left to run"):
            choose(loaded, RULES)
        return
    codes = [code for code in choose(loaded, RULES).codes if code != "OBG001"]
    assert codes == [f"OBG{number}" for number in runs]


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (Config(select=("OBG101",)), True),
        (Config(ignore=("OBG001",)), False),
        (Config(ignore=("unreadable-file",)), False),
    ],
)
def test_unreadable_files_are_told_whatever_is_selected(config: Config, told: bool) -> None:
    assert ("OBG001" in choose(Loaded(Path(), config), RULES)) is told


def test_own_rules_run_where_nobody_selects(tmp_path: Path) -> None:
    rules = RULES | {"PAY001": "no-refund-in-loop"}
    assert "PAY001" in choose(load(tmp_path), rules)
    assert "PAY001" not in choose(load(project(tmp_path, outbox_guard="ignore=['PAY']")), rules)
    assert "PAY001" not in choose(load(project(tmp_path, outbox_guard="select=['OBG']")), rules)


def test_entries_that_mean_no_rule_are_told_where_they_stand(tmp_path: Path) -> None:
    text = "select = [\n'OBG1',\n'OBG9']\nignore = ['raw-driver-imports']\nseverity.X = 'off'\n"
    with pytest.raises(ConfigError) as caught:
        choose(load(project(tmp_path, outbox_guard=text)), RULES)
    assert str(caught.value).splitlines() == [
        "outbox-guard.toml:3: select: no rule 'OBG9'; `outbox-guard rules` lists them",
        "outbox-guard.toml:4: ignore: no rule 'raw-driver-imports'; "
        "did you mean 'raw-driver-import'?",
        "outbox-guard.toml:5: severity.X: no rule 'X'; `outbox-guard rules` lists them",
    ]


def test_the_command_line_selects_anew_and_ignores_more(tmp_path: Path) -> None:
    loaded = load(project(tmp_path, outbox_guard="ignore = ['OBG101', 'OBG2']"))
    chosen = choose(loaded.called(select=("OBG1",), ignore=("OBG103",)), RULES)
    assert chosen.codes == ("OBG001", "OBG101")
    assert choose(loaded, RULES).codes == ("OBG001", "OBG103")
    assert choose(loaded.called(ignore=("OBG001",)), RULES).codes == ("OBG103",)
    with pytest.raises(ConfigError, match=r"^--select: no rule 'OBG77'"):
        choose(loaded.called(select=("OBG77",)), RULES)


@pytest.mark.parametrize(
    ("severity", "zone", "level"),
    [
        ({}, "tests", "warning"),
        ({"OBG2": "off"}, "tests", "off"),
        ({"OBG2": "off", "OBG205": "error"}, "tests", "error"),
        ({"OBG205": "error", "OBG2": "off"}, "tests", "error"),
        ({"unroled-query": "off"}, "home", "off"),
        ({"OBG205": "error", "unroled-query": "off"}, "home", "off"),  # the later of equals
        ({"OBG205": {"tests": "off"}}, "tests", "off"),
        ({"OBG205": {"tests": "off"}}, "home", "warning"),
        ({"OBG205": {"tests": "off"}, "OBG": "error"}, "home", "error"),
        ({"OBG205": {"tests": "off", "default": "error"}}, "home", "error"),
    ],
)
def test_the_most_exact_severity_that_names_the_zone_counts(
    severity: dict[str, object], zone: Zone, level: str
) -> None:
    text = "".join(f"{key} = {toml_value(value)}\n" for key, value in severity.items())
    config = Config(severity=tomllib.loads(text))
    chosen = choose(Loaded(Path(), config), RULES)
    assert chosen.level("OBG205", zone, "warning") == level


# --- as text and as schema ------------------------------------------------------------------


def test_each_value_says_where_it_comes_from(tmp_path: Path) -> None:
    project(
        tmp_path,
        base="[zones]\nhome = ['db/**']",
        outbox_guard="extends = ['base.toml']\nselect = ['OBG']\n\n[severity]\nOBG1 = 'warning'",
    )
    shown = render_config(load(tmp_path).called(ignore=("OBG2",)))
    for line in (
        'extends = ["base.toml"]  # outbox-guard.toml:1',
        'select = ["OBG"]  # outbox-guard.toml:2',
        'ignore = ["OBG2"]  # --ignore',
        "target-version = 17  # default",
        'home = ["db/**"]  # base.toml:2',
        'OBG1 = "warning"  # outbox-guard.toml:5',
    ):
        assert line in shown.splitlines()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[severity]\nOBG1 = { tests = 'off' }\n'delete-on-claim' = 'warning'",
        "exclude = ['a \\u007f\"é']\n[privileges.forbidden]\n'a.b' = { pending = ['ALL'] }",
    ],
)
def test_the_configuration_shown_is_the_configuration(tmp_path: Path, text: str) -> None:
    text = text.replace("'a \\u007f\"é'", '"a \\u007f\\"é"')
    loaded = load(project(tmp_path, outbox_guard=text))
    again = load(project(tmp_path / "again", outbox_guard=render_config(loaded)))
    assert again.config == loaded.config


def test_the_schema_is_a_schema_and_takes_what_is_shown(tmp_path: Path) -> None:
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(tomllib.loads(render_config(load(tmp_path))), schema)


@pytest.mark.parametrize(
    "text", [text for text, _ in MISTAKES if "there is no such" in _ or " is not a" in _]
)
def test_the_schema_refuses_what_the_reader_refuses(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), json_schema())


def test_every_key_is_described() -> None:
    def properties(schema: dict[str, object]) -> list[dict[str, object]]:
        inner = schema.get("properties", {})
        assert isinstance(inner, dict)
        return [*inner.values(), *(each for value in inner.values() for each in properties(value))]

    described = properties(json_schema())
    assert json.dumps(described)
    assert all(each["description"] for each in described)


def test_reading_the_configuration_imports_nothing_heavy() -> None:
    code = "import sys, outbox_guard.config; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    heavy = {"libcst", "sqlglot", "rich", "pathspec", "yaml", "subprocess", "tomllib", "json"}
    assert not heavy & set(done.stdout.split())
