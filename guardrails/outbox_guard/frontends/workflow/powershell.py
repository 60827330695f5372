"""Scripts of PowerShell as GitHub runs them: what they make of the failure of a program.

A program that fails stops nothing; the script ends with the status of the last program that it ran.
So a failure is lost where another program follows it, or where `exit 0` does. What is said in
blocks is not followed, apart from `try`: what becomes of it is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

SHELLS = ("pwsh", "powershell")

# Strings, comments, and the signs that part statements or hold them together.
_TOKEN = re.compile(
    r"""@'\r?\n.*?\n'@ | @"\r?\n.*?\n"@ | '(?:[^']|'')*' | "(?:[^"`]|`.|"")*"
    | (?P<comment><\#.*?\#>|(?<![\w`])\#[^\n]*) | `\r?\n | `.
    | (?P<opens>[({\[]) | (?P<closes>[)}\]]) | (?P<joins>(?:\|\|?|&&)\s*\n) | (?P<ends>;|\n)""",
    re.VERBOSE | re.DOTALL,
)
_TRY = re.compile(
    r"try\s*\{(?P<body>.*?)\}\s*catch\b[^{]*\{(?P<catch>.*?)\}\s*\Z", re.IGNORECASE | re.DOTALL
)
_THROWS = re.compile(
    r"\$PSNativeCommandUseErrorActionPreference\s*=\s*(?P<to>\$\w+)", re.IGNORECASE
)
_GOES_ON = re.compile(
    r"\$(?:\w+:)?ErrorActionPreference\s*=\s*['\"]?(?P<how>\w+)['\"]?", re.IGNORECASE
)
_FORGETS = re.compile(r"\$(?:global:)?LASTEXITCODE\s*=\s*0\Z", re.IGNORECASE)
_EXITS = re.compile(r"exit(?:\s+(?P<status>\S.*))?\Z", re.IGNORECASE | re.DOTALL)
_ASKS = re.compile(r"if\s*\(.*(?:LASTEXITCODE|\$\?).*\b(?:exit|throw)\b", re.IGNORECASE | re.DOTALL)
_REFUSES = re.compile(r"\|\|\s*(?:throw\b|exit\s+(?!0\b))", re.IGNORECASE)
_ELSE = re.compile(r"\|\|\s*(?P<command>.*)\Z", re.DOTALL)
_BLOCK = re.compile(
    r"(?:if|else|elseif|for|foreach|while|do|switch|try|catch|finally|function|param|trap|&|\.)(?!\w)",
    re.IGNORECASE,
)
# A call of a program that is named, not of a block or of what a variable holds.
_CALL = re.compile(r"&\s*(?P<quote>['\"]?)(?P<program>[\w./\\:-]+)(?P=quote)(?=\s|\Z)")
_PROGRAM = re.compile(r"[\w./\\:-]+(?=\s|\Z)")
_SETS_ENV = re.compile(r"\$env:(?P<name>\w+)\s*=\s*['\"]?(?P<value>\w+)['\"]?", re.IGNORECASE)
# What is no program of its own: cmdlets by their verbs, and their other names.
_CMDLET = re.compile(
    r"(?:add|clear|close|compare|convert\w*|copy|disable|enable|exit|expand|export|find|foreach|format"
    r"|get|group|import|install|invoke|join|measure|move|new|open|out|pop|push|read|register|remove"
    r"|rename|resolve|restart|save|select|set|show|sort|split|start|stop|tee|test|trace|uninstall"
    r"|unregister|update|use|wait|where|write)-\w+\Z"
    r"|(?:cat|cd|chdir|clear|copy|cp|del|dir|echo|kill|ls|mkdir|md|move|mv|popd|ps|pushd|pwd|rd|rm"
    r"|rmdir|set|sleep|sort|tee|type|wait|return|throw)\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a script."""

    text: str
    start: int  # in the script

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def command(self) -> str:
        """Without the sign that only calls it: `& pytest tests`."""
        called = _CALL.match(self.text)
        return called["program"] + self.text[called.end() :] if called else self.text

    @property
    def is_block(self) -> bool:
        return _BLOCK.match(self.command) is not None


def statements(script: str, start: int = 0) -> Iterator[Statement]:
    """The statements that stand side by side, without comments."""
    depth, begin = 0, 0
    for token in _TOKEN.finditer(script):
        match token.lastgroup:
            case "opens":
                depth += 1
            case "closes":
                depth = max(depth - 1, 0)
            case "comment" if depth == 0:
                yield from _trimmed(script[begin : token.start()], start + begin)
                begin = token.end()
            case "ends" if depth == 0:
                yield from _trimmed(script[begin : token.start()], start + begin)
                begin = token.end()
    yield from _trimmed(script[begin:], start + begin)


def _trimmed(text: str, start: int) -> Iterator[Statement]:
    if text.strip():
        yield Statement(text.strip(), start + len(text) - len(text.lstrip()))


@dataclass(frozen=True, slots=True)
class Way:
    """A statement, and what is run after it should it fail; `throws` where that is an error."""

    statement: Statement
    after: tuple[Statement, ...]
    throws: bool
    environment: dict[str, str]  # that the script has set by then


@dataclass
class _Settings:
    throws: bool = False
    stops: bool = True  # as GitHub starts it
    environment: dict[str, str] = field(default_factory=dict)


def ways(script: str) -> Iterator[Way]:
    """Each statement that is always reached, in order."""
    yield from _ways(tuple(statements(script)), (), _Settings())


def _ways(
    told: Sequence[Statement], caught: tuple[Statement, ...], settings: _Settings
) -> Iterator[Way]:
    for number, statement in enumerate(told):
        rest = tuple(told[number + 1 :])
        if tried := _TRY.match(statement.text):
            body, catch = (
                tuple(statements(tried[name], statement.start + tried.start(name)))
                for name in ("body", "catch")
            )
            for way in _ways(body, (*catch, *rest), settings):
                after = way.after if settings.throws and settings.stops else (*way.after, *rest)
                yield Way(way.statement, after, throws=False, environment=way.environment)
            continue
        _set(settings, statement.text)
        throws = settings.throws and settings.stops
        after = caught if throws and caught else rest
        known = dict(settings.environment)
        yield Way(statement, after, throws=throws and not caught, environment=known)


def _set(settings: _Settings, text: str) -> None:
    if found := _THROWS.match(text):
        settings.throws = found["to"].lower() == "$true"
    if found := _GOES_ON.match(text):
        settings.stops = found["how"].lower() == "stop"
    if found := _SETS_ENV.match(text):
        settings.environment[found["name"]] = found["value"]


Verdict = Literal["fails", "unknown"] | Statement


def verdict(way: Way) -> Verdict:
    """What becomes of its failure: the statement that makes nothing of it, if there is one."""
    own = way.statement.text
    if way.throws or _REFUSES.search(own):
        return "fails"
    other = _ELSE.search(own)
    if other is not None and _runs_program(other["command"]):
        return way.statement
    for statement in way.after:
        text = statement.text
        if _ASKS.match(text) or text.lower().startswith("throw"):
            return "fails"
        if exits := _EXITS.match(text):
            status = exits["status"]
            return statement if status == "0" else "unknown" if status is None else "fails"
        if _FORGETS.match(text):
            return statement
        if statement.is_block:
            return "unknown"
        if _runs_program(statement.command):
            return statement
    return "fails"


def _runs_program(text: str) -> bool:
    program = _PROGRAM.match(text)
    return program is not None and _CMDLET.match(program[0]) is None
