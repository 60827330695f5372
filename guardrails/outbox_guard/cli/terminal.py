"""What writes: to standard output, to standard error, to the file of --output."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from outbox_guard.errors import UsageError

LONGEST_LINE = 100  # of prose: longer ones are hard to read on any screen


def say(text: str) -> None:
    """A line of what was asked for."""
    write(f"{text}\n")


def complain(text: str) -> None:
    """A line of what went wrong; where nobody can hear it, the exit status must do."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(_showable(f"{text}\n", sys.stderr))
        sys.stderr.flush()
    except OSError:
        _leave(sys.stderr)


def write(text: str, *, exact: bool = False) -> None:
    """Text to standard output: in its encoding, or `exact` in UTF-8, for programs to read."""
    stream = sys.stdout
    if stream is None:
        return  # closed by the caller, who cannot want to read it
    try:
        buffer = getattr(stream, "buffer", None)  # none where a test or an embedder listens
        if exact and buffer is not None:
            stream.flush()
            buffer.write(text.encode("utf-8", "backslashreplace"))
        else:
            stream.write(_showable(text, stream))
    except OSError as error:
        _given_up(stream, error)


def flush() -> None:
    """Nothing may be left to fail when the interpreter ends."""
    if sys.stdout is None or sys.stdout.closed:  # by the caller, or by the language server
        return
    try:
        sys.stdout.flush()
    except OSError as error:
        _given_up(sys.stdout, error)


def _given_up(stream: TextIO, error: OSError) -> None:
    """Whoever closes a pipe early has read enough: that changes nothing of what was found."""
    _leave(stream)
    if not isinstance(error, BrokenPipeError):
        raise UsageError(f"standard output cannot be written: {error.strerror}") from error


def _leave(stream: TextIO) -> None:
    """Let what is buffered go nowhere, or Python would complain about it again at its exit."""
    with suppress(OSError, ValueError):  # a stream without a file has no buffer to lose
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _showable(text: str, stream: TextIO) -> str:
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def write_file(data: str | bytes, file: Path, *, called: str) -> None:
    """Write a file whole or not at all; to a device or a pipe as it goes.

    A file that is there keeps its mode. Raises UsageError about what is `called` so.
    """
    try:
        _put(data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data, file)
    except OSError as error:
        raise UsageError(f"{called}: cannot be written: {error.strerror or error}") from error


def _put(data: bytes, file: Path) -> None:
    target = Path(os.path.realpath(file))
    there = target.exists()
    if there and not target.is_file():
        with target.open("wb") as opened:
            opened.write(data)
        return
    draft = target.with_name(f".{target.name[:200]}.{os.getpid()}")
    try:
        draft.write_bytes(data)
        if there:
            draft.chmod(stat.S_IMODE(target.stat().st_mode))
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def deliver(text: str, output: Path | None, *, exact: bool) -> None:
    """What was asked for, to the file of --output or else to standard output."""
    if output is None:
        write(text, exact=exact)
    else:
        write_file(text, output, called=f"--output {output}")


def columns() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()
