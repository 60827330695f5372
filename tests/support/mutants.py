"""The same program in other words: what a mutant does, and what is wrong with it, stays the same.

A mutation makes a case from a case; it gives None where it does not apply. The marks of a case are
comments, so they stay with the words that they are about; where a text leaves its line, its marks
are carried along.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tests.support.corpus import MARK, Case
from tests.support.programs import OF_PROGRAMS
from tests.support.rewriting import Literal, program

Mutation = Callable[[Case, random.Random], Case | None]

VERBS = frozenset("select insert update delete merge truncate copy with set reset".split())
KEYWORDS = re.compile(
    r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|WHERE|VALUES|RETURNING|SKIP LOCKED|LIMIT"
    r"|TRUNCATE|MERGE INTO|USING|SET|ROLE|LOOP|AND)\b(?P<space> (?! *--))?",
    re.IGNORECASE,
)
TABLES = re.compile(r"""(?<!["'\w.%$])payment_outbox_(?:pending|attempts)(?!["'\w])""")
CASES = (str.upper, str.lower, str.title)
SPACES = ("  ", "\t", " /* as ever */ ", "/**/", " /* -- */ ")
DRESSES = (
    "str({})",
    '"".join([{}])',
    "(lambda: {})()",
    "[{}][0]",
    '{{"k": {}}}["k"]',
    '({} or "")',
    '"%s" % {}',
    '"{{}}".format({})',
    '({} + "")',
    "(({}))",
    'dict(k={}).get("k")',
    "next(iter([{}]))",
)


def mutant(case: Case, seed: str, steps: int) -> tuple[Case, list[str]]:
    """A case after some mutations, and their names."""
    rng = random.Random(seed)
    done: list[str] = []
    for mutation in rng.sample(MUTATIONS, len(MUTATIONS)):
        if len(done) == steps:
            break
        changed = mutation(case, rng)
        if changed is not None and changed != case:
            case = changed
            done.append(mutation.__name__)
    return case, done


def respell(case: Case, rng: random.Random) -> Case | None:
    """Keywords and names in other letters, other spaces and comments between the words."""
    for path, code in case.files.items():
        if path.endswith(".sql"):
            lines = code.splitlines(keepends=True)
            # psql's own commands are left as they are.
            spelt = (line if line.startswith("\\") else _respelt(line, rng) for line in lines)
            case = case.with_file(path, "".join(spelt))
            continue
        chosen = [literal for literal in program(code).literals if _is_statement(literal)]
        edits = [(s.start, s.end, s.with_body(_respelt(s.body, rng))) for s in chosen]
        case = case.with_file(path, program(code).edited(edits))
    return case


def _is_statement(literal: Literal) -> bool:
    first, *rest = literal.body.split() or [""]
    return bool(rest) and first.lower() in VERBS and "\\" not in literal.body


def _respelt(sql: str, rng: random.Random) -> str:
    def keyword(match: re.Match[str]) -> str:
        space = rng.choice(SPACES) if match["space"] else ""
        return rng.choice(CASES)(match.group().rstrip(" ")) + space

    def table(match: re.Match[str]) -> str:
        return rng.choice(CASES)(match.group())

    return KEYWORDS.sub(keyword, TABLES.sub(table, sql))


def split(case: Case, rng: random.Random) -> Case | None:
    """A literal cut in two somewhere, and put together again."""
    chosen = _some_literal(case, rng)
    if chosen is None:
        return None
    path, literal = chosen
    body = literal.body
    cuts = [at for at in range(1, len(body)) if "\\" not in body and not _in_mark(body, at)]
    if not cuts:
        return None
    left, right = (body[: (at := rng.choice(cuts))], body[at:])
    one, two = literal.with_body(left), literal.with_body(right)
    forms = [f"{one} {two}"]
    if literal.alone:
        forms += [f"({one} + {two})", f'"".join(({one}, {two}))', f'("%s%s" % ({one}, {two}))']
    if re.fullmatch(r"[\w ,.=*()%]+", body):
        quote, inner = literal.quote, "'" if '"' in literal.quote else '"'
        forms.append(f"f{quote}{{{inner}{left}{inner}}}{right}{quote}")
    return _replaced(case, path, literal, rng.choice(forms))


def _in_mark(body: str, at: int) -> bool:
    """Whether a place is in a line that bears a mark, which a cut would break."""
    start, end = body.rfind("\n", 0, at) + 1, body.find("\n", at)
    return MARK.search(body[start : end if end >= 0 else len(body)]) is not None


def dress(case: Case, rng: random.Random) -> Case | None:
    """A literal in an expression that is worth the same."""
    chosen = _some_literal(case, rng)
    if chosen is None or not chosen[1].alone:
        return None
    path, literal = chosen
    return _replaced(case, path, literal, rng.choice(DRESSES).format(literal.text))


def name_it(case: Case, rng: random.Random) -> Case | None:
    """A literal becomes a constant of its module."""
    taken = _taken_out(case, rng, "CONSTANT_1", "CONSTANT_1")
    if taken is None:
        return None
    path, code, line = taken
    return case.with_file(path, program(code).with_line(line))


def move_it(case: Case, rng: random.Random) -> Case | None:
    """A literal becomes a constant of another module, imported in one of Python's ways."""
    folder = f"{case.path.rpartition('/')[0]}/constants".lstrip("/")  # in the same zone
    package = folder.replace("/", ".")
    name, other = "CONSTANT_2", "CONSTANT_3"
    ways = (
        (f"from {package}.values import {name}", name),
        (f"from {package}.values import {name} as {other}", other),
        (f"from {package} import {name}", name),
        (f"from {package} import {other} as {name}", name),
        (f"import {package}.values", f"{package}.values.{name}"),
        (f"import {package}.values as v7", f"v7.{name}"),
        (f"from {package} import values as v7", f"v7.{name}"),
        (f"from {package}.values import *", name),
    )
    statement, spelling = rng.choice(ways)
    taken = _taken_out(case, rng, name, spelling)
    if taken is None:
        return None
    path, code, line = taken
    exports = f"from .values import {name}\nfrom {package}.values import {name} as {other}\n"
    case = case.with_file(path, program(code).with_line(statement))
    case = case.with_file(f"{folder}/__init__.py", exports)
    return case.with_file(f"{folder}/values.py", f"{line}\n")


def _some_literal(case: Case, rng: random.Random) -> tuple[str, Literal] | None:
    """A literal of one of the Python files."""
    found = [
        (path, literal)
        for path, code in sorted(case.files.items())
        if path.endswith(".py")
        for literal in program(code).literals
    ]
    return rng.choice(found) if found else None


def _replaced(case: Case, path: str, literal: Literal, text: str) -> Case:
    edits = [(literal.start, literal.end, text)]
    return case.with_file(path, program(case.files[path]).edited(edits))


def _taken_out(
    case: Case, rng: random.Random, name: str, spelling: str
) -> tuple[str, str, str] | None:
    """A file that says a name instead of one of its literals, and the line that binds the name."""
    chosen = _some_literal(case, rng)
    if chosen is None or not chosen[1].alone:
        return None
    path, literal = chosen
    code = case.files[path]
    binding = f"{name} = {literal.text}"
    before, rest = code[: literal.start] + spelling, code[literal.end :]
    tail, newline, after = rest.partition("\n")
    # The marks in a literal of several lines are inside it, and go with it.
    moved = [] if "\n" in literal.text else case.codes_within(path, literal.start, literal.end)
    if moved:
        mark = MARK.search(tail)
        if mark is None:
            return None
        left = [code for code in mark[1].split() if code not in moved]
        tail = tail[: mark.start()] + (f"<-- {' '.join(left)}" if left else "")
        binding += f"  # <-- {' '.join(moved)}"
    return path, before + tail + newline + after, binding


MUTATIONS: list[Mutation] = [respell, split, dress, name_it, move_it, *OF_PROGRAMS]
