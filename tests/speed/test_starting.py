"""What a run without anything to find pays for: no parser, no process, nothing for other runs."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.support.command_line import environment

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
    __main__ allowing allowing.comments allowing.facts allowing.pruning allowing.suppressions
    baseline checking cli cli.arguments cli.commands cli.commands.check cli.progress
    cli.projects cli.statuses cli.terminal config config.contradictions config.files
    config.lines config.loading config.options config.records config.selection config.settings
    config.shapes discovery errors facts findings fingerprints forking frontends garbage
    gathering git git.asking globs intake matching matrix names parseable persistence project
    quoting record record.form record.quiet record.recall record.remembering reporters
    reporters.phrases reporters.safety reporters.text rules sieve sieve.bindings sieve.clues
    sieve.earlier sieve.handing sieve.importing sieve.passing sieve.pieces sieve.rarity
    sieve.searching sieve.sifting sieve.spelling sieve.words sources subprojects summary
    toml_keys trees version
    """.split()
)
NEVER = "asyncio csv email.message importlib.metadata multiprocessing pickle unittest".split()


# Of a hook that is answered from the record of the last run: of the tool, and of Python.
RECALLED = frozenset(
    """
    __main__ git parseable persistence record record.form record.quiet record.recall
    summary version
    """.split()
)
NEVER_FOR_A_HOOK = "argparse dataclasses enum pathlib re subprocess tomllib typing".split()


def imported_by(root: Path, *arguments: str, cache: str = "") -> frozenset[str]:
    done = subprocess.run(
        (sys.executable, "-c", RUN, *arguments),
        cwd=root,
        env=environment({"OUTBOX_GUARD_CACHE": cache}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "0 errors, 0 warnings" in done.stdout
    return frozenset(done.stdout.splitlines()[-1].split())


def ours(imported: frozenset[str]) -> set[str]:
    return {n.removeprefix("outbox_guard.") for n in imported if n.startswith("outbox_guard.")}


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    root = tmp_path_factory.mktemp("clean")
    (root / "app.py").write_text("import os\n\n\ndef main():\n    print(os.sep)\n")
    (root / "orders.sql").write_text("CREATE TABLE orders (id int);\n")
    (root / "setup.py").write_text("from setuptools import setup\n\nsetup()\n")
    (root / "pyproject.toml").write_text('[project]\nname = "x"\n\n[tool.outbox-guard]\n')
    return imported_by(root, "check", ".")


def test_nothing_is_imported_that_is_not_ours_or_pythons_own(imported: frozenset[str]) -> None:
    strangers = {name.partition(".")[0] for name in imported}
    assert strangers - sys.stdlib_module_names == {"outbox_guard"} | strangers & {"__mp_main__"}


def test_of_ours_only_what_is_listed_is_imported(imported: frozenset[str]) -> None:
    packages = ("facts.", "discovery.")  # whole
    assert {name for name in ours(imported) if not name.startswith(packages)} - IMPORTED == set()


@pytest.mark.parametrize("module", NEVER)
def test_of_pythons_own_nothing_slow_is_imported(imported: frozenset[str], module: str) -> None:
    assert module not in imported


@pytest.mark.skipif(not hasattr(os, "posix_spawnp"), reason="there are no records")
def test_a_hook_is_answered_before_anything_else_is_imported(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project/app.py").write_text("import os\n")
    subprocess.run(("git", "init", "-q"), cwd=tmp_path / "project", check=True)
    hook = partial(imported_by, tmp_path / "project", "check", "app.py", cache=f"{tmp_path}/cache")
    hook()
    imported = hook()
    assert ours(imported) == RECALLED
    assert imported.isdisjoint(NEVER_FOR_A_HOOK)
