"""`outbox-guard lsp`, by a client of the protocol: what `check` finds, while it is written."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from command_line import environment
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

EXAMPLE = Path(__file__).parent / "fixtures" / "payment-service"
DELETE = 'def f(cur):\n    cur.execute("DELETE FROM payment_outbox_pending")\n'
SERVER = ClientServerConfig(
    server_command=[sys.executable, "-m", "outbox_guard", "lsp"], server_env=environment()
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outbox-guard.toml").write_text("", "utf-8")
    return tmp_path


@pytest_lsp.fixture(config=SERVER)
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(
                text_document=types.TextDocumentClientCapabilities(
                    publish_diagnostics=types.PublishDiagnosticsClientCapabilities()
                )
            )
        )
    )
    yield
    await lsp_client.shutdown_session()


async def opened(client: LanguageClient, file: Path, text: str) -> list[types.Diagnostic]:
    """What is pushed of a file after it is opened."""
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(
            types.TextDocumentItem(uri=file.as_uri(), language_id="", version=1, text=text)
        )
    )
    await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    return list(client.diagnostics[file.as_uri()])


@pytest.mark.asyncio
async def test_what_is_typed_is_judged(client: LanguageClient, root: Path) -> None:
    found = await opened(client, root / "a.py", DELETE)
    assert [d.code for d in found] == ["OBG103"]
    assert found[0].range == types.Range(types.Position(1, 17), types.Position(1, 23))
