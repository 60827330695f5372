"""The commands: what each of them is for, and what it takes."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from outbox_guard.cli.arguments import Command
from outbox_guard.cli.statuses import MEANING
from outbox_guard.reporters import FORMATS

PROJECT = """\
The project is the nearest folder around the paths (or around here) that has a configuration
(outbox-guard.toml, or [tool.outbox-guard] in pyproject.toml), else the git repository, else this
folder. All of it is read, whatever the paths: they choose what is reported. A file named by
itself is reported on also when it is excluded or ignored. A folder of it that has a configuration
of its own is a project of its own, judged by that, unless --config names one for all.

Paths are told from the project's folder; in the formats of code hosts (github, gitlab, sarif) from
the top of the git repository, as these want them."""
ENVIRONMENT = """\
ENFORCE_NO_DB_QUERY=1 (or true, yes, on) is --enforce; 0, false, no, off or nothing is not, and
anything else is an error. Allow comments `until` a day are judged on today's, by UTC, or on that
of SOURCE_DATE_EPOCH. NO_COLOR and FORCE_COLOR are obeyed."""
GATE = """\
Prints the number of attempts in a forbidden state, and nothing else, on standard output. The
database is that of --url, of OUTBOX_EVIDENCE_DB_URL or of DATABASE_URL; it is only read. Without
one it prints "skipped". Exit status: 0 there is none (or skipped), 1 there are some, 2 the
question could not be asked."""
INIT = """\
Zones are known by their folders (libs/db, tests, scripts, schema and their like), the outbox by the
tables and functions with "outbox" in their names that SQL files declare, or models in Python. What
it took for them stands in the configuration: look it over. A file that is there is left as it
is."""
STATS = """\
The age of a finding is that of its line, by git; it is unknown where the line is not committed.
What allow comments and the baseline exempt is listed with its owner, soonest to end first. The
exit status is 0 whatever was found."""
DRIFT = """\
Applies the schema to a PostgreSQL that it starts for the run, and compares what that has of the
outbox (tables, constraints, indexes, triggers, functions, types, grants) with the database of
--url, of OUTBOX_EVIDENCE_DB_URL or of DATABASE_URL, which it only reads. Exit status: 0 they are
the same, 1 they differ, 2 they could not be compared."""
PROVE = """\
Applies the schema to a database of its own, carries out the proofs in copies of it, and drops them
again. Without --url, OUTBOX_EVIDENCE_DB_URL or DATABASE_URL it starts a PostgreSQL for the run;
with one it uses that server, and nothing in the database itself. Exit status: 0 all hold, 1 some do
not, 2 something kept them from being carried out."""
EVIDENCE = """\
The bundle follows from the project's files alone: the same files give the same bytes. With --url or
OUTBOX_EVIDENCE_DB_URL, grants and definitions are those of that database's catalog, which is only
read; the bundle says so, and how they differ from the files. DATABASE_URL is not looked at.

