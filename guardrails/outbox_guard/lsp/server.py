"""The server: documents in, diagnostics, hovers and actions out; all is judged elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from outbox_guard.config import find_root
from outbox_guard.findings import Finding, RulePage
from outbox_guard.frontends import PATTERNS
from outbox_guard.lsp.actions import Document, actions
from outbox_guard.lsp.outcomes import Outcome, Problem
from outbox_guard.lsp.translating import diagnostic, hover, problem_diagnostic, range_of, uri_of
from outbox_guard.lsp.turns import Held, Turns
from outbox_guard.version import __version__

# What a check reads, and what says how: on disk, in files that are not open.
READ = {pattern.rpartition("/")[2] for pattern in (*PATTERNS, "*.json", ".gitignore")}
WATCHED = f"**/{{{','.join(sorted(READ))}}}"
CHANGES = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.TEXT_DOCUMENT_DID_SAVE,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION,
)

Told = dict[str, tuple[int | None, list[types.Diagnostic]]]  # by URI, and of which version


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found in an open file, and in which state of it."""

    findings: tuple[Finding, ...]
    text: str
    root: Path
    uri: str
    version: int | None


class Server(LanguageServer):
    """Has whatever is open judged whenever anything changes, and tells the client."""

    def __init__(self) -> None:
        # Whole texts: pygls takes a form feed for the end of a line, the protocol does not.
        full = types.TextDocumentSyncKind.Full
        super().__init__("outbox-guard", f"v{__version__}", text_document_sync_kind=full)
        self.turns = Turns(self._open, self._tell, self._warn)
        self._pages: Mapping[str, RulePage] = {}
        self._judged: dict[Path, Judged] = {}
        self._told: Told = {}  # what was pushed
        self._warned: set[str] = set()

    def _open(self) -> Held:
        """The files that are open; what is no file has no project to be judged by."""
        documents = {
            Path(path): document
            for document in self.workspace.text_documents.values()
            if uris.uri_scheme(document.uri) == "file" and (path := uris.to_fs_path(document.uri))
        }
        return Held(
            {file: document.source for file, document in documents.items()},
            {file: document.version for file, document in documents.items()},
            {file: document.uri for file, document in documents.items()},
        )

    # -- telling -------------------------------------------------------------------------------

    def _tell(self, outcome: Outcome, held: Held) -> None:
        """Push what a client does not pull: all, or mistakes in configurations only."""
        self._pages = {**self._pages, **outcome.pages}
        # Where a configuration is wrong nothing is judged: what was found stays.
        kept = {file: self._judged[file] for file in held.texts if file in self._judged}
        before = self._judged
        self._judged = kept | {
            file: Judged(
                found, held.texts[file], outcome.roots[file], held.uris[file], held.versions[file]
            )
            for file, found in outcome.findings.items()
        }
        said: Told = {}
        for file, judged in {} if self._pulls else self._judged.items():
            version = judged.version if self._versions else None
            said[judged.uri] = version, self.diagnostics(file)
        for problem in outcome.problems:
            version, listed = said.get(self._uri(problem.file), (None, []))
            said[self._uri(problem.file)] = version, [*listed, problem_diagnostic(problem)]
            self._warn(_words(problem))
        gone: Told = {uri: (None, []) for uri in self._told.keys() - said.keys()}
        for uri, (version, told) in (said | gone).items():
            if self._told.get(uri) != (version, told):
                self.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=told)
                )
        self._told = said
        if self._pulls and self._refreshes and self._is_news(before):
            self.workspace_diagnostic_refresh(None)

    def _is_news(self, before: Mapping[Path, Judged]) -> bool:
        """Whether more is found in a text than a client that asked for it was told."""
        return any(
            file in before
            and before[file].version == judged.version
            and before[file].findings != judged.findings
            for file, judged in self._judged.items()
        )

    def _uri(self, file: Path) -> str:
        return self._judged[file].uri if file in self._judged else uri_of(file)

    @property
    def _pulls(self) -> bool:
        documents = self.client_capabilities.text_document
        return documents is not None and documents.diagnostic is not None

    @property
    def _versions(self) -> bool:
        """Whether the client knows what to make of the version that diagnostics are of."""
        documents = self.client_capabilities.text_document
        pushed = documents.publish_diagnostics if documents is not None else None
        return pushed is not None and bool(pushed.version_support)

    @property
    def _refreshes(self) -> bool:
        workspace = self.client_capabilities.workspace
        diagnostics = workspace.diagnostics if workspace is not None else None
        return diagnostics is not None and bool(diagnostics.refresh_support)

    def _warn(self, message: str) -> None:
        """Once: a mistake that stays is no news."""
        if message not in self._warned:
            self._warned.add(message)
            self.window_show_message(
                types.ShowMessageParams(type=types.MessageType.Error, message=message)
            )

    # -- what is known of a document -----------------------------------------------------------

    def diagnostics(self, file: Path) -> list[types.Diagnostic]:
        document = self.document(file)
        return [self._diagnostic(finding, document) for finding in self._findings(file)]

    def _diagnostic(self, finding: Finding, document: Document) -> types.Diagnostic:
        return diagnostic(finding, document.lines, document.root, document.codec)

    def _findings(self, file: Path) -> tuple[Finding, ...]:
        return self._judged[file].findings if file in self._judged else ()

    def document(self, file: Path) -> Document:
        judged = self._judged.get(file)
        root = find_root(file) if judged is None else judged.root
        text = "" if judged is None else judged.text
        return Document(file, self._uri(file), root, text, self.workspace.position_codec)

    def hovered(self, file: Path, position: types.Position) -> types.Hover | None:
        document = self.document(file)
        for finding in self._findings(file):
            spot = range_of(finding.place, document.lines, document.codec)
            if spot.start <= position <= spot.end:
                text = hover(finding, self._pages.get(finding.code))
                content = types.MarkupContent(types.MarkupKind.Markdown, text)
                return types.Hover(contents=content, range=spot)
        return None

    def offered(self, file: Path, wanted: types.Range) -> Iterator[types.CodeAction]:
        document = self.document(file)
        for finding in self._findings(file):
            shown = self._diagnostic(finding, document)
            if shown.range.start <= wanted.end and wanted.start <= shown.range.end:
                yield from actions(finding, shown, document)


