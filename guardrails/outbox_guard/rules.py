"""A rule: what it finds, why that matters, how to mend it, and examples that prove it."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any, get_args

from outbox_guard.errors import UsageError
from outbox_guard.facts import Edit, Fact, Zone
from outbox_guard.findings import Finding, Fix, Related, RulePage, Severity
from outbox_guard.matching import (
    Companion,
    FactsByKind,
    Matcher,
    PatternError,
    compile_companion,
    compile_matcher,
    fields_of,
    known,
    texts,
    value_of,
)
from outbox_guard.names import Names

ENFORCED = "enforced"
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
ZONES: tuple[Zone, ...] = get_args(Zone)


class RuleError(UsageError):
    """A rule file is wrong; says which file, and what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A little project: one file, and others that it needs."""

    path: str
    code: str
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    enforced: bool = False
    also: tuple[str, ...] = ()  # other rules that find something here

    @property
    def texts(self) -> dict[str, str]:
        """All its files."""
        return {self.path: self.code, **self.files}

    @property
    def config(self) -> str:
        """Its configuration, "" where it has none."""
        return self.texts.get("outbox-guard.toml", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule file, with the names of a configuration in place."""

    code: str
    name: str
    severity: Mapping[str, Severity]  # "default", and by zone, and "enforced"
    message: str
    summary: str
    why: str
    fix: str
    finds: tuple[Matcher, ...]
    when: tuple[Companion, ...] = ()
    unless: tuple[Companion, ...] = ()
    notes: tuple[str, ...] = ()
    edit: str = ""  # what the edit does that the fact carries, where it carries one
    paste: str = ""  # the SQL that is missing, with fields of the fact in it
    bad: tuple[Example, ...] = ()
    good: tuple[Example, ...] = ()
    file: str = ""  # the rule file, for messages

    def findings(self, facts: FactsByKind, *, enforced: bool = False) -> Iterator[Finding]:
        needed = [companion.index(facts) for companion in self.when]
        excuses = [companion.index(facts) for companion in self.unless]
        for fact in self._found(facts):
            if all(has(fact) for has in needed) and not any(has(fact) for has in excuses):
                yield Finding(
                    code=self.code,
                    name=self.name,
                    severity=self.severity_of(fact, enforced=enforced),
                    message=self.message.format_map(_readable(fact)),
                    place=fact.place,
                    fix=self._fix_of(fact),
                    related=tuple(_related(fact)),
                )

    def _fix_of(self, fact: Fact) -> Fix | None:
        edit = getattr(fact, "edit", None)
        if self.edit and isinstance(edit, Edit):
            return Fix(message=self.edit, edits=(edit,))
        statement = self.paste.format_map(_readable(fact)).strip()
        return Fix(message="add what is missing", statement=statement) if statement else None

    def _found(self, facts: FactsByKind) -> Iterator[Fact]:
        for kind in dict.fromkeys(matcher.kind for matcher in self.finds):
            matchers = [matcher for matcher in self.finds if matcher.kind is kind]
            for fact in facts.get(kind, ()):
                if any(matcher.fits(fact) for matcher in matchers):
                    yield fact

    def severity_of(self, fact: Fact, *, enforced: bool) -> Severity:
        default = self.severity["default"]
        if enforced:
            default = self.severity.get(ENFORCED, default)
        return self.severity.get(fact.place.zone, default)

    @property
    def page(self) -> RulePage:
        return RulePage(
            code=self.code,
            name=self.name,
            severity=self.severity["default"],
            summary=self.summary,
            why=self.why,
            fix=self.fix,
        )


def _related(fact: Fact) -> Iterator[Related]:
    for aside in getattr(fact, "asides", ()):
        yield Related(aside.place, aside.said)


def _readable(fact: Fact) -> dict[str, object]:
    """The fields of a fact, as a message shows them."""
    values = {field: value_of(fact, field) for field in fields_of(type(fact))}
    return {field: _listed(value) for field, value in values.items()}


def _listed(value: object) -> object:
    """A list in words; a list of lists is for comparing only."""
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return value


def shipped(folder: str) -> Path:
    """What the tool brings along: in a wheel beside the code, in a checkout two floors up."""
    package = Path(__file__).parent
    installed = package / folder
    if installed.is_dir():
        return installed
    # Without rules everything would be clean: a folder that is not there is an error.
    return (package.parent.parent / folder).resolve(strict=True)


def load_rules(files: Iterable[Path], names: Names) -> tuple[Rule, ...]:
    """Every rule of these files, by code; two rules may not share a code or a name."""
    rules: dict[str, Rule] = {}
    taken: dict[str, str] = {}
    for path in files:
        rule = load_rule(path, names)
        for key in (rule.code, rule.name):
            if key in taken:
                raise RuleError(f"{path}: {key} is already taken by {taken[key]}")
            taken[key] = str(path)
        rules[rule.code] = rule
    return tuple(sorted(rules.values(), key=lambda rule: rule.code))


def builtin_files() -> tuple[Path, ...]:
    return tuple(sorted(shipped("rules").rglob("*.toml")))


def load_rule(path: Path, names: Names) -> Rule:
    return build_rule(read_rule_file(path), names, file=str(path))


