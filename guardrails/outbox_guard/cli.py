"""Arguments in, exit status out; the only module that prints."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from outbox_guard.errors import UsageError, did_you_mean
from outbox_guard.version import __version__

if TYPE_CHECKING:
    from outbox_guard.config import Loaded
    from outbox_guard.findings import Report
    from outbox_guard.project import Setup
    from outbox_guard.rules import Rule

OK, FOUND, WRONG = 0, 1, 2
INTERRUPTED, PIPE_CLOSED = 130, 141
FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "rdjson")
Codes = tuple[str, ...]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    try:
        arguments = _parser().parse_args(argv)
        run: Callable[[argparse.Namespace], int] = arguments.run
        status = run(arguments)
        sys.stdout.flush()
        return status
    except UsageError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("interrupted", status=INTERRUPTED)
    except BrokenPipeError:
        # Whoever read the output has enough; Python would complain about it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:
        return _bug(error)


def _fail(message: str, *, status: int = WRONG) -> int:
    for line in message.splitlines():
        _say(f"outbox-guard: {line}", sys.stderr)
    return status


def _bug(error: Exception) -> int:
    """A mistake of ours: say so, with what a report of it needs, and never pass."""
    import platform
    import traceback

    report = getattr(error, "report", "") or "".join(traceback.format_exception(error))
    _say("outbox-guard: this is a bug of outbox-guard, not of your code.", sys.stderr)
    _say("Please report it with these lines:", sys.stderr)
    version = f"outbox-guard {__version__}, Python {platform.python_version()}"
    _say(f"  {version}, {platform.system()}; {error}", sys.stderr)
    for line in report.strip().splitlines()[-12:]:
        _say(f"  {line}", sys.stderr)
    return WRONG


def _say(text: str, stream: TextIO | None = None) -> None:
    """Print text that may hold anything, to a stream that may not be able to show it."""
    out = stream or sys.stdout
    encoding = out.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=out)


class Parser(argparse.ArgumentParser):
    """Errors that end with status 2 and suggest the nearest command."""

    def error(self, message: str) -> None:  # type: ignore[override]  # it raises, as that one exits
        if "invalid choice" in message:
            wrong = message.partition("invalid choice: '")[2].partition("'")[0]
            hint = did_you_mean(wrong, (*COMMANDS, *FORMATS), otherwise="see outbox-guard --help")
            raise UsageError(f"{wrong!r} is not known here; {hint}")
        raise UsageError(f"{message}; see {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="outbox-guard",
        description="Keeps a transactional outbox on PostgreSQL from sliding back.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"outbox-guard {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (summary, fill) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        command.add_argument("--config", type=Path, help="a configuration file to use instead")
        command.add_argument("--root", type=Path, help="the project's folder, if not this one")
        fill(command)
    return parser


def _fill_check(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="what to report on; the whole project is read")
    add("--format", choices=FORMATS, default="text", help="how to say it (default: text)")
    add("--output", type=Path, metavar="FILE", help="write there instead of to the terminal")
    add("--select", action="append", metavar="RULES", help="only these: codes, prefixes, names")
    add("--ignore", action="append", metavar="RULES", help="not these")
    add("--strict", action="store_true", help="warnings fail the run")
    add("--enforce", action="store_true", help="as ENFORCE_NO_DB_QUERY=1 in the environment")
    add("--exit-zero", action="store_true", help="status 0 whatever was found")
    add("--statistics", action="store_true", help="count the findings by rule")
    add("--show-suppressed", action="store_true", help="list what comments and the baseline allow")
    add("--no-sieve", action="store_true", help="parse every file, also those that cannot matter")
    add("--stdin-filename", metavar="PATH", help="check standard input as if it were this file")
    parser.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    from dataclasses import replace

    from outbox_guard.project import is_enforced, run, set_up

    if arguments.stdin_filename is not None and arguments.paths:
        raise UsageError("--stdin-filename checks standard input; give no paths with it")
    setup = set_up(_loaded(arguments))
    stdin = _stdin(arguments.stdin_filename, setup) if arguments.stdin_filename else None
    with _progress(arguments) as progress:
        report = run(
            setup,
            arguments.paths,
            enforced=arguments.enforce or is_enforced(os.environ),
            stdin=stdin,
            sieved=not arguments.no_sieve,
            progress=progress,
        )
    report = replace(report, strict=arguments.strict, show_suppressed=arguments.show_suppressed)
    _write(_rendered(report, arguments), arguments.output)
    return FOUND if report.failed and not arguments.exit_zero else OK


def _loaded(arguments: argparse.Namespace) -> Loaded:
    """The configuration in force, with what the command line says of it."""
    from outbox_guard.config import find_root, load

    if arguments.root is not None and not arguments.root.is_dir():
        raise UsageError(f"--root {arguments.root}: there is no such folder")
    start = arguments.root or _common_start(getattr(arguments, "paths", []))
    root = arguments.root.resolve() if arguments.root else find_root(start)
    loaded = load(root, arguments.config)
    select = _listed(getattr(arguments, "select", None))
    return loaded.called(select=select, ignore=_listed(getattr(arguments, "ignore", None)) or ())


def _common_start(paths: Sequence[str]) -> Path:
    """Where to look for the project: here, or where the one folder is that was asked for."""
    here = Path.cwd()
    if len(paths) == 1 and Path(paths[0]).is_dir():
        return Path(paths[0]).resolve()
    return here


def _listed(values: Iterable[str] | None) -> Codes | None:
    """`--select A,B --select C` is A, B and C."""
    if values is None:
        return None
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _stdin(name: str, setup: Setup) -> tuple[str, bytes]:
    root = setup.loaded.root
    path = os.path.relpath(os.path.realpath(Path.cwd() / name), root).replace(os.sep, "/")
    if path.startswith("../"):
        raise UsageError(f"--stdin-filename {name}: lies outside of the project, {root}")
    return path, sys.stdin.buffer.read()


class _progress:
    """A bar on standard error while a long run goes on in a terminal; nothing elsewhere."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.shown = sys.stderr.isatty() and arguments.format == "text"
        self.bar: object = None

    def __enter__(self) -> Callable[[int, int], None] | None:
        return self._update if self.shown else None

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _update(self, done: int, total: int) -> None:
        if total >= SHOWN_FROM and done % SHOWN_EVERY == 0:
            self.bar = True
            filled = done * 30 // total
            bar = "━" * filled + "─" * (30 - filled)
            print(f"\r{bar} {done}/{total} files", end="", file=sys.stderr, flush=True)


