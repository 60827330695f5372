"""The build backends really pack what the little projects say that they pack."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import pytest
from build import BuildBackendException, ProjectBuilder

from tests.support.builds import LITTLE_PROJECTS, LittleProject

pytestmark = pytest.mark.slow

HELPER = re.compile(r"(?!tests/).*(test_only|testOnly/tables)\.py")  # a fixture is none
SIGNED = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")


def is_package(project: LittleProject) -> bool:
    configured = tomllib.loads(project.files.get("pyproject.toml", ""))
    return "setup.py" in project.files or not configured.keys().isdisjoint(
        ("build-system", "project")
    )


PACKAGES = tuple(project for project in LITTLE_PROJECTS if is_package(project))


def run(
    cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None
) -> None:
    """Run a backend without a word; uv_build is a program beside the interpreter."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **(extra_environ or {}), "PATH": path}
    subprocess.run(cmd, cwd=cwd, env=environment, check=True, capture_output=True)


def write(project: LittleProject, folder: Path) -> None:
    for name, text in project.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    if project.git:
        run(("git", "init", "-q"), str(folder))
        run(("git", "add", "."), str(folder))
        run(("git", *SIGNED, "commit", "-q", "-m", "All there is"), str(folder))


def contents(archive: Path) -> Iterator[bytes]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            yield from map(wheel.read, wheel.namelist())
    else:
        with tarfile.open(archive) as sdist:
            files = map(sdist.extractfile, sdist.getmembers())
            yield from (file.read() for file in files if file)


@pytest.mark.parametrize("artefact", ["wheel", "sdist"])
@pytest.mark.parametrize("project", PACKAGES, ids=str)
def test_the_build_packs_what_is_said_of_it(
    project: LittleProject, artefact: Literal["wheel", "sdist"], tmp_path: Path
) -> None:
    write(project, tmp_path / "project")
    helpers = [f"# {path}\n".encode() for path in project.files if HELPER.match(path)]
    builder = ProjectBuilder(tmp_path / "project", runner=run)
    try:
        archive = Path(builder.build(artefact, tmp_path / "dist"))
    except BuildBackendException:
        assert not project.is_shipped_by(artefact)  # what is not built ships nothing
    else:
        packed = set(contents(archive))
        assert any(helper in packed for helper in helpers) is project.is_shipped_by(artefact)
