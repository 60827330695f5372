"""`outbox-guard lsp`, by clients of the protocol: what `check` finds, while it is written."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

from outbox_guard.checking import read
from outbox_guard.config.rendering import toml_value
from outbox_guard.gathering import FactsByPath, Progress
from outbox_guard.lsp.engine import Engine
from outbox_guard.lsp.outcomes import Settled
from outbox_guard.trees import Tree
from tests.support.command_line import PATIENCE, environment, outbox_guard
from tests.support.corpus import forms

DELETE = 'def f(cur):\n    cur.execute("DELETE FROM payment_outbox_pending")\n'
TABLE = "payment_outbox_pending"
SERVER = ClientServerConfig(
    server_command=[sys.executable, "-m", "outbox_guard", "lsp"], server_env=environment()
)
TOGETHER = 60  # forms in one run, which has to be patient with none
SEEN: dict[str, Sequence[types.Diagnostic]] = {}  # what was pushed last, by URI
PUSHED = types.TextDocumentClientCapabilities()
PULLED = types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities())

pytestmark = pytest.mark.asyncio


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outbox-guard.toml").write_text("", "utf-8")
    return tmp_path


@pytest_lsp.fixture(config=SERVER, params=[PUSHED])  # type: ignore[untyped-decorator]  # it is
async def client(lsp_client: LanguageClient, request: pytest.FixtureRequest) -> AsyncIterator[None]:
    capabilities = types.ClientCapabilities(text_document=request.param)
    await lsp_client.initialize_session(types.InitializeParams(capabilities=capabilities))
    yield
    await lsp_client.shutdown_session()


def open_(client: LanguageClient, file: Path, text: str) -> None:
    document = types.TextDocumentItem(uri=file.as_uri(), language_id="", version=1, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(document))


def type_(client: LanguageClient, file: Path, text: str, version: int = 2) -> None:
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(version=version, uri=file.as_uri()),
            [types.TextDocumentContentChangeWholeDocument(text)],
        )
    )


async def told(client: LanguageClient, file: Path) -> list[types.Diagnostic]:
    """What is pushed next, of a file."""
    uri = file.as_uri()
    while client.diagnostics.get(uri) is SEEN.get(uri):
        pushed = client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        await asyncio.wait_for(pushed, PATIENCE)
    SEEN[uri] = client.diagnostics[uri]
    return list(client.diagnostics[uri])


def codes(found: list[types.Diagnostic]) -> list[object]:
    return [diagnostic.code for diagnostic in found]


async def test_what_is_typed_is_judged(client: LanguageClient, root: Path) -> None:
    file = root / "a.py"
    open_(client, file, DELETE)
    (found,) = await told(client, file)
    assert found.code == "OBG103"
    assert found.severity == types.DiagnosticSeverity.Error
    assert found.range == types.Range(types.Position(1, 17), types.Position(1, 23))
    assert found.code_description is not None
    assert found.code_description.href.endswith("#obg103")
    type_(client, file, DELETE.replace("DELETE", "SELECT 1"))
    assert await told(client, file) == []


async def test_columns_count_utf_16(client: LanguageClient, root: Path) -> None:
    open_(client, root / "a.py", DELETE.replace('("', '("/* 😀é */ '))
    (found,) = await told(client, root / "a.py")
    assert found.range.start == types.Position(1, 17 + len("/* 😀é */ ") + 1)


async def test_an_open_file_hides_the_one_on_disk(client: LanguageClient, root: Path) -> None:
    (root / "names.py").write_text(f'QUEUE = "{TABLE}"\n', "utf-8")
    uses = 'from names import QUEUE\ndef f(cur):\n    cur.execute("DELETE FROM " + QUEUE)\n'
    open_(client, root / "a.py", uses)
    assert codes(await told(client, root / "a.py")) == ["OBG103"]
    open_(client, root / "names.py", 'QUEUE = "sessions"\n')
    assert await told(client, root / "a.py") == []


async def test_a_change_of_the_configuration_needs_no_restart(
    client: LanguageClient, root: Path
) -> None:
    configuration = root / "outbox-guard.toml"
    open_(client, root / "a.sql", "TRUNCATE jobs;\n")
    for text, expected in (("[outbox]\npending = ['jobs']", ["OBG103"]), ("", [])):
        configuration.write_text(text, "utf-8")
        changed = types.FileEvent(configuration.as_uri(), types.FileChangeType.Changed)
        client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
        assert codes(await told(client, root / "a.sql")) == expected


async def test_workspace_folders_come_and_go(client: LanguageClient, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder, table in zip(folders, ("jobs", "tasks"), strict=True):
        folder.mkdir()
        configuration = f"[outbox]\npending = ['{table}']\n"
        (folder / "outbox-guard.toml").write_text(configuration, "utf-8")
    one, two = (types.WorkspaceFolder(folder.as_uri(), folder.name) for folder in folders)
    both = "TRUNCATE jobs;\nTRUNCATE tasks;\n"
    files = [folder / "a.sql" for folder in folders]

    move(client, added=[one])
    open_(client, files[0], both)
    assert lines(await told(client, files[0])) == [0]

    move(client, added=[two])
    open_(client, files[1], both)
    assert lines(await told(client, files[1])) == [1]
    assert lines(list(client.diagnostics[files[0].as_uri()])) == [0]

    (folders[0] / "outbox-guard.toml").write_text("[outbox]\npending = ['tasks']\n", "utf-8")
    move(client, removed=[two])
    close(client, files[1])
    assert await told(client, files[1]) == []
    assert lines(await told(client, files[0])) == [1]


def move(
    client: LanguageClient,
    *,
    added: Sequence[types.WorkspaceFolder] = (),
    removed: Sequence[types.WorkspaceFolder] = (),
) -> None:
    event = types.WorkspaceFoldersChangeEvent(added=added, removed=removed)
    client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))


def close(client: LanguageClient, file: Path) -> None:
    document = types.TextDocumentIdentifier(file.as_uri())
    client.text_document_did_close(types.DidCloseTextDocumentParams(document))


def lines(found: list[types.Diagnostic]) -> list[int]:
    return [diagnostic.range.start.line for diagnostic in found]


async def test_a_wrong_configuration_is_shown_where_it_is_wrong(
    client: LanguageClient, root: Path
) -> None:
    configuration = root / "outbox-guard.toml"
    configuration.write_text("# names\nselekt = []\n", "utf-8")
    open_(client, root / "a.py", DELETE)
    (found,) = await told(client, configuration)
    assert "did you mean 'select'" in found.message
    assert found.range.start.line == 1
    assert "selekt" in client.messages[0].message
    configuration.write_text("", "utf-8")
    type_(client, root / "a.py", DELETE + "\n")
    await told(client, root / "a.py")
    assert codes(list(client.diagnostics[(root / "a.py").as_uri()])) == ["OBG103"]


async def test_a_finding_explains_itself(client: LanguageClient, root: Path) -> None:
    file = root / "a.py"
    open_(client, file, DELETE)
    (found,) = await told(client, file)
    document = types.TextDocumentIdentifier(file.as_uri())
    hovers = [
        await client.text_document_hover_async(types.HoverParams(document, position))
        for position in (found.range.start, types.Position(0, 0))
    ]
    assert hovers[1] is None
    assert hovers[0] is not None
    assert isinstance(hovers[0].contents, types.MarkupContent)
    assert "**OBG103 direct-outbox-dml**" in hovers[0].contents.value
    assert "**Fix.**" in hovers[0].contents.value


async def offered(
    client: LanguageClient, file: Path, found: types.Diagnostic
) -> dict[str, types.CodeAction]:
    asked = types.CodeActionParams(
        types.TextDocumentIdentifier(file.as_uri()), found.range, types.CodeActionContext([found])
    )
    answer = await client.text_document_code_action_async(asked)
    return {each.title: each for each in answer or () if isinstance(each, types.CodeAction)}


async def test_a_certain_fix_is_offered(client: LanguageClient, root: Path) -> None:
    file = root / "a.sql"
    open_(client, file, f"SELECT * FROM {TABLE} WHERE next_attempt_at = now();\n")
    (found,) = await told(client, file)
    actions = await offered(client, file, found)
    fix = next(action for action in actions.values() if action.is_preferred)
    assert fix.edit is not None
    assert fix.edit.changes is not None
    (edit,) = fix.edit.changes[file.as_uri()]
    assert edit.new_text == "<="


async def test_an_allow_comment_is_offered_that_asks_for_its_reason(
    client: LanguageClient, root: Path
) -> None:
    file = root / "a.py"
    open_(client, file, DELETE)
    (found,) = await told(client, file)
    action = (await offered(client, file, found))["Allow OBG103 here, with a reason"]
    assert action.edit is not None
    assert action.edit.changes is not None
    (edit,) = action.edit.changes[file.as_uri()]
    lines = DELETE.splitlines(keepends=True)
    lines.insert(edit.range.start.line, edit.new_text)
    type_(client, file, "".join(lines))
    assert sorted(map(str, codes(await told(client, file)))) == ["OBG004", "OBG103"]
    type_(client, file, "".join(lines).replace("] ", "] a drill"), version=3)
    assert await told(client, file) == []


@pytest.mark.parametrize("client", [PULLED], indirect=True)
async def test_a_client_that_pulls_is_answered_and_not_pushed(
    client: LanguageClient, root: Path
) -> None:
    file = root / "a.py"
    asked = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(file.as_uri()))
    open_(client, file, DELETE)
    for text, expected in ((DELETE, ["OBG103"]), ("", [])):
        type_(client, file, text)
        answer = await client.text_document_diagnostic_async(asked)
        assert isinstance(answer, types.RelatedFullDocumentDiagnosticReport)
        assert codes(list(answer.items)) == expected
    assert not client.diagnostics


def configured(item: tuple[str, object]) -> str:
    key, value = item
    listed = list(value) if isinstance(value, tuple) else value
    return f"{key.replace('_', '-')} = {toml_value(listed)}\n"


def read_here(paths: Sequence[str], tree: Tree, progress: Progress | None) -> FactsByPath:
    """In this process: there are hundreds of projects."""
    del progress
    return {path: read(path, tree) for path in paths}


@pytest.mark.slow
async def test_the_engine_finds_what_check_finds_over_the_whole_corpus(tmp_path: Path) -> None:
    """Each form is a project of its own; what is typed into it is what stands on disk."""
    for number, form in enumerate(forms()):
        names = "".join(map(configured, form.case.outbox.items()))
        files = {**form.case.files, "outbox-guard.toml": f"[outbox]\n{names}"}
        for path, text in files.items():
            file = tmp_path / str(number // TOGETHER) / str(number) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
    checked = {found async for found in _checked(tmp_path.iterdir())}
    buffers = {
        file: file.read_text("utf-8")
        for file in tmp_path.rglob("*")
        if file.suffix in (".py", ".sql", ".pyi")
    }
    settled = Engine(reader=read_here).check(buffers)
    assert isinstance(settled, Settled)
    outcome = settled.outcome
    assert outcome.problems == ()
    assert {
        (file, f.code, f.place.line, f.place.column)
        for file, found in outcome.findings.items()
        for f in found
    } == {each for each in checked if each[0] in buffers}


async def _checked(roots: Iterable[Path]) -> AsyncIterator[tuple[Path, str, int, int]]:
    """By a process with one thread, which forks its readers: this one starts new interpreters."""
    for root in roots:
        done = await asyncio.to_thread(outbox_guard, "check", "--format", "json", cwd=root)
        for found in json.loads(done.stdout)["findings"]:
            yield root / found["path"], found["code"], found["line"], found["column"]
