"""What the pages say of the code is so, whether they are generated or written by hand."""

from __future__ import annotations

import re
import runpy
import tomllib

import pytest

from outbox_guard.matching import compile_matcher
from outbox_guard.names import Names
from outbox_guard.rules import spell_out
from tests.support.paths import REPOSITORY

DOCS = REPOSITORY / "docs"
PACKAGE = REPOSITORY / "guardrails/outbox_guard"


def generated() -> dict[str, str]:
    """What docs/generate.py would write."""
    pages: dict[str, str] = runpy.run_path(str(DOCS / "generate.py"))["pages"]()
    return pages


@pytest.mark.parametrize(("name", "text"), generated().items(), ids=list(generated()))
def test_a_generated_page_is_up_to_date(name: str, text: str) -> None:
    assert (DOCS / name).read_text("utf-8") == text, f"docs/{name} is stale: run `make docs`"


def test_the_example_of_the_facts_asks_for_what_there_is() -> None:
    [example] = re.findall(
        r"^```toml\n(.*?)^```$", (DOCS / "facts.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    finds = tomllib.loads(example)["finds"]
    assert len(compile_matcher(spell_out(finds, Names())).tests) == len(finds) - 1


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_every_module_that_is_named_is_there(page: str) -> None:
    text = (REPOSITORY / page).read_text("utf-8")
    named = set(re.findall(r"`([\w./]+(?:\.py|/))`", text))
    there = {file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*")}
    gone = {
        name
        for name in named
        if not any(f"/{path}".endswith(f"/{name.rstrip('/')}") for path in there)
        and not (REPOSITORY / name).exists()
    }
    assert not gone
    assert named


@pytest.mark.parametrize(
    ("heading", "container"),
    [
        ("Floors", "outbox_guard"),
        ("The schema as it stands", "outbox_guard.schema"),
        ("How SQL is read", "outbox_guard.frontends.sql"),
        ("How Python is read", "outbox_guard.frontends.python"),
    ],
)
def test_the_floors_of_the_picture_are_those_that_are_enforced(
    heading: str, container: str
) -> None:
    tools = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]
    contracts = tools["importlinter"]["contracts"]
    [layers] = [each["layers"] for each in contracts if each.get("containers") == [container]]
    text = (DOCS / "architecture.md").read_text("utf-8")
    [_, section] = text.split(f"\n## {heading}\n")
    _, picture, *_ = section.split("```")
    assert [line.split("   ") for line in picture.split("\n")[1:-1]] == [
        layer.split(" | ") for layer in layers
    ]
