"""What a run without anything to find pays for: no parser, no process, nothing for other runs."""

from __future__ import annotations

import subprocess
import sys

import pytest
from command_line import environment

RUN = """
import sys
before = set(sys.modules)
from outbox_guard.__main__ import main
try:
    main()
except SystemExit as done:
    assert done.code == 0, done.code
print(*sorted(set(sys.modules) - before))
"""
# Of the tool itself; all else that a clean run imports is Python's own.
IMPORTED = frozenset(
    """
    __main__ allows baseline checking cli cli.arguments cli.check cli.progress cli.projects
    cli.statuses cli.terminal clues comments config copies discovery errors facts findings
    fingerprints frontends git globs handing importing intake matching matrix names parseable
    pieces project pruning rarity reporters reporters.phrases reporters.safety reporters.text
    rules sieve sources subprojects suppressions toml_keys trees version
    """.split()
)
NEVER = "asyncio csv email.message importlib.metadata multiprocessing pickle unittest".split()


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    root = tmp_path_factory.mktemp("clean")
    (root / "app.py").write_text("import os\n\n\ndef main():\n    print(os.sep)\n")
    (root / "orders.sql").write_text("CREATE TABLE orders (id int);\n")
    (root / "setup.py").write_text("from setuptools import setup\n\nsetup()\n")
    (root / "pyproject.toml").write_text('[project]\nname = "x"\n\n[tool.outbox-guard]\n')
    done = subprocess.run(
        (sys.executable, "-c", RUN, "check", "."),
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "0 errors, 0 warnings" in done.stdout
    return frozenset(done.stdout.splitlines()[-1].split())


def test_nothing_is_imported_that_is_not_ours_or_pythons_own(imported: frozenset[str]) -> None:
    strangers = {name.partition(".")[0] for name in imported}
    assert strangers - sys.stdlib_module_names == {"outbox_guard"} | strangers & {"__mp_main__"}


def test_of_ours_only_what_is_listed_is_imported(imported: frozenset[str]) -> None:
    ours = {n.removeprefix("outbox_guard.") for n in imported if n.startswith("outbox_guard.")}
    packages = ("facts.", "config.", "discovery.")  # whole
    assert {name for name in ours if not name.startswith(packages)} - IMPORTED == set()


@pytest.mark.parametrize("module", NEVER)
def test_of_pythons_own_nothing_slow_is_imported(imported: frozenset[str], module: str) -> None:
    assert module not in imported
