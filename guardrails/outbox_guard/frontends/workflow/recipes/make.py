"""Targets of a Makefile: each line of a recipe is a script of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from outbox_guard.frontends.workflow.recipes.recipe import Call, Recipe
from outbox_guard.frontends.workflow.shell.commands import options_of
from outbox_guard.sources import Source

FILES = ("GNUmakefile", "makefile", "Makefile")
UNKNOWN = "$_"  # what the shell knows nothing of either
DEEPEST = 8
_VALUED = ("-C", "-f", "-o", "-W", "-I", "--directory", "--file")
_ASSIGNMENT = re.compile(
    r"(?P<exported>export[ ]+)?(?P<name>[\w.-]+)[ \t]*(?:::?|\?|\+)?=[ \t]*(?P<value>.*)"
)
_RULE = re.compile(r"(?P<targets>[^\s#:=][^:=#]*)::?(?!=)(?P<needs>[^#;]*)(?:;(?P<recipe>.*))?")
_ASIDE = re.compile(r"[ ]*(?:#|(?:ifn?eq|ifn?def|else|endif|-?include|define|endef)\b)")
_LINE = re.compile(r"[^\\\n]*(?:\\(?:.|\n|\Z)[^\\\n]*)*(?:\n|\Z)")
_PREFIX = re.compile(r"[\s@+-]*")
_REFERENCE = re.compile(r"\$(?:\$|\((?P<round>[^()]*)\)|\{(?P<curly>[^{}]*)\}|(?P<one>.))")


@dataclass
class _Makefile:
    source: Source
    variables: dict[str, str] = field(default_factory=dict)
    exported: dict[str, str] = field(default_factory=dict)
    exports_all: bool = False
    of_target: dict[str, dict[str, str]] = field(default_factory=dict)
    needs: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[str, list[tuple[int, str]]] = field(default_factory=dict)


def read(call: Call) -> Sequence[Recipe]:
    """The recipes of the targets that are asked for, after those of what they need."""
    options, targets, given = _arguments(call.arguments)
    folder = options.get("-C", options.get("--directory", ""))
    name = options.get("-f", options.get("--file"))
    source = call.open(*((name,) if name else FILES), within=folder)
    if source is None:
        return ()
    makefile = _parsed(source)
    makefile.variables.update(given)
    goals = targets or [next((each for each in makefile.needs if each[0] != "."), "")]
    order: dict[str, None] = {}
    for goal in goals:
        _visit(makefile, goal, order, 0)
    within = f"{call.folder}/{folder}" if folder else call.folder
    exported = makefile.variables if makefile.exports_all else makefile.exported
    environment = {**call.environment, **exported, **given}
    return [
        recipe for target in order for recipe in _recipes(makefile, target, environment, within)
    ]


def _arguments(words: Sequence[str]) -> tuple[dict[str, str], list[str], dict[str, str]]:
    """Options with a value, targets, and variables."""
    options: dict[str, str] = {}
    targets: list[str] = []
    given: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if word in _VALUED:
            options[word] = next(rest, "")
        elif match := re.fullmatch(r"([A-Za-z_]\w*)=(.*)", word):
            given[match[1]] = match[2]
        elif not word.startswith("-"):
            targets.append(word)
    return options, targets, given


def _visit(makefile: _Makefile, target: str, order: dict[str, None], depth: int) -> None:
    if target in order or depth > DEEPEST:
        return
    for need in makefile.needs.get(target, ()):
        _visit(makefile, need, order, depth + 1)
    order[target] = None


def _recipes(
    makefile: _Makefile, target: str, environment: Mapping[str, str | None], folder: str
) -> Iterator[Recipe]:
    careless = makefile.needs.get(".IGNORE")
    careless_here = careless is not None and (not careless or target in careless)
    variables = {**makefile.variables, "@": target}
    known = {**environment, **makefile.of_target.get(target, {})}
    options = options_of(makefile.variables.get(".SHELLFLAGS", "").split())
    for start, line in makefile.lines.get(target, ()):
        prefix = _PREFIX.match(line)
        signs = prefix[0] if prefix else ""
        text = line[len(signs) :].rstrip("\n")
        ignored = "-" if "-" in signs else ".IGNORE" if careless_here else ""
        yield Recipe(
            source=makefile.source,
            text=_expanded(text, variables, 0),
            start=start + len(signs),
            end=start + len(signs) + len(text),
            environment=known,
            folder=folder,
            options=options,
            ignored=ignored,
        )


def _expanded(text: str, variables: Mapping[str, str], depth: int) -> str:
    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        name = match["round"] or match["curly"] or match["one"] or ""
        if name == "MAKE":
            return "make"
        if name not in variables or depth > DEEPEST:
            return UNKNOWN
        return _expanded(variables[name], variables, depth + 1)

    return _REFERENCE.sub(value, text)


def _parsed(source: Source) -> _Makefile:
    found = _Makefile(source)
    current: list[str] = []
    for match in _LINE.finditer(source.text):
        line = match[0]
        if line.startswith("\t"):
            for target in current:
                found.lines.setdefault(target, []).append((match.start(), line))
        elif line.strip() and not _ASIDE.match(line):
            current = _declared(found, line.rstrip("\n"), match.start())
    return found


def _declared(makefile: _Makefile, line: str, start: int) -> list[str]:
    """Take in a variable or a rule; returns the targets that the lines after it are of."""
    if assigned := _ASSIGNMENT.fullmatch(line.strip()):
        makefile.variables[assigned["name"]] = assigned["value"]
        if assigned["exported"]:
            makefile.exported[assigned["name"]] = assigned["value"]
        return []
    if line.strip() == "export":
        makefile.exports_all = True
        return []
    if exported := re.fullmatch(r"export((?:[ ]+\w+)+)[ ]*", line):
        names = exported[1].split()
        makefile.exported |= {name: makefile.variables.get(name, "") for name in names}
        return []
    rule = _RULE.match(line)
    if rule is None:
        return []
    targets = rule["targets"].split()
    own = _ASSIGNMENT.fullmatch(line[len(rule["targets"]) :].lstrip(": \t"))
    for target in targets:
        if own:
            makefile.of_target.setdefault(target, {})[own["name"]] = own["value"]
            continue
        makefile.needs.setdefault(target, []).extend(rule["needs"].replace("|", " ").split())
        if rule["recipe"]:
            makefile.lines.setdefault(target, []).append(
                (start + rule.start("recipe"), rule["recipe"])
            )
    return [] if own else targets
