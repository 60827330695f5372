"""MANIFEST.sha256: what a bundle consists of, as sha256sum writes it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

FILE = "MANIFEST.sha256"
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>[^/\\]+)")


def manifest(files: Mapping[str, bytes]) -> bytes:
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode()


def faults(files: Mapping[str, bytes]) -> Iterator[str]:
    """What is wrong with a bundle, a line each; its manifest is one of its files."""
    listed = dict(_listed(files.get(FILE, b"")))
    if not listed:
        yield f"{FILE}: is missing, or lists nothing"
        return
    for line in files[FILE].decode("utf-8", "replace").splitlines():
        if _LINE.fullmatch(line) is None:
            yield f"{FILE}: this is no line of a manifest: {line}"
    for name, digest in listed.items():
        if name not in files:
            yield f"{name}: is missing"
        elif hashlib.sha256(files[name]).hexdigest() != digest:
            yield f"{name}: was changed"
    yield from (f"{name}: is not of this bundle" for name in sorted(files.keys() - {*listed, FILE}))


def _listed(data: bytes) -> Iterator[tuple[str, str]]:
    for line in data.decode("utf-8", "replace").splitlines():
        if found := _LINE.fullmatch(line):
            yield found["name"], found["digest"]
