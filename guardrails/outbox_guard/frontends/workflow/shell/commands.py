"""What the shell's own commands do to a state, and those that run another command."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from posixpath import join, normpath

from outbox_guard.frontends.workflow.shell.states import State
from outbox_guard.frontends.workflow.shell.syntax import parse
from outbox_guard.frontends.workflow.shell.words import expanded

ANY = "*"  # the variable that stands for those of which not even the names are known
FOLDER = "PWD"  # from where the script began
OF_ITS_OWN = 2  # the status of a test that fails, whatever became of the command
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
CONTAINERS = ("docker", "docker-compose", "podman")
_GIVEN = re.compile(r"(?:-e|--env)(?:=?(?P<variable>.+))?", re.DOTALL)
_OPEN = re.compile(r"\$(?:\w+|\{[^{}]*\}|\(.*\))|\"\$(?:@|\{[^{}]*\[@\]\})\"", re.DOTALL)
_SET_OPTIONS = {"e": "errexit", "a": "allexport"}
ASSIGNED = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
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


def unwrapped(
    words: Sequence[str | None], state: State
) -> tuple[str | None, Sequence[str | None], State]:
    """A command without `env`, `timeout 60` and their like before it."""
    while words and words[0] in WRAPPERS:
        wrapper, words = words[0], words[1:]
        valued = WRAPPERS[wrapper or ""]
        kept = frozenset[str]()
        while words and (words[0] or "").startswith("-"):
            option, words = words[0], words[1:]
            if wrapper == "env" and option in ("-i", "-", "--ignore-environment"):
                state = replace(state, exported=frozenset())
            if wrapper == "sudo":
                kept = _kept_by_sudo(option or "", kept, state)
            if option in valued:
                if (wrapper, option) == ("env", "-u") and words:
                    state = replace(state, exported=state.exported - {words[0] or ""})
                words = words[1:]
        if wrapper == "sudo":
            state = replace(state, exported=state.exported & kept)
        if wrapper == "timeout":
            words = words[1:]
        while wrapper in ("env", "sudo") and words and (m := ASSIGNED.fullmatch(words[0] or "")):
            state, words = state.with_variable(m[1], m[2], export=True), words[1:]
    return (words[0], words[1:], state) if words else (None, (), state)


def _kept_by_sudo(option: str, kept: frozenset[str], state: State) -> frozenset[str]:
    """The variables that it hands on: by itself none."""
    name, _, listed = option.partition("=")
    if name == "--preserve-env":
        return kept | (set(listed.split(",")) if listed else state.exported)
    letters = option.startswith("-") and not option.startswith("--")
    return kept | state.exported if letters and "E" in option else kept


def runs_in_container(program: str | None, arguments: Sequence[str | None]) -> bool:
    return program in CONTAINERS and bool({"run", "exec"} & set(arguments[:3]))


def in_container(arguments: Sequence[str | None], written: Sequence[str], state: State) -> State:
    """The environment that a container is given: what `--env` names, and no more."""
    inside = replace(state, exported=frozenset())
    # A variable without quotes may stand for any number of options.
    if any(_OPEN.fullmatch(word) or word.startswith("--env-file") for word in written):
        inside = inside.with_variable(ANY, None, export=True)
    for option, following in pairwise((*arguments, "")):
        given = _GIVEN.fullmatch(option or "")
        variable = (given["variable"] or following or "") if given else ""
        name, told, value = variable.partition("=")
        if name:
            handed = value if told else state.environment.get(name, "")
            inside = inside.with_variable(name, handed, export=True)
    return inside


def tested(words: Sequence[str], state: State) -> list[State]:
    """A test of a status that is known has one end, any other has two."""
    texts = [_number_of(word, state) for word in words if word not in ("]", "(", ")")]
    match texts:
        case [str(left), str(sign), str(right)] if (
            sign in _NUMERIC and left.isdigit() and right.isdigit()
        ):
            return [state.with_status(int(not _NUMERIC[sign](int(left), int(right))))]
        case [str(alone)] if alone.isdigit() and words == [texts[0]]:
            return [state.with_status(int(not int(alone)))]
    return either(state)


def options_of(flags: Sequence[str]) -> frozenset[str]:
    """What a shell switches on that is started with `-euo pipefail`."""
    letters = "".join(flag[1:] for flag in flags if re.fullmatch(r"-[a-zA-Z]+", flag))
    found = {"errexit"} if "e" in letters else set()
    return frozenset(found | {"pipefail", "errexit"} & set(flags))


def either(state: State) -> list[State]:
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
    if None in arguments:
        state = state.with_variable(ANY, None, export=True)
    for argument in arguments:
        assigned = ASSIGNED.fullmatch(argument or "")
        if assigned:
            state = state.with_variable(assigned[1], assigned[2], export=True)
        elif argument and argument.isidentifier():
            state = replace(state, exported=state.exported | {argument})
    return [state.with_status(0)]


def _unset(arguments: Sequence[str | None], state: State) -> list[State]:
    gone = {argument for argument in arguments if argument}
    kept = {name: value for name, value in state.variables.items() if name not in gone}
    return [replace(state, variables=kept, exported=state.exported - gone, status=0)]


def _cd(arguments: Sequence[str | None], state: State) -> list[State]:
    """Where it is now; None where that is not known."""
    before = state.variables.get(FOLDER, "")
    given = next((each for each in arguments if each is None or not each.startswith("-")), "~")
    known = before is not None and given is not None and not given.startswith("~")
    folder = normpath(join(before or "", given or "")) if known else None
    return [state.with_variable(FOLDER, folder, export=True).with_status(0)]


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


BUILTINS: Mapping[str, Callable[[Sequence[str | None], State], list[State]]] = {
    "exit": lambda arguments, state: _exit(arguments, state, "exit"),
    "return": lambda arguments, state: _exit(arguments, state, "return"),
    "break": _leaves("break"),
    "continue": _leaves("continue"),
    "false": lambda _arguments, state: [state.with_status(1)],
    "set": _set,
    "cd": _cd,
    "pushd": _cd,
    "popd": lambda _arguments, state: _cd((None,), state),
    "export": _export,
    "declare": _export,
    "unset": _unset,
    "wait": _wait,
    "trap": _trap,
}
