"""Whatever it is given, a run ends soon, with the right status, and says what to do.

Each hostile file holds a mistake that must be found. Where it is not, a finding has to say that
the file was not read: a clean result must be earned.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.command_line import COMMAND, environment, findings, outbox_guard

WRONG_PYTHON = 'cursor.execute("DELETE FROM payment_outbox_attempts")\n'
WRONG_SQL = "DELETE FROM payment_outbox_attempts;\n"
FOUND = "OBG104"
DEEP = 1_000


class Hostile(NamedTuple):
    name: str
    content: bytes
    says: str = ""  # the reason of OBG001 or OBG002; "" where the mistake is found


def python(name: str, text: str, says: str = "") -> Hostile:
    return Hostile(f"{name}.py", f"{text}\n{WRONG_PYTHON}".encode(), says)


def sql(name: str, text: str, says: str = "") -> Hostile:
    return Hostile(f"{name}.sql", f"{text}\n{WRONG_SQL}".encode(), says)


ENCODED = (
    Hostile("bom.py", b"\xef\xbb\xbf" + WRONG_PYTHON.encode()),
    Hostile("bom.sql", b"\xef\xbb\xbf" + WRONG_SQL.encode()),
    Hostile("crlf.py", f"x = 1\n{WRONG_PYTHON}".replace("\n", "\r\n").encode()),
    Hostile("lone_cr.py", f"x = 1\n{WRONG_PYTHON}".replace("\n", "\r").encode()),
    Hostile("lone_cr.sql", f"SELECT 1;\n{WRONG_SQL}".replace("\n", "\r").encode()),
    Hostile("latin_1.py", f"# caf\xe9\n{WRONG_PYTHON}".encode("latin-1"), "declare its encoding"),
    Hostile("latin_1.sql", f"-- caf\xe9\n{WRONG_SQL}".encode("latin-1"), "save it as UTF-8"),
    Hostile("declared.py", f"# coding: latin-1\n# \xe9\n{WRONG_PYTHON}".encode("latin-1")),
    Hostile("utf_7.py", f"# coding: utf-7\n{WRONG_PYTHON.replace('_', '+AF8-')}".encode()),
    Hostile("unknown.py", f"# coding: klingon\n{WRONG_PYTHON}".encode(), "declared encoding"),
    Hostile("utf_16.py", WRONG_PYTHON.encode("utf-16"), "save it as UTF-8"),
    Hostile("utf_16.sql", WRONG_SQL.encode("utf-16-le"), "UTF-16"),
    Hostile("nul.py", b"x = 1\0\n" + WRONG_PYTHON.encode(), "byte 0x00"),
    Hostile("nul.sql", b"SELECT 1;\0\n" + WRONG_SQL.encode(), "byte 0x00"),
    Hostile("binary.py", bytes(range(256)) * 40, "not text"),
    Hostile("surrogate.py", f'x = "\\ud800"\n{WRONG_PYTHON}'.encode()),
    Hostile("form_feed.py", f"\f{WRONG_PYTHON}".encode()),
)
BROKEN = (
    python("syntax", "def broken(:\n    pass", "not valid Python"),
    Hostile("syntax_of_nothing.py", b"def broken(:\n    pass\n", "not valid Python"),
    python("unclosed", "x = (1,", "not valid Python"),
    python("python_2", 'print "hello"', "not valid Python"),
    python("conflict", "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other", "not valid Python"),
    python("spaces", "if x:\n  y = 1\n    z = 2", "not valid Python"),
    python("brand_new", "type Pair[T] = tuple[T, T]\nmatch x:\n    case [1, *_]:\n        pass"),
    sql("unclosed_string", "SELECT 'abc;", "unterminated"),
    sql("unclosed_body", "CREATE FUNCTION f() RETURNS void AS $$ BEGIN", "unterminated"),
    sql("gibberish", "GIVE me ALL ((of it; % & now;", "no statement"),
    sql("meta", "\\set x 1\n\\if :x\n\\endif\nSELECT 1;"),
)
LONG = (
    python("long_line", f'x = "{"a" * 1_000_000}"'),
    python("long_chain_of_texts", "x = (" + "\n".join(['"a"'] * 2_000) + ")"),
    python("long_call", f"f({', '.join(['a'] * 2_000)})"),
    python("long_elif", "if a:\n    pass\n" + "elif b:\n    pass\n" * DEEP),
    sql("long_line", f"SELECT '{'a' * 1_000_000}';"),
    sql("long_sum", f"SELECT {' + '.join(['1'] * 20_000)};"),
    sql("long_or", f"SELECT 1 WHERE {' OR '.join(['a = 1'] * 20_000)};"),
    sql("long_list", f"SELECT 1 WHERE a IN ({', '.join(['1'] * 20_000)});"),
    sql(
        "doubled",
        f"DO $$ DECLARE q text := 'a'; BEGIN {'q := q || q; ' * 60}"
        " EXECUTE 'DELETE FROM payment_outbox_pending WHERE note = ' || q; END $$;",
    ),
    sql("long_union", f"{' UNION ALL '.join(['SELECT 1'] * 2_000)};"),
    sql(
        "many_ctes", "WITH " + ", ".join(f"c{n} AS (SELECT 1)" for n in range(DEEP)) + " SELECT 1;"
    ),
)
NESTED = (
    python("brackets", f"x = {'(' * DEEP}1{')' * DEEP}", "deep"),
    python("lists", f"x = {'[' * DEEP}1{']' * DEEP}", "deep"),
    python("calls", f"x = {'f(' * DEEP}1{')' * DEEP}", "deep"),
    python("subscripts", f"x = {'a[' * DEEP}0{']' * DEEP}", "deep"),
    python("unary", f"x = {'-' * DEEP}1"),
    python("nots", f"x = {'not ' * DEEP}1"),
    python("lambdas", f"x = {'lambda: ' * DEEP}1"),
    python("conditions", f"x = {'a if b else ' * DEEP}c"),
    python("attributes", f"x = a{'.b' * DEEP}"),
    python("chained_calls", f"x = a{'.b()' * (DEEP // 2)}"),
    python("sums", f"x = {' + '.join(['a'] * DEEP)}"),
    python("texts", 'x = "a"' + ' + "a"' * DEEP),
    python("blocks", "".join(f"{' ' * n}if a:\n" for n in range(90)) + " " * 90 + "pass"),
    python(
        "tabs", "".join(f"{' ' * n}if a:\n" for n in range(DEEP)) + " " * DEEP + "pass", "deep|too"
    ),
    python("doubling", 'x = "SELECT 1"\n' + "x += x\n" * 60 + "cursor.execute(x)"),
    python(
        "branches",
        "".join(f'if a{n}:\n    x{n} = "a"\nelse:\n    x{n} = "b"\n' for n in range(60))
        + f"cursor.execute({' + '.join(f'x{n}' for n in range(60))})",
    ),
    python(
        "recursion",
        "".join(f"def f{n}(x):\n    return f{n + 1}(x) + f{n + 1}(x)\n" for n in range(40))
        + 'cursor.execute(f0("a"))',
    ),
    sql("brackets", f"SELECT {'(' * DEEP}1{')' * DEEP};"),
    sql("subqueries", f"SELECT * FROM {'(SELECT * FROM ' * DEEP}t{') x' * DEEP};"),
    sql("cases", f"SELECT {'CASE WHEN a THEN ' * DEEP}1{' END' * DEEP};"),
    sql("nots", f"SELECT {'NOT ' * DEEP}true;"),
    sql("casts", f"SELECT 1{'::int' * DEEP};"),
    sql("comments", f"{'/* ' * DEEP}{'*/ ' * DEEP}SELECT 1;"),
    sql(
        "loops",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
        f"{'LOOP ' * DEEP}{'END LOOP; ' * DEEP}END $$;",
    ),
)
NAMED = tuple(
    Hostile(name, WRONG_PYTHON.encode())
    for name in ("new\nline.py", "-dash.py", "q'uo\"te.py", "spa ce.py", "per%cent.py", "ünï.py")
)
HOSTILE = (*ENCODED, *BROKEN, *LONG, *NESTED, *NAMED)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What one run over all hostile files says, by path."""
    root = tmp_path_factory.mktemp("hostile")
    for hostile in HOSTILE:
        (root / hostile.name).write_bytes(hostile.content)
    (root / "empty.py").touch()
    (root / "empty.sql").touch()
    (root / "circle").symlink_to(root)
    (root / "dangling.py").symlink_to("nowhere.py")
    os.mkfifo(root / "pipe.py")
    by_path: dict[str, list[dict[str, Any]]] = {}
    for finding in findings(outbox_guard("check", ".", "--format", "json", cwd=root)):
        by_path.setdefault(finding["path"], []).append(finding)
    return by_path


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: ascii(hostile.name))
def test_what_is_wrong_in_a_hostile_file_is_found_or_it_is_said_why_not(
    told: dict[str, list[dict[str, Any]]], hostile: Hostile
) -> None:
    said = told.get(hostile.name, [])
    if hostile.says:
        reasons = [f["message"] for f in said if f["code"] in ("OBG001", "OBG002")]
        assert any(_says(reason, hostile.says) for reason in reasons), said
    else:
        assert FOUND in _codes(said), said
        assert "OBG001" not in _codes(said)


