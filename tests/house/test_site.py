"""The documents as web pages: every link leads somewhere, and nothing is fetched from elsewhere."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from tests.support.paths import REPOSITORY

IMAGES = sorted((REPOSITORY / "docs/img").iterdir())
LARGEST = 60_000  # bytes of a picture in the README, which everybody opens
LARGER = 150_000  # of one elsewhere


def _site() -> dict[str, str]:
    """What docs/site_pages.py would write."""
    pages: dict[str, str] = runpy.run_path(str(REPOSITORY / "docs/site_pages.py"))["site"]()
    return pages


SITE = _site()


def test_every_document_is_a_page() -> None:
    documents = {path.stem for path in (REPOSITORY / "docs").glob("*.md")}
    assert documents <= {name.removesuffix(".html") for name in SITE}


@pytest.mark.parametrize("name", SITE)
def test_every_link_leads_somewhere(name: str) -> None:
    for target in re.findall(r'href="([^"]*)"', SITE[name]):
        page, _, anchor = target.partition("#")
        if (page or name) in SITE:
            assert not anchor or f'id="{anchor}"' in SITE[page or name], target
        elif "/blob/main/" in page:
            assert (REPOSITORY / page.partition("/blob/main/")[2]).exists(), target
        else:
            assert page.startswith("https://") or (REPOSITORY / "docs" / page).exists(), target


@pytest.mark.parametrize("name", SITE)
def test_a_page_fetches_nothing_from_elsewhere(name: str) -> None:
    assert "<script" not in SITE[name]
    assert "url(" not in SITE[name]
    for source in re.findall(r'src="([^"]*)"', SITE[name]):
        assert (REPOSITORY / "docs" / source).is_file()


def test_a_link_to_a_heading_is_named_as_on_github() -> None:
    assert '<h2 id="show-an-auditor">Show an auditor</h2>' in SITE["index.html"]


@pytest.mark.parametrize("image", IMAGES, ids=lambda path: path.name)
def test_a_picture_is_shown_small_and_complete(image: Path) -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    documents = [path.read_text("utf-8") for path in (REPOSITORY / "docs").glob("*.md")]
    assert any(f"img/{image.name}" in text for text in (readme, *documents))
    assert image.stat().st_size < (LARGEST if image.name in readme else LARGER)
    if image.suffix == ".svg":
        drawing = image.read_text("utf-8")
        assert not re.search(r"@font-face|@import|<image|url\((?!#)|href=", drawing)
