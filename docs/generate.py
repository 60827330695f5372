"""Writes the pages of docs/ that are generated; the tests compare them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from outbox_guard.config import render_schema
from outbox_guard.explain import rules_page
from outbox_guard.live.proofs import Proof, load_proofs
from outbox_guard.live.proofs import builtin_files as proof_files
from outbox_guard.names import Names
from outbox_guard.rules import builtin_files, load_rules

DOCS = Path(__file__).parent


def main() -> None:
    rules = load_rules(builtin_files(), Names())
    (DOCS / "rules.md").write_text(rules_page(rules), "utf-8")
    (DOCS / "outbox-guard.schema.json").write_text(render_schema(), "utf-8")
    fill(DOCS / "proofs.md", "proofs", promises(load_proofs(proof_files())))


def promises(proofs: Iterable[Proof]) -> str:
    """What each proof proves, and the rules that judge the same without a database."""
    rows = (
        f"| `{proof.name}` | {proof.title} | {', '.join(proof.rules)} |"
        for proof in proofs
        if proof.demonstration == "no"
    )
    return "\n".join(["| proof | promise | rules |", "|---|---|---|", *rows])


def fill(page: Path, name: str, text: str) -> None:
    """Put the text between the marks of this name."""
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    before, _, rest = page.read_text("utf-8").partition(start)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{start}{text}\n{end}{after}", "utf-8")


if __name__ == "__main__":
    main()
