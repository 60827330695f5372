"""The commands that a script holds, and the scripts in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outbox_guard.frontends.workflow.shell.syntax import parse
from outbox_guard.frontends.workflow.shell.tokens import Token
from outbox_guard.frontends.workflow.shell.tree import (
    Case,
    Command,
    Function,
    Group,
    If,
    Loop,
    Script,
    Simple,
)
from outbox_guard.frontends.workflow.shell.words import literal, substitutions

_COMMAND = re.compile(r"-[a-z]*c[a-z]*\Z")


def inner_scripts(command: Simple) -> Iterator[Script]:
    """The scripts in the words of a command: `$( … )`, and the one that a shell is given."""
    for word in (*(value for _, value in command.assignments), *command.words):
        for script, start in substitutions(word.text):
            yield parse(script, word.start + start)
    if given := given_script(command):
        yield given


def given_script(command: Simple) -> Script | None:
    """What `bash -c`, `sh -ec`, `eval` or a shell with a here-document is given to run."""
    words = command.words
    if [word.text for word in words[:-1]] == ["eval"]:
        return shell_script(words[1])
    shells = [n for n, word in enumerate(words) if re.fullmatch(r"(?:\S*/)?(?:ba)?sh", word.text)]
    if not shells:
        return None
    arguments = words[shells[0] + 1 :]
    flags = [n for n, word in enumerate(arguments) if _COMMAND.match(word.text)]
    if flags:
        rest = arguments[flags[0] + 1 :]
        return shell_script(rest[0]) if rest else None
    documents = [each for each in command.redirects if each.document]
    if documents and all(word.text[:1] in "-+" for word in arguments):
        return parse(documents[-1].document, documents[-1].document_start)
    return None


def shell_script(word: Token) -> Script:
    """The script that a word is, where nothing in it is expanded before."""
    text = literal(word.text)
    plain = text is not None and word.text[1:-1] == text
    inner = text if text is not None else word.text.strip("'\"")
    return parse(inner, word.start + plain)


def commands(script: Script) -> Iterator[Simple]:
    """Every simple command that a script holds, in the order of the text."""
    for chain in script:
        for pipeline in chain.pipelines:
            for command in pipeline.commands:
                yield from within(command)


def within(command: Command) -> Iterator[Simple]:
    """Every simple command of a command, those of its substitutions before it."""
    match command:
        case Simple():
            for inner in inner_scripts(command):
                yield from commands(inner)
            yield command
        case Group(body=body):
            yield from commands(body)
        case If(branches=branches, otherwise=otherwise):
            for condition, body in branches:
                yield from (*commands(condition), *commands(body))
            yield from commands(otherwise)
        case Loop(condition=condition, body=body):
            yield from (*commands(condition), *commands(body))
        case Case(arms=arms):
            for arm in arms:
                yield from commands(arm)
        case Function(body=defined):
            yield from within(defined)
