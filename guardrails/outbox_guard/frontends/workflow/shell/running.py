"""What becomes of a script when one of its commands fails, and all the others do not.

The script is run in the mind: each command that is not known succeeds, tests go both ways, and the
one command that is asked about fails. So `|| true`, `set +e`, a pipe that hides the status and a
trailing `exit 0` are one question: is there a way on which its failure fails the script?
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from outbox_guard.frontends.workflow.shell.syntax import (
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
    parse,
    shell_script,
    shell_word,
)
from outbox_guard.frontends.workflow.shell.tokens import ShellFault
from outbox_guard.frontends.workflow.shell.words import expanded, substitutions

MOST_WAYS = 256
OF_ITS_OWN = 2  # the status of a test that fails, whatever became of the command
DEEPEST = 12  # functions that call each other
WRAPPERS: Mapping[str, frozenset[str]] = {  # and which of their options take a word
    "command": frozenset(),
    "env": frozenset(("-u", "-C", "-S")),
    "exec": frozenset(("-a",)),
    "nice": frozenset(("-n",)),
    "nohup": frozenset(),
    "sudo": frozenset(("-u", "-g", "-h", "-p")),
    "time": frozenset(("-f", "-o")),
    "timeout": frozenset(("-k", "-s")),
    "stdbuf": frozenset(("-i", "-o", "-e")),
}
GOES_BOTH_WAYS = frozenset(("[", "test", "grep", "egrep", "diff", "cmp", "which", "type", "read"))
NOTHING = frozenset(("true", ":", "echo", "printf"))
_SET_OPTIONS = {"e": "errexit", "a": "allexport"}
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_NUMERIC: Mapping[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}


class TooManyWays(Exception):
    """The script has more branches than are worth following."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How the command that fails was run on a way: its variables, None where not known."""

    variables: Mapping[str, str | None]
    options: frozenset[str]


@dataclass(frozen=True)
class State:
    """Where a way through the script has got to."""

    status: int = 0
    options: frozenset[str] = frozenset()
    variables: Mapping[str, str | None] = field(default_factory=dict)
    exported: frozenset[str] = frozenset()
    functions: Mapping[str, Command] = field(default_factory=dict)
    traps: Mapping[str, Script] = field(default_factory=dict)
    leaves: str = ""  # "exit", "return", "break", "continue": what it is on its way out of
    ran: Ran | None = None
    depth: int = 0

    @cached_property
    def environment(self) -> dict[str, str | None]:
        return {name: self.variables.get(name) for name in self.exported}

    def known(self, name: str) -> str | None:
        """A variable as it is expanded; one that nobody sets may be set outside."""
        return str(self.status) if name == "?" else self.variables.get(name)

    def with_status(self, status: int) -> State:
        return replace(self, status=status)

    def with_variable(self, name: str, value: str | None, *, export: bool = False) -> State:
        exports = export or "allexport" in self.options
        return replace(
            self,
            variables={**self.variables, name: value},
            exported=self.exported | {name} if exports else self.exported,
        )


@dataclass(frozen=True)
class Outcome:
    """What was seen on all ways on which the command was run."""

    ran: tuple[Ran, ...]
    stopped: bool  # on one of them its failure is the script's
    ways: int

    @property
    def options(self) -> frozenset[str]:
        """The options of the shell that hold wherever it is run."""
        return frozenset.intersection(*(ran.options for ran in self.ran))

    @property
    def is_reached(self) -> bool:
        return bool(self.ran)


def failing(script: Script, target: Simple, state: State) -> Outcome:
    """Run a script in which one command fails; raises TooManyWays.

    A command that is not reached while all others succeed may still be, when some of them do not.
    """
    found = _failing(_Runner(target), script, state)
    return found if found.is_reached else _failing(_Runner(target, wild=True), script, state)


def _failing(runner: _Runner, script: Script, state: State) -> Outcome:
    ends = list(_trapped(runner.script(script, [state], guarded=False)))
    reached = [end for end in ends if end.ran is not None]
    return Outcome(
        tuple(end.ran for end in reached if end.ran is not None),
        any(end.status == 1 for end in reached),
        len(ends),
    )


def passing(script: Script, state: State) -> list[State]:
    """How a script ends when nothing fails that is not meant to; raises TooManyWays."""
    return list(_trapped(_Runner(None).script(script, [state], guarded=False)))


def _trapped(ends: Iterable[State]) -> Iterator[State]:
    """With what a trap does on the way out."""
    for end in ends:
        trap = end.traps.get("EXIT") or (end.traps.get("ERR") if end.status else None)
        if not trap:
            yield end
            continue
        inside = replace(end, leaves="", traps={}, options=frozenset())
        for after in _Runner(None).script(trap, [inside], guarded=False):
            yield after if after.leaves == "exit" else end


