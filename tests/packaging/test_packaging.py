"""What a build ships is decided from its configuration, and told at its exact words."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from outbox_guard.facts import Fact, Place, Shipped, Undetermined, Unreadable
from outbox_guard.frontends.packaging import lower
from outbox_guard.names import Boundary, Names, Zones
from outbox_guard.trees import Tree
from tests.support.builds import LITTLE_PROJECTS, LittleProject

CONFIGURE = ("pyproject.toml", "setup.py", "setup.cfg")
HELPER = "libs/db/test_only.py"
HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUP = "from setuptools import setup; "
PROJECT = '[project]\nname = "libs"\nversion = "1.0"\n'


def facts_of(files: Mapping[str, str], names: Names | None = None) -> list[Fact]:
    tree = Tree.of(files, names or Names())
    sources = [tree.source(path) for path in sorted(files) if path.endswith(CONFIGURE)]
    return [fact for source in sources if source for fact in lower(source, tree)]


def words_at(files: Mapping[str, str], place: Place) -> str:
    assert place.line == place.end_line
    line = files[place.path].split("\n")[place.line - 1]
    return line[place.column - 1 : place.end_column - 1]


def package(*, pyproject: str = "", **others: str) -> dict[str, str]:
    """The `libs` package with its helper, and the files that configure its build."""
    files = {f"libs/{path}": "" for path in ("__init__.py", "db/__init__.py", "db/test_only.py")}
    files |= {name.replace("_py", ".py"): text for name, text in others.items()}
    return files | ({"pyproject.toml": pyproject} if pyproject else {})


WHEEL = "[tool.hatch.build.targets.wheel]\n"
SETTINGS: tuple[tuple[str, str], ...] = (
    ("hatchling.build", f"{WHEEL}exclude = ['[z-a]']"),
    ("hatchling.build", f"{WHEEL}exclude = ['!']"),
    (
        "hatchling.build",
        f"{WHEEL}exclude = ['libs/db']\n[tool.hatch.build]\nhooks = {{custom = 3}}",
    ),
    ("flit_core.buildapi", "[tool.flit.sdist]\ninclude = ['[z-a]']"),
    ("pdm.backend", "[tool.pdm.build]\nincludes = ['[z-a]']"),
    ("pdm.backend", "[tool.pdm.build]\nexcludes = ['libs/db']\ncustom-hook = 3"),
    ("poetry.core.masonry.api", "[tool.poetry]\nexclude = ['[z-a]']"),
    ("setuptools.build_meta", "[tool.setuptools.package-data]\nlibs = ['[z-a]']"),
    ("uv_build", "[tool.uv.build-backend]\nsource-include = ['[z-a]']"),
)


@pytest.mark.parametrize(("backend", "settings"), SETTINGS)
def test_what_no_backend_would_take_is_no_bug_of_ours(backend: str, settings: str) -> None:
    system = f'[build-system]\nrequires = []\nbuild-backend = "{backend}"\n'
    files = package(pyproject=f"{system}{PROJECT}{settings}\n")
    for more in ({}, {"MANIFEST.in": "graft [z-a]\ninclude [z-a]\n"}, {".gitignore": "!\n"}):
        assert all(isinstance(fact, Shipped) for fact in facts_of({**files, **more}))


@pytest.mark.parametrize("project", LITTLE_PROJECTS, ids=str)
def test_the_verdict_on_a_little_project(project: LittleProject) -> None:
    facts = facts_of(project.files)
    assert all(isinstance(fact, Shipped) for fact in facts)
    found = [
        (fact.artefact, words_at(project.files, fact.place))
        for fact in facts
        if isinstance(fact, Shipped)
    ]
    assert found == list(project.verdicts)


def test_what_ships_is_named_by_its_path_and_its_builder() -> None:
    [fact] = facts_of(package(pyproject=HATCHLING + PROJECT))
    assert isinstance(fact, Shipped)
    assert (fact.module, fact.artefact, fact.builder) == (HELPER, "wheel and sdist", "hatchling")


def test_the_files_of_a_folder_are_one_module() -> None:
    files = {f"libs/{path}": "" for path in ("__init__.py", "db/testOnly/a.py", "db/testOnly/b.py")}
    [fact] = facts_of(files | {"pyproject.toml": HATCHLING + PROJECT})
    assert isinstance(fact, Shipped)
    assert fact.module == "libs/db/testOnly"


def test_each_folder_with_a_build_is_judged_by_its_own_files() -> None:
    inner = {f"services/pay/{path}": text for path, text in package(pyproject=PROJECT).items()}
    facts = facts_of({**inner, "pyproject.toml": "[tool.ruff]\n"})
    assert [(fact.place.path, type(fact)) for fact in facts] == [
        ("services/pay/pyproject.toml", Shipped)
    ]


def test_the_names_and_the_tests_are_those_of_the_configuration() -> None:
    names = Names(
        boundary=Boundary(test_only=("acme.fakes",)), zones=Zones(tests=("**/checks/**",))
    )
    files = {"acme/__init__.py": "", "acme/fakes.py": "", "acme/checks/acme/fakes.py": ""}
    facts = facts_of(files | {"pyproject.toml": HATCHLING + PROJECT}, names)
    assert [fact.module for fact in facts if isinstance(fact, Shipped)] == ["acme/fakes.py"]


def test_a_helper_in_the_tests_zone_is_a_helper_still() -> None:
    names = Names(zones=Zones(tests=("tests/**", "libs/db/test_only.py")))
    assert facts_of(package(pyproject=HATCHLING + PROJECT), names)


@pytest.mark.parametrize(
    ("files", "reason", "words"),
    [
        (
            package(pyproject='[build-system]\nrequires = []\nbuild-backend = "maturin"\n'),
            "what the build backend maturin packs is not known here",
            "build-backend",
        ),
        (
            package(pyproject=HATCHLING + 'backend-path = ["."]\n' + PROJECT),
            "what the build backend hatchling.build packs is not known here",
            "build-backend",
        ),
        (
            package(setup_py=SETUP + "setup(packages=find())"),
            "only a run of setup.py tells its packages",
            "packages",
        ),
        (
            package(setup_py=SETUP + "setup(**OPTIONS)"),
            "setup.py is not plain: it calls setup(**…)",
            "setup",
        ),
        (
            package(setup_py=SETUP + "main()"),
            "setup.py is not plain: it calls setup() 0 times",
            "",
        ),
        (
            package(setup_py=SETUP + "print 1"),
            "setup.py is not plain: it cannot be parsed",
            "",
        ),
        (
            package(
                setup_py=SETUP + 'é = 1; setup(packages=["libs"], cmdclass={"build_py": Mine})'
            ),
            "the project brings build commands of its own",
            "cmdclass",
        ),
        (
            package(setup_py=f"{SETUP}\f\n# \u2028 a line of its own\nsetup(packages=find())"),
            "only a run of setup.py tells its packages",
            "packages",
        ),
        (
            package(
                pyproject=f"{HATCHLING}{PROJECT}[tool.hatch.build.hooks.custom]\n"
                '[tool.hatch.build]\nexclude = ["test_only.py"]\n',
                hatch_build_py='build_data["force_include"] = …',
            ),
            f"the hook hatch_build.py may add {HELPER} to the wheel",
            "build-backend",
        ),
        (
            package(
                pyproject='[build-system]\nrequires = []\nbuild-backend = "pdm.backend"\n'
                f'{PROJECT}[tool.pdm.build]\nexcludes = ["libs/db"]\n',
                pdm_build_py="def pdm_build_update_files(context, files): …",
            ),
            f"the hook pdm_build.py may add {HELPER} to the wheel",
            "build-backend",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_only_a_run_would_tell_is_said_to_be_open(
    files: dict[str, str], reason: str, words: str
) -> None:
    fact, *_ = facts_of(files)
    assert isinstance(fact, Undetermined)
    assert fact.reason.startswith(reason)
    assert fact.tables == (HELPER,)
    assert words_at(files, fact.place) == words


@pytest.mark.parametrize(
    "files",
    [
        package(setup_py=SETUP + 'setup(packages=[], cmdclass={"build_ext": BuildExt})'),
        package(setup_py=SETUP + "setup(ext_modules=find_extensions())"),
        package(setup_py="def setup(pool): ..."),
        package(
            pyproject=HATCHLING + PROJECT + '[tool.hatch.build]\nexclude = ["test_only.py"]\n'
            "[tool.hatch.build.hooks.custom]\n",
            hatch_build_py="write_version()",
        ),
    ],
    ids=["another command", "extensions alone", "no script", "a hook that adds nothing"],
)
def test_what_cannot_pack_the_helper_leaves_nothing_open(files: dict[str, str]) -> None:
    assert facts_of(files) == []


@pytest.mark.parametrize(
    "pyproject",
    [
        "build-system = 1",
        '[build-system]\nbuild-backend = ["hatchling.build"]',
        HATCHLING + PROJECT + '[tool.hatch.build]\npackages = "libs"',
        HATCHLING + PROJECT + "[tool.hatch.build]\ntargets.wheel.exclude = [1]\nexclude = 2",
        PROJECT + "[tool.setuptools]\npackages = [{}]",
        '[build-system]\nbuild-backend = "poetry.core.masonry.api"\n[tool.poetry]\npackages = 1',
    ],
)
def test_a_configuration_that_its_backend_refuses_builds_nothing(pyproject: str) -> None:
    assert facts_of(package(pyproject=pyproject)) == []


def test_a_broken_configuration_beside_a_helper_is_said_to_be_unread() -> None:
    [fact] = facts_of(package(pyproject="[project"))
    assert isinstance(fact, Unreadable)
    assert fact.reason.startswith("it is not TOML: ")
    assert facts_of({"pyproject.toml": "[project"}) == []
