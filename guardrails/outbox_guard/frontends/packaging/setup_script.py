"""What a setup.py says as it stands, without running it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from outbox_guard.toml_keys import Key, Range

FINDERS = {"find_packages": False, "find_namespace_packages": True}  # whether namespaces count
FINDER_PARAMETERS = ("where", "exclude", "include")
# As Python ends a line: not at a form feed, and at whatever else ends one for str.splitlines.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


class _Computed(Exception):
    """The value is known only to a running setup.py."""


@dataclass(frozen=True, slots=True)
class Script:
    """The keywords of the one call of `setup`, spelt as the keys of [tool.setuptools]."""

    values: dict[str, object] = field(default_factory=dict)
    computed: frozenset[str] = frozenset()  # keys whose value only a run would tell
    opaque: str = ""  # why the call itself is not seen
    ranges: dict[Key, Range] = field(default_factory=dict)


def is_script(code: str) -> bool:
    """Whether a file called setup.py sets a package up."""
    return "setuptools" in code or "distutils" in code


def read(code: str) -> Script:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Script(opaque=f"it cannot be parsed ({error})")
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    calls = [call for call in calls if _called(call) == "setup"]
    if len(calls) != 1:
        return Script(opaque=f"it calls setup() {len(calls)} times")
    return _keywords(code, calls[0])


def _keywords(code: str, call: ast.Call) -> Script:
    positions = _Positions(code)
    values: dict[str, object] = {}
    computed: set[str] = set()
    ranges: dict[Key, Range] = {("setup",): positions.range_of(call.func)}
    for keyword in call.keywords:
        name = keyword.arg or "**"
        start, _ = positions.range_of(keyword)
        ranges["setup", name] = (start, start + len(name))
        try:
            values[name.replace("_", "-")] = _value(name, keyword.value)
        except _Computed:
            computed.add(name.replace("_", "-"))
    opaque = "it calls setup(**…)" if "**" in computed | values.keys() else ""
    return Script(values, frozenset(computed), opaque, ranges)


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _value(keyword: str, node: ast.expr) -> object:
    """A literal; a call that finds packages is spelt as in pyproject.toml."""
    match node:
        case ast.Call() if _called(node) in FINDERS:
            return {"find": _finder(node)}
        case ast.Dict(keys=names) if keyword == "cmdclass":  # its values are classes
            return {_literal(name): "" for name in names if name is not None}
    return _literal(node)


def _finder(call: ast.Call) -> dict[str, object]:
    arguments: dict[str, object] = {"namespaces": FINDERS[_called(call)], "sets-folders": False}
    for name, node in zip(FINDER_PARAMETERS, call.args, strict=False):
        arguments[name] = _literal(node)
    for keyword in call.keywords:
        if keyword.arg is None:
            raise _Computed
        arguments[keyword.arg] = _literal(keyword.value)
    return arguments


def _literal(node: ast.expr) -> object:
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError) as error:
        raise _Computed from error
    return value


class _Positions:
    """`ast` counts columns in UTF-8 bytes, ranges count code points."""

    def __init__(self, code: str) -> None:
        self.lines = _LINE.findall(code)

    def range_of(self, node: ast.expr | ast.keyword) -> Range:
        start = self._offset(node.lineno, node.col_offset)
        return start, self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def _offset(self, line: int, column: int) -> int:
        before = sum(map(len, self.lines[: line - 1]))
        return before + len(self.lines[line - 1].encode()[:column].decode())
