"""Every file of the project is found, nothing else is, and what cannot be read is told."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.discovery import (
    Discovered,
    PathError,
    decode,
    discover,
    is_plain,
    listing,
    read_plain,
    read_source,
    selected,
)
from outbox_guard.facts import Unreadable
from outbox_guard.names import Zones
from outbox_guard.sources import Source

PATTERNS = ("*.py", "*.sql", "pyproject.toml")

Grow = Callable[[Path, str], None]


def write(root: Path, *paths: str, text: str = "") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    subprocess.run(("git", *identity, *arguments), cwd=root, check=True, capture_output=True)


@pytest.fixture(params=["git", "walk"])
def root(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is listed by git, or by a walk."""
    project = tmp_path / "project"
    project.mkdir()
    if request.param == "git":
        git(project, "init", "-q")
    else:
        monkeypatch.setattr(listing, "_ask_git", lambda _: None)
    return project


def files(root: Path, exclude: Iterable[str] = ()) -> list[str]:
    return list(discover(root, PATTERNS, tuple(exclude)).files)


# --- which files ----------------------------------------------------------------------------


def test_files_in_scope_are_found_in_order(root: Path) -> None:
    write(root, "b/x.py", "a.sql", "a.txt", "b/SCHEMA.SQL", "x/pyproject.toml", "b.py/c.bin")
    found = discover(root, PATTERNS)
    assert found.files == ("a.sql", "b/SCHEMA.SQL", "b/x.py", "x/pyproject.toml")
    assert found.others >= {"a.txt", "b.py/c.bin"}
    assert found.unreadable == ()


def test_ignored_files_are_left_out(root: Path) -> None:
    write(root, ".gitignore", text="# sign\nbuild/\n*.tmp.py\n!keep.tmp.py\n/top.py\n\\\n")
    write(root, "sub/.gitignore", text="!deep.tmp.py\nlocal.py\n/here.py\n")
    write(root, "build/a.py", "sub/build/a.py", "x.tmp.py", "keep.tmp.py", "top.py", "sub/top.py")
    write(root, "sub/deep.tmp.py", "sub/x/deep.tmp.py", "sub/x/local.py", "sub/x/here.py")
    write(root, "sub/here.py")
    assert files(root) == [
        "keep.tmp.py",
        "sub/deep.tmp.py",
        "sub/top.py",
        "sub/x/deep.tmp.py",
        "sub/x/here.py",
    ]


def test_folders_of_tools_are_no_part_of_the_project(root: Path) -> None:
    write(root, "env/pyvenv.cfg", "env/lib/a.py", "node_modules/m/a.py", "__pycache__/a.py", "a.py")
    assert files(root) == ["a.py"]


def test_excluded_files_are_left_out(root: Path) -> None:
    write(root, "gen/a.py", "gen/deep/b.py", "x/gen/c.py", "a_pb2.py")
    assert files(root, ["gen", "**/*_pb2.py"]) == ["x/gen/c.py"]


def test_links_are_not_followed(root: Path, tmp_path: Path) -> None:
    write(tmp_path, "outside/a.py")
    write(root, "real/a.py")
    (root / "loop").symlink_to(root)
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "file.py").symlink_to(root / "real/a.py")
    (root / "broken.py").symlink_to("nowhere")
    found = discover(root, PATTERNS)
    assert found.files == ("real/a.py",)
    assert found.unreadable == ()


@pytest.mark.parametrize("name", ["-rf.py", "a\nb.py", " .py", 'q"\\.py', "é.py", "*.py"])
def test_names_that_trip_others_survive(root: Path, name: str) -> None:
    write(root, name, text="x")
    found = discover(root, PATTERNS)
    assert found.files == (name,)
    source = read_source(found.file(name), name, "tests")
    assert source == Source(name, "x", "tests")


def test_a_name_that_is_no_utf8_is_escaped_and_read(root: Path) -> None:
    (root / os.fsdecode(b"caf\xe9.py")).write_bytes(b"x")
    found = discover(root, PATTERNS)
    assert found.files == (r"caf\xe9.py",)
    assert read_source(found.file(found.files[0]), found.files[0], "tests") == Source(
        r"caf\xe9.py", "x", "tests"
    )


