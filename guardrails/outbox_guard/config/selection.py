"""Which rules run, and how severe each is where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from outbox_guard.config.files import ConfigError, Problem
from outbox_guard.config.lines import Key
from outbox_guard.config.loading import Loaded
from outbox_guard.config.options import Config, Level, Levels
from outbox_guard.errors import did_you_mean
from outbox_guard.facts import Zone

# A file that no rule could look at is told whatever was selected: a clean result must be earned.
# Only an `ignore` that covers it silences it.
ALWAYS = ("OBG001",)


@dataclass(frozen=True)
class Selection:
    """The rules that run, and their severities."""

    codes: tuple[str, ...]  # of the rules that run, in order
    names: Mapping[str, str]  # of all rules, by code
    levels: Mapping[str, Level | Levels]  # as configured, by code, prefix or name

    def __contains__(self, code: object) -> bool:
        return code in self.codes

    def level(self, code: str, zone: Zone, otherwise: Level) -> Level:
        """The severity of a rule's findings in a zone: the most exact entry that names both.

        `otherwise` is the rule's own severity there; "off" drops the finding.
        """
        entries = [entry for entry in self.levels if exactness(entry, code, self.names[code])]
        entries.reverse()  # of equally exact entries the last counts, and sorting is stable
        entries.sort(key=lambda entry: -exactness(entry, code, self.names[code]))
        for entry in entries:
            level = self.levels[entry]
            if isinstance(level, str):
                return level
            if zone in level or "default" in level:
                return level.get(zone) or level["default"]
        return otherwise


def exactness(entry: str, code: str, name: str) -> int:
    """How exactly an entry means a rule: its code or name, a longer or shorter prefix, not (0)."""
    if entry in (code, name):
        return len(code)
    return len(entry) if code.startswith(entry) else 0


def choose(loaded: Loaded, names: Mapping[str, str]) -> Selection:
    """The rules that the configuration wants of those that there are (code to name).

    Raises ConfigError for an entry of select, ignore or severity that means no rule, and when
    no rule is left.
    """
    config = loaded.config
    problems = [*_unknown(loaded, names)]
    if problems:
        raise ConfigError(problems)
    codes = tuple(code for code in sorted(names) if _runs(loaded, code, names[code]))
    if not any(code not in ALWAYS or code in config.select for code in codes):
        says = "no rule is left to run; select more, or ignore less"
        raise ConfigError([loaded.problem(("select",), says)])
    return Selection(codes, names, config.severity)


def _runs(loaded: Loaded, code: str, name: str) -> bool:
    """The more exact of select and ignore wins, ignore where they are equally exact."""

    def best(entries: Iterable[str]) -> int:
        return max((exactness(entry, code, name) for entry in entries), default=0)

    wanted = best(loaded.config.select)
    if code in ALWAYS or (not wanted and _all_by_default(loaded)):
        wanted = wanted or 1
    return wanted > best(loaded.config.ignore)


def _all_by_default(loaded: Loaded) -> bool:
    """Where nobody selects, the user's own rules run too, whatever their codes begin with."""
    untouched = loaded.config.select == Config().select
    return untouched and loaded.origin(("select",)) == "default"


def _unknown(loaded: Loaded, names: Mapping[str, str]) -> Iterator[Problem]:
    config = loaded.config
    entries: list[tuple[Key, str]] = [
        *((("select", position), entry) for position, entry in enumerate(config.select)),
        *((("ignore", position), entry) for position, entry in enumerate(config.ignore)),
        *((("severity", entry), entry) for entry in config.severity),
    ]
    for key, entry in entries:
        if not any(exactness(entry, code, name) for code, name in names.items()):
            yield loaded.problem(key, _no_rule(entry, names))


def _no_rule(entry: str, names: Mapping[str, str]) -> str:
    words = (*names, *names.values())
    hint = did_you_mean(entry, words, otherwise="`outbox-guard rules` lists them")
    return f"no rule {entry!r}; {hint}"