SHOWN_FROM, SHOWN_EVERY = 50, 5


def _rendered(report: Report, arguments: argparse.Namespace) -> str:
    from outbox_guard.reporters import renderer

    if arguments.format != "text":
        return renderer(arguments.format)(report)
    from outbox_guard.reporters import text

    shown = text.terminal_options(
        os.environ,
        is_terminal=sys.stdout.isatty() and arguments.output is None,
        columns=_columns(),
    )
    parts = [text.render(report, width=shown.width, color=shown.color)]
    if arguments.statistics:
        parts.append(text.statistics(report))
    return "".join(parts)


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def _write(text: str, output: Path | None) -> None:
    """To a file, whole or not at all; or to standard output, in UTF-8 where it can."""
    if output is None:
        sys.stdout.flush()
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        return
    draft = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        draft.write_text(text, "utf-8")
        draft.replace(output)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UsageError(f"--output {output}: cannot be written: {error.strerror}") from error


def _fill_explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rule", metavar="CODE", help="a code or a name, such as OBG101")
    parser.set_defaults(run=_explain)


def _explain(arguments: argparse.Namespace) -> int:
    from outbox_guard.explain import explain
    from outbox_guard.project import set_up

    _say(explain(_rule(arguments.rule, set_up(_loaded(arguments)).rules)).rstrip())
    return OK


