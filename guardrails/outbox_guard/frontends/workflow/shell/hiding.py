"""Which words of a script make nothing of a command's failure."""

from __future__ import annotations

from collections.abc import Iterator

from outbox_guard.frontends.workflow.shell.inner import commands, inner_scripts
from outbox_guard.frontends.workflow.shell.syntax import parse
from outbox_guard.frontends.workflow.shell.tree import (
    Case,
    Chain,
    Command,
    Function,
    Group,
    If,
    Loop,
    Pipeline,
    Script,
    Simple,
    Test,
)

Range = tuple[int, int]


def hiding(script: str, command: Simple, options: frozenset[str]) -> Range:
    """The `|| true`, the pipe, the condition or the `set +e`; the command where it is none."""
    tree = parse(script)
    for chain, pipeline, condition in reversed(tuple(_around(tree, command, None))):
        found = _in_pipe(script, pipeline, command) if "pipefail" not in options else None
        found = found or _in_chain(script, chain, command)
        if found:
            return found
        if condition:
            return condition
    for name in _functions(tree, command):
        calls = (each for each in commands(tree) if [w.text for w in each.words[:1]] == [name])
        found = next((hiding(script, call, options) for call in calls), None)
        if found:
            return found
    for each in commands(tree):
        words = [word.text for word in each.words]
        if words[:1] == ["set"] and each.end <= command.start and words[1].startswith("+"):
            return each.start, each.end
    return command.start, command.end


def _functions(script: Script, command: Simple) -> Iterator[str]:
    """The functions that hold a command."""
    for chain in script:
        for pipeline in chain.pipelines:
            for each in pipeline.commands:
                if isinstance(each, Function) and _holds(each, command):
                    yield each.name


def _in_pipe(script: str, pipeline: Pipeline, command: Simple) -> Range | None:
    after = [each for each in pipeline.commands if each.start > command.start]
    if not after:
        return None
    return script.rindex("|", command.start, after[0].start), after[0].end


def _in_chain(script: str, chain: Chain, command: Simple) -> Range | None:
    for sign, pipeline in zip(chain.signs, chain.pipelines[1:], strict=True):
        if sign == "||" and pipeline.start > command.start:
            return script.rindex("||", command.start, pipeline.start), pipeline.end
    return (command.start, chain.end) if chain.background else None


def _around(
    script: Script, command: Simple, condition: Range | None
) -> Iterator[tuple[Chain, Pipeline, Range | None]]:
    """The chains and pipelines that hold a command, outermost first.

    With each the `if` or `while` of which it is the condition.
    """
    for chain in script:
        for pipeline in chain.pipelines:
            if not _holds(pipeline, command):
                continue
            yield chain, pipeline, condition
            for each in pipeline.commands:
                if _holds(each, command):
                    for inner, of in _scripts(each):
                        yield from _around(inner, command, of)


def _holds(outer: Pipeline | Command, command: Simple) -> bool:
    return outer.start <= command.start and command.end <= outer.end


def _scripts(command: Command) -> Iterator[tuple[Script, Range | None]]:
    """The scripts in a command, and of which condition each is."""
    match command:
        case Simple():
            yield from ((inner, (command.start, command.end)) for inner in inner_scripts(command))
        case Group(body=body):
            yield body, None
        case If(branches=branches, otherwise=otherwise):
            for condition, body in branches:
                yield condition, (command.start, condition[-1].end)
                yield body, None
            yield otherwise, None
        case Loop(condition=condition, body=body):
            if condition:
                yield condition, (command.start, condition[-1].end)
            yield body, None
        case Case(arms=arms):
            yield from ((arm, None) for arm in arms)
        case Function(body=defined):
            yield from _scripts(defined)
        case Test():
            return
