"""The server: documents in, diagnostics, hovers and actions out; all checking is done elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from outbox_guard.config import find_root
from outbox_guard.findings import Finding
from outbox_guard.lsp.actions import Document, actions
from outbox_guard.lsp.engine import Outcome, Problem
from outbox_guard.lsp.process import Broken, Checker
from outbox_guard.lsp.translating import diagnostic, hover, problem_diagnostic, range_of, uri_of
from outbox_guard.version import __version__

WATCHED = "**/*.{py,pyi,sql,pgsql,toml,cfg,yml,yaml,json}"


class Server(LanguageServer):
    """Checks whatever is open whenever anything changes; what changes meanwhile is checked next."""

    def __init__(self) -> None:
        super().__init__("outbox-guard", f"v{__version__}")
        self.checker = Checker()
        self._asked = self._answered = 0  # checks, counted
        self._turn = asyncio.Condition()
        self._running: asyncio.Task[None] | None = None
        self._outcome = Outcome()
        self._texts: dict[Path, str] = {}  # that the outcome is about
        self._told: dict[str, list[types.Diagnostic]] = {}  # by URI: what was pushed
        self._warned: set[str] = set()

    # -- checking ------------------------------------------------------------------------------

    def changed(self) -> None:
        """Something is another now: check, or check again after what is being checked."""
        self._asked += 1
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(self._check())

    async def _check(self) -> None:
        while self._answered < self._asked:
            asked = self._asked
            texts = dict(self._open())
            answer = await asyncio.to_thread(self.checker.check, texts)
            if isinstance(answer, Broken):
                self._warn(f"outbox-guard could not check: {answer.says}")
            else:
                self._outcome, self._texts = answer, texts
                self._tell()
            async with self._turn:
                self._answered = asked
                self._turn.notify_all()

    async def settled(self) -> None:
        """Wait until everything that has changed so far is checked."""
        asked = self._asked
        async with self._turn:
            await self._turn.wait_for(lambda: self._answered >= asked)

    def _open(self) -> Iterator[tuple[Path, str]]:
        for document in self.workspace.text_documents.values():
            file = uris.to_fs_path(document.uri)
            if file is not None:
                yield Path(file), document.source

    # -- telling -------------------------------------------------------------------------------

    def _tell(self) -> None:
        """Push what a client does not pull: all, or mistakes in configurations only."""
        said: dict[str, list[types.Diagnostic]] = {}
        for problem in self._outcome.problems:
            said.setdefault(uri_of(problem.file), []).append(problem_diagnostic(problem))
            self._warn(_words(problem))
        if not self._pulls:
            for file in self._texts:
                said.setdefault(uri_of(file), []).extend(self.diagnostics(file))
        for uri in [*said, *(self._told.keys() - said.keys())]:
            told = said.get(uri, [])
            if told != self._told.get(uri, []):
                self.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(uri=uri, diagnostics=told)
                )
        self._told = said
        if self._pulls and self._refreshes:
            self.workspace_diagnostic_refresh(None)

    @property
    def _pulls(self) -> bool:
        documents = self.client_capabilities.text_document
        return documents is not None and documents.diagnostic is not None

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
        return self._outcome.findings.get(file, ())

    def document(self, file: Path) -> Document:
        codec = self.workspace.position_codec
        return Document(file, find_root(file), self._texts.get(file, ""), codec)

    def hovered(self, file: Path, position: types.Position) -> types.Hover | None:
        document = self.document(file)
        for finding in self._findings(file):
            spot = range_of(finding.place, document.lines, document.codec)
            if spot.start <= position <= spot.end:
                text = hover(finding, self._outcome.pages.get(finding.code))
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

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        del params
        server.changed()

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def typed(params: types.DidChangeTextDocumentParams) -> None:
        del params
        server.changed()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        del params
        server.changed()

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        del params
        server.changed()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def changed_on_disk(params: types.DidChangeWatchedFilesParams) -> None:
        del params
        server.changed()

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def moved(params: types.DidChangeWorkspaceFoldersParams) -> None:
        del params
        server.changed()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def configured(params: types.DidChangeConfigurationParams) -> None:
        del params
        server.changed()

    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(
            identifier="outbox-guard", inter_file_dependencies=True, workspace_diagnostics=False
        ),
    )
    async def pulled(
        params: types.DocumentDiagnosticParams,
    ) -> types.RelatedFullDocumentDiagnosticReport:
        await server.settled()
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
        server.checker.stop()

    return server


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
    await server.client_register_capability_async(types.RegistrationParams([registration]))