def read_rule_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RuleError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}: is not TOML: {error}") from error


def build_rule(table: Mapping[str, Any], names: Names, *, file: str) -> Rule:
    """A rule from its TOML table, with `$names` replaced by what the configuration calls them."""
    try:
        return _build(dict(table), names, file)
    except PatternError as error:
        raise RuleError(f"{file}: {error}") from error


TEXTS = ("code", "name", "message", "summary", "why", "fix")
MORE_TEXTS = ("edit", "paste")
TABLES = ("finds", "when", "unless", "bad", "good")


def _build(table: dict[str, Any], names: Names, file: str) -> Rule:
    for key in table:
        known(key, (*TEXTS, *MORE_TEXTS, *TABLES, "severity", "notes"), "key")
    for key in (*TEXTS, "finds", "bad", "good"):
        if key not in table:
            raise PatternError(f"{key!r} is missing")
    for key in TEXTS:
        if not isinstance(table[key], str) or not table[key].strip():
            raise PatternError(f"{key} is a text")
    more = {key: table[key] for key in MORE_TEXTS if key in table}
    for key, value in more.items():
        if not isinstance(value, str):
            raise PatternError(f"{key} is a text")
    finds = tuple(compile_matcher(spell_out(each, names)) for each in _tables(table, "finds"))
    _check_message("message", table["message"], finds)
    _check_message("paste", more.get("paste", ""), finds)
    return Rule(
        **{key: table[key] for key in TEXTS},
        **more,
        severity=_severity(table.get("severity", "error")),
        finds=finds,
        when=tuple(compile_companion(spell_out(t, names)) for t in _tables(table, "when")),
        unless=tuple(compile_companion(spell_out(t, names)) for t in _tables(table, "unless")),
        notes=texts(table.get("notes", []), "notes"),
        bad=tuple(map(_example, _tables(table, "bad"))),
        good=tuple(map(_example, _tables(table, "good"))),
        file=file,
    )


def _tables(table: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """[key] is one table, [[key]] are several."""
    value = table.get(key, [])
    tables = [value] if isinstance(value, dict) else value
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise PatternError(f"{key} is a table, or several: [[{key}]]")
    return tables


def _check_message(key: str, text: str, finds: Iterable[Matcher]) -> None:
    try:
        fields = [field for _, field, _, _ in Formatter().parse(text) if field is not None]
    except ValueError as error:
        raise PatternError(f"{key}: {error}") from error
    for matcher in finds:
        for field in fields:
            known(field, fields_of(matcher.kind), f"field of {matcher.kind.__name__} (in {key})")


def _severity(spec: Any) -> Mapping[str, Severity]:
    table = {"default": spec} if isinstance(spec, str) else spec
    if not isinstance(table, dict) or "default" not in table:
        raise PatternError("severity is 'error', 'warning', or a table with 'default'")
    for key, value in table.items():
        known(key, ("default", ENFORCED, *ZONES), "zone of severity")
        known(value, SEVERITIES, "severity")
    return table


def _example(table: Mapping[str, Any]) -> Example:
    fields = [field.name for field in dataclasses.fields(Example)]
    for key in table:
        known(key, fields, "key of an example")
    for key in ("path", "code"):
        if not isinstance(table.get(key), str):
            raise PatternError(f"an example needs {key!r}")
    files, enforced = table.get("files", {}), table.get("enforced", False)
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise PatternError("the files of an example are texts by their paths")
    if not isinstance(enforced, bool):
        raise PatternError("enforced is true or false")
    return Example(**{**table, "also": texts(table.get("also", []), "also")})


def spell_out(value: Any, names: Names) -> Any:
    """`"$pending"` becomes the list of globs that the configuration gives it."""
    match value:
        case str() if value.startswith("$"):
            spelt = name_table(names)
            return list(spelt[known(value[1:], spelt, "name")])
        case list():
            return [each for member in value for each in _as_list(member, names)]
        case dict():
            return {key: spell_out(each, names) for key, each in value.items()}
    return value


def _as_list(member: Any, names: Names) -> list[Any]:
    spelt = spell_out(member, names)
    return spelt if isinstance(member, str) and member.startswith("$") else [spelt]


def name_table(names: Names) -> dict[str, tuple[str, ...]]:
    """What `$name` may stand for in a rule: each name of the configuration as a list of globs."""
    table: dict[str, tuple[str, ...]] = {"outbox": names.guarded}
    for group in (names.outbox, names.functions, names.boundary):
        for field in dataclasses.fields(group):
            value = getattr(group, field.name)
            table[field.name] = (value,) if isinstance(value, str) else value
    table["drivers"] = tuple(g for name in names.boundary.drivers for g in (name, f"{name}.*"))
    table["query_calls"] = tuple(g for c in names.boundary.query_calls for g in (c, f"*.{c}"))
    table["test_only"] = tuple(_module_globs(names.boundary.test_only))
    return table


def _module_globs(modules: Iterable[str]) -> Iterator[str]:
    """A module named as a path or with dots, with any package prefix, and all below it."""
    for module in dict.fromkeys(module.replace("/", ".") for module in modules):
        for prefixed in (module, f"*.{module}"):
            yield prefixed
            yield f"{prefixed}.*"
