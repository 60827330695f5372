"""What the names in a workflow's expressions stand for, where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from outbox_guard.frontends.workflow.evaluation import (
    UNKNOWN,
    Unknown,
    Value,
    evaluate,
    filled,
    truth,
)
from outbox_guard.frontends.workflow.expressions import (
    ExpressionFault,
    Known,
    Tree,
    accesses,
    asks_for_status,
    inserted,
    parse,
    trees,
)

PULL_REQUESTS = ("pull_request", "pull_request_target")
DISPATCHED = ("workflow_dispatch", "workflow_call")


@dataclass(frozen=True, slots=True)
class Moment:
    """When an expression is worked out: after what, and for which event ("" for any)."""

    failed: bool = False  # something before it
    event: str = ""
    culprit: tuple[str, str] = ("", "")  # what has failed: ("steps", ID) or ("needs", JOB)


@dataclass(frozen=True, slots=True)
class Bound:
    """A text, and the scope in which its expressions stand."""

    text: str
    scope: Scope


@dataclass(frozen=True)
class Scope:
    """The names that a job or a step sees; the keys of all but `env` are in lower case."""

    env: Mapping[str, Bound] = field(default_factory=dict, repr=False)
    inputs: Mapping[str, Bound] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, Bound] | None = field(default=None, repr=False)  # None: all there are
    matrix: Mapping[str, frozenset[str]] = field(default_factory=dict)
    steps: Mapping[str, frozenset[str]] = field(default_factory=dict)  # id: secrets handed to it
    jobs: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def with_env(self, texts: Iterable[tuple[str, str]]) -> Scope:
        """With variables whose values may speak of those that were there before."""
        new = {name: Bound(text, self) for name, text in texts}
        return replace(self, env={**self.env, **new}) if new else self

    def value(self, text: str, moment: Moment) -> Value:
        """A text with its expressions worked out."""
        return filled(text, lambda parts: self._lookup(parts, moment))

    def holds(self, condition: str, moment: Moment) -> bool | None:
        """Whether an `if` lets a step run; None where that is not known.

        Where it does not ask for the status, nothing may have failed before.
        """
        tree = tree_of(condition)
        asks = any(map(asks_for_status, trees_of(condition)))
        if moment.failed and not asks:
            return False
        if tree is None:  # words around `${{ }}` make a text of it, and a text is true
            return bool(condition.strip()) or None
        return truth(evaluate(tree, lambda parts: self._lookup(parts, moment)))

    def _lookup(self, parts: tuple[str, ...], moment: Moment) -> Value:
        match parts:
            case ("always()",):
                return True
            case ("cancelled()",):
                return False
            case ("success()",):
                return not moment.failed
            case ("failure()",):
                return moment.failed
            case ("env", name):
                return self._filled(self._variable(name), moment)
            case ("inputs", name) if name in self.inputs:
                return self._filled(self.inputs[name], moment)
            case ("inputs", _) if moment.event and moment.event not in DISPATCHED:
                return None if not self.inputs else UNKNOWN
            case ("secrets", name) if self.secrets is not None and name != "github_token":
                return self._filled(self.secrets.get(name), moment)
            case ("matrix", name) if name in self.matrix and len(self.matrix[name]) == 1:
                return _scalar(next(iter(self.matrix[name])))
            case ("steps", _, "outcome" | "conclusion") | ("needs", _, "result"):
                return _result(parts[:2], moment)
            case ("job", "status"):
                return "failure" if moment.failed else "success"
            case ("github", *rest):
                return _of_event(tuple(rest), moment.event)
        return UNKNOWN

    def _filled(self, bound: Bound | None, moment: Moment) -> Value:
        return bound.scope.value(bound.text, moment) if bound else UNKNOWN

    def _variable(self, name: str) -> Bound | None:
        return next((b for each, b in self.env.items() if each.lower() == name.lower()), None)

    def secrets_in(self, tree: Tree) -> Iterator[str]:
        """The secrets that an expression looks at, however many names lie between."""
        for parts in accesses(tree):
            match parts:
                case ("env", name):
                    yield from _secrets_of(self._variable(name))
                case ("inputs", name):
                    yield from _secrets_of(self.inputs.get(name))
                case ("secrets", name) if self.secrets is None:
                    yield name.upper()
                case ("secrets", name) if self.secrets is not None:
                    yield from _secrets_of(self.secrets.get(name))
                case ("steps", name, *_):
                    yield from self.steps.get(name, ())
                case ("needs", name, *_):
                    yield from self.jobs.get(name, ())

    def secrets_of(self, text: str) -> frozenset[str]:
        """The secrets in the `${{ }}` of a text."""
        return frozenset(name for tree in trees(text) for name in self.secrets_in(tree))


def _secrets_of(bound: Bound | None) -> Iterable[str]:
    return bound.scope.secrets_of(bound.text) if bound else ()


def tree_of(condition: str) -> Tree | None:
    """The tree of an `if`, with or without `${{ }}`; None where it is no expression.

    Without any it is `success()`.
    """
    text = condition.strip()
    inner = inserted(text)
    if inner and text != f"${{{{{inner[0]}}}}}":
        return None
    try:
        return parse(inner[0] if inner else text or "success()")
    except ExpressionFault:
        return None


def trees_of(condition: str) -> tuple[Tree, ...]:
    """All expressions of an `if`."""
    tree = tree_of(condition)
    return tuple(trees(condition)) if tree is None else (tree,)


def _result(of: tuple[str, ...], moment: Moment) -> Value:
    """What became of a step or a job."""
    if not moment.failed:
        return "success"
    return "failure" if of == moment.culprit else UNKNOWN


def _scalar(text: str) -> Known:
    return {"true": True, "false": False, "": None}.get(text.lower(), text)


def _of_event(parts: tuple[str, ...], event: str) -> Value:
    """What is known of the `github` context when only the event is."""
    of_pull_request = event in PULL_REQUESTS
    match parts:
        case ("event_name",) if event:
            return event
        case ("ref",) if event == "pull_request":
            return "refs/pull/0/merge"
        case ("ref_name",) if event == "pull_request":
            return "0/merge"
        case ("head_ref",) | ("base_ref",) if event:
            return Unknown(True) if of_pull_request else ""
        case ("event", "pull_request", *rest) if event:
            return (UNKNOWN if rest else Unknown(True)) if of_pull_request else None
    return UNKNOWN
