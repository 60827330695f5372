"""Allow comments: what `outbox-guard: allow[OBG103] reason` says, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

_SIGN = re.compile(r"\s*(?:--+|//+|#+|/\*+)?\s*")
_MARK = re.compile(r"outbox-guard\s*:\s*", re.IGNORECASE)
_ALLOW = re.compile(
    r"(?P<verb>[\w-]*)\s*(?P<list>\[(?P<codes>[^\]]*)\])?\s*(?P<reason>.*)", re.DOTALL
)
_NEXT = re.compile(r"(?<=\s)(?:--+|//+|#+)\s*(?=outbox-guard\s*:)", re.IGNORECASE)
_ANOTHER = re.compile(r"#+\s*[\w-]+(?:\s*:\s*\S.*)?")  # for another tool: `# pylint: disable=all`
_OWNER = re.compile(r"(?<![\w.])@(\w[\w./-]*\w)")
_UNTIL = re.compile(r"\buntil\s+(\d+-\d+-\d+)\b", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]{2,8}\d{2,5}")
_EXAMPLE = "write: outbox-guard: allow[OBG103] and why"


@dataclass(frozen=True, slots=True)
class ParsedAllow:
    """An allow comment, part by part."""

    codes: tuple[str, ...] = ()
    reason: str = ""
    whole_file: bool = False
    owner: str = ""  # who answers for it: `@payments` in the reason
    until: str = ""  # the day from which it counts no more: `until 2027-01-31` in the reason
    fault: str = ""  # why it suppresses nothing, and what to write; "" when it is well formed


def parts(comment: str) -> Iterator[tuple[int, int]]:
    """From where to where a comment, and each in it that is addressed to this tool, reaches.

    Comments for several tools stand in one: `# noqa: F401  # outbox-guard: allow[OBG201] why`.
    """
    starts = [0, *(found.start() for found in _NEXT.finditer(comment))]
    for start, end in zip(starts, [*starts[1:], len(comment)], strict=True):
        yield start, start + len(comment[start:end].rstrip())


def parse_allow(comment: str) -> ParsedAllow | None:
    """What a comment allows; None for one that is not addressed to this tool.

    `comment` may still have its sign before it. Only a comment that begins with the tool's name
    and a colon is addressed to it: prose may mention both.
    """
    text = comment.strip()
    start = _SIGN.match(text)
    assert start is not None
    if text.startswith("/*"):
        text = text.removesuffix("*/")
    mark = _MARK.match(text, start.end())
    if mark is None:
        return None
    said = _ALLOW.match(text, mark.end())
    assert said is not None
    return _parsed(said)


def _parsed(said: re.Match[str]) -> ParsedAllow:
    verb, reason = said["verb"].lower(), " ".join(said["reason"].split())
    codes = tuple(code.strip() for code in (said["codes"] or "").split(",") if code.strip())
    owner, until = _OWNER.search(reason), _UNTIL.search(reason)
    allow = ParsedAllow(
        codes,
        reason,
        whole_file=verb == "allow-file",
        owner=owner[1] if owner else "",
        until=until[1] if until else "",
    )
    return replace(allow, fault=_fault(verb, said["list"], allow))


def _fault(verb: str, listed: str | None, allow: ParsedAllow) -> str:
    if verb not in ("allow", "allow-file"):
        said = f"there is no '{verb}'" if verb else "nothing is allowed"
        return f"{said} in this comment; {_EXAMPLE}"
    if listed is None or not allow.codes:
        return f"it names no code; {_EXAMPLE}"
    wrong = [code for code in allow.codes if not _CODE.fullmatch(code)]
    if wrong:
        return f"'{wrong[0]}' is no code; {_EXAMPLE}"
    if not allow.reason or _ANOTHER.fullmatch(allow.reason):
        return f"it gives no reason; {_EXAMPLE}"
    if allow.until and not _is_day(allow.until):
        return f"{allow.until} is no day; write: until 2027-01-31"
    return ""


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
