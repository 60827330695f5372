"""No file can hang, crash or bloat a run, and none is lost in silence."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from outbox_guard import check
from outbox_guard.facts import Allow, Fact, Place
from outbox_guard.reading import Answer, Bug, Lost, read_all


def fact(path: str) -> Fact:
    return Allow(place=Place(path, 1, 1, 1, 2), reason=str(os.getpid()))


def spin() -> None:
    while True:
        pass


def deaf() -> None:
    """Not even the end of its time is heard."""
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
    time.sleep(60)


def crash() -> None:
    faulthandler.disable()  # pytest's own would tell all of it
    ctypes.string_at(0)


def recurse() -> None:
    recurse()


def fail() -> None:
    raise ValueError("what a mistake")


TROUBLES: dict[str, Callable[[], object]] = {
    "spin": spin,
    "sleep": lambda: time.sleep(60),
    "deaf": deaf,
    "crash": crash,
    "leave": lambda: os._exit(0),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "bloat": lambda: bytearray(1 << 40),
    "recurse": recurse,
    "fail": fail,
}


def read(path: str) -> Answer:
    """Get into the trouble that the path names."""
    TROUBLES.get(path, str)()
    return (fact(path),)


def outcomes(*paths: str, patience: float = 0.3, processes: int = 2) -> dict[str, str]:
    """Of each path, why it was lost; "" where it was read."""
    found = read_all(paths, read, patience=patience, processes=processes)
    return {path: said.reason if isinstance(said, Lost) else "" for path, said in found}


LOST = {
    "spin": "more than 0.3 s",
    "sleep": "more than 0.3 s",
    "deaf": "more than 0.3 s",
    "crash": "crashes the parser",
    "leave": "crashes the parser",
    "killed": "crashes the parser",
    "bloat": "more memory",
    "recurse": "nests too deep",
}


@pytest.fixture(params=["forked", "started anew"])
def _both_ways(request: pytest.FixtureRequest) -> Iterator[None]:
    """With a second thread in the process, nothing is forked."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    if request.param == "started anew":
        thread.start()
    yield
    done.set()
    if request.param == "started anew":
        thread.join()


@pytest.mark.usefixtures("_both_ways")
def test_each_file_has_its_own_fate() -> None:
    paths = [each for trouble in LOST for each in (f"fine:{trouble}", trouble)]
    said = outcomes(*paths)
    assert said.keys() == set(paths)
    for path, reason in said.items():
        assert (LOST[path] in reason) if path in LOST else (reason == ""), (path, reason)


@pytest.mark.parametrize("processes", [1, 2, 5])
@pytest.mark.parametrize("number", [0, 1, 2, 30])
def test_every_file_is_read_once_by_any_number_of_processes(number: int, processes: int) -> None:
    paths = [str(n) for n in range(number)]
    read_by = list(read_all(paths, read, processes=processes))
    assert sorted(path for path, _ in read_by) == sorted(paths)
    facts = [each for _, said in read_by if not isinstance(said, Lost) for each in said]
    workers = {each.reason for each in facts if isinstance(each, Allow)}
    assert len(workers) <= processes
    assert str(os.getpid()) not in workers


def test_a_mistake_of_ours_is_raised_with_its_traceback() -> None:
    with pytest.raises(Bug, match="outbox-guard failed on fail") as caught:
        outcomes("fine", "fail")
    assert "what a mistake" in caught.value.report


@pytest.mark.parametrize("how", ["to the end", "half", "to a bug"])
def test_no_process_is_left_behind(how: str) -> None:
    before = children()
    found = read_all(["1", "2", "fail" if how == "to a bug" else "3", "4"], read, processes=2)
    try:
        if how == "half":
            next(found)
            found.close()  # type: ignore[attr-defined]  # read_all is a generator
        else:
            list(found)
    except Bug:
        assert how == "to a bug"
    assert children() == before


def children() -> set[int]:
    task = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    return {int(child) for child in task.read_text().split()} if task.exists() else set()


# -- in programs of others

WRONG = 'cursor.execute("DELETE FROM payment_outbox_attempts")\n'
SHOW = "print(sorted(finding.code for finding in check(sys.argv[1])))"
IMPORTS = "import sys, threading\nfrom outbox_guard import check\n"
PROGRAMS = {
    "a script without a guard": f"{IMPORTS}print('once')\n{SHOW}\n",
    "in a thread": f"{IMPORTS}print('once')\n"
    f"thread = threading.Thread(target=lambda: {SHOW})\nthread.start()\nthread.join()\n",
    "beside a thread": f"{IMPORTS}print('once')\ndone = threading.Event()\n"
    f"threading.Thread(target=done.wait).start()\n{SHOW}\ndone.set()\n",
    "in an event loop": f"import asyncio\n{IMPORTS}print('once')\n"
    f"async def main():\n    await asyncio.to_thread(lambda: {SHOW})\nasyncio.run(main())\n",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("given", ["as a file", "on standard input", "on the command line"])
def test_a_program_may_call_it_from_anywhere(tmp_path: Path, program: str, given: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "wrong.py").write_text(WRONG)
    script = tmp_path / "script.py"
    script.write_text(program)
    how = {"as a file": script, "on standard input": "-"}.get(given)
    done = subprocess.run(
        (sys.executable, *((how,) if how else ("-c", program)), project),
        input=program if how == "-" else "",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("once\n['OBG104']\n", "")


def test_two_threads_may_check_at_once(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(check(tmp_path).findings)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(set(found)) == 1
