"""The page of a rule, as Markdown: `outbox-guard explain`, and docs/rules.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import PurePosixPath

from outbox_guard.rules import ENFORCED, ZONES, Example, Rule

FAMILIES = {
    "OBG0": "the tool itself",
    "OBG1": "the outbox model",
    "OBG2": "the database boundary",
    "OBG3": "test-only helpers",
    "OBG4": "the schema",
    "OBG5": "privileges",
    "OBG6": "the CI gate",
    "OBG7": "operations",
}
FAMILY = 4  # characters of a code
LANGUAGES = {".py": "python", ".sql": "sql", ".toml": "toml", ".yml": "yaml", ".ts": "typescript"}


def explain(rule: Rule) -> str:
    return _joined(_page(rule, "#"))


def rules_page(rules: Iterable[Rule]) -> str:
    """Every rule on one page, family by family; `#obg101` leads to OBG101."""
    return _joined(_rules_page(sorted(rules, key=lambda rule: rule.code)))


def _rules_page(rules: list[Rule]) -> Iterator[str]:
    yield "# Rules"
    yield "Generated from the rule files under `rules/`: change those, not this page."
    for family, members in groupby(rules, key=lambda rule: rule.code[:FAMILY]):
        yield f"## {family}xx: {FAMILIES.get(family, 'further rules')}"
        yield from _family(list(members))


def _family(rules: list[Rule]) -> Iterator[str]:
    yield "\n".join(_index(rules))
    for rule in rules:
        yield f'<a id="{rule.code.lower()}"></a>'
        yield from _page(rule, "###")


def _index(rules: Iterable[Rule]) -> Iterator[str]:
    yield "| code | name | severity | finds |"
    yield "|---|---|---|---|"
    for rule in rules:
        code = f"[{rule.code}](#{rule.code.lower()})"
        finds = rule.summary.replace("|", r"\|")
        yield f"| {code} | `{rule.name}` | {rule.severity['default']} | {finds} |"


def _page(rule: Rule, heading: str) -> Iterator[str]:
    yield f"{heading} {rule.code} {rule.name}"
    default, *others = severity_of(rule).split("; ")
    yield "; ".join((f"Severity: **{default}**", *others))
    yield _paragraph(rule.summary)
    yield f"**Why.** {_paragraph(rule.why)}"
    yield f"**Fix.** {_paragraph(rule.fix)}"
    if rule.notes:
        yield "\n".join(f"- {_paragraph(note)}" for note in rule.notes)
    for verdict, cases in (("Found", rule.bad), ("Not found", rule.good)):
        for case in cases[:1]:
            yield from _example(verdict, case)


def severity_of(rule: Rule) -> str:
    """The default, and where another one holds."""
    default = rule.severity["default"]
    parts: list[str] = [default]
    if rule.severity.get(ENFORCED, default) != default:
        parts.append(f"{rule.severity[ENFORCED]} in enforce mode")
    for severity in sorted(set(rule.severity.values()) - {default}):
        zones = [zone for zone in ZONES if rule.severity.get(zone) == severity]
        if zones:
            parts.append(f"{severity} in {' and '.join(zones)}")
    return "; ".join(parts)


def _example(verdict: str, example: Example) -> Iterator[str]:
    mode = ", in enforce mode" if example.enforced else ""
    yield f"{verdict} in `{example.path}`{mode}:"
    yield _fenced(example.path, example.code)
    for path, text in example.files.items():
        yield f"with `{path}`:"
        yield _fenced(path, text)


def _fenced(path: str, text: str) -> str:
    longest = max(map(len, re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    language = LANGUAGES.get(PurePosixPath(path).suffix, "")
    code = text.strip("\n")
    return f"{fence}{language}\n{code}\n{fence}"


def _paragraph(text: str) -> str:
    return " ".join(text.split())


def _joined(blocks: Iterable[str]) -> str:
    return "\n\n".join(blocks) + "\n"
