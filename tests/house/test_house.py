"""The house around the code stands: floors, workflows, the commands that are promised."""

from __future__ import annotations

import os
import re
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from build import ProjectBuilder
from importlinter.cli import lint_imports
from pyproject_hooks import quiet_subprocess_runner

from tests.support.paths import REPOSITORY

WORKFLOWS = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))
EXPRESSION = re.compile(r"\$\{\{")
PINNED = re.compile(r"(\./|[\w.-]+/[\w./-]+@v\d[\w.]*)")


def text_of(path: str) -> str:
    return (REPOSITORY / path).read_text("utf-8")


def steps_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The steps of a workflow, or of a composite action."""
    jobs = document.get("jobs", {"": document.get("runs")})
    return (step for job in jobs.values() for step in job["steps"])


def test_every_module_keeps_to_its_floor(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(REPOSITORY / "pyproject.toml"), no_cache=True)
    assert status == 0, capsys.readouterr().out


def test_the_readme_shows_the_command_that_ci_ends_with() -> None:
    commands = re.findall(r"^python3 -m venv .*$", text_of("README.md"), re.MULTILINE)
    assert len(commands) == 2
    assert text_of(".ci/run").rstrip().endswith("\n" + commands[1])


def test_ci_runs_what_make_check_runs() -> None:
    recipes = dict(re.findall(r"^(\w+):\n\t(.+)$", text_of("Makefile"), re.MULTILINE))
    [targets] = re.findall(r"^check: (.+)$", text_of("Makefile"), re.MULTILINE)
    *others, tests = (recipes[target] for target in targets.split())
    ci = text_of(".ci/run").splitlines()
    assert [line.strip() for line in ci if line.strip() in others] == others
    assert ci[-1].endswith(f"/{tests}")


def test_ci_can_be_run() -> None:
    assert os.access(REPOSITORY / ".ci/run", os.X_OK)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read(workflow: Path) -> None:
    document = yaml.safe_load(workflow.read_text("utf-8"))
    assert document["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in document["jobs"].values())


@pytest.mark.parametrize(
    "path", [*WORKFLOWS, REPOSITORY / "action.yml"], ids=lambda path: path.name
)
def test_steps_are_pinned_and_run_no_text_from_outside(path: Path) -> None:
    document = yaml.safe_load(path.read_text("utf-8"))
    for step in steps_of(document):
        assert ("uses" in step) != ("run" in step)
        assert PINNED.fullmatch(step.get("uses", "./"))
        assert not EXPRESSION.search(step.get("run", ""))


def test_every_input_of_the_action_is_used() -> None:
    text = text_of("action.yml")
    for name in yaml.safe_load(text)["inputs"]:
        assert f"inputs.{name}" in text


def test_workflows_call_targets_that_make_has() -> None:
    targets = set(re.findall(r"^(\w+):", text_of("Makefile"), re.MULTILINE))
    for workflow in WORKFLOWS:
        for words in re.findall(r"make ([\w \-]+)", workflow.read_text("utf-8")):
            assert {word for word in words.split() if not word.startswith("-")} <= targets


def test_ci_tests_every_python_from_the_oldest_that_is_supported() -> None:
    document = yaml.safe_load(text_of(".github/workflows/ci.yml"))
    versions = document["jobs"]["tests"]["strategy"]["matrix"]["python"]
    required = tomllib.loads(text_of("pyproject.toml"))["project"]["requires-python"]
    assert f">={versions[0]}" == required


@pytest.mark.slow
def test_the_wheel_carries_rules_and_proofs_and_nothing_of_the_tests(tmp_path: Path) -> None:
    wheel = ProjectBuilder(REPOSITORY, runner=quiet_subprocess_runner).build("wheel", tmp_path)
    names = zipfile.ZipFile(wheel).namelist()
    data = {
        f"outbox_guard/{path.relative_to(REPOSITORY)}"
        for folder in ("rules", "proofs")
        for path in (REPOSITORY / folder).rglob("*.toml")
    }
    assert data <= set(names)
    assert "outbox_guard/py.typed" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"outbox_guard"}
