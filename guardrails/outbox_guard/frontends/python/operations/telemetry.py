"""What a service says of itself: log calls and metrics, and the keys that it is configured by."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

import libcst

from outbox_guard.facts import Fact
from outbox_guard.frontends.python.parsing.nodes import nodes
from outbox_guard.frontends.python.parsing.syntax import Syntax
from outbox_guard.frontends.text.blanks import Range, only
from outbox_guard.frontends.text.prose import PAST
from outbox_guard.frontends.text.words import said
from outbox_guard.names import Names

LEVELS = frozenset("debug info warning warn error exception critical fatal log".split())
_LOGGER = re.compile(
    r"(?:.*[_.])?(?:get)?(?:log(?:ger|ging)?s?|structlog)(?:\(\))?"
    r"(?:\.(?:bind|unbind|new|opt|getChild|patch|with_\w+)\(\))*",
    re.IGNORECASE,
)
_NUMBERED = {"50": "critical", "40": "error", "30": "warning", "20": "info", "10": "debug"}
_METRIC = re.compile(
    r"(?:.*[_.])?(?:counter|gauge|histogram|summary|metrics?|statsd|stats|meter|prometheus\w*)"
    r"(?:\(\))?(?:\.\w+)*",
    re.IGNORECASE,
)
_CONFIGURES = re.compile(
    r"(?:.*\.)?(?:getenv|environ(?:\.\w+)?|env(?:\.\w+)?|setenv|(?:config|settings|conf|cfg)(?:\.\w+)*)"
)
_ALIASES = ("alias", "validation_alias", "env", "envvar", "env_var", "env_name")  # of a setting
_SETTINGS = re.compile(r"(?:.*\.)?\w*(?:Settings|Config|Configuration|Options)")


def facts(syntax: Syntax, names: Names) -> Iterator[Fact]:
    """The words of the old model in labels, and in keys."""
    text = syntax.source.text
    yield from said(syntax.source, only(text, _labels(syntax)), names, "label")
    yield from said(syntax.source, only(text, _keys(syntax)), names, "key", keys_only=True)


def loggers(tree: libcst.Module) -> frozenset[str]:
    """The names of a file that stand for loggers, whatever they are called."""
    return frozenset(_loggers(tree))


def _loggers(tree: libcst.Module) -> Iterator[str]:
    for node in nodes(tree):
        match node:
            case libcst.Assign(targets=targets, value=value) if _logs(value):
                yield from (dotted(each.target) for each in targets)
            case libcst.AnnAssign(target=target, value=value, annotation=kind) if _is_logger(
                kind
            ) or (value is not None and _logs(value)):
                yield dotted(target)
            case libcst.Param(name=libcst.Name(value=name), annotation=kind) if _is_logger(kind):
                yield name
            case libcst.ImportAlias(name=name, asname=libcst.AsName(name=given)) if _logs(name):
                yield dotted(given)


def _is_logger(kind: libcst.Annotation | None) -> bool:
    return kind is not None and dotted(kind.annotation).endswith("Logger")


def _logs(node: libcst.BaseExpression) -> bool:
    return _LOGGER.fullmatch(dotted(node)) is not None


def level_of(call: libcst.Call, known: Container[str] = ()) -> str:
    """The level at which a call logs, "" where it does not log; `known` are names of loggers."""
    match call.func:
        case libcst.Attribute(value=logger, attr=libcst.Name(value=level)):
            pass
        case libcst.Call(
            func=libcst.Name(value="getattr"),
            args=[libcst.Arg(value=logger), libcst.Arg(value=libcst.SimpleString(raw_value=level))],
        ):
            pass
        case _:
            return ""
    if level not in LEVELS or not (_logs(logger) or dotted(logger) in known):
        return ""
    return told(call.args[0].value) if level == "log" and call.args else level


def told(level: libcst.BaseExpression) -> str:
    """The level that a call is told: `logging.ERROR`, `40`, `"ERROR"`."""
    match level:
        case libcst.Integer(value=number):
            return _NUMBERED.get(number, "")
        case libcst.SimpleString(raw_value=name):
            return name.lower()
    return dotted(level).rpartition(".")[2].lower()


def _labels(syntax: Syntax) -> Iterator[Range]:
    """The texts that reach a log call or a metric."""
    known = loggers(syntax.tree)
    for node in nodes(syntax.tree):
        if isinstance(node, libcst.Call) and (
            level_of(node, known) or _METRIC.fullmatch(dotted(node.func))
        ):
            for text in _texts(node):
                start, end = syntax.span(text)
                if not PAST.search(syntax.source.text[start:end]):
                    yield start, end


def _texts(call: libcst.Call) -> Iterator[libcst.CSTNode]:
    """The literals among the arguments, and the names that they are labelled with.

    What `log.bind(…)` was given is logged with the rest.
    """
    if isinstance(call.func, libcst.Attribute) and isinstance(call.func.value, libcst.Call):
        yield from _texts(call.func.value)
    for argument in call.args:
        if argument.keyword is not None:
            yield argument.keyword
        for node in nodes(argument.value):
            if isinstance(node, libcst.SimpleString | libcst.FormattedStringText):
                yield node


def _keys(syntax: Syntax) -> Iterator[Range]:
    for node in nodes(syntax.tree):
        match node:
            case libcst.Call(func=func, args=[first, *_]) if _CONFIGURES.fullmatch(dotted(func)):
                yield from _name(syntax, first.value)
            case libcst.Arg(keyword=libcst.Name(value=keyword), value=value) if keyword in _ALIASES:
                yield from _name(syntax, value)
            case libcst.Subscript(value=value, slice=[element]) if _CONFIGURES.fullmatch(
                dotted(value)
            ):
                if isinstance(element.slice, libcst.Index):
                    yield from _name(syntax, element.slice.value)
            case libcst.Attribute(value=value, attr=attr) if _CONFIGURES.fullmatch(dotted(value)):
                yield syntax.span(attr)
            case libcst.ClassDef() if any(_SETTINGS.fullmatch(dotted(b.value)) for b in node.bases):
                yield from _fields(syntax, node)


def _name(syntax: Syntax, node: libcst.BaseExpression) -> Iterator[Range]:
    """A literal that is one name, without its quotes."""
    if isinstance(node, libcst.SimpleString):
        start, end = syntax.span(node)
        yield start + len(node.prefix) + len(node.quote), end - len(node.quote)


def _fields(syntax: Syntax, node: libcst.ClassDef) -> Iterator[Range]:
    """The annotated names of a class of settings."""
    for line in node.body.body:
        for statement in (
            getattr(line, "body", ()) if isinstance(line, libcst.SimpleStatementLine) else ()
        ):
            if isinstance(statement, libcst.AnnAssign):
                yield syntax.span(statement.target)


def dotted(node: libcst.CSTNode) -> str:
    """A name as it is written: "self.log.error"; a call in it is "()"."""
    match node:
        case libcst.Name(value=value):
            return value
        case libcst.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr.value}"
        case libcst.Call(func=func):
            return f"{dotted(func)}()"
    return ""
