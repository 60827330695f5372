"""From a file's bytes to its text, or to why there is none."""

from __future__ import annotations

import io
import os
import re
import stat
from pathlib import Path

from outbox_guard.facts import Place, Unreadable, Zone
from outbox_guard.parseable import PYTHON  # may declare their encoding (PEP 263)
from outbox_guard.sources import Source

_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_NEWLINE = re.compile(rb"\r\n|\n|\r")
_SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
    stat.S_IFDIR: "a folder",
}
# A pipe that nobody writes to would block, and a link would lead out of the project.
_OPENING = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY")
)


def read_source(file: Path, path: str, zone: Zone) -> Source | Unreadable:
    """The text of a file; `path` is what it is called in the project."""
    try:
        kind = special_kind(file.lstat().st_mode)
        if kind:
            return unreadable(path, zone, f"it is {kind}, not a file")
        with open(file, "rb", opener=_opener) as opened:
            data = opened.read()
    except OSError as error:
        return unreadable(path, zone, f"it cannot be read: {error.strerror or error}")
    return decode(data, path, zone)


def read_plain(file: str, path: str) -> bytes | None:
    """The bytes of a file where they are its text in UTF-8, as nearly all are; else None."""
    try:
        handle = os.open(file, _OPENING)
    except OSError:
        return None
    try:
        state = os.fstat(handle)
        data = os.read(handle, state.st_size + 1) if stat.S_ISREG(state.st_mode) else b"\0"
        whole = len(data) == state.st_size
    except OSError:
        return None
    finally:
        os.close(handle)
    return data if whole and is_plain(data, path) else None


def is_plain(data: bytes, path: str) -> bool:
    """Whether nothing has to be decoded to know what bytes say."""
    if not data.isascii() or b"\0" in data:
        return False
    return not path.lower().endswith(PYTHON) or b"coding" not in _two_lines(data)


def _two_lines(data: bytes) -> bytes:
    """Where a file may declare its encoding."""
    return data[: data.find(b"\n", data.find(b"\n") + 1) + 1 or len(data)]


def _opener(file: str, _: int) -> int:
    return os.open(file, _OPENING)


def unreadable(path: str, zone: Zone, reason: str, *, line: int = 1, column: int = 1) -> Unreadable:
    return Unreadable(place=Place(path, line, column, line, column + 1, zone), reason=reason)


def special_kind(mode: int) -> str:
    """What is there instead of a file, "" for a file."""
    return "" if stat.S_ISREG(mode) else _SPECIAL.get(stat.S_IFMT(mode), "a link")


def decode(data: bytes, path: str, zone: Zone = "application") -> Source | Unreadable:
    """The text that some bytes are, by the encoding that they declare."""
    wide = next((name for bom, name in _WIDE_BOMS.items() if data.startswith(bom)), "")
    if wide:
        return unreadable(path, zone, f"it is {wide}; save it as UTF-8")
    if b"\0" in data:
        return _at(data, data.index(b"\0"), path, zone, _nul_reason(data))
    try:
        encoding = _declared(data) if path.lower().endswith(PYTHON) else "utf-8"
        text = data.removeprefix(_BOM).decode(encoding)
    except UnicodeDecodeError as error:
        offset = error.start + len(_BOM) * data.startswith(_BOM)
        return _at(data, offset, path, zone, _byte_reason(error, path))
    except (SyntaxError, LookupError, UnicodeError) as error:
        # From the declaration: an unknown encoding, one that is none of text, two that disagree.
        return unreadable(path, zone, f"its declared encoding does not work: {error}; use UTF-8")
    return Source(path, text, zone)


def as_typed(text: str, path: str, zone: Zone = "application") -> Source | Unreadable:
    """What an editor holds: a text already, whatever encoding it declares."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        return unreadable(path, zone, f"it is not text: {error.reason}")
    if "\0" in text:
        return unreadable(path, zone, _nul_reason(b"\0"))
    return Source(path, text.removeprefix("\ufeff"), zone)


def encoded(text: str, data: bytes, path: str) -> bytes | None:
    """A text as the bytes of the file that it was made from; None where that changes other bytes.

    Some encodings can say the same in several ways.
    """
    encoding = _declared(data) if path.lower().endswith(PYTHON) else "utf-8"
    bom = _BOM if data.startswith(_BOM) else b""
    plain = data.removeprefix(_BOM)
    if plain.decode(encoding).encode(encoding) != plain:
        return None
    return bom + text.encode(encoding)


def _declared(data: bytes) -> str:
    if b"coding" not in _two_lines(data):
        return "utf-8"
    import tokenize  # few files declare an encoding

    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return encoding.replace("utf-8-sig", "utf-8")


def _nul_reason(data: bytes) -> str:
    wide = len(data) > 1 and data.count(0) * 3 > len(data)
    guess = "; it looks like UTF-16: save it as UTF-8" if wide else ""
    return f"it is not text: byte 0x00{guess}"


def _byte_reason(error: UnicodeDecodeError, path: str) -> str:
    byte = f"byte 0x{error.object[error.start]:02X} is not {error.encoding.upper()}"
    declare = ", or declare its encoding" if path.lower().endswith(PYTHON) else ""
    return f"{byte}; save it as UTF-8{declare}"


def _at(data: bytes, offset: int, path: str, zone: Zone, reason: str) -> Unreadable:
    """A fault at a byte; what stands before it on its line is counted as UTF-8."""
    data = data[:offset].removeprefix(_BOM)
    breaks = [match.end() for match in _NEWLINE.finditer(data)]
    column = len(data[breaks[-1] if breaks else 0 :].decode("utf-8", "replace")) + 1
    return unreadable(path, zone, reason, line=len(breaks) + 1, column=column)
