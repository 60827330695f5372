"""What a project needs to begin with outbox-guard: a configuration, a hook, a workflow."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outbox_guard.config import Config, ConfigError, has_configuration, load, options_of, plain
from outbox_guard.config.records import Record
from outbox_guard.config.rendering import toml_value
from outbox_guard.discovery import Discovered, discover, read_source
from outbox_guard.errors import UsageError
from outbox_guard.facts import Unreadable
from outbox_guard.init.survey import FEW, UNREAD, Survey, survey
from outbox_guard.init.workflows import GATE, GUARDRAILS, Workflow
from outbox_guard.version import __version__

HOME = "https://github.com/outbox-guard/outbox-guard"
CONFIGURATION = "outbox-guard.toml"
HOOKS = ".pre-commit-config.yaml"

# What a beginner wants to see of the configuration, in this order.
SHOWN = (
    "select",
    "ignore",
    "exclude",
    "baseline",
    "target-version",
    "outbox",
    "functions",
    "zones",
)

HOOK = f"""\
  - repo: {HOME}
    rev: v{__version__}
    hooks:
      - id: outbox-guard
"""


@dataclass(frozen=True, slots=True)
class New:
    """A file to write."""

    path: str
    text: str
    note: str = ""  # what its owner should look at


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is left as it is, and what its owner may want to do."""

    path: str
    because: str
    paste: str = ""


Step = New | Kept


def initialise(root: Path, *, gate: bool = False) -> Iterator[str]:
    """Write what is missing, and tell of each file in a line or a few."""
    return carry_out(plan(root, gate=gate), root)


def plan(root: Path, *, gate: bool = False) -> tuple[Step, ...]:
    """What to write for the project at `root`; nothing that is there is to be overwritten.

    `gate` asks for the whole CI gate, and not for the guardrails alone.
    """
    workflow = GATE if gate else GUARDRAILS
    return (_configuration(root, workflow), _hooks(root), _workflow(root, workflow))


def carry_out(steps: tuple[Step, ...], root: Path) -> Iterator[str]:
    """Write the new files, and tell of each step.

    Raises UsageError where a file cannot be written.
    """
    for step in steps:
        match step:
            case New(path, text, note):
                _write(root / path, path, text)
                yield f"wrote {path}" + (f": {note}" if note else "")
            case Kept(path, because, paste):
                yield f"left {path}: {because}" + (f"\n\n{paste}" if paste else "")
    yield "next: `outbox-guard check .`, then `outbox-guard baseline` for what must wait"


def _write(file: Path, path: str, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as opened:  # fails where one is
            opened.write(text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def _configuration(root: Path, workflow: Workflow) -> Step:
    if os.path.lexists(root / CONFIGURATION):
        return _kept(root, CONFIGURATION, "it is there already", "gate", workflow)
    if has_configuration(root):
        because = "[tool.outbox-guard] in it is the configuration"
        return _kept(root, "pyproject.toml", because, "tool.outbox-guard.gate", workflow)
    files = discover(root, ("*.sql", "*.py"))
    found = _look_at(files)
    names = [name for names in found.tables.values() for name in names]
    text = render(found) + workflow.configuration("gate")
    return New(CONFIGURATION, text, "; ".join((_note(names), *_not_read(files, names))))


def _note(tables: Sequence[str]) -> str:
    if not tables:
        return "no outbox table was found; write the names of yours under [outbox]"
    return f"the outbox is {', '.join(tables)}; see whether the names in it are right"


def _not_read(files: Discovered, tables: Sequence[str]) -> Iterator[str]:
    """That code in other languages names the outbox, of which a check can say nothing."""
    code = (path for path in sorted(files.others) if path.endswith(UNREAD))
    read = (read_source(files.file(path), path, "application") for path in code)
    texts = (each for each in read if not isinstance(each, Unreadable))
    words = tables or ("outbox",)
    naming = [each.path for each in texts if any(word in each.text for word in words)]
    if naming:
        some = ", ".join(naming[:FEW])
        more = f" and {len(naming) - FEW:,} more" if len(naming) > FEW else ""
        yield f"Python and SQL are read, what names it elsewhere is not: {some}{more}"


def _kept(root: Path, path: str, because: str, section: str, workflow: Workflow) -> Kept:
    """The file that is there, and the table that names the workflow where it does not."""
    paste = "" if _names(root, workflow) else workflow.configuration(section).lstrip()
    return Kept(path, f"{because}; name the gate in it" if paste else because, paste)


def _names(root: Path, workflow: Workflow) -> bool:
    """Whether the configuration that is there names this workflow."""
    try:
        return load(root).config.gate.workflow == workflow.path
    except ConfigError:  # `check` tells what is wrong with it
        return False


def _hooks(root: Path) -> Step:
    file = root / HOOKS
    if not os.path.lexists(file):
        note = "`pre-commit install` puts the hook to work"
        return _of_repository(root, New(HOOKS, f"repos:\n{HOOK}", note))
    try:
        text = file.read_text("utf-8", "replace")
    except OSError:
        text = ""  # whoever owns it sees whether the hook is in it
    if HOME in text:
        return Kept(HOOKS, "the hook is in it already")
    return Kept(HOOKS, "it is yours; add this under `repos:`", HOOK)


def _workflow(root: Path, workflow: Workflow) -> Step:
    if os.path.lexists(root / workflow.path):
        return Kept(workflow.path, "it is there already")
    return _of_repository(root, New(workflow.path, workflow.text))


def _of_repository(root: Path, new: New) -> Step:
    """Hooks and workflows count at the top of a repository only."""
    tops = (each for each in (root, *root.parents) if (each / ".git").exists())
    top = next(tops, root)
    if top == root:
        return new
    because = f"it belongs at the top of the repository, {top}; put this there, with this path"
    return Kept(new.path, because, new.text)


def _look_at(files: Discovered) -> Survey:
    read = ((path, read_source(files.file(path), path, "schema")) for path in files.files)
    texts = ((path, each.text) for path, each in read if not isinstance(each, Unreadable))
    return survey((*files.files, *files.others), texts)


def render(found: Survey) -> str:
    """outbox-guard.toml: what was found is set, the rest is a comment with its default."""
    values: Mapping[str, Mapping[str, str | tuple[str, ...]]] = {
        "outbox": found.tables,
        "functions": found.functions,
        "zones": found.zones,
    }
    lines = [
        f"#:schema {HOME.replace('github.com', 'raw.githubusercontent.com')}"
        "/main/docs/outbox-guard.schema.json",
        f"# Configuration of outbox-guard ({HOME}).",
        "# What is commented out is the default; `outbox-guard config` prints what is in force.",
        "",
    ]
    options = options_of(Config)
    for name in SHOWN:
        option = options[name]
        if isinstance(option.shape, Record):
            lines += ["", f"# {option.says}", f"[{name}]"]
            defaults = plain(option.default)
            for key, inner in option.shape.options.items():
                lines.append(_setting(key, inner.says, defaults[key], values.get(name, {})))
        else:
            lines.append(_setting(name, option.says, plain(option.default), {}))
    return "\n".join(lines) + "\n"


def _setting(key: str, says: str, default: Any, values: Mapping[str, str | tuple[str, ...]]) -> str:
    found = values.get(key, ())
    ours = found if isinstance(found, str) else list(found)
    is_default = ours == default if isinstance(ours, str) else all(each in default for each in ours)
    if is_default:
        return f"# {key} = {toml_value(default)}  # {says}"
    return f"{key} = {toml_value(ours)}  # {says}"