def test_what_is_no_file_is_told_and_not_opened(root: Path) -> None:
    if (root / ".git").exists():  # git lists no pipes, but a tracked file may become one
        write(root, "pipe.py")
        git(root, "add", ".")
        (root / "pipe.py").unlink()
    os.mkfifo(root / "pipe.py")
    found = discover(root, PATTERNS)
    assert found.files == ()
    assert [(fact.place.path, fact.reason) for fact in found.unreadable] == [
        ("pipe.py", "it is a named pipe, not a file")
    ]


def test_a_folder_that_cannot_be_listed_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, "a.py", "tests/secret/b.py")
    if os.geteuid():
        (root / "tests/secret").chmod(0)
    else:  # nothing is closed to root: play the refusal
        refuse_to_list(monkeypatch, root / "tests/secret")
    try:
        found = discover(root, PATTERNS)
    finally:
        (root / "tests/secret").chmod(0o700)
    [fact] = found.unreadable
    assert (fact.place.path, fact.place.zone) == ("tests/secret", "tests")
    assert fact.reason == "it cannot be listed: Permission denied"
    assert "a.py" in found.files


def refuse_to_list(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    real_run, real_scan = subprocess.run, os.scandir

    def run(*args: object, **options: object) -> object:
        done = real_run(*args, **options)  # type: ignore[call-overload]  # handed through
        warning = f"warning: could not open directory '{folder.name}/': Permission denied"
        done.stderr += warning.replace(folder.name, "tests/secret").encode()
        done.stdout = done.stdout.replace(b"tests/secret/b.py\0", b"")
        return done

    def scandir(path: Path) -> object:
        if Path(path) == folder:
            raise PermissionError(13, "Permission denied")
        return real_scan(path)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(os, "scandir", scandir)


def test_an_empty_project_has_no_files(root: Path) -> None:
    assert discover(root, PATTERNS).files == ()


# --- with git -------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    return tmp_path


def test_tracked_new_and_forced_files_count_deleted_ones_do_not(repository: Path) -> None:
    write(repository, ".gitignore", text="*_pb2.py")
    write(repository, "tracked.py", "deleted.py", "forced_pb2.py")
    git(repository, "add", "-f", ".")
    (repository / "deleted.py").unlink()
    write(repository, "new.py", "ignored_pb2.py")
    assert files(repository) == ["forced_pb2.py", "new.py", "tracked.py"]


def test_a_tracked_file_behind_a_link_does_not_count(repository: Path) -> None:
    write(repository, "a/x.py", "b/x.py")
    git(repository, "add", ".")
    shutil.rmtree(repository / "a")
    (repository / "a").symlink_to("b")
    assert files(repository) == ["b/x.py"]


def test_a_folder_of_a_repository_is_a_root_of_its_own(repository: Path) -> None:
    write(repository, "service/a.py", "other/b.py", ".gitignore", text="c.py")
    write(repository, "service/c.py")
    assert files(repository / "service") == ["a.py"]


def test_a_root_that_a_repository_around_it_ignores_is_walked(repository: Path) -> None:
    write(repository, ".gitignore", text="build/")
    write(repository, "build/unpacked/a.py")
    assert files(repository / "build/unpacked") == ["a.py"]


def test_submodules_are_projects_of_their_own(repository: Path) -> None:
    write(repository, "mod/a.py", "mod.py/b.py", "own.py")
    for module in ("mod", "mod.py"):
        git(repository / module, "init", "-q")
        git(repository / module, "add", ".")
        git(repository / module, "commit", "-qm", "x")
    git(repository, "add", "mod.py")
    assert files(repository) == ["own.py"]


def test_a_hooks_environment_does_not_mislead(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    write(repository, "a.py")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setenv("GIT_DIR", str(elsewhere))
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/other-index")
    assert files(repository) == ["a.py"]


def test_without_git_the_folder_is_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py")
    monkeypatch.setenv("PATH", "")
    assert files(tmp_path) == ["a.py"]


def test_a_folder_deeper_than_python_recurses_is_no_trouble(root: Path) -> None:
    deep = "/".join(["d"] * 1200)
    here = Path.cwd()
    try:
        os.chdir(root)
        for folder in deep.split("/"):
            os.mkdir(folder)  # noqa: PTH102 — pathlib recurses
            os.chdir(folder)
        Path("a.py").touch()
    finally:
        os.chdir(here)
    found = files(root)
    subprocess.run(("rm", "-r", root / "d"), check=True)  # pytest's own clean-up recurses
    assert found == [f"{deep}/a.py"]


# --- what to report on ----------------------------------------------------------------------


@pytest.fixture
def found(tmp_path: Path) -> Discovered:
    write(tmp_path, "a.py", "sub/b.py", "sub/deep/c.sql", "subway.py", "notes.md", "gen/x.py")
    (tmp_path / "link").symlink_to("sub/deep")
    write(tmp_path.parent / f"{tmp_path.name}-outside", "o.py")
    return discover(tmp_path, PATTERNS, ("gen/**",))


@pytest.mark.parametrize(
    ("paths", "cwd", "reported"),
    [
        ([], ".", ["a.py", "sub/b.py", "sub/deep/c.sql", "subway.py"]),
        (["."], ".", ["a.py", "sub/b.py", "sub/deep/c.sql", "subway.py"]),
        (["."], "sub", ["sub/b.py", "sub/deep/c.sql"]),
        (["sub"], ".", ["sub/b.py", "sub/deep/c.sql"]),
        (["sub/", "./a.py", "a.py"], ".", ["a.py", "sub/b.py", "sub/deep/c.sql"]),
        (["../a.py"], "sub", ["a.py"]),
        (["notes.md"], ".", []),
        (["gen/x.py"], ".", ["gen/x.py"]),  # excluded, but asked for by name
        (["gen"], ".", []),
        (["link"], ".", ["sub/deep/c.sql"]),
    ],
)
def test_paths_say_what_is_reported(
    found: Discovered, paths: list[str], cwd: str, reported: list[str]
) -> None:
    assert sorted(selected(paths, found, cwd=found.root / cwd)) == reported


def test_an_absolute_path_is_as_good(found: Discovered) -> None:
    assert selected([str(found.root / "a.py")], found, cwd=Path("/")) == {"a.py"}


def test_paths_that_are_none_are_told_at_once(found: Discovered) -> None:
    outside = f"../{found.root.name}-outside"
    with pytest.raises(PathError) as caught:
        selected(["a.py", "gone.py", outside, "", "\0", "x" * 999], found, cwd=found.root)
    assert str(caught.value).splitlines() == [
        "'gone.py': there is no such file or folder",
        f"'{outside}': lies outside of the project, which is {found.root}",
        "a path is empty; is a variable of the shell not set?",
        r"'\x00': no name holds a NUL",
        f"'{'x' * 999}': there is no such file or folder",
    ]


def test_what_cannot_be_read_is_reported_with_its_folder(tmp_path: Path) -> None:
    write(tmp_path, "a/x.py")
    os.mkfifo(tmp_path / "a/pipe.sql")
    found = discover(tmp_path, PATTERNS)
    assert selected(["a"], found, cwd=tmp_path) == {"a/x.py", "a/pipe.sql"}


# --- text -----------------------------------------------------------------------------------

LATIN = b"# coding: latin-1\nx = '\xe9'"


@pytest.mark.parametrize(
    ("path", "data", "text"),
    [
        ("x.py", b"", ""),
        ("x.py", "é".encode(), "é"),
        ("x.py", b"\xef\xbb\xbfx", "x"),
        ("x.sql", b"\xef\xbb\xbfx", "x"),
        ("x.py", LATIN, LATIN.decode("latin-1")),
        ("x.pyi", b"#!x\n" + LATIN, "#!x\n" + LATIN.decode("latin-1")),
        ("x.py", b"\xef\xbb\xbf# coding: utf-8\n\xc3\xa9", "# coding: utf-8\né"),
        ("x.py", b"a\nb\n# coding: latin-1\n", "a\nb\n# coding: latin-1\n"),  # line 3: a comment
        ("x.sql", b"-- coding: no-such\r\nx\r", "-- coding: no-such\r\nx\r"),
        ("x.py", b"coding = 1\x0c\r\n", "coding = 1\x0c\r\n"),
    ],
)
def test_text_is_what_the_file_declares(path: str, data: bytes, text: str) -> None:
    assert decode(data, path) == Source(path, text)


@pytest.mark.parametrize(
    ("path", "data", "at", "reason"),
    [
        ("x.py", b"a\n\xc3\xa9\xe9 ", (2, 2), "byte 0xE9 is not UTF-8; save it as UTF-8, or decla"),
        ("x.sql", b"\r\n\r\r\xe9", (4, 1), "byte 0xE9 is not UTF-8; save it as UTF-8"),
        ("x.sql", b"\xef\xbb\xbfab\xe9", (1, 3), "byte 0xE9 is not UTF-8"),
        ("x.sql", b"# coding: latin-1\n\xe9", (2, 1), "byte 0xE9 is not UTF-8"),
        ("x.py", b"# coding: ascii\n\xe9", (2, 1), "byte 0xE9 is not ASCII"),
        ("x.py", b"a\nb\0c", (2, 2), "it is not text: byte 0x00"),
        ("x.py", "import os".encode("utf-16-le"), (1, 2), "it looks like UTF-16: save it as UTF-8"),
        ("x.py", "é".encode("utf-16"), (1, 1), "it is UTF-16; save it as UTF-8"),
        ("x.sql", "é".encode("utf-32"), (1, 1), "it is UTF-32; save it as UTF-8"),
        ("x.py", b"# coding: no-such\n", (1, 1), "unknown encoding: no-such; use UTF-8"),
        ("x.py", b"# coding: rot13\n", (1, 1), "is not a text encoding"),
        ("x.py", b"# coding: undefined\n", (1, 1), "does not work"),
        ("x.py", b"\xef\xbb\xbf# coding: latin-1\n", (1, 1), "encoding problem"),
    ],
)
def test_what_is_no_text_says_where_and_what_to_do(
    path: str, data: bytes, at: tuple[int, int], reason: str
) -> None:
    fact = decode(data, path, "schema")
    assert isinstance(fact, Unreadable)
    assert (fact.place.path, fact.place.zone) == (path, "schema")
    assert (fact.place.line, fact.place.column) == at
    assert reason in fact.reason


@given(st.binary(max_size=60), st.sampled_from(["x.py", "x.sql"]))
def test_any_bytes_are_text_or_unreadable(data: bytes, path: str) -> None:
    read = decode(data, path)
    assert isinstance(read, Unreadable) or "\0" not in read.text


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_utf8_text_survives(text: str) -> None:
    expected = text.removeprefix("\ufeff")
    assert decode(text.encode(), "x.sql") == Source("x.sql", expected)


DECLARATIONS = st.sampled_from(("", "# coding: utf-7", "# coding: rot13", "# coding: latin-1", "x"))


@given(st.lists(DECLARATIONS, max_size=4), st.binary(max_size=20), st.sampled_from("\n\r"))
def test_bytes_that_are_taken_as_they_are_are_their_own_text(
    lines: list[str], rest: bytes, ended: str
) -> None:
    data = ended.join(lines).encode() + rest
    for path in ("x.py", "X.PY", "x.sql"):
        assert not is_plain(data, path) or decode(data, path) == Source(path, data.decode())


def test_a_usual_file_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_bytes(b"import os\r\n" * 9)
    (tmp_path / "link.py").symlink_to("x.py")
    os.mkfifo(tmp_path / "pipe.py")
    assert read_plain(f"{tmp_path}/x.py", "x.py") == b"import os\r\n" * 9
    for path in ("link.py", "pipe.py", "gone.py", "."):
        assert read_plain(f"{tmp_path}/{path}", path) is None, path


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(tmp_path / "socket"))
        reasons = {
            path: fact.reason
            for path in ("pipe", "socket", "link", ".", "gone")
            if isinstance(fact := read_source(tmp_path / path, path, Zones().of(path)), Unreadable)
        }
    assert reasons == {
        "pipe": "it is a named pipe, not a file",
        "socket": "it is a socket, not a file",
        "link": "it is a link, not a file",
        ".": "it is a folder, not a file",
        "gone": "it cannot be read: No such file or directory",
    }


def test_a_file_without_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)  # root may open what it likes
    fact = read_source(tmp_path / "a.py", "a.py", "home")
    assert isinstance(fact, Unreadable)
    assert fact.reason == "it cannot be read: Permission denied"
