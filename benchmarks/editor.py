"""How soon a keystroke is answered in a file of a thousand lines: a table of docs/performance.md.

    python benchmarks/editor.py [--keys 40] [--only WORD] [--project FOLDER --file PATH]

Starts `outbox-guard lsp` as an editor does, on a copy of the tests' example project with a module
and a migration of a thousand lines in it, or on any project and file that are named. Each key
makes or takes away a finding near the middle of the file; the clock runs from the bytes of
didChange to those of publishDiagnostics for that version, over pipes, processes and all. On a
machine that others use too, the work of all processes together says more than the clock: it is
counted where there is /proc.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from measuring import compile_as_installed

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "tests" / "fixtures" / "payment-service"
LINES = 1_000
PATIENCE = 120.0  # seconds
QUIET = 4.0  # seconds in which somebody looks at a file before typing

CLIENT = '''"""What is asked of the queue, and told to it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from libs.db import Database, Role

BATCH = 50
'''
STORE = '''

class {name}Store:
    """Payments of {name}."""

    FIND = """
        SELECT outbox_id, participant_id, rail, attempt_count, next_attempt_at
          FROM payment_outbox_pending
         WHERE rail = %s AND next_attempt_at <= now()
         ORDER BY next_attempt_at
         LIMIT %s
    """

    def __init__(self, database: Database, rail: str = "{name}") -> None:
        self._database = database
        self._rail = rail

    def due(self, limit: int = BATCH) -> list[Mapping[str, object]]:
        return self._database.query_as_role(Role.READONLY, self.FIND, (self._rail, limit))

    def history(self, outbox_id: UUID) -> Sequence[Mapping[str, object]]:
        columns = ", ".join(("attempt_no", "state", "error_code", "created_at"))
        return self._database.query_as_role(
            Role.AUDITOR,
            f"SELECT {{columns}} FROM payment_outbox_attempts WHERE outbox_id = %s",
            (outbox_id,),
        )

    def claim(self, worker: str, seconds: int) -> list[Mapping[str, object]]:
        rows = self._database.query_as_role(
            Role.EXECUTOR, "SELECT * FROM claim_outbox_batch(%s, %s, %s)", (worker, BATCH, seconds)
        )
        return [row for row in rows if row["rail"] == self._rail]

    def settings(self) -> dict[str, str]:
        query = "SELECT name, value FROM rail_settings WHERE rail = %s"
        rows = self._database.query_as_role(Role.READONLY, query, (self._rail,))
        return {{str(row["name"]): str(row["value"]) for row in rows}}

    def label(self, row: Mapping[str, object]) -> str:
        if row.get("error_code") is not None:
            return f"{{self._rail}}: failed, {{row['error_code']}}"
        return f"{{self._rail}}: {{row.get('state', 'waiting')}}"
'''
# What is typed in a method of one of them.
SELECT = "SELECT name, value FROM rail_settings WHERE rail = %s"
DELETE = "DELETE FROM payment_outbox_pendin<key> WHERE rail = <number>"
TABLE = """
-- What {name} needs besides the queue.
CREATE TABLE rail_{name}_settings (
    name        text PRIMARY KEY,
    value       text NOT NULL,
    changed_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT rail_{name}_settings_named CHECK (name <> '')
);

CREATE INDEX rail_{name}_settings_changed ON rail_{name}_settings (changed_at);

CREATE VIEW waiting_for_{name} AS
SELECT q.outbox_id, q.participant_id, q.next_attempt_at
  FROM payment_outbox_pending AS q
 WHERE q.rail = '{name}' AND q.next_attempt_at <= now();

CREATE FUNCTION {name}_setting(p_name text, p_default text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    found_value text;
BEGIN
    SELECT s.value INTO found_value FROM rail_{name}_settings AS s WHERE s.name = p_name;
    IF NOT FOUND THEN
        RETURN p_default;
    END IF;
    RETURN found_value;
END;
$$;

GRANT SELECT ON rail_{name}_settings TO outbox_readonly;
"""
PLAIN = '''

def {name}_total(amounts: list[int], rate: float = 1.0) -> float:
    """The sum of what is due."""
    total = 0.0
    for amount in amounts:
        if amount > 0:
            total += amount * rate
    return round(total, 2)
