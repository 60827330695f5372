"""What becomes of a script when `C` fails in it and nothing else does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.frontends.workflow.scripts import Shell, fails, outcome, shell, spoken
from outbox_guard.frontends.workflow.shell.syntax import parse
from outbox_guard.frontends.workflow.shell.tokens import ShellFault

ERREXIT = Shell(frozenset(("errexit",)))

STOPS = {
    "by itself": "C",
    "an earlier command": "C; true",
    "a last command": "set +e\nC",
    "a pipe with pipefail": "set -o pipefail\nC | tee x",
    "options together": "set -euo pipefail\nC 2>&1 | tee x",
    "a job that is waited for": "C &\npid=$!\nwait $pid",
    "the status of a pipe's first": "C | tee x; exit ${PIPESTATUS[0]}",
    "a negation that is looked at": "if ! C; then exit 1; fi",
    "an else": "if C; then echo ok; else exit 1; fi",
    "a block after ||": "C || { echo no; exit 1; }",
    "a status that is kept": "C || rc=$?\nexit $rc",
    "a status that is tested": "rc=0\nC || rc=$?\nif [ $rc -ne 0 ]; then exit 1; fi",
    "a status in arithmetic": "C || rc=$?\nif (( rc )); then exit 1; fi",
    "a status that is tested at once": "set +e\nC\n[ $? -eq 0 ] || exit 1",
    "an exit after it": "C\nexit 0",
    "a subshell": "(C)",
    "braces": "{ C; }",
    "a value": "out=$(C)",
    "a list that goes on": "C && echo ok",
    "tries": "for i in 1 2 3; do C && exit 0; sleep 1; done; exit 1",
    "trying for ever": "until C; do sleep 1; done",
    "a function": "f() { C; }\nf",
    "a timeout": "timeout 10 C",
    "exec": "exec C",
    "an arm of a case": "case $X in a) C ;; *) C || true ;; esac",
    "a test before it": '[ -z "$X" ] || C',
    "words of a here-document": "cat <<EOF\nC || true\nEOF\nC",
    "words of a comment": "C  # || true",
    "quoted words": "C '|| true'",
    "a text that is evaluated": "eval 'C; true'",
    "a here-document for a shell with -e": "bash -e <<'END'\nC\ntrue\nEND",
    "a function that is handed it": 'r() { echo "$1"; "$@"; }\nr C',
    "a function that tries twice": 'r() { "$@" || "$@"; }\nr C',
    "options that are put back": ". ./back.sh\nC\ntrue",
    "where another command fails": "git diff --quiet || C",
}
PASSES = {
    "true": "C || true",
    "a colon": "C || :",
    "a continued line": "C ||\\\n true",
    "set +e": "set +e\nC\ntrue",
    "a pipe": "C | tee x",
    "a job": "C &",
    "a wait for all": "C & wait",
    "a condition": "if C; then echo ok; fi",
    "an exit": "C || exit 0",
    "a status that is only printed": "C || rc=$?\necho $rc",
    "a negation": "! C",
    "a subshell that forgives": "(C || true)",
    "a value that is printed": "echo $(C)",
    "a value that is exported": "export X=$(C)",
    "a list in the middle": "C && echo ok\necho done",
    "tries that end": "for i in 1 2; do C && break || sleep 3; done",
    "a function that is forgiven": "f() { C; }\nf || true",
    "a trap": "trap 'exit 0' EXIT\nC",
    "a shell without -e": "bash -c 'C; true'",
    "a look at the output": "C > x.txt 2>&1 || cat x.txt",
    "a test that only tells": "set +e\nC\nif [ $? -ne 0 ]; then echo bad; fi",
    "a text that forgives": "eval 'C || true'",
    "options that a text changes": "eval 'set +e'\nC\ntrue",
    "a here-document for a shell without -e": "bash <<'END'\nC\ntrue\nEND",
    "a function that is handed it and forgives": 'r() { "$@" || true; }\nr C',
    "options that a sourced script changes": "source ./lax.sh\nC\ntrue",
    "a sourced script that returns early": ". ./early.sh\nC\ntrue",
    "another's input": "diff <(a) <(C)",
}
NEVER = {
    "an exit before it": "exit 0\nC",
    "false": "false && C",
    "a branch that nobody takes": "if false; then C; fi",
    "a function that nobody calls": "f() { C; }",
}

SOURCED = {
    "./lax.sh": "set +e\n",
    "./back.sh": "set +e\na\nset -e\n",
    "./early.sh": "set +e\nreturn 0\nset -e\n",
}
ON_SOME_WAYS = {"trying for ever", "exec", "an arm of a case", "a test before it"}
STUBS = """
C() { return 3; }; export -f C
tee() { :; }; sleep() { :; }; cat() { :; }; a() { :; }; diff() { :; }; git() { return 1; }
timeout() { shift; "$@"; }
set -e
"""


def verdict(script: str, of: Shell = ERREXIT) -> str:
    command = next(each.simple for each in spoken(script) if "C" in each.words)
    result = outcome(script, command, of, {}, SOURCED.get)
    assert result is not None
    if not result.is_reached:
        return "never"
    return "stops" if result.stopped else "passes"


@pytest.mark.parametrize("script", STOPS.values(), ids=STOPS)
def test_its_failure_is_the_script_s(script: str) -> None:
    assert verdict(script) == "stops"


@pytest.mark.parametrize("script", PASSES.values(), ids=PASSES)
def test_its_failure_is_lost(script: str) -> None:
    assert verdict(script) == "passes"


@pytest.mark.parametrize("script", NEVER.values(), ids=NEVER)
def test_it_is_never_run(script: str) -> None:
    assert verdict(script) == "never"


@pytest.mark.parametrize("name", sorted((STOPS | PASSES).keys() - ON_SOME_WAYS))
def test_bash_says_the_same(name: str, tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    script = (STOPS | PASSES)[name]
    for path, text in SOURCED.items():
        (tmp_path / path).write_text(text, "utf-8")
    done = subprocess.run(
        [bash, "-c", STUBS + script], capture_output=True, check=False, cwd=tmp_path, timeout=20
    )
    assert (verdict(script) == "stops") == (done.returncode != 0), done.stderr


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("", {"errexit"}),
        ("bash", {"errexit", "pipefail"}),
        ("sh", {"errexit"}),
        ("bash -l {0}", set()),
        ("bash -el {0}", {"errexit"}),
        ("/usr/bin/bash --noprofile --norc -eo pipefail {0}", {"errexit", "pipefail"}),
    ],
)
def test_a_shell_has_the_options_that_github_gives_it(name: str, options: set[str]) -> None:
    assert shell(name) == Shell(frozenset(options))


@pytest.mark.parametrize("name", ["pwsh", "python", "cmd", "perl {0}"])
def test_other_shells_are_not_followed(name: str) -> None:
    assert shell(name) is None


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("outbox-guard check .", "outbox-guard check ."),
        ("A=1 .venv/bin/outbox-guard check", "outbox-guard check"),
        ("uv run --frozen outbox-guard check", "outbox-guard check"),
        ("python3 -m outbox_guard check", "outbox-guard check"),
        ("poetry run python -m pytest -q", "pytest -q"),
        ("sudo -u ci env A=1 timeout 60 pytest 'tests/unit'", "pytest tests/unit"),
        ("xs=$(pytest --collect-only)", "pytest --collect-only"),
    ],
)
def test_a_command_is_known_without_what_launches_it(script: str, said: str) -> None:
    assert [command.text for command in spoken(script)] == [said]


@pytest.mark.parametrize(
    ("script", "ends"),
    [("exit 1", True), ("echo no; false", True), ("exit 0", False), ("a", False)],
)
def test_a_script_may_fail_by_itself(script: str, ends: bool) -> None:
    assert fails(script, ERREXIT) is ends


@given(st.text(alphabet="C|&;(){}\n '\"$`<>#=[]!\\ifthendowhl", max_size=40))
def test_any_text_is_a_script_or_a_fault(text: str) -> None:
    try:
        parse(text)
    except ShellFault:
        return
    for command in spoken(text):
        outcome(text, command.simple, ERREXIT, {})