@dataclass(frozen=True)
class _Runner:
    target: Simple | None
    wild: bool = False  # any command may fail

    def script(self, script: Script, states: Sequence[State], *, guarded: bool) -> list[State]:
        for chain in script:
            after: list[State] = []
            for state in states:
                after += [state] if state.leaves else self._chain(chain, state, guarded=guarded)
            states = _merged(after)
        return list(states)

    def _chain(self, chain: Chain, state: State, *, guarded: bool) -> list[State]:
        if chain.background:
            inner = self._chain(replace(chain, background=False), _subshell(state), guarded=False)
            return [
                _back(state, end, status=0).with_variable("!", f"job:{end.status}") for end in inner
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
        return [_checked(end, guarded=guarded) for end in ends]

    def _piped(self, piped: Sequence[Command], state: State, *, guarded: bool) -> list[State]:
        ways: list[tuple[State, tuple[int, ...]]] = [(state, ())]
        for command in piped:
            ways = [
                (_back(before, end, status=0), (*statuses, end.status))
                for before, statuses in ways
                for end in self._command(command, _subshell(before), guarded=guarded)
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
        match command:
            case Simple():
                return self._simple(command, state, guarded=guarded)
            case Group(body=body, subshell=True):
                inner = self.script(body, [_subshell(state)], guarded=guarded)
                return [_back(state, end, status=end.status) for end in inner]
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
                return _tested([word.text for word in words], state)

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
                ends += [_left(loop, each, end.status) for each in again]
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
                    (_back(each, end, status=each.status), end.status)
                    for each, _ in ways
                    for end in self.script(tree, [_subshell(each)], guarded=False)
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
        words = [expanded(word.text, state.known) for word in command.words]
        inner = state
        for name, value in command.assignments:
            inner = inner.with_variable(name, expanded(value.text, state.known), export=True)
        program, arguments, inner = unwrapped(words, inner)
        if command == self.target:
            return [
                _execed(words, replace(state, status=1, ran=Ran(inner.environment, state.options)))
            ]
        word = shell_word(command.words)
        if word:
            ends = self._shell(arguments, shell_script(word), state, inner)
        else:
            ends = self._program(program, arguments, state, guarded=guarded)
        return [_execed(words, end) for end in ends]

    def _program(
        self, name: str | None, arguments: Sequence[str | None], state: State, *, guarded: bool
    ) -> list[State]:
        if name in state.functions:
            return self._called(name or "", state, guarded=guarded)
        if name in GOES_BOTH_WAYS:
            is_test = name in ("[", "test")
            return _tested([a or "" for a in arguments], state) if is_test else _either(state)
        if builtin := _BUILTINS.get(name or ""):
            return builtin(arguments, state)
        return _either(state) if self.wild and name not in NOTHING else [state.with_status(0)]

    def _called(self, name: str, state: State, *, guarded: bool) -> list[State]:
        if state.depth >= DEEPEST:
            raise TooManyWays
        inside = replace(state, depth=state.depth + 1)
        ends = self._command(state.functions[name], inside, guarded=guarded)
        return [
            replace(end, depth=state.depth, leaves="" if end.leaves == "return" else end.leaves)
            for end in ends
        ]

    def _shell(
        self, arguments: Sequence[str | None], script: Script, state: State, inner: State
    ) -> list[State]:
        """`bash -ec '…'`: a shell of its own, with its own options."""
        flags = [a for a in arguments if a and re.fullmatch(r"-[a-z]+", a)]
        options = {"errexit"} if any("e" in flag for flag in flags) else set()
        options |= {"pipefail"} if "pipefail" in arguments else set()
        inside = replace(_subshell(inner), options=frozenset(options), functions={})
        ends = self.script(script, [inside], guarded=False)
        return [_back(state, end, status=end.status) for end in ends]


def _left(loop: Loop, state: State, status: int) -> State:
    """After the loop; who would try again and fail again is stopped by the clock."""
    if state.leaves or not loop.condition or (state.status == 0) is loop.until:
        return state.with_status(status)
    return replace(state, status=1, leaves="exit") if state.ran else state.with_status(status)


def _merged(states: list[State]) -> list[State]:
    """Ways that have come to the same are one."""
    different: list[State] = []
    for state in states:
        if state not in different:
            different.append(state)
    if len(different) > MOST_WAYS:
        raise TooManyWays
    return different


def _subshell(state: State) -> State:
    return replace(state, traps={})


def _back(outer: State, inner: State, *, status: int) -> State:
    """After a subshell: of what it did, only its status and its running are left."""
    return replace(outer, status=status, ran=outer.ran or inner.ran)


def _checked(state: State, *, guarded: bool) -> State:
    """`set -e`: a failure that nothing looks at ends the script."""
    if state.status and not guarded and not state.leaves and "errexit" in state.options:
        return replace(state, leaves="exit")
    return state


def _execed(words: Sequence[str | None], state: State) -> State:
    return replace(state, leaves="exit") if words[0] == "exec" and len(words) > 1 else state


def unwrapped(
    words: Sequence[str | None], state: State
) -> tuple[str | None, Sequence[str | None], State]:
    """A command without `env`, `timeout 60` and their like before it."""
    while words and words[0] in WRAPPERS:
        wrapper, words = words[0], words[1:]
        valued = WRAPPERS[wrapper or ""]
        while words and (words[0] or "").startswith("-"):
            option, words = words[0], words[1:]
            if wrapper == "env" and option in ("-i", "-", "--ignore-environment"):
                state = replace(state, exported=frozenset())
            if option in valued:
                if (wrapper, option) == ("env", "-u") and words:
                    state = replace(state, exported=state.exported - {words[0] or ""})
                words = words[1:]
        if wrapper == "timeout":
            words = words[1:]
        while wrapper in ("env", "sudo") and words and (m := _ASSIGNED.fullmatch(words[0] or "")):
            state, words = state.with_variable(m[1], m[2], export=True), words[1:]
    return (words[0], words[1:], state) if words else (None, (), state)


def _tested(words: Sequence[str], state: State) -> list[State]:
    """A test of a status that is known has one end, any other has two."""
    texts = [_number_of(word, state) for word in words if word not in ("]", "(", ")")]
    match texts:
        case [str(left), str(sign), str(right)] if (
            sign in _NUMERIC and left.isdigit() and right.isdigit()
        ):
            return [state.with_status(int(not _NUMERIC[sign](int(left), int(right))))]
        case [str(alone)] if alone.isdigit() and words == [texts[0]]:
            return [state.with_status(int(not int(alone)))]
    return _either(state)


def _either(state: State) -> list[State]:
    return [state.with_status(0), state.with_status(OF_ITS_OWN)]


def _number_of(word: str, state: State) -> str | None:
    """In arithmetic, a name by itself is a variable."""
    value = expanded(word, state.known) if "$" in word or '"' in word else word
    named = state.variables.get(value) if value is not None else None
    return named if named is not None and named.isdigit() else value


def _exit(arguments: Sequence[str | None], state: State, leaves: str) -> list[State]:
    given = arguments[0] if arguments else str(state.status)
    if given is not None and given.isdigit():
        return [replace(state, status=int(given != "0"), leaves=leaves)]
    # A number that is not known may be that of the failure.
    return [replace(state, status=status, leaves=leaves) for status in (0, 1)]


def _set(arguments: Sequence[str | None], state: State) -> list[State]:
    options = set(state.options)
    for position, argument in enumerate(arguments):
        sign, letters = (argument or "")[:1], (argument or "")[1:]
        if sign not in ("-", "+") or not letters.isalpha():
            continue
        named = {_SET_OPTIONS[letter] for letter in letters if letter in _SET_OPTIONS}
        following = arguments[position + 1] if position + 1 < len(arguments) else None
        if "o" in letters and following:
            named.add(following)
        options = options | named if sign == "-" else options - named
    return [replace(state, options=frozenset(options), status=0)]


def _export(arguments: Sequence[str | None], state: State) -> list[State]:
    for argument in arguments:
        assigned = _ASSIGNED.fullmatch(argument or "")
        if assigned:
            state = state.with_variable(assigned[1], assigned[2], export=True)
        elif argument and argument.isidentifier():
            state = replace(state, exported=state.exported | {argument})
    return [state.with_status(0)]


def _unset(arguments: Sequence[str | None], state: State) -> list[State]:
    gone = {argument for argument in arguments if argument}
    kept = {name: value for name, value in state.variables.items() if name not in gone}
    return [replace(state, variables=kept, exported=state.exported - gone, status=0)]


def _wait(arguments: Sequence[str | None], state: State) -> list[State]:
    """`wait` alone forgets the status of what it waited for."""
    jobs = [a for a in arguments if a and a.startswith("job:")]
    return [state.with_status(int(jobs[-1][4:]) if jobs else 0)]


def _trap(arguments: Sequence[str | None], state: State) -> list[State]:
    if len(arguments) > 1 and arguments[0] is not None:
        script = parse("" if arguments[0] == "-" else arguments[0])
        signals = {"EXIT" if a in ("0", "EXIT") else a or "" for a in arguments[1:]}
        traps = {**state.traps, **dict.fromkeys(signals, script)}
        state = replace(state, traps=traps)
    return [state.with_status(0)]


def _leaves(word: str) -> Callable[[Sequence[str | None], State], list[State]]:
    return lambda _arguments, state: [replace(state, status=0, leaves=word)]


_BUILTINS: Mapping[str, Callable[[Sequence[str | None], State], list[State]]] = {
    "exit": lambda arguments, state: _exit(arguments, state, "exit"),
    "return": lambda arguments, state: _exit(arguments, state, "return"),
    "break": _leaves("break"),
    "continue": _leaves("continue"),
    "false": lambda _arguments, state: [state.with_status(1)],
    "set": _set,
    "export": _export,
    "declare": _export,
    "unset": _unset,
    "wait": _wait,
    "trap": _trap,
}

__all__ = [
    "NOTHING",
    "Outcome",
    "Ran",
    "ShellFault",
    "State",
    "TooManyWays",
    "failing",
    "passing",
    "unwrapped",
]
