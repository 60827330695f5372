"""YAML as a tree of texts that know where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

MERGE = "<<"


class DocumentFault(Exception):
    """What a text does that is no YAML, or none that GitHub would take; `offset` is where."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; `start` and `end` are offsets into the file, quotes and block signs included."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Items:
    members: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping of YAML, with the place of each entry."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    start: int = 0
    end: int = 0

    def table(self, key: str) -> Table:
        """The table at a key; an empty one where there is none."""
        value = self.get(key)
        return value if isinstance(value, Table) else Table()

    def items(self, key: str) -> tuple[Node, ...]:
        """The list at a key; one text counts as a list of it, as GitHub sees it."""
        match self.get(key):
            case Items(members=members):
                return members
            case Scalar() as alone if alone.text:
                return (alone,)
        return ()

    def scalar(self, key: str) -> Scalar | None:
        value = self.get(key)
        return value if isinstance(value, Scalar) else None

    def text(self, key: str) -> str:
        """The text at a key, "" where there is none."""
        found = self.scalar(key)
        return found.text if found else ""

    def texts(self) -> Iterator[tuple[str, str]]:
        """The keys that have a text, with it."""
        for key, entry in self.entries.items():
            if isinstance(entry.value, Scalar):
                yield key, entry.value.text

    def get(self, key: str) -> Node | None:
        entry = self.entries.get(key)
        return entry.value if entry else None


Node = Scalar | Items | Table


def parse(text: str) -> Node | None:
    """The only document of a text, None where it is empty.

    Anchors and merge keys are followed: an alias is the node that it names, at its place.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        return _Converter().node(root) if root is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise DocumentFault(_sentence(error), mark.index if mark else 0) from error
    except yaml.reader.ReaderError as error:
        raise DocumentFault(f"is not YAML: {error.reason}", error.position) from error
    except RecursionError as error:
        raise DocumentFault("is nested too deep to be read", 0) from error


def table_in(text: str) -> Table:
    """The table that a text is; an empty one where it is another thing, or no YAML."""
    try:
        root = parse(text)
    except DocumentFault:
        return Table()
    return root if isinstance(root, Table) else Table()


def _sentence(error: yaml.MarkedYAMLError) -> str:
    problem = " ".join(str(error.problem or "it breaks off").split())
    if "\\t" in problem or "'\t'" in problem:
        return "is not YAML: a tab where only spaces may indent"
    return f"is not YAML: {problem}"


class _Converter:
    """Each node once, however many aliases name it."""

    def __init__(self) -> None:
        self._done: dict[int, Node] = {}
        self._open: set[int] = set()

    def node(self, node: yaml.Node) -> Node:
        key = id(node)
        if key in self._open:
            raise DocumentFault("has an alias of the node that it stands in", _start(node))
        if key not in self._done:
            self._open.add(key)
            self._done[key] = self._converted(node)
            self._open.remove(key)
        return self._done[key]

    def _converted(self, node: yaml.Node) -> Node:
        match node:
            case yaml.ScalarNode():
                return Scalar(str(node.value), _start(node), _end(node))
            case yaml.SequenceNode():
                members = tuple(map(self.node, node.value))
                return Items(members, _start(node), _end(node))
            case yaml.MappingNode():
                return Table(self._entries(node), _start(node), _end(node))
        raise DocumentFault("has a node of no known kind", _start(node))

    def _entries(self, node: yaml.MappingNode) -> dict[str, Entry]:
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            key = self.node(key_node)
            if not isinstance(key, Scalar):
                raise DocumentFault("has a key that is a list or a table", key.start)
            value = self.node(value_node)
            if key.text == MERGE:
                merged = {**_mergeable(value), **merged}
                continue
            if key.text in own:
                raise DocumentFault(f"has the key {key.text!r} twice", key.start)
            own[key.text] = Entry(key, value)
        return {**merged, **own}


def _mergeable(value: Node) -> Mapping[str, Entry]:
    match value:
        case Table(entries=entries):
            return entries
        case Items(members=members):
            merged: dict[str, Entry] = {}
            for member in members:
                merged = {**_mergeable(member), **merged}
            return merged
    raise DocumentFault("merges what is no table", value.start)


def _start(node: yaml.Node) -> int:
    return int(node.start_mark.index)


def _end(node: yaml.Node) -> int:
    return int(node.end_mark.index)
