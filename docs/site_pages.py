"""Writes README.md and docs/ as HTML, into site/ or another folder."""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parent.parent
REPOSITORY = "https://github.com/outbox-guard/outbox-guard/blob/main"
PAGES: Mapping[str, str] = {  # where each stands in the repository, and in the site
    "README.md": "index.html",
    "docs/rules.md": "rules.html",
    "docs/facts.md": "facts.html",
    "docs/cli.md": "cli.html",
    "docs/proofs.md": "proofs.html",
    "docs/editors.md": "editors.html",
    "docs/architecture.md": "architecture.html",
    "docs/performance.md": "performance.html",
    "docs/accuracy.md": "accuracy.html",
    "CONTRIBUTING.md": "contributing.html",
    "CHANGELOG.md": "changelog.html",
}
TITLES: Mapping[str, str] = {"README.md": "Overview", "docs/cli.md": "Commands"}
STYLE = """
:root { color-scheme: light dark; --text: light-dark(#1b1f24, #e6edf3);
  --quiet: light-dark(#59636e, #9da7b3); --ground: light-dark(#fff, #0d1117);
  --soft: light-dark(#f4f6f8, #161b22); --line: light-dark(#d1d9e0, #30363d);
  --link: light-dark(#0b57a4, #79b8ff) }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 58rem; padding: 1rem 1.25rem 4rem; color: var(--text);
  background: var(--ground); font: 1rem/1.6 system-ui, sans-serif }
a { color: var(--link) }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; padding-bottom: .75rem;
  border-bottom: 1px solid var(--line) }
nav [aria-current] { color: var(--text); font-weight: 600; text-decoration: none }
h1, h2, h3 { line-height: 1.25; margin: 2.2rem 0 .8rem }
h2 { padding-bottom: .3rem; border-bottom: 1px solid var(--line) }
code, pre { font: .875em/1.5 ui-monospace, monospace; background: var(--soft) }
code { padding: .1em .3em; border-radius: .3em; overflow-wrap: anywhere }
pre { padding: .8rem 1rem; border-radius: .4rem; overflow-x: auto }
pre code { padding: 0; font-size: inherit; overflow-wrap: normal }
table { display: block; overflow-x: auto; border-collapse: collapse; margin: 1rem 0 }
th, td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line);
  text-align: left; vertical-align: top }
th { color: var(--quiet); white-space: nowrap }
td:nth-child(-n+2) code { white-space: nowrap }
@media print { nav { display: none } pre { overflow: visible; white-space: pre-wrap } }
@media (max-width: 40rem) {  /* a row is a block of its own */
  thead { display: none }
  table, tbody, tr, td { display: block; white-space: normal }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line) }
  td { padding: 0; border: 0 }
  td:nth-child(-n+2) code { white-space: normal }
}
img { max-width: 100%; height: auto }
table:has(img) { display: table; table-layout: fixed; width: 100% }
blockquote { margin: 0; padding-left: 1rem; border-left: .2rem solid var(--line) }
:target { scroll-margin-top: 1rem }
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "site")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, html in site().items():
        (folder / name).write_text(html, "utf-8")
    if (ROOT / "docs/img").is_dir():
        shutil.copytree(ROOT / "docs/img", folder / "img", dirs_exist_ok=True)


def site() -> dict[str, str]:
    """Each page by its name."""
    return {name: page(path) for path, name in PAGES.items()}


def page(path: str) -> str:
    """One page: no script, and nothing that is fetched from elsewhere."""
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = markdown.parse((ROOT / path).read_text("utf-8"))
    title = next((text for _, text in _headings(tokens)), "outbox-guard")
    _name_headings(tokens)
    body = markdown.renderer.render(tokens, markdown.options, {})
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<nav>{' '.join(_navigation(path))}</nav>\n<main>\n{_linked(body, path)}</main>\n"
        "</body>\n</html>\n"
    )


def _navigation(current: str) -> Iterator[str]:
    for path, name in PAGES.items():
        here = ' aria-current="page"' if path == current else ""
        title = TITLES.get(path, Path(path).stem.capitalize())
        yield f'<a href="{name}"{here}>{title}</a>'


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            yield token, "".join(child.content for child in inline.children or ())


def _name_headings(tokens: Sequence[Token]) -> None:
    """As GitHub names them, so that links lead there in both."""
    taken: dict[str, int] = {}
    for token, text in _headings(tokens):
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        number = taken[slug] = taken.get(slug, -1) + 1
        token.attrSet("id", f"{slug}-{number}" if number else slug)


def _linked(html: str, path: str) -> str:
    """Links to pages of the site stay in it; those to other files lead to the repository."""

    def link(match: re.Match[str]) -> str:
        attribute, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        file, sign, anchor = target.partition("#")
        found = normpath(join(dirname(path), file))
        if found in PAGES:
            return f'{attribute}="{PAGES[found]}{sign}{anchor}"'
        if found.startswith("docs/img/"):
            return f'{attribute}="{relpath(found, "docs")}"'
        return f'{attribute}="{REPOSITORY}/{found}{sign}{anchor}"'

    return re.sub(r'\b(href|src)="([^"]*)"', link, html)


if __name__ == "__main__":
    main()