def _codes(said: list[dict[str, Any]]) -> set[str]:
    return {finding["code"] for finding in said}


def _says(reason: str, words: str) -> bool:
    return any(word in reason for word in words.split("|"))


def test_empty_files_links_and_pipes_do_no_harm(told: dict[str, list[dict[str, Any]]]) -> None:
    expected = {hostile.name for hostile in HOSTILE} | {"pipe.py"}
    assert told.keys() == expected
    assert [finding["code"] for finding in told["pipe.py"]] == ["OBG001"]


def test_a_file_name_that_is_no_utf_8_is_told_with_its_bytes(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text(WRONG_PYTHON)
    done = outbox_guard("check", ".", "--format", "json", cwd=tmp_path)
    assert {finding["path"] for finding in findings(done)} == {"caf\\xe9.py"}
    done = outbox_guard("check", os.fsdecode(b"caf\xe9.py"), cwd=tmp_path)
    assert "caf\\xe9.py:1:" in done.stdout


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs another user")
def test_what_the_user_may_not_read_is_told(tmp_path: Path) -> None:
    for folder in (*tmp_path.parents[:3], tmp_path):
        folder.chmod(folder.stat().st_mode | 0o055)
    (tmp_path / "closed.py").write_text(WRONG_PYTHON)
    (tmp_path / "closed.py").chmod(0)
    (tmp_path / "shut").mkdir(mode=0)
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    prefix = nobody if os.geteuid() == 0 else ()
    if outbox_guard("--version", cwd=tmp_path, prefix=prefix).returncode:
        pytest.skip("nobody may not run this Python")
    done = outbox_guard("check", ".", "--format", "json", cwd=tmp_path, prefix=prefix)
    assert {f["path"]: f["code"] for f in findings(done)} == {
        "closed.py": "OBG001",
        "shut": "OBG001",
    }


# -- the way it is called, and where


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one mistake in it."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "wrong.py").write_text(WRONG_PYTHON)
    return root


class Call(NamedTuple):
    arguments: tuple[str, ...]
    says: str
    config: str | None = None
    env: dict[str, str | None] | None = None


REFUSED = {
    "a path that does not exist": Call(("check", "nowhere"), "'nowhere': there is no such file"),
    "an empty path": Call(("check", ""), "a path is empty"),
    "a path that is too long": Call(("check", "a" * 5_000), "no such file"),
    "one path of several": Call(("check", "wrong.py", "gone.py"), "'gone.py'"),
    "a path outside": Call(("check", "--root", ".", ".."), "outside of the project"),
    "a configuration that is no TOML": Call(
        ("check", "."), "outbox-guard.toml:1: is not TOML", "["
    ),
    "a configuration of another encoding": Call(("check", "."), "is not UTF-8", "\udcff"),
    "a configuration nested too deep": Call(("check", "."), "too deep", f"a = {'[' * 5_000}"),
    "a key that is misspelt": Call(("check", "."), "did you mean 'select'?", "selct = []"),
    "a baseline that is a folder": Call(
        ("check", "."), "outbox-guard.toml:1: baseline: '..' is a folder", "baseline = '..'"
    ),
    "a rule that there is not": Call(("check", ".", "--select", "OBG999"), "no rule 'OBG999'"),
    "a --config that is not there": Call(("check", ".", "--config", "no.toml"), "no such file"),
    "a --root that is not there": Call(("check", ".", "--root", "nowhere"), "no such folder"),
    "an --output that is a folder": Call(("check", ".", "--output", "."), "Is a directory"),
    "an --output in no folder": Call(("check", ".", "--output", "no/x"), "No such file"),
    "an --output on a full disk": Call(("check", ".", "--output", "/dev/full"), "No space left"),
    "a format that there is not": Call(("check", "--format", "jsn"), "did you mean 'json'?"),
    "a command that there is not": Call(("chekc",), "did you mean 'check'?"),
    "an option that there is not": Call(("check", "--strickt"), "did you mean '--strict'?"),
    "half an option": Call(("check", "--stri=1"), "did you mean '--strict'?"),
    "a proof that there is not": Call(("prove", "retrry"), "did you mean 'retry'?"),
    "paths and standard input": Call(("check", "--stdin-filename", "a.py", "b.py"), "no paths"),
    "standard input from outside": Call(
        ("check", "--stdin-filename", "../../a.py", "--root", "."), "outside"
    ),
    "a mode that says nothing": Call(("check", "."), "say 1", env={"ENFORCE_NO_DB_QUERY": "maybe"}),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_a_wrong_call_ends_with_status_2_and_what_to_mend(project: Path, call: Call) -> None:
    if call.config is not None:
        config = project / "outbox-guard.toml"
        config.write_text(call.config, "utf-8", "surrogateescape")
    done = outbox_guard(*call.arguments, cwd=project, env=call.env)
    assert (done.returncode, done.stdout) == (2, "")
    assert call.says in done.stderr
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


def test_without_a_command_the_help_is_shown_and_nothing_has_passed(project: Path) -> None:
    done = outbox_guard(cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: outbox-guard" in done.stderr


STRANGE = {
    "no HOME": {"HOME": None},
    "a terminal that can nothing": {"TERM": "dumb"},
    "no locale": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "an ASCII terminal": {"PYTHONIOENCODING": "ascii"},
    "unbuffered output": {"PYTHONUNBUFFERED": "1"},
    "warnings as errors": {"PYTHONWARNINGS": "error"},
    "no git": {"PATH": "/nowhere"},
    "a git hook": {"GIT_DIR": "/nowhere/.git", "GIT_INDEX_FILE": "/nowhere/index"},
}


@pytest.mark.parametrize("env", STRANGE.values(), ids=STRANGE)
def test_a_strange_environment_changes_nothing(project: Path, env: dict[str, str | None]) -> None:
    (project / "wrong.py").write_text(f"# größe → 😀\n{WRONG_PYTHON}", "utf-8")
    (project / "größe.py").write_text(WRONG_PYTHON, "utf-8")
    done = outbox_guard("check", ".", "--format", "json", cwd=project, env=env)
    assert {finding["path"] for finding in findings(done)} == {"wrong.py", "größe.py"}
    assert done.stderr == ""


def test_a_terminal_that_knows_few_letters_gets_the_others_spelt_out(project: Path) -> None:
    (project / "größe.py").write_text(f"x = '→'; {WRONG_PYTHON}", "utf-8")
    done = outbox_guard("check", ".", cwd=project, env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (1, "")
    assert "gr\\xf6\\xdfe.py:1:" in done.stdout


@pytest.mark.parametrize("state", ["no commits", "broken", "owned by another"])
def test_whatever_git_says_the_files_are_found(project: Path, state: str) -> None:
    subprocess.run(("git", "init", "-q", project), check=True)
    (project / "left_out.py").write_text(WRONG_PYTHON)
    (project / ".gitignore").write_text("left_out.py\n")
    env: dict[str, str | None] = {}
    if state == "broken":
        (project / ".git" / "HEAD").write_text("nonsense")
    elif state == "owned by another":
        env = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    done = outbox_guard("check", ".", "--format", "json", cwd=project, env=env)
    assert {finding["path"] for finding in findings(done)} == {"wrong.py"}


def test_a_project_without_a_file_to_read_is_clean_and_says_why(tmp_path: Path) -> None:
    done = outbox_guard("check", ".", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing here for outbox-guard to check" in done.stdout


def test_a_current_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    code = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    done = outbox_guard("check", ".", cwd=tmp_path, prefix=("sh", "-c", code, "sh"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "the current folder is gone" in done.stderr


class Shell(NamedTuple):
    command: str
    status: int
    says: str = ""


SHELLS = {
    "a reader that has enough": Shell(
        '"$@" check . | head -1 >/dev/null; exit "${PIPESTATUS[0]}"', 1
    ),
    "a reader of JSON that has enough": Shell(
        '"$@" check . --format json | head -c1 >/dev/null; exit "${PIPESTATUS[0]}"', 1
    ),
    "a reader that is not there": Shell('"$@" check . | true; exit "${PIPESTATUS[0]}"', 1),
    "a full disk": Shell('"$@" check . >/dev/full', 2, "No space left"),
    "no standard input": Shell('"$@" check . <&-', 1),
    "no standard input to check": Shell('"$@" check --stdin-filename x.py <&-', 2, "is closed"),
    "no standard output": Shell('"$@" check . >&-', 1),
    "no standard error": Shell('"$@" check nowhere 2>&-', 2),
    "nothing at all": Shell('"$@" check . <&- >&- 2>&-', 1),
}


@pytest.mark.parametrize("shell", SHELLS.values(), ids=SHELLS)
def test_the_streams_may_be_anything(project: Path, shell: Shell) -> None:
    for number in range(300):  # more than a pipe holds
        (project / f"wrong_{number}.sql").write_text(WRONG_SQL)
    done = subprocess.run(
        ("bash", "-c", shell.command, "bash", *COMMAND),
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == shell.status, done.stderr
    assert shell.says in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_an_output_file_is_written_whole_or_not_at_all(project: Path) -> None:
    report = project / "report.json"
    report.write_text("as it was")
    done = outbox_guard("check", "nowhere", "--output", "report.json", cwd=project)
    assert (done.returncode, report.read_text()) == (2, "as it was")
    done = outbox_guard("check", ".", "--format", "json", "--output", "report.json", cwd=project)
    assert (done.returncode, done.stdout) == (1, "")
    assert report.read_text().startswith("{")
    assert sorted(path.name for path in project.iterdir()) == ["report.json", "wrong.py"]


def test_an_output_that_is_a_device_stays_one(project: Path) -> None:
    target = project / "pipe"
    os.mkfifo(target)
    with subprocess.Popen(("cat", target), stdout=subprocess.PIPE) as reader:
        outbox_guard("check", ".", "--output", "pipe", cwd=project)
        assert reader.stdout is not None
        assert b"OBG104" in reader.stdout.read()
    assert target.is_fifo()


# -- what may befall a run


STUCK = "x = a" + ".b" * 40_000 + "\n"  # takes the parser far more than the time of one file


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(STUCK, id="attributes"),
        pytest.param(f"x = {' and '.join(['a'] * 20_000)}\n", id="conditions"),
        pytest.param(f"x = {' + '.join(['a'] * 20_000)}\n", id="sums"),
        pytest.param(f"x = {'~' * 20_000}1\n", id="unary"),
        pytest.param(f"x = [{'1, ' * 500_000}]\n", id="list"),
    ],
)
def test_a_file_that_takes_too_long_is_given_up_and_told(project: Path, text: str) -> None:
    (project / "stuck.py").write_text(text + WRONG_PYTHON)
    done = outbox_guard("check", ".", "--format", "json", cwd=project)
    said = {finding["path"]: finding for finding in findings(done)}
    assert said["wrong.py"]["code"] == FOUND
    assert said["stuck.py"]["code"] in ("OBG001", "OBG002", FOUND)
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_dump_of_ten_megabytes_is_read(project: Path) -> None:
    rows = "".join(f"{n}\tsome; text\tDISPATCHED\n" for n in range(150_000))
    copied = f"COPY public.payment_outbox_attempts (a, b, c) FROM stdin;\n{rows}\\.\n"
    inserts = "".join(
        f"INSERT INTO public.orders VALUES ({n}, 'name {n}', 'it''s');\n" for n in range(90_000)
    )
    (project / "dump.sql").write_text(copied + inserts + WRONG_SQL)
    assert (project / "dump.sql").stat().st_size > 9_000_000
    done = outbox_guard("check", "dump.sql", "--format", "json", cwd=project)
    codes = [finding["code"] for finding in findings(done)]
    assert codes == ["OBG001"] or FOUND in codes


def _started(project: Path) -> subprocess.Popen[str]:
    """A run that is stuck in a file, and has its workers."""
    (project / "stuck.py").write_text(STUCK + WRONG_PYTHON)
    running = subprocess.Popen(
        (*COMMAND, "check", "."),
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 20
    while not _children(running.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _children(running.pid)
    return running


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def _is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def _end(pids: list[int], within: float) -> bool:
    deadline = time.monotonic() + within
    while any(map(_is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not any(map(_is_running, pids))


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes")


@linux
@pytest.mark.parametrize("whom", ["the group, as a terminal does", "the process"])
def test_ctrl_c_ends_it_at_once_and_quietly(project: Path, whom: str) -> None:
    running = _started(project)
    children = _children(running.pid)
    if whom == "the process":
        running.send_signal(signal.SIGINT)
    else:
        os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=10)
    assert (running.returncode, out, err) == (130, "", "outbox-guard: interrupted\n")
    assert _end(children, within=2)


@linux
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_a_run_that_is_killed(project: Path, how: signal.Signals) -> None:
    running = _started(project)
    children = _children(running.pid)
    running.send_signal(how)
    assert running.wait(timeout=10) == -how
    assert _end(children, within=40)
    running.communicate()


@linux
def test_a_worker_that_is_killed_costs_its_file_only(project: Path) -> None:
    running = _started(project)
    time.sleep(1)  # wrong.py is done by then, stuck.py is not
    for child in _children(running.pid):
        os.kill(child, signal.SIGKILL)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (1, "")
    assert "stuck.py:1:1 OBG001" in out
