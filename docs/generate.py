"""Writes the pages of docs/ that are generated; the tests compare them."""

from __future__ import annotations

import argparse
import ast
import inspect
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from outbox_guard.cli.arguments import Command
from outbox_guard.cli.commands import COMMANDS
from outbox_guard.config.editors import render_schema
from outbox_guard.explain import rules_page
from outbox_guard.facts import KINDS, Fact
from outbox_guard.live.proofs.files import builtin_files as proof_files
from outbox_guard.live.proofs.files import load_proofs
from outbox_guard.matching import fields_of
from outbox_guard.names import Names
from outbox_guard.rules import builtin_files, load_rules, name_table

DOCS = Path(__file__).parent
OF_ALL = ("path", "zone", "inside")  # fields of every fact
CALLED: Mapping[object, str] = {str: "text", bool: "`true`, `false`", int: "number"}


def main() -> None:
    for name, text in pages().items():
        (DOCS / name).write_text(text, "utf-8")


def pages() -> dict[str, str]:
    """Each generated page by its file name."""
    return {
        "cli.md": "\n".join(_commands()) + "\n",
        "facts.md": _facts(),
        "outbox-guard.schema.json": render_schema(),
        "proofs.md": _proofs(),
        "rules.md": rules_page(load_rules(builtin_files(), Names())),
    }


def _proofs() -> str:
    page = (DOCS / "proofs.md").read_text("utf-8")
    page = filled(page, "proofs", "\n".join(_promises()))
    return filled(page, "sabotage", "\n".join(_mistakes()))


def _facts() -> str:
    page = (DOCS / "facts.md").read_text("utf-8")
    page = filled(page, "names", "\n".join(_names()))
    return filled(page, "facts", "\n".join(line for kind in KINDS.values() for line in _kind(kind)))


def _names() -> Iterator[str]:
    """What `$name` stands for where nothing is configured."""
    yield from ("| name | by default |", "|---|---|")
    for name, globs in sorted(name_table(Names()).items()):
        yield f"| `${name}` | {', '.join(f'`{glob}`' for glob in globs)} |"


def _kind(kind: type[Fact]) -> Iterator[str]:
    """A kind of fact: what it is, and its own fields with what the source says beside each."""
    hints = get_type_hints(kind)
    notes = {name: note for each in reversed(kind.__mro__) for name, note in _notes(each)}
    yield from (f"### {kind.__name__}", "", inspect.getdoc(kind) or "", "")
    if fields := [name for name in fields_of(kind) if name not in OF_ALL]:
        yield from ("| field | holds | |", "|---|---|---|")
    for name in fields:
        yield f"| `{name}` | {_shape(hints[name])} | {notes[name]} |"
    yield ""


def _shape(hint: object) -> str:
    """What a field holds, as the author of a rule writes it."""
    if hint in CALLED:
        return CALLED[hint]
    if get_origin(hint) is tuple:
        return "list of lists" if get_origin(get_args(hint)[0]) else "list"
    parts = (part for each in get_args(hint) for part in (get_args(each) or (each,)))
    return ", ".join(f'`"{part}"`' for part in parts)


def _notes(kind: type) -> Iterator[tuple[str, str]]:
    """What stands in the source beside each field of a fact."""
    if not issubclass(kind, Fact):
        return
    lines = inspect.getsource(kind).splitlines()
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.AnnAssign):
            beside = lines[(node.end_lineno or node.lineno) - 1][node.end_col_offset :]
            yield ast.unparse(node.target), beside.partition("#")[2].strip()


def _promises() -> Iterator[str]:
    """What each proof proves, and the rules that judge the same without a database."""
    yield from ("| proof | promise | rules |", "|---|---|---|")
    for proof in load_proofs(proof_files()):
        if proof.demonstration == "no":
            yield f"| `{proof.name}` | {proof.title} | {', '.join(proof.rules)} |"


def _mistakes() -> Iterator[str]:
    """The proof and the rules that catch each mistake of tests/data/sabotage.toml."""
    mutants = tomllib.loads((DOCS.parent / "tests/data/sabotage.toml").read_text("utf-8"))[
        "mutants"
    ]
    by_rule = sum(bool(mutant["rules"]) for mutant in mutants)
    yield f"{len(mutants)} mistakes: a proof catches each, and a rule {by_rule} of them."
    yield from ("", "| mistake | proof | rules |", "|---|---|---|")
    for mutant in mutants:
        yield f"| {mutant['says']} | `{mutant['proof']}` | {', '.join(mutant['rules'])} |"


def filled(page: str, mark: str, text: str) -> str:
    """A page that is written by hand, with other text between its marks of this name."""
    start, end = f"<!-- {mark} -->\n", f"<!-- /{mark} -->\n"
    before, _, rest = page.partition(start)
    _, _, after = rest.partition(end)
    return f"{before}{start}{text}\n{end}{after}"


class _Options(argparse.ArgumentParser):
    """Keeps what is said of each option, as its own help page is not laid out for Markdown."""

    def __init__(self) -> None:
        super().__init__(add_help=False)
        self.said: list[tuple[str, str]] = []

    def add_argument(self, *names: Any, **options: Any) -> argparse.Action:
        values = "|".join(map(str, options.get("choices") or ())) or options.get("metavar", "")
        flags = ", ".join(names) if names[0].startswith("-") else ""
        self.said.append((f"{flags} {values}".strip(), options.get("help", "")))
        return super().add_argument(*names, **options)

    def add_mutually_exclusive_group(self, **options: Any) -> Any:
        """Its options are told like all others."""
        del options
        return self


def _commands() -> Iterator[str]:
    yield "# Commands"
    yield ""
    yield "What `outbox-guard COMMAND --help` says, on one page."
    for name, command in COMMANDS.items():
        yield from _command(name, command)


def _command(name: str, command: Command) -> Iterator[str]:
    options = _Options()
    command.fill(options)
    yield from ("", f"## {name}", "", command.summary, "")
    if options.said:
        yield from ("| option | |", "|---|---|")
    for words, meaning in options.said:
        cell = words.replace("|", "\\|")
        yield f"| `{cell}` | {meaning} |"
    if command.epilog:
        yield from ("", command.epilog)


if __name__ == "__main__":
    main()
