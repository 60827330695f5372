"""What an earlier run found out about files is what this one would find, if they are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings

from outbox_guard.names import Names
from outbox_guard.sieve import Earlier, Sieve, Sifted, digest, handed_on, sift
from tests.speed.test_recording import histories
from tests.support.command_line import findings, outbox_guard

SIEVE = Sieve(Names())
TEXTS = {
    "app/__init__.py": "",
    "app/names.py": 'TABLE = "payment_outbox_pending"\n',
    "app/mid.py": "from app.names import TABLE as T\n",
    "app/use.py": "from app.mid import T\nx = T\n",
    "app/other.py": "from app.mid import os\n",
}


def sifted(texts: Mapping[str, str], kept: bytes | None) -> tuple[Sifted, bytes]:
    """As a run does it, with what the last one kept; and what it keeps."""
    files = {path: text.encode() for path, text in texts.items()}
    earlier = Earlier.unpacked(kept)
    digests = {path: digest(data) for path, data in files.items()}
    earlier.compared(digests)
    passed = [path for path, data in files.items() if SIEVE.passes(path, data)]
    return handed_on(SIEVE, passed, files, files, earlier), earlier.packed(digests, passed)


def anew(texts: Mapping[str, str]) -> Sifted:
    return sift(SIEVE, {path: text.encode() for path, text in texts.items()})


@settings(max_examples=60)
@given(histories())
def test_a_project_is_sifted_as_if_for_the_first_time(states: Sequence[Mapping[str, str]]) -> None:
    kept: bytes | None = None
    for texts in states:
        found, kept = sifted(texts, kept)
        assert found == anew(texts), texts


CHANGES = {
    "a name that is handed on no longer": {"app/mid.py": "T = 1\n"},
    "a file that now takes one": {"app/other.py": "from app.mid import T\n"},
    "another name": {"app/names.py": 'OTHER = "payment_outbox_pending"\n'},
    "a new file": {"app/new.py": "from app.names import *\n"},
    "nothing": {},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_followed_to_who_takes_its_names(change: Mapping[str, str]) -> None:
    _, kept = sifted(TEXTS, None)
    texts = {**TEXTS, **change}
    assert sifted(texts, kept)[0] == anew(texts)


def test_nothing_is_asked_of_a_file_that_is_the_same() -> None:
    _, kept = sifted(TEXTS, None)
    files = {path: text.encode() for path, text in TEXTS.items()}
    earlier = Earlier.unpacked(kept)
    earlier.compared({path: digest(data) for path, data in files.items()})
    passed = [path for path, data in files.items() if SIEVE.passes(path, data)]
    assert handed_on(SIEVE, passed, files, {}, earlier) == anew(TEXTS)  # no text is there


@pytest.mark.parametrize("damage", [b"", b"x", b"\0" * 400])
def test_what_is_damaged_tells_nothing(damage: bytes) -> None:
    assert Earlier.unpacked(damage) == Earlier()


def test_a_large_project_says_the_same_from_run_to_run(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "app").mkdir(parents=True)
    for number in range(300):
        (root / f"app/other{number}.py").write_text(f"import os\nx = {number}\n")
    for path, text in TEXTS.items():
        (root / path).write_text(text)
    (root / "app/use.py").write_text('from app.mid import T\ncursor.execute(f"DELETE FROM {T}")\n')

    def lines(*options: str) -> list[tuple[str, int]]:
        env = {"OUTBOX_GUARD_CACHE": str(tmp_path / "kept")}
        done = outbox_guard("check", "--format", "json", *options, ".", cwd=root, env=env)
        return [(found["code"], found["line"]) for found in findings(done)]

    assert lines() == lines() == lines("--no-cache") != []
    (root / "app/mid.py").write_text("T = 'orders'\n")
    assert lines() == lines("--no-cache")
    (root / "app/other7.py").write_text(
        "from app.names import *\ncursor.execute('TRUNCATE ' + TABLE)"
    )
    assert lines() == lines("--no-cache") != []