def _words(problem: Problem) -> str:
    place = f"{problem.file}:{problem.line}" if problem.line else str(problem.file)
    return f"outbox-guard: {place}: {problem.says}"


def make_server() -> Server:
    """A server with its features, ready to be started."""
    server = Server()

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        del params
        await _watch(server)

    for change in CHANGES:
        server.feature(change)(_changed)

    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(
            identifier="outbox-guard", inter_file_dependencies=True, workspace_diagnostics=False
        ),
    )
    async def pulled(
        params: types.DocumentDiagnosticParams,
    ) -> types.RelatedFullDocumentDiagnosticReport:
        await server.turns.answered()
        return types.RelatedFullDocumentDiagnosticReport(
            items=server.diagnostics(_file(params.text_document.uri))
        )

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(params: types.HoverParams) -> types.Hover | None:
        return server.hovered(_file(params.text_document.uri), params.position)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
    )
    def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        return list(server.offered(_file(params.text_document.uri), params.range))

    @server.feature(types.SHUTDOWN)
    def ended(params: None) -> None:
        del params
        server.turns.stop()

    return server


def _changed(ls: Server, params: object) -> None:
    """Something has: what it is, is looked up."""
    del params
    ls.turns.changed()


def _file(uri: str) -> Path:
    return Path(uris.to_fs_path(uri) or "")


async def _watch(server: Server) -> None:
    """Ask to be told of changes on disk, where the client can tell."""
    workspace = server.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace is not None else None
    if watching is None or not watching.dynamic_registration:
        return
    options = types.DidChangeWatchedFilesRegistrationOptions(
        watchers=[types.FileSystemWatcher(glob_pattern=WATCHED)]
    )
    registration = types.Registration(
        id="files", method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES, register_options=options
    )
    with suppress(JsonRpcException):  # it may refuse: then what is saved or typed is looked at
        await server.client_register_capability_async(types.RegistrationParams([registration]))
