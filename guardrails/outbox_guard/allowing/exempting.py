"""Allow comments for findings, as edits: where such a comment can stand, and what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from outbox_guard.allowing.comments import parse_allow
from outbox_guard.allowing.suppressions import NEVER_ALLOWED
from outbox_guard.errors import UsageError
from outbox_guard.facts import Edit
from outbox_guard.findings import Finding
from outbox_guard.parseable import PYTHON
from outbox_guard.sources import Source

MARKDOWN = (".md", ".markdown")
_SIGNS = (
    (re.compile(r".*\.(?:sql|pgsql|psql|plpgsql)", re.IGNORECASE | re.DOTALL), "--"),
    (
        re.compile(
            r".*\.(?:py[iw]?|toml|cfg|ini|ya?ml|env|properties|conf|sh|bash|tf|tfvars|mk)"
            r"|(?:.*/)?(?:\.env[^/]*|(?:GNU)?makefile|\.?justfile|(?:Docker|Container)file[^/]*)",
            re.IGNORECASE | re.DOTALL,
        ),
        "#",
    ),
)
_INDENT = re.compile(r"[ \t]*")
# What means nothing in a text that is a template, has placeholders or is quoted.
_HARMLESS = re.compile(r"[\w\s.,;/()@#+=-]*")


@dataclass(frozen=True, slots=True)
class Exemption:
    """The comment for all findings of one line; without an edit, why there can be none."""

    path: str
    line: int
    codes: tuple[str, ...]
    edit: Edit | None = None
    fault: str = ""


def checked_reason(reason: str, today: str) -> str:
    """A reason that an allow comment can give on this day; UsageError for any other."""
    parsed = parse_allow(f"outbox-guard: allow[OBG103] {reason}")
    fault = parsed.fault if parsed is not None else ""
    if not fault and parsed is not None and "" < parsed.until <= today:
        fault = f"until {parsed.until} is over; name a later day"
    if not reason.isprintable():
        fault = "a reason is one line of text"
    if fault:
        raise UsageError(f"--add-allow: {fault}")
    return reason.strip()


def exemptions(
    findings: Iterable[Finding], source_at: Callable[[str], Source | None], reason: str
) -> Iterator[Exemption]:
    """A comment for each line on which something is found that a comment can allow."""
    codes: dict[tuple[str, int], dict[str, None]] = {}
    for finding in findings:
        if finding.code not in NEVER_ALLOWED:
            spot = (finding.place.path, finding.place.line)
            codes.setdefault(spot, {})[finding.code] = None
    inside: dict[str, frozenset[int]] = {}
    for (path, line), found in sorted(codes.items()):
        source = source_at(path)
        listed = tuple(sorted(found))
        if source is None:
            yield Exemption(path, line, listed, fault="it is not there to be changed")
            continue
        if path not in inside:
            inside[path] = _lines_in_texts(source) if path.endswith(PYTHON) else frozenset()
        yield _exemption(source, line, listed, reason, in_text=line in inside[path])


def _exemption(
    source: Source, line: int, codes: tuple[str, ...], reason: str, *, in_text: bool
) -> Exemption:
    path = source.path
    if path.lower().endswith(MARKDOWN) and "--" not in reason:
        # A line of its own would end a table or a list.
        end = source.line_starts[line - 1] + len(source.line(line))
        comment = f" <!-- outbox-guard: allow[{','.join(codes)}] {reason} -->"
        return Exemption(path, line, codes, Edit(source.place(end, end), "", comment))
    sign = "--" if in_text else _sign(path)
    if sign is None:
        return Exemption(path, line, codes, fault="no comment is read in such a file")
    if in_text and not _HARMLESS.fullmatch(reason):
        fault = (
            "in a text the reason may mean something else; letters, digits and .,;/()@#+=- are safe"
        )
        return Exemption(path, line, codes, fault=fault)
    comment = f"{sign} outbox-guard: allow[{','.join(codes)}] {reason}"
    return Exemption(path, line, codes, _edit(source, line, comment, in_text=in_text))


def _sign(path: str) -> str | None:
    """What begins a comment in such a file; None where none is read."""
    return next((sign for names, sign in _SIGNS if names.fullmatch(path)), None)


def _edit(source: Source, line: int, comment: str, *, in_text: bool) -> Edit:
    """On a line of its own above, or at the end of a line that continues the one above."""
    start = source.line_starts[line - 1]
    said = source.line(line)
    continues = line > 1 and source.line(line - 1).endswith("\\")
    if continues and not in_text and not said.endswith("\\"):
        end = start + len(said)
        return Edit(source.place(end, end), "", f"  {comment}")
    indent = _INDENT.match(said)
    assert indent is not None
    place = source.place(start, start)
    return Edit(place, "", f"{indent[0]}{comment}{_newline(source, line)}")


def _newline(source: Source, line: int) -> str:
    """As the line itself ends, or the one above it."""
    for number in (line, line - 1):
        if 0 < number < len(source.line_starts):
            end = source.line_starts[number]
            return "\r\n" if source.text[end - 2 : end] == "\r\n" else source.text[end - 1]
    return "\n"


def _lines_in_texts(source: Source) -> frozenset[int]:
    """The lines of Python that begin inside of a text of several lines.

    Of code that this Python cannot read none is known; whoever writes comments sees it go wrong.
    """
    import io
    import tokenize

    starts = {tokenize.STRING, getattr(tokenize, "FSTRING_START", tokenize.STRING)}
    ends = {tokenize.STRING, getattr(tokenize, "FSTRING_END", tokenize.STRING)}
    lines: set[int] = set()
    begun: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source.text, newline="").readline):
            if token.type in starts:
                begun.append(token.start[0])
            if token.type in ends:
                lines.update(range(begun.pop() + 1, token.end[0] + 1))
    except (tokenize.TokenError, SyntaxError):
        return frozenset()
    return frozenset(lines)
