"""What an editor offers for a finding: its fix, and an allow comment that asks for a reason."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types
from pygls.workspace import PositionCodec

from outbox_guard.allowing.exempting import exemptions
from outbox_guard.facts import Edit
from outbox_guard.findings import Finding
from outbox_guard.lsp.translating import range_of
from outbox_guard.sources import Source

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was when it was checked."""

    file: Path
    uri: str  # as the client spells it
    root: Path
    text: str
    codec: PositionCodec

    @property
    def lines(self) -> list[str]:
        """By the protocol's line ends; form feeds and the like are none."""
        return _LINE.findall(self.text)

    @property
    def path(self) -> str:
        return Path(os.path.relpath(os.path.realpath(self.file), self.root)).as_posix()


def actions(
    finding: Finding, diagnostic: types.Diagnostic, document: Document
) -> Iterator[types.CodeAction]:
    """The fix first, where there is one that can be applied here."""
    fix = finding.fix
    if fix is not None and fix.edits and all(_is_here(edit, document) for edit in fix.edits):
        yield _action(fix.message, diagnostic, document, fix.edits, preferred=True)
    source = Source(document.path, document.text)
    for exemption in exemptions([finding], lambda _path: source, ""):
        if exemption.edit is not None:
            title = f"Allow {finding.code} here, with a reason"
            yield _action(title, diagnostic, document, (exemption.edit,), preferred=False)


def _is_here(edit: Edit, document: Document) -> bool:
    source = Source(document.path, document.text)
    return edit.place.path == document.path and source.words(edit.place) == edit.words


def _action(
    title: str,
    diagnostic: types.Diagnostic,
    document: Document,
    edits: tuple[Edit, ...],
    *,
    preferred: bool,
) -> types.CodeAction:
    changes = [
        types.TextEdit(range_of(edit.place, document.lines, document.codec), edit.replacement)
        for edit in edits
    ]
    return types.CodeAction(
        title=title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic],
        is_preferred=preferred,
        edit=types.WorkspaceEdit(changes={document.uri: changes}),
    )