Findings and differences are part of it and do not change the exit status: 0 the bundle is complete,
1 a function, a table or what has to stand on it is missing (the bundle is written and says so), 2
called or configured wrongly, or the database could not be asked. With --verify and --compare: 0
nothing was changed, 1 something was."""
LONGEST = 86_400  # seconds


def _check(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _project(parser)
    add("paths", nargs="*", metavar="PATH", help="what to report on (default: the whole project)")
    _delivery(parser, *FORMATS)
    add("--select", action="append", metavar="RULES", help="only these: codes, prefixes, names")
    add("--ignore", action="append", metavar="RULES", help="not these")
    add("--strict", action="store_true", help="warnings fail the run")
    add("--enforce", action="store_true", help="as ENFORCE_NO_DB_QUERY=1 in the environment")
    add("--exit-zero", action="store_true", help="status 0 whatever was found")
    add("--statistics", action="store_true", help="count the findings by rule, after the text")
    add("--show-suppressed", action="store_true", help="list what comments and the baseline allow")
    add("--no-sieve", action="store_true", help="parse every file, also those that cannot matter")
    add("--no-cache", action="store_true", help="read every file anew, and keep nothing of it")
    says = "read on a cluster: dask=tcp://HOST:PORT"
    add("--executor", type=_executor, default=argparse.SUPPRESS, metavar="ENGINE", help=says)
    add("--since", metavar="REV", help="only findings on lines that were changed since a revision")
    add("--fix", action="store_true", help="apply the fixes that are certain, then check again")
    add("--diff", action="store_true", help="show what --fix would change, instead of findings")
    add("--add-allow", metavar="REASON", help="write allow comments for what is found today")
    add("--watch", action="store_true", help="check again whenever a file changes, until Ctrl-C")
    add("--stdin-filename", metavar="PATH", help="check standard input as if it were this file")


def _executor(named: str) -> str:
    from outbox_guard.reading.executors import named_executor  # what most runs do without

    return named_executor(named)


def _project(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--root", type=Path, metavar="FOLDER", help="the project, where it is not found rightly")
    add("--config", type=Path, metavar="FILE", help="a configuration instead of the project's own")


def _delivery(parser: argparse.ArgumentParser, *formats: str) -> None:
    add = parser.add_argument
    add("--format", choices=formats, default="text", help="how to say it (default: text)")
    add("--output", type=Path, metavar="FILE", help="write there instead of to standard output")


def _explain(parser: argparse.ArgumentParser) -> None:
    _project(parser)
    parser.add_argument("rule", metavar="CODE", help="a code or a name, such as OBG101")


def _baseline(parser: argparse.ArgumentParser) -> None:
    _project(parser)
    says = "also take in findings that are new since the last baseline"
    parser.add_argument("--accept-new", action="store_true", help=says)


def _config(parser: argparse.ArgumentParser) -> None:
    _project(parser)
    parser.add_argument("--schema", action="store_true", help="the JSON Schema, for editors")


def _init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--root", type=Path, metavar="FOLDER", help="the project (default: here)")
    says = "write the whole CI gate: guardrails, tests, regression gate, evidence, upload"
    parser.add_argument("--gate", action="store_true", help=says)


def _gate(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _project(parser)
    add("--url", metavar="URL", help="the database to ask (default: from the environment)")
    add("--require-url", action="store_true", help="status 2, and not skipped, without a database")
    add("--timeout", type=_seconds, default=30, metavar="SECONDS", help="for the count (30)")
    _delivery(parser, "text", "json")


def _stats(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _project(parser)
    add("paths", nargs="*", metavar="PATH", help="what to count (default: the whole project)")
    add("--depth", type=_parts, default=2, metavar="N", help="parts of a directory's path (2)")
    _delivery(parser, "text", "json")


def _parts(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of parts")
    return int(text)


def _prove(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _project(parser)
    add("names", nargs="*", metavar="PROOF", help="which proofs (default: all)")
    add("--list", action="store_true", help="the proofs that there are")
    add("--show", metavar="PROOF", default="", help="carry out one proof, and tell every step")
    add("--url", metavar="URL", help="a database on the server to use (default: environment)")
    add("--embedded", action="store_true", help="a server of its own, whatever the environment")
    _delivery(parser, "text", "json", "junit")


def _evidence(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _project(parser)
    says = "the folder of the bundle (default: reports/outbox-evidence)"
    add("--output", type=Path, metavar="DIR", help=says)
    says = "take grants and definitions from this database (default: OUTBOX_EVIDENCE_DB_URL)"
    add("--url", metavar="URL", help=says)
    says = "what `outbox-guard prove --format json` wrote: the results of the proofs"
    add("--proofs", type=Path, metavar="FILE", dest="proof_results", help=says)
    instead = parser.add_mutually_exclusive_group()
    says = "only check that nothing in the bundle was changed"
    instead.add_argument("--verify", action="store_true", help=says)
    says = "only tell what changed since another bundle"
    instead.add_argument("--compare", type=Path, metavar="OTHER", help=says)


def _nothing(parser: argparse.ArgumentParser) -> None:
    """A command without options."""
    del parser


def _drift(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _project(parser)
    add("--url", metavar="URL", help="the database to compare (default: from the environment)")
    _delivery(parser, "text", "json")


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds up to {LONGEST}")
    return int(text)


COMMANDS: Mapping[str, Command] = {
    "check": Command("Check a project.", _check, f"{PROJECT}\n\n{ENVIRONMENT}\n\n{MEANING}"),
    "explain": Command("What a rule reports, why, and what to do.", _explain),
    "rules": Command("The rules, and which are in force.", _project),
    "selftest": Command("Run the rules' examples under your configuration.", _project),
    "baseline": Command("Write down today's findings, so that only new ones fail.", _baseline),
    "config": Command("What is in force, and where each value comes from.", _config),
    "stats": Command(
        "Count the findings by rule, directory and age, and list what is exempt.", _stats, STATS
    ),
    "lsp": Command("Serve an editor: what is found, while it is written.", _nothing),
    "gate": Command("Count the attempts in a forbidden state in a database.", _gate, GATE),
    "drift": Command("Compare a database with what the schema adds up to.", _drift, DRIFT),
    "prove": Command(
        "Prove on a real PostgreSQL that the schema keeps what it promises.", _prove, PROVE
    ),
    "evidence": Command(
        "Write down what an auditor asks for: grants, functions, rules, findings, waivers, proofs.",
        _evidence,
        EVIDENCE,
    ),
    "init": Command("Write a configuration, a hook and a workflow for this project.", _init, INIT),
}
