"""Runs a script of the shell in the mind: how it ends, on every way that it may take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from outbox_guard.frontends.workflow.shell.commands import (
    ASSIGNED,
    BUILTINS,
    either,
    in_container,
    options_of,
    runs_in_container,
    tested,
    unwrapped,
)
from outbox_guard.frontends.workflow.shell.inner import given_script
from outbox_guard.frontends.workflow.shell.states import Ran, State
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
from outbox_guard.frontends.workflow.shell.ways import (
    MOST_COMMANDS,
    TooManyWays,
    back,
    checked,
    execed,
    forwards,
    is_forwarded,
    left,
    merged,
    returned,
    subshell,
)
from outbox_guard.frontends.workflow.shell.words import expanded, split, substitutions

Files = Callable[[str], str | None]  # the text at a path, None where nothing is known of it

DEEPEST = 12  # functions that call each other
GOES_BOTH_WAYS = frozenset(("[", "test", "grep", "egrep", "diff", "cmp", "which", "type", "read"))
NOTHING = frozenset(("true", ":", "echo", "printf"))


def no_files(_path: str) -> None:
    """Nothing is known of the files that a script reads."""
    return


@dataclass
class Runner:
    """One run; each command that is not known succeeds, and `target` fails."""

    target: Simple | None
    files: Files = no_files
    wild: bool = False  # any command may fail
    run: int = 0  # commands, so far

    def script(self, script: Script, states: Sequence[State], *, guarded: bool) -> list[State]:
        for chain in script:
            after: list[State] = []
            for state in states:
                after += [state] if state.leaves else self._chain(chain, state, guarded=guarded)
            states = merged(after)
        return list(states)

    def _chain(self, chain: Chain, state: State, *, guarded: bool) -> list[State]:
        if chain.background:
            inner = self._chain(replace(chain, background=False), subshell(state), guarded=False)
            return [
                back(state, end, status=0).with_variable("!", f"job:{end.status}") for end in inner
            ]
        last = len(chain.pipelines) - 1
        states = self._pipeline(chain.pipelines[0], state, guarded=guarded or last > 0)
        for number, sign in enumerate(chain.signs, 1):
            after: list[State] = []
            for each in states:
                if each.leaves or (each.status == 0) is (sign == "||"):
                    after.append(each)
                    continue
                inner_guard = guarded or number < last
                after += self._pipeline(chain.pipelines[number], each, guarded=inner_guard)
            states = after
        return states

    def _pipeline(self, pipeline: Pipeline, state: State, *, guarded: bool) -> list[State]:
        guarded = guarded or pipeline.negated
        if len(pipeline.commands) == 1:
            ends = self._command(pipeline.commands[0], state, guarded=guarded)
        else:
            ends = self._piped(pipeline.commands, state, guarded=guarded)
        if pipeline.negated:
            return [end if end.leaves else end.with_status(int(not end.status)) for end in ends]
        return [checked(end, guarded=guarded) for end in ends]

    def _piped(self, piped: Sequence[Command], state: State, *, guarded: bool) -> list[State]:
        ways: list[tuple[State, tuple[int, ...]]] = [(state, ())]
        for command in piped:
            ways = [
                (back(before, end, status=0), (*statuses, end.status))
                for before, statuses in ways
                for end in self._command(command, subshell(before), guarded=guarded)
            ]
        return [self._pipe_end(end, statuses) for end, statuses in ways]

    def _pipe_end(self, end: State, statuses: tuple[int, ...]) -> State:
        hidden = "pipefail" not in end.options
        failed = [status for status in statuses if status]
        status = statuses[-1] if hidden else (failed or [0])[-1]
        variables: dict[str, str | None] = {
            f"PIPESTATUS[{number}]": str(each) for number, each in enumerate(statuses)
        }
        variables["PIPESTATUS"] = str(statuses[0])
        return replace(end, status=status, variables={**end.variables, **variables})

    def _command(self, command: Command, state: State, *, guarded: bool) -> list[State]:
        self.run += 1
        if self.run > MOST_COMMANDS:
            raise TooManyWays
        match command:
            case Simple():
                return self._simple(command, state, guarded=guarded)
            case Group(body=body, subshell=True):
                inner = self.script(body, [subshell(state)], guarded=guarded)
                return [back(state, end, status=end.status) for end in inner]
            case Group(body=body):
                return self.script(body, [state], guarded=guarded)
            case If():
                return self._if(command, state, guarded=guarded)
            case Loop():
                return self._loop(command, state, guarded=guarded)
            case Case(arms=arms):
                ways = [self.script(arm, [state], guarded=guarded) for arm in arms]
                return [end for way in ways for end in way] + [state.with_status(0)]
            case Function(name=name, body=body_):
                known = {**state.functions, name: body_}
                return [replace(state, functions=known, status=0)]
            case Test(words=words):
                return tested([word.text for word in words], state)

    def _if(self, command: If, state: State, *, guarded: bool) -> list[State]:
        ends: list[State] = []
        states = [state]
        for condition, body in command.branches:
            judged = self.script(condition, states, guarded=True)
            ends += [each for each in judged if each.leaves]
            taken = [each for each in judged if not each.leaves and each.status == 0]
            ends += self.script(body, taken, guarded=guarded)
            states = [each for each in judged if not each.leaves and each.status]
        if command.otherwise:
            return ends + self.script(command.otherwise, states, guarded=guarded)
        return ends + [each.with_status(0) for each in states]

    def _loop(self, loop: Loop, state: State, *, guarded: bool) -> list[State]:
        """Once round."""
        judged = self.script(loop.condition, [state], guarded=True)
        enters = [e for e in judged if not e.leaves and (e.status == 0) is not loop.until]
        ends = [e if e.leaves else e.with_status(0) for e in judged if e not in enters]
        for end in self.script(loop.body, enters, guarded=guarded):
            if end.leaves in ("break", "continue"):
                ends.append(replace(end, leaves="", status=0))
            elif end.leaves:
                ends.append(end)
            else:
                again = self.script(loop.condition, [end], guarded=True)
                ends += [left(loop, each, end.status) for each in again]
        return ends

    def _simple(self, command: Simple, state: State, *, guarded: bool) -> list[State]:
        if not command.words:
            return self._assigned(command, state)
        after: list[State] = []
        for each, _ in self._substituted(command, state):
            after += self._named(command, each, guarded=guarded)
        return after

    def _substituted(self, command: Simple, state: State) -> list[tuple[State, int]]:
        """After what runs inside of the words, with the status of the last of it."""
        ways = [(state, 0)]
        for word in (*(value for _, value in command.assignments), *command.words):
            for script, start in substitutions(word.text):
                tree = parse(script, word.start + start)
                ways = [
                    (back(each, end, status=each.status), end.status)
                    for each, _ in ways
                    for end in self.script(tree, [subshell(each)], guarded=False)
                ]
        return ways

    def _assigned(self, command: Simple, state: State) -> list[State]:
        """Variables are set, and the status is that of what gave their values."""
        after: list[State] = []
        for each, status in self._substituted(command, state):
            now = each
            for name, value in command.assignments:
                known = expanded(value.text, each.known)
                now = now.with_variable(name, known, export=name in state.exported)
            after.append(now.with_status(status))
        return after

    def _named(self, command: Simple, state: State, *, guarded: bool) -> list[State]:
        given = [pair for word in command.words for pair in split(word.text, state.known)]
        words = [word for word, _ in given]
        if words[0] == "export":
            for word in command.words[1:]:
                named = ASSIGNED.match(word.text)
                if named and expanded(word.text, state.known) is None:
                    state = state.with_variable(named[1], None, export=True)
                    words.remove(None)
        inner = state
        for name, value in command.assignments:
            inner = inner.with_variable(name, expanded(value.text, state.known), export=True)
        program, arguments, inner = unwrapped(words, inner)
        if runs_in_container(program, arguments):
            written = [word for _, word in given[-len(arguments) :]]
            inner = in_container(arguments, written, inner)
        if command == self.target and forwards(state.functions.get(program or "")):
            return self._called(program or "", replace(state, forwards=True), guarded=guarded)
        if command == self.target or (state.forwards and is_forwarded(command)):
            ran = Ran(inner.environment, state.options)
            return [execed(words, replace(state, status=1, ran=ran))]
        script = given_script(command)
        if script and program == "eval":
            ends = self.script(script, [state], guarded=guarded)
        elif script:
            ends = self._shell(arguments, script, state, inner)
        else:
            ends = self._program(program, arguments, state, guarded=guarded)
        return [execed(words, end) for end in ends]

    def _program(
        self, name: str | None, arguments: Sequence[str | None], state: State, *, guarded: bool
    ) -> list[State]:
        if name in state.functions:
            return self._called(name or "", state, guarded=guarded)
        if name in ("source", ".") and arguments and arguments[0]:
            return self._sourced(arguments[0], state, guarded=guarded)
        if name in GOES_BOTH_WAYS:
            is_test = name in ("[", "test")
            return tested([a or "" for a in arguments], state) if is_test else either(state)
        if builtin := BUILTINS.get(name or ""):
            return builtin(arguments, state)
        return either(state) if self.wild and name not in NOTHING else [state.with_status(0)]

    def _called(self, name: str, state: State, *, guarded: bool) -> list[State]:
        if state.depth >= DEEPEST:
            raise TooManyWays
        inside = replace(state, depth=state.depth + 1)
        ends = self._command(state.functions[name], inside, guarded=guarded)
        return [returned(end, state.depth) for end in ends]

    def _sourced(self, path: str, state: State, *, guarded: bool) -> list[State]:
        """A script that runs in this shell, and may leave its options behind."""
        text = self.files(path)
        if text is None or state.depth >= DEEPEST:
            return [state.with_status(0)]
        inside = replace(state, depth=state.depth + 1)
        ends = self.script(parse(text), [inside], guarded=guarded)
        return [returned(end, state.depth) for end in ends]

    def _shell(
        self, arguments: Sequence[str | None], script: Script, state: State, inner: State
    ) -> list[State]:
        """`bash -ec '…'`: a shell of its own, with its own options."""
        options = options_of([argument for argument in arguments if argument])
        inside = replace(subshell(inner), options=options, functions={})
        ends = self.script(script, [inside], guarded=False)
        return [back(state, end, status=end.status) for end in ends]
