"""MANIFEST.sha256: what a bundle consists of, as sha256sum writes it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

FILE = "MANIFEST.sha256"
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>[^/\\]+)")


def manifest(files: Mapping[str, bytes], says: str) -> bytes:
    """`says` is a line that the files have, too: `sha256sum` passes over it, `faults` does not."""
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return f"# {says}\n{''.join(lines)}".encode("utf-8", "backslashreplace")


def faults(files: Mapping[str, bytes]) -> Iterator[str]:
    """What is wrong with a bundle, a line each; its manifest is one of its files."""
    listed = dict(_listed(files.get(FILE, b"")))
    if not listed:
        yield f"{FILE}: is missing, or lists nothing"
        return
    for line in files[FILE].decode("utf-8", "replace").splitlines():
        if _LINE.fullmatch(line) is None and not _is_repeated(line, files, listed):
            yield f"{FILE}: this is no line of a manifest: {line}"
    for name, digest in listed.items():
        if name not in files:
            yield f"{name}: is missing"
        elif hashlib.sha256(files[name]).hexdigest() != digest:
            yield f"{name}: was changed"
    yield from (f"{name}: is not of this bundle" for name in sorted(files.keys() - {*listed, FILE}))


def _is_repeated(line: str, files: Mapping[str, bytes], listed: Iterable[str]) -> bool:
    """A remark that a listed file makes, too, where a change of it would be seen."""
    said = line.removeprefix("# ").encode()
    return line.startswith("# ") and any(said in files.get(name, b"") for name in listed)


def _listed(data: bytes) -> Iterator[tuple[str, str]]:
    for line in data.decode("utf-8", "replace").splitlines():
        if found := _LINE.fullmatch(line):
            yield found["name"], found["digest"]
