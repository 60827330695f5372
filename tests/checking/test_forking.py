"""Work is shared with copies of the process where that is safe, and none is lost or done twice."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from outbox_guard import check, forking, intake
from outbox_guard.discovery import Contents
from outbox_guard.facts import Place, Unreadable
from outbox_guard.forking import side_by_side

ITEMS = list(range(101))


@pytest.fixture(autouse=True)
def three_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "cores", lambda: 3)
    monkeypatch.setattr(forking, "is_alone", lambda: True)  # the test runner has threads


def doubled(items: Sequence[int]) -> tuple[list[int], int]:
    return [item * 2 for item in items], os.getpid()


@pytest.mark.skipif(sys.platform != "linux", reason="copies are made on Linux only")
def test_the_parts_are_done_in_several_processes() -> None:
    parts = list(side_by_side(doubled, ITEMS, worth=20))
    assert sorted(number for done, _ in parts for number in done) == [item * 2 for item in ITEMS]
    processes = {process for _, process in parts}
    assert len(processes) == 3
    for process in processes - {os.getpid()}:
        with pytest.raises(ChildProcessError):  # none is left behind
            os.waitpid(process, os.WNOHANG)


@pytest.mark.parametrize("number", [0, 1, 39])
def test_little_work_is_done_right_here(number: int) -> None:
    [(done, process)] = side_by_side(doubled, ITEMS[:number], worth=20)
    assert len(done) == number
    assert process == os.getpid()


def test_beside_other_threads_nothing_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    waiting = threading.Event()
    thread = threading.Thread(target=waiting.wait)
    thread.start()
    try:
        assert [process for _, process in side_by_side(doubled, ITEMS, worth=20)] == [os.getpid()]
    finally:
        waiting.set()
        thread.join()


def test_the_part_of_a_copy_that_dies_is_done_again() -> None:
    here = os.getpid()

    def fragile(items: Sequence[int]) -> tuple[list[int], int]:
        if os.getpid() != here:
            os._exit(3)
        return doubled(items)

    parts = list(side_by_side(fragile, ITEMS, worth=20))
    assert sorted(number for done, _ in parts for number in done) == [item * 2 for item in ITEMS]


def test_what_fails_in_a_copy_fails_here() -> None:
    def failing(items: Sequence[int]) -> list[int]:
        return [1 // (100 - item) for item in items]

    with pytest.raises(ZeroDivisionError):
        list(side_by_side(failing, ITEMS, worth=20))


def test_much_is_sent_through_the_pipe() -> None:
    def long(items: Sequence[int]) -> str:
        return "x" * 300_000 * len(items)

    assert sum(map(len, side_by_side(long, ITEMS[:9], worth=3))) == 2_700_000


def test_no_more_contents_are_held_than_there_is_room_for() -> None:
    read: list[str] = []

    def look(path: str) -> bytes | Unreadable:
        read.append(path)
        if path == "gone":
            return Unreadable(place=Place(path, 1, 1, 1, 1), reason="it is gone")
        return b"four"

    contents = Contents(look, room=9)
    for _ in range(2):
        assert [contents[path] for path in ("a", "b", "c", "gone")] == [*[b"four"] * 3, b""]
    assert read == ["a", "b", "c", "gone", "c", "gone"]


def test_a_check_says_the_same_however_many_look_at_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use = "from app.names import T\n\n\ndef f(db):\n    db.execute(f'UPDATE {T} SET state = 1')\n"
    texts = {
        "app/names.py": 'T = "payment_outbox_attempts"\n',
        "app/latin.py": "# coding: latin-1\n# é\nimport psycopg\n",
        **{f"app/use{number}.py": use for number in range(5)},
        **{f"app/plain{number}.py": "import os\n" for number in range(9)},
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, "latin-1")
    (tmp_path / "app/broken.py").write_bytes(b"x = '\xff'\n")
    (tmp_path / "app/broken.sql").write_bytes(b"-- \xff\n")
    alone = check(tmp_path)
    monkeypatch.setattr(intake, "WORTH", 1)
    assert check(tmp_path) == alone
    assert {finding.code for finding in alone} >= {"OBG001", "OBG104"}
