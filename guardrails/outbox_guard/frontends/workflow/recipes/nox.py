"""Sessions of a noxfile.py that do no more than to run commands, one after the other."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Sequence

from outbox_guard.frontends.workflow.recipes.recipe import Call, Recipe
from outbox_guard.sources import Source

ASKED = ("-s", "--session", "--sessions", "-e")
RUNS = ("run", "run_always")
_PYTHON = re.compile(r"-\d\.\d+\Z")  # `unit-3.12`: a session for one version


def read(call: Call) -> Sequence[Recipe]:
    """The commands of `nox -s NAME`; nothing where a session does anything else."""
    at = next((n for n, word in enumerate(call.arguments) if word in ASKED), None)
    source = call.open("noxfile.py") if at is not None else None
    if source is None or at is None:
        return ()
    try:
        tree = ast.parse(source.text)
    except SyntaxError:
        return ()  # an error for whoever runs it
    asked = [_PYTHON.sub("", word) for word in call.arguments[at + 1 :] if word[:1] != "-"]
    functions = [f for f in tree.body if isinstance(f, ast.FunctionDef) and f.decorator_list]
    sessions = [function for function in functions if _name(function) in asked]
    if not all(map(_is_plain, sessions)):
        return ()
    return [each for session in sessions for each in _recipes(source, session, call)]


def _name(function: ast.FunctionDef) -> str:
    given = (
        keyword.value
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
        if keyword.arg == "name"
    )
    return next((str(v.value) for v in given if isinstance(v, ast.Constant)), function.name)


def _is_plain(function: ast.FunctionDef) -> bool:
    """Whether it only calls methods of its session, with texts that stand there."""
    return all(isinstance(s, ast.Expr) and _is_said(s.value) for s in function.body)


def _is_said(node: ast.expr) -> bool:
    match node:
        case ast.Constant():  # a docstring
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name()), args=args, keywords=keywords):
            words = [arg.value if isinstance(arg, ast.Starred) else arg for arg in args]
            env = [keyword.value for keyword in keywords if keyword.arg in ("env", None)]
            return all(isinstance(w, ast.Constant | ast.Attribute) for w in words) and all(
                isinstance(each, ast.Dict) and _is_literal(each) for each in env
            )
    return False


def _is_literal(node: ast.Dict) -> bool:
    return all(isinstance(each, ast.Constant) for each in (*node.keys, *node.values))


def _recipes(source: Source, session: ast.FunctionDef, call: Call) -> Iterator[Recipe]:
    lines = source.text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    for node in ast.walk(session):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr not in RUNS:
            continue
        words = [str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)]
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        env = ast.literal_eval(named["env"]) if "env" in named else {}
        codes = ast.unparse(named["success_codes"]) if "success_codes" in named else ""
        start = starts[node.lineno - 1] + node.col_offset
        yield Recipe(
            source=source,
            text=shlex.join(words),
            start=start,
            end=start + len(ast.get_source_segment(source.text, node) or ""),
            environment={**call.environment, **env},
            folder=call.folder,
            ignored=f"success_codes={codes}" if re.search(r"[1-9]", codes) else "",
        )
