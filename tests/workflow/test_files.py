"""Workflow files as YAML: what is read, what is told of what cannot be, and where the gate is."""

from __future__ import annotations

from pathlib import Path

import pytest

from outbox_guard import check
from outbox_guard.checking import check_sources
from tests.support.examples import RULES, judgement
from tests.support.workflows import PATH, RIGHT

SOFT = RIGHT.replace("pytest tests/unit", "pytest tests/unit || true")
ANCHORED = RIGHT.replace(
    "      - name: Unit tests\n",
    "      - &unit\n        name: Unit tests\n        continue-on-error: true\n",
)
MERGED = RIGHT.replace(
    "      - name: Unit tests\n",
    "      - <<: {continue-on-error: true}\n        name: Unit tests\n",
)


def said(texts: dict[str, str]) -> list[str]:
    report = check_sources(texts, judgement(*RULES))
    return [f"{f.code} {f.place.path}:{f.place.line}:{f.place.column}" for f in report]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("jobs:\n\tgate:", 2),
        ("jobs:\n  a: 1\n  a: 2\n", 3),
        ("jobs: [1\n", 3),
        ("a: *nobody\n", 1),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: &a [*a]\n", 1),
        ("<<: 1\n", 1),
        ("? [a]\n: b\n", 1),
        ("[" * 3000, 1),
    ],
    ids=["tab", "key twice", "open", "alias", "two documents", "loop", "merge", "key", "deep"],
)
def test_what_is_no_workflow_is_told_with_its_line(text: str, line: int) -> None:
    found = said({PATH: text + "# outbox-guard\n"})
    assert [each.rpartition(":")[0] for each in found] == [f"OBG001 {PATH}:{line}"]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "jobs:\n", "jobs: {gate: }\n", "[1, 2]"])
def test_what_has_no_steps_is_no_gate(text: str) -> None:
    assert said({PATH: text}) == []


@pytest.mark.parametrize("text", [ANCHORED, MERGED], ids=["anchor", "merge"])
def test_anchors_and_merge_keys_are_followed(text: str) -> None:
    assert [each[:6] for each in said({PATH: text})] == ["OBG604"]


def test_windows_line_ends_do_not_move_a_place() -> None:
    assert (
        said({PATH: SOFT.replace("\n", "\r\n")}) == said({PATH: SOFT}) == [f"OBG604 {PATH}:20:32"]
    )


def test_an_allow_comment_counts_in_a_script_and_beside_it() -> None:
    reason = "# outbox-guard: allow[OBG604] until PAY-900"
    beside = SOFT.replace("|| true", f"|| true  {reason}")
    inside = RIGHT.replace(
        "run: pytest tests/unit", f"run: |\n          {reason}\n          pytest tests/unit || true"
    )
    assert said({PATH: beside}) == said({PATH: inside}) == []


def test_a_gate_outside_of_the_folder_of_workflows_is_none() -> None:
    assert said({"docs/gate.yml": SOFT, ".github/gate.yml": SOFT}) == []


def test_an_action_that_cannot_be_read_is_told_where_it_is_called() -> None:
    text = RIGHT.replace("uses: actions/checkout@v4", "uses: ./ci/set-up")
    assert said({PATH: text, "ci/set-up/action.yml": "a: [\n"}) == [f"OBG001 {PATH}:14:15"]
    assert said({PATH: text}) == []


def test_what_is_wrong_with_an_action_reads_as_a_sentence() -> None:
    text = RIGHT.replace("uses: actions/checkout@v4", "uses: ./ci/set-up")
    report = check_sources({PATH: text, "ci/set-up/action.yml": "a: 1\na: 2\n"}, judgement(*RULES))
    assert ["ci/set-up/action.yml, which has the key 'a' twice" in f.message for f in report] == [
        True
    ]


def test_a_called_workflow_is_judged_where_it_is_called() -> None:
    called = ".github/workflows/called.yml"
    caller = f"on: pull_request\njobs:\n  gate:\n    uses: ./{called}\n    secrets: inherit\n"
    text = SOFT.replace("on:\n", "on:\n  workflow_call:\n")
    assert said({PATH: caller, called: text}) == [f"OBG604 {called}:21:32"]


@pytest.mark.parametrize(
    ("gate", "found"),
    [
        ('workflow = ".github/workflows/gate.yml"\njob = "gate"', []),
        ('workflow = ".github/workflows/gone.yml"', ["OBG601 outbox-guard.toml:2"]),
        ('workflow = "./.github/workflows/gate.yml"\njob = "gate"', []),
        ('job = "gone"', ["OBG601 outbox-guard.toml:2"]),
        (
            'workflow = ".github/workflows/gone.yml"\njob = "gate"',
            ["OBG601 outbox-guard.toml:2"],
        ),
        ('workflow = ".github/workflows/other.yml"', ["OBG601 outbox-guard.toml:2"]),
    ],
)
def test_a_gate_that_is_configured_has_to_be_there(
    tmp_path: Path, gate: str, found: list[str]
) -> None:
    files = {
        "outbox-guard.toml": f"[gate]\n{gate}\n",
        PATH: RIGHT,
        ".github/workflows/other.yml": "on: push\njobs:\n  gate:\n    steps: [run: make]\n",
    }
    write(tmp_path, files)
    for all_of_it in ((), (".",), (".github", "../" + tmp_path.name)):
        report = check(tmp_path, all_of_it)
        assert [f"{f.code} {f.place.path}:{f.place.line}" for f in report] == found
    assert not list(check(tmp_path, ["outbox-guard.toml"]))


def test_a_gate_that_another_file_configures_is_told_there(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "policy/base.toml": '[gate]\njob = "gone"\n',
            "outbox-guard.toml": 'extends = ["policy/base.toml"]\n',
        },
    )
    [finding] = check(tmp_path)
    assert (finding.code, finding.place.path, finding.place.line) == (
        "OBG601",
        "policy/base.toml",
        2,
    )


def test_only_the_configured_gate_is_judged(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "outbox-guard.toml": '[gate]\nworkflow = ".github/workflows/gate.yml"\n',
            PATH: RIGHT,
            ".github/workflows/nightly.yml": SOFT,
        },
    )
    assert not list(check(tmp_path))


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
