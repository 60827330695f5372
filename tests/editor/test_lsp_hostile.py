"""The language server and clients that are quick, careless or odd."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

from tests.support.command_line import PATIENCE, environment

DELETE = 'def f(cur):\n    cur.execute("DELETE FROM payment_outbox_pending")\n'
SERVER = ClientServerConfig(
    server_command=[sys.executable, "-m", "outbox_guard", "lsp"], server_env=environment()
)
VERSIONED = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        publish_diagnostics=types.PublishDiagnosticsClientCapabilities(version_support=True)
    )
)
Found = list[tuple[object, int, int]]  # code, line and character from 0

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]


@pytest_lsp.fixture(config=SERVER)  # type: ignore[untyped-decorator]  # it is
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    await lsp_client.initialize_session(types.InitializeParams(capabilities=VERSIONED))
    yield
    await lsp_client.shutdown_session()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outbox-guard.toml").write_text("", "utf-8")
    return tmp_path


def open_(client: LanguageClient, uri: str, text: str) -> None:
    document = types.TextDocumentItem(uri=uri, language_id="python", version=0, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(document))


def type_(client: LanguageClient, uri: str, text: str, version: int) -> None:
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(version=version, uri=uri),
            [types.TextDocumentContentChangeWholeDocument(text)],
        )
    )


def close(client: LanguageClient, uri: str) -> None:
    client.text_document_did_close(
        types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
    )


def changed_on_disk(client: LanguageClient, *files: Path) -> None:
    events = [types.FileEvent(file.as_uri(), types.FileChangeType.Changed) for file in files]
    client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(events))


def shown(client: LanguageClient, uri: str) -> Found | None:
    """What the client shows of a document now; None before it was told anything."""
    found = client.diagnostics.get(uri)
    if found is None:
        return None
    return [(f.code, f.range.start.line, f.range.start.character) for f in found]


async def until(client: LanguageClient, holds: Callable[[], bool]) -> None:
    """Listen until something is so."""
    while not holds():
        said = client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        await asyncio.wait_for(said, PATIENCE)


TEXTS = {
    "lines that end in two characters": (DELETE.replace("\n", "\r\n"), (1, 17)),
    "a byte order mark, on the line of the finding": (
        '\ufeffcur.execute("DELETE FROM payment_outbox_pending")\n',
        (0, 14),
    ),
    "characters of two units": (DELETE.replace('("', '("/* 😀 */ '), (1, 26)),
    "form feeds and such, which end no line": ("# \f \x0b \u2028\n\f" + DELETE, (2, 17)),
    "a declared encoding, which says nothing of what is typed": (
        f"# coding: latin-1\nx = 'ä'; {DELETE.splitlines()[1].strip()}\n",
        (1, 22),
    ),
}


@pytest.mark.parametrize(("text", "at"), TEXTS.values(), ids=TEXTS)
async def test_columns_are_those_of_the_client(
    client: LanguageClient, root: Path, text: str, at: tuple[int, int]
) -> None:
    uri = (root / "a.py").as_uri()
    open_(client, uri, text)
    await until(client, lambda: shown(client, uri) is not None)
    assert shown(client, uri) == [("OBG103", *at)]


async def test_the_last_of_many_keys_counts(client: LanguageClient, root: Path) -> None:
    uri = (root / "a.py").as_uri()
    open_(client, uri, "")
    for version in range(1, 60):
        type_(client, uri, "(" * (version % 7) + "#" * version, version)
    type_(client, uri, DELETE, 60)
    await until(client, lambda: bool(shown(client, uri)) and shown(client, uri)[0][0] == "OBG103")  # type: ignore[index]  # it is not None
    assert shown(client, uri) == [("OBG103", 1, 17)]


async def test_half_a_line_is_told_of_and_no_more(client: LanguageClient, root: Path) -> None:
    uri = (root / "a.py").as_uri()
    open_(client, uri, DELETE)
    await until(client, lambda: shown(client, uri) == [("OBG103", 1, 17)])
    type_(client, uri, DELETE + "x = (", 1)
    await until(client, lambda: shown(client, uri) == [("OBG001", 2, 4)])
    type_(client, uri, DELETE + "x = ()", 2)
    await until(client, lambda: shown(client, uri) == [("OBG103", 1, 17)])


async def test_what_is_no_file_is_left_alone(client: LanguageClient, root: Path) -> None:
    for uri in ("untitled:Untitled-1", "git:/a.py?ref=HEAD", "vscode-notebook-cell:/a.ipynb#1"):
        open_(client, uri, DELETE)
    uri = (root / "a.py").as_uri()
    open_(client, uri, DELETE)
    await until(client, lambda: shown(client, uri) is not None)
    assert set(client.diagnostics) == {uri}


async def test_a_uri_is_answered_as_it_was_spelt(client: LanguageClient, root: Path) -> None:
    (root / "a b+c").mkdir()
    uri = f"{root.as_uri()}/a%20b%2Bc/%61.py"
    open_(client, uri, DELETE)
    await until(client, lambda: shown(client, uri) is not None)
    assert set(client.diagnostics) == {uri}


async def test_a_closed_file_has_no_diagnostics_left(client: LanguageClient, root: Path) -> None:
    uris = [(root / name).as_uri() for name in ("a.py", "b.py")]
    for uri in uris:
        open_(client, uri, DELETE)
    close(client, uris[0])  # while it is judged
    await until(client, lambda: bool(shown(client, uris[1])))
    await until(client, lambda: not shown(client, uris[0]))


async def test_two_projects_with_the_same_paths_are_two(client: LanguageClient, root: Path) -> None:
    for name, table in (("one", "jobs"), ("two", "tasks")):
        (root / name).mkdir()
        (root / name / "outbox-guard.toml").write_text(f"[outbox]\npending = ['{table}']", "utf-8")
    one, two = ((root / name / "a.sql").as_uri() for name in ("one", "two"))
    open_(client, one, "TRUNCATE jobs;\n")
    open_(client, two, "TRUNCATE jobs;\n")
    await until(client, lambda: shown(client, two) is not None and bool(shown(client, one)))
    assert (shown(client, one), shown(client, two)) == ([("OBG103", 0, 0)], [])


async def test_a_file_that_goes_and_comes_back_is_followed(
    client: LanguageClient, root: Path
) -> None:
    names = root / "names.py"
    uri = (root / "a.py").as_uri()
    code = 'from names import QUEUE\ndef f(cur):\n    cur.execute("DELETE FROM " + QUEUE)\n'
    guarded = 'QUEUE = "payment_outbox_pending"\n'
    names.write_text(guarded, "utf-8")
    open_(client, uri, code)
    await until(client, lambda: bool(shown(client, uri)))
    for number in range(3):
        names.write_text('QUEUE = "sessions"\n', "utf-8")
        if number == 1:
            names.unlink()
        changed_on_disk(client, names, *(root / f"{n}.py" for n in range(300)))
        await until(client, lambda: not any(f[0] == "OBG103" for f in shown(client, uri) or ()))
        names.write_text(guarded, "utf-8")
        changed_on_disk(client, names)
        await until(client, lambda: any(f[0] == "OBG103" for f in shown(client, uri) or ()))


async def test_a_configuration_that_is_being_typed_hides_nothing(
    client: LanguageClient, root: Path
) -> None:
    configuration = root / "outbox-guard.toml"
    uri = (root / "a.py").as_uri()
    open_(client, uri, DELETE)
    await until(client, lambda: bool(shown(client, uri)))
    configuration.write_text("[outbox", "utf-8")
    changed_on_disk(client, configuration)
    await until(client, lambda: bool(shown(client, configuration.as_uri())))
    assert shown(client, uri) == [("OBG103", 1, 17)]
    configuration.write_text('[outbox]\npending = ["sessions"]\n', "utf-8")
    changed_on_disk(client, configuration)
    await until(client, lambda: not shown(client, configuration.as_uri()))
    await until(client, lambda: shown(client, uri) == [])


async def test_what_check_leaves_out_is_left_out(client: LanguageClient, root: Path) -> None:
    (root / "outbox-guard.toml").write_text('exclude = ["old/**"]\n', "utf-8")
    (root / "old").mkdir()
    old, new = ((root / name).as_uri() for name in ("old/a.py", "b.py"))
    open_(client, old, DELETE)
    open_(client, new, DELETE)
    await until(client, lambda: bool(shown(client, new)))
    assert not shown(client, old)


async def test_a_large_file_keeps_nobody_from_asking(client: LanguageClient, root: Path) -> None:
    uri = (root / "a.py").as_uri()
    open_(client, uri, DELETE + "".join(f"def g{n}(a):\n    return a + {n}\n" for n in range(9000)))
    asked = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(0, 0))
    assert await asyncio.wait_for(client.text_document_hover_async(asked), PATIENCE) is None
    close(client, uri)


async def test_a_server_may_be_shut_down_while_it_works(client: LanguageClient, root: Path) -> None:
    open_(client, (root / "a.py").as_uri(), DELETE)