'''


@dataclass(frozen=True)
class Work:
    """A file, and its text after so many keys: each time another one, as when a person types.

    Nothing is known of a text that was not there before.
    """

    name: str
    path: str
    text: Callable[[int], str]


def works() -> Iterator[Work]:
    """The files of a thousand lines."""
    yield Work(
        "Python, database code",
        "services/relayer/stores.py",
        _typed(CLIENT, STORE, '\nSWEEP = "DELETE FROM payment_outbox_pendin<key>"  # <number>\n'),
    )
    yield Work(
        "Python, a method of that",
        "services/relayer/stores.py",
        _typed(CLIENT, STORE, STORE.format(name="typed").replace(SELECT, DELETE)),
    )
    yield Work(
        "SQL, a migration",
        "schema/v1/020_rails.sql",
        _typed("", TABLE, "\nDELETE FROM payment_outbox_pendin<key>; -- <number>\n"),
    )
    yield Work(
        "Python, nothing to find",
        "services/reporting/totals.py",
        _typed('"""Totals."""\n', PLAIN, "\nSTEPS = [1, 2, <number>]\n"),
    )


def _typed(head: str, part: str, line: str) -> Callable[[int], str]:
    """A text of a thousand lines, with a line near its middle in which keys are hit."""
    parts = [head]
    for number in itertools.count():
        parts.append(part.format(name=f"rail{number}"))
        if sum(each.count("\n") for each in parts) >= LINES:
            break
    middle = len(parts) // 2
    before, after = "".join(parts[:middle]), "".join(parts[middle:])

    def text(keys: int) -> str:
        typed = line.replace("<key>", "g" * (keys % 2)).replace("<number>", str(keys))
        return before + typed + after

    return text


def named(project: Path, path: str) -> Work:
    """A file of somebody's project, with a comment typed below its middle."""
    text = (project / path).read_text("utf-8")
    lines = text.splitlines(keepends=True)
    middle = next(
        number for number in range(len(lines) // 2, len(lines)) if not lines[number].strip()
    )
    sign = "--" if path.endswith("sql") else "#"
    before, after = "".join(lines[:middle]), "".join(lines[middle:])
    return Work(path, path, lambda keys: f"{before}\n{sign} {keys}\n{after}")


@dataclass
class Client:
    """An editor, as far as a server can see."""

    root: Path
    process: subprocess.Popen[bytes] = field(init=False)
    heard: Queue[dict[str, Any]] = field(default_factory=Queue)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        command = (sys.executable, "-m", "outbox_guard", "lsp")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.root
        )
        threading.Thread(target=self._listen, daemon=True).start()
        published = {"publishDiagnostics": {"versionSupport": True}}
        self.answer(
            "initialize",
            {
                "processId": None,
                "rootUri": self.root.as_uri(),
                "capabilities": {"textDocument": published},
            },
        )
        self.tell("initialized", {})

    def tell(self, method: str, params: object, number: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if number is not None:
            message["id"] = number
        data = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        self.process.stdin.flush()

    def answer(self, method: str, params: object) -> object:
        number = next(self.numbers)
        self.tell(method, params, number)
        return self.hear(lambda said: said.get("id") == number).get("result")

    def hear(self, wanted: Any) -> dict[str, Any]:
        while True:
            said = self.heard.get(timeout=PATIENCE)
            if wanted(said):
                return said

    def diagnostics(self, uri: str, version: int) -> list[dict[str, Any]]:
        """The first ones of a version."""
        said = self.hear(
            lambda each: (
                each.get("method") == "textDocument/publishDiagnostics"
                and each["params"]["uri"] == uri
                and each["params"].get("version") == version
            )
        )
        found: list[dict[str, Any]] = said["params"]["diagnostics"]
        return found

    def quiet(self, seconds: float) -> None:
        """Wait until nothing has been said for a while."""
        while True:
            try:
                self.heard.get(timeout=seconds)
            except Empty:
                return

    def _listen(self) -> None:
        out = self.process.stdout
        assert out is not None
        while header := out.readline():
            size = int(header.partition(b":")[2])
            while out.readline().strip():
                pass
            self.heard.put(json.loads(out.read(size)))

    def work(self) -> float:
        """Milliseconds that the server and its processes have worked."""
        ticks = 0
        for file in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                pid, _, rest = file.read_text("ascii", "replace").partition(" (")
                fields = rest.rpartition(")")[2].split()
                if self.process.pid in (int(pid), int(fields[1])):
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK") * 1000

    def stop(self) -> None:
        self.answer("shutdown", None)
        self.tell("exit", None)
        self.process.wait()


def measured(root: Path, work: Work, keys: int, pause: float) -> Iterator[float]:
    """Milliseconds to the diagnostics of a version: the median, the 9th of 10, the first.

    And the work, and the median to the answer of a hover in between.
    """
    file = root / work.path
    file.write_text(work.text(0), "utf-8")
    uri, client = file.as_uri(), Client(root)
    document = {"uri": uri, "languageId": "", "version": 0, "text": work.text(0)}
    client.tell("textDocument/didOpen", {"textDocument": document})
    client.diagnostics(uri, 0)
    client.quiet(QUIET)
    answered: list[float] = []
    hovered: list[float] = []
    worked = client.work()
    for version in range(1, keys + 1):
        text = work.text(version)
        started = time.perf_counter()
        change = {
            "textDocument": {"uri": uri, "version": version},
            "contentChanges": [{"text": text}],
        }
        client.tell("textDocument/didChange", change)
        client.diagnostics(uri, version)
        answered.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        client.answer(
            "textDocument/hover",
            {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 1}},
        )
        hovered.append((time.perf_counter() - started) * 1000)
        time.sleep(pause)  # between two keys, as a person types
    yield statistics.median(answered)
    yield statistics.quantiles(answered, n=10)[-1]
    yield answered[0]
    yield (client.work() - worked) / keys
    yield statistics.median(hovered)
    client.stop()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--keys", type=int, default=40)
    parser.add_argument("--pause", type=float, default=0.15, metavar="SECONDS")
    parser.add_argument("--only", default="", metavar="WORD", help="only files with this name")
    parser.add_argument("--project", type=Path, metavar="FOLDER", help="another project")
    parser.add_argument("--file", default="", metavar="PATH", help="of it, from its root")
    asked = parser.parse_args()
    compile_as_installed()
    columns = ("file", "lines", "keystroke to diagnostics, median", "9 in 10", "the first")
    print(f"| {' | '.join(columns)} | work | hover meanwhile |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch).resolve() / "project"
        shutil.copytree(asked.project or EXAMPLE, root)
        chosen = [named(root, asked.file)] if asked.file else list(works())
        for work in chosen:
            if asked.only in work.name:
                cells = measured(root, work, asked.keys, asked.pause)
                lines = work.text(0).count("\n")
                shown = " | ".join(f"{each:.0f} ms" for each in cells)
                print(f"| {work.name} | {lines:,} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