def _rule(wanted: str, rules: Sequence[Rule]) -> Rule:
    for rule in rules:
        if wanted.lower() in (rule.code.lower(), rule.name):
            return rule
    words = [word for rule in rules for word in (rule.code, rule.name)]
    hint = did_you_mean(wanted, words, otherwise="`outbox-guard rules` lists them")
    raise UsageError(f"no rule {wanted!r}; {hint}")


def _fill_rules(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_rules)


def _rules(arguments: argparse.Namespace) -> int:
    from outbox_guard.project import set_up

    setup = set_up(_loaded(arguments))
    for rule in setup.rules:
        state = rule.severity["default"] if rule.code in setup.selection else "off"
        _say(f"{rule.code}  {state:<7}  {rule.name:<22}  {rule.summary}")
    return OK


def _fill_selftest(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_selftest)


def _selftest(arguments: argparse.Namespace) -> int:
    from outbox_guard.project import set_up
    from outbox_guard.selftest import selftest

    setup = set_up(_loaded(arguments))
    faults = selftest(setup.judgement())
    for fault in faults:
        _say(fault)
    examples = sum(len(rule.bad) + len(rule.good) for rule in setup.in_force)
    verdict = f"{len(faults)} failed" if faults else "every rule can fire"
    _say(f"{len(setup.in_force)} rules, {examples} examples under this configuration: {verdict}")
    return FOUND if faults else OK


def _fill_baseline(parser: argparse.ArgumentParser) -> None:
    help_text = "also take in findings that are new since the last baseline"
    parser.add_argument("--accept-new", action="store_true", help=help_text)
    parser.set_defaults(run=_baseline)


def _baseline(arguments: argparse.Namespace) -> int:
    from outbox_guard.baseline import render_baseline, update
    from outbox_guard.project import existing_baseline, run, set_up

    setup = set_up(_loaded(arguments))
    report = run(setup, [], enforced=False, baselined=False)
    change = update(
        existing_baseline(setup.loaded), report.findings, accept_new=arguments.accept_new
    )
    _write(render_baseline(change.baseline), setup.loaded.baseline)
    total = sum(entry.count for entry in change.baseline.entries)
    _say(
        f"{setup.loaded.baseline.name}: {total} known findings"
        f" ({len(change.added)} added, {change.removed} gone)"
    )
    for finding in change.refused:
        place = f"{finding.place.path}:{finding.place.line}:{finding.place.column}"
        _say(f"not taken in: {place} {finding.code} {finding.message}")
    if change.refused:
        _say("A baseline only shrinks; mend these, or take them in with --accept-new.")
    return FOUND if change.refused else OK


def _fill_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--schema", action="store_true", help="the JSON Schema, for editors")
    parser.set_defaults(run=_config)


def _config(arguments: argparse.Namespace) -> int:
    from outbox_guard.config import render_config, render_schema

    if arguments.schema:
        _say(render_schema().rstrip())
        return OK
    from outbox_guard.project import set_up

    _say(render_config(set_up(_loaded(arguments)).loaded).rstrip())
    return OK


def _fill_init(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_init)


def _init(arguments: argparse.Namespace) -> int:
    from outbox_guard.init import initialise

    for line in initialise((arguments.root or Path.cwd()).resolve()):
        _say(line)
    return OK


COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "check": ("Check a project.", _fill_check),
    "explain": ("What a rule reports, why, and what to do.", _fill_explain),
    "rules": ("The rules, and which are in force.", _fill_rules),
    "selftest": ("Run the rules' examples under your configuration.", _fill_selftest),
    "baseline": ("Write down today's findings, so that only new ones fail.", _fill_baseline),
    "config": ("What is in force, and where each value comes from.", _fill_config),
    "init": ("Write a configuration, a hook and a workflow for this project.", _fill_init),
}
