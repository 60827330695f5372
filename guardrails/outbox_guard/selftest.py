"""The rules' own examples, under the user's configuration: can every rule still fire?"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from outbox_guard.checking import Judgement, check_sources
from outbox_guard.facts import Zone
from outbox_guard.findings import Report, Severity
from outbox_guard.names import Names, Zones
from outbox_guard.rules import Example, Rule

MARK = re.compile(r"(?:#|--|//|/\*|;)\s*<-- here\b")
_ASIDE = "outbox_guard_example"  # a folder that is in nobody's zones


def marked_lines(code: str) -> frozenset[int]:
    """The lines of an example on which something must be found."""
    return frozenset(n for n, line in enumerate(code.splitlines(), 1) if MARK.search(line))


def texts_of(example: Example) -> dict[str, str]:
    """The files of an example's little project."""
    return example.texts


def found_lines(report: Report, code: str, path: str) -> frozenset[int]:
    """The lines of a file on which a rule found something."""
    found = (finding for finding in report.findings if finding.suppressed is None)
    return frozenset(f.place.line for f in found if (f.code, f.place.path) == (code, path))


def selftest(judgement: Judgement) -> list[str]:
    """What is wrong, a line each: rules that cannot fire, or that fire where they must not.

    The examples are written in the default names; here they get the configured ones, and paths
    in the configured zones.
    """
    return [fault for rule in judgement.rules for fault in _faults(rule, judgement)]


def _faults(rule: Rule, judgement: Judgement) -> Iterator[str]:
    said = f"{rule.code} {rule.name}"
    bad, good = (tuple(_tried(rule, each, judgement)) for each in (rule.bad, rule.good))
    for number, found, wanted in bad:
        if not wanted:
            yield f"{said}: its bad example {number} marks no line with a comment `<-- here`"
        elif found != wanted:
            finds = f"finds {_lines(found)} of its bad example {number}"
            yield f"{said}: {finds}, where {_lines(wanted)} is marked"
    for number, found, _ in good:
        if found:
            yield f"{said}: finds {_lines(found)} of its good example {number}"
    if not any(found & wanted or not wanted for _, found, wanted in bad):
        reason = "no example of it fits this configuration; look at its names and zones"
        yield f"{said}: can no longer fire: {reason}"


def _tried(
    rule: Rule, examples: Iterable[Example], judgement: Judgement
) -> Iterator[tuple[int, frozenset[int], frozenset[int]]]:
    """The examples that the user can have, by number: the lines found, and those to be found."""
    translated = _Translation(judgement.names)
    for number, example in enumerate(examples, 1):
        ours = translated.example(example)
        if ours is not None and not ours.config:
            yield number, _found(rule, ours, judgement), marked_lines(ours.code)


def _lines(numbers: frozenset[int]) -> str:
    return f"line {', '.join(map(str, sorted(numbers)))}" if numbers else "nothing"


def _found(rule: Rule, example: Example, judgement: Judgement) -> frozenset[int]:
    """All rules run: whether an allow comment is useless depends on what others find."""
    # The roles in the examples are those of the default matrix.
    names = dataclasses.replace(judgement.names, privileges=Names().privileges)
    asked = dataclasses.replace(judgement, names=names, enforced=example.enforced, level=_own_level)
    return found_lines(check_sources(texts_of(example), asked), rule.code, example.path)


def _own_level(code: str, zone: Zone, own: Severity) -> Severity:
    """A rule that is switched off somewhere can still fire."""
    del code, zone
    return own


@dataclass(frozen=True)
class _Translation:
    """From the default names and zones to the configured ones."""

    names: Names

    def example(self, example: Example) -> Example | None:
        """The example in the user's words; None where the user has no such zone."""
        ours = self._path(example.path)
        if ours is None:
            return None
        # What stands beside the example keeps its path where the user has no such zone.
        paths = {path: self._path(path) or path for path in example.files}
        paths[example.path] = ours
        return dataclasses.replace(
            example,
            path=paths[example.path],
            code=self._text(example.code),
            files={paths[path]: self._text(text) for path, text in example.files.items()},
        )

    def _text(self, text: str) -> str:
        words = _words(Names(), self.names)
        if not words:
            return text
        pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")\b")
        return pattern.sub(lambda match: words[match.group()], text)

    def _path(self, path: str) -> str | None:
        """A path of the same zone, by the same name."""
        zone = Zones().of(path)
        if self.names.zones.of(path) == zone:
            return path
        name = self._text(path.rpartition("/")[2])
        if zone == "application":
            return f"{_ASIDE}/{name}"
        globs: Mapping[Zone, tuple[str, ...]] = {
            "home": self.names.zones.home,
            "tests": self.names.zones.tests,
            "scripts": self.names.zones.scripts,
            "schema": self.names.zones.schema,
        }
        candidates = (_inside(glob, name) for glob in globs[zone])
        return next((c for c in candidates if self.names.zones.of(c) == zone), None)


def _inside(glob: str, name: str) -> str:
    """A path that a glob of folders covers."""
    folder = re.sub(r"[*?]+|\[[^]]*\]", "x", glob.removesuffix("/**").removesuffix("/*"))
    return f"{folder}/{name}"


def _words(default: Names, ours: Names) -> dict[str, str]:
    """Each default name that is configured otherwise, longest first."""
    words: dict[str, str] = {}
    for group in ("outbox", "functions", "boundary"):
        before, after = getattr(default, group), getattr(ours, group)
        for field in dataclasses.fields(before):
            words.update(_renamed(getattr(before, field.name), getattr(after, field.name)))
    words.update(_renamed(default.lease_lost, ours.lease_lost))
    words.update(_home(default, ours))
    words.update(_helper(default.boundary.test_only, ours.boundary.test_only))
    return dict(sorted(words.items(), key=lambda item: -len(item[0])))


def _renamed(
    before: str | tuple[str, ...], after: str | tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    old = (before,) if isinstance(before, str) else before
    new = (after,) if isinstance(after, str) else after
    for position, word in enumerate(old):
        if word not in new and new:
            yield word, re.sub(r"[*?]", "x", new[min(position, len(new) - 1)]).replace("/", ".")


def _helper(before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The test-only module by its last name: `from libs.db import test_only`."""
    for old in before if after else ():
        parts, new = re.split(r"[./]", old), re.split(r"[./]", after[0])
        if old not in after and parts != new:
            yield "/".join(parts), "/".join(new)
            yield parts[-1], new[-1]


def _home(default: Names, ours: Names) -> Iterator[tuple[str, str]]:
    """Home as the examples import it: `libs.db`."""
    if not ours.zones.home:
        return
    before, after = (_inside(names.zones.home[0], "_")[:-2] for names in (default, ours))
    if before != after:
        yield before, after
        yield before.replace("/", "."), after.replace("/", ".")
        yield before.partition("/")[0], after.partition("/")[0]
