r"""Files that scripts of the schema run (`\i`, `\ir`), and data in them: read, and applied."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from outbox_guard.checking import check_sources
from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.server import Server
from tests.support.examples import RULES, judgement
from tests.support.provable import PROOFS, proof_of, reference_schema, run_proofs, write

CREATE = """
CREATE FUNCTION due() RETURNS bigint LANGUAGE sql SECURITY DEFINER
AS 'SELECT count(*) FROM payment_outbox_pending';
REVOKE ALL ON FUNCTION due() FROM PUBLIC;
"""
PIN = "ALTER FUNCTION due() SET search_path = public, pg_temp;\n"
OPEN = "ALTER FUNCTION due() RESET search_path;\n"
Texts = Mapping[str, str]

# The last word is the last that is run, whatever the files are called.
ORDERS: Mapping[str, tuple[Texts, list[str]]] = {
    "before what follows in the script": (
        {"schema/a.sql": "\\i schema/z.sql\n" + PIN, "schema/z.sql": CREATE},
        [],
    ),
    "after what comes before it": (
        {"schema/a.sql": CREATE + PIN + "\\ir z.sql\n", "schema/z.sql": OPEN},
        ["OBG412"],
    ),
    "in the order of the script": (
        {
            "schema/all.sql": "\\ir parts/2.sql\n\\include_relative 'parts/1.sql'\n",
            "schema/parts/1.sql": PIN,
            "schema/parts/2.sql": CREATE,
        },
        [],
    ),
    "by way of another script": (
        {
            "schema/a.sql": "\\i z.sql\n" + PIN,
            "schema/z.sql": "\\i schema/y.sql\n" + OPEN,
            "schema/y.sql": CREATE,
        },
        [],
    ),
    "only by its name, where a way back runs it": (
        {"schema/b.sql": OPEN, "schema/x.down.sql": "\\ir b.sql\n", "schema/a.sql": CREATE + PIN},
        ["OBG412"],
    ),
    "once, where scripts run each other": (
        {"schema/a.sql": CREATE + "\\ir b.sql\n", "schema/b.sql": PIN + "\\ir a.sql\n"},
        [],
    ),
    "outside of the schema": (
        {"schema/a.sql": CREATE + "\\i ops/pin.sql\n" + PIN, "ops/pin.sql": CREATE},
        ["OBG002"],
    ),
    "outside of the schema, and not about the outbox": (
        {"schema/a.sql": "\\i ops/set.sql\n" + CREATE + PIN, "ops/set.sql": "SET a.b = 1;"},
        [],
    ),
    "a file that is elsewhere": ({"schema/a.sql": "\\i /etc/x.sql\n" + CREATE + PIN}, []),
}


@pytest.mark.parametrize(("texts", "codes"), ORDERS.values(), ids=ORDERS)
def test_a_file_counts_where_a_script_runs_it(texts: Texts, codes: list[str]) -> None:
    report = check_sources(texts, judgement(*RULES))
    assert [finding.code for finding in report] == codes


def scripted() -> dict[str, str]:
    """The example project's schema, run by one script from a folder of parts."""
    files = {path.replace("schema/v1", "parts"): text for path, text in reference_schema().items()}
    lines = "".join(f"\\ir ../{path}\n" for path in sorted(files))
    return {"schema/install.sql": lines, **files}


def test_a_script_that_runs_others_is_applied(server: Server, tmp_path: Path) -> None:
    run = run_proofs(write(tmp_path, scripted()), server, PROOFS["retry"], PROOFS["append-only"])
    assert [each.verdict for each in run.results] == ["proved", "proved"]
    assert run.files == ("schema/install.sql",)


DATA = r"""
CREATE TABLE rails (name text PRIMARY KEY, note text);
COPY rails (name, note) FROM stdin;
sepa	a\tb
größe	\N
\.
COPY rails FROM stdin WITH (FORMAT csv);
swift,"x, y"
\.
COPY rails FROM STDIN;
\.
COPY rails TO STDOUT;
"""


def test_data_in_a_file_is_applied(server: Server, tmp_path: Path) -> None:
    root = write(tmp_path, {**reference_schema(), "schema/v1/011_rails.sql": DATA})
    rows = [["größe", "-"], ["sepa", "a\tb"], ["swift", "x, y"]]
    query = "SELECT name, coalesce(note, '-') FROM rails ORDER BY name COLLATE \"C\""
    run = run_proofs(root, server, proof_of({"sql": query, "returns": rows}))
    assert [each.failures for each in run.results] == [()]


FAULTS: Mapping[str, tuple[Texts, str]] = {
    "wrong data": (
        {"schema/1.sql": "CREATE TABLE a (b int);\nCOPY a FROM stdin;\nx\n\\.\n"},
        r"schema/1.sql:2: invalid input syntax for type integer",
    ),
    "no data": (
        {"schema/1.sql": "CREATE TABLE a (b int);\nCOPY a FROM stdin;\n"},
        r"schema/1.sql:2: COPY from stdin failed: there is no data",
    ),
    "in a file that is run": (
        {"schema/1.sql": "\\ir a/b.txt\n", "schema/a/b.txt": "\nSELECT nothing;"},
        r'schema/a/b.txt:2: column "nothing" does not exist',
    ),
    "no such file": ({"schema/1.sql": "\\ir b.sql\n"}, r"schema/1.sql:1: \\ir b.sql names no file"),
    "a file outside of the project": (
        {"schema/1.sql": "\\ir ../../b.sql\n"},
        r"schema/1.sql:1: \\ir ../../b.sql names no file",
    ),
    "scripts that run each other": (
        {"schema/a.sql": "\\ir b.sql\n", "schema/b.sql": "\\ir a.sql\n"},
        "schema/a.sql: it is run by a file that it runs itself",
    ),
    "a script that others run, and each other": (
        {
            "schema/a.sql": "\\ir x.txt\n",
            "schema/x.txt": "\\ir y.txt\n",
            "schema/y.txt": "\\ir x.txt",
        },
        "schema/y.txt:1: schema/x.txt is run by a file that it runs itself",
    ),
    "a name that psql would put together": (
        {"schema/1.sql": "\\i :folder/b.sql\n"},
        r"schema/1.sql:1: psql's \\i cannot be applied here",
    ),
}


@pytest.mark.parametrize(("files", "says"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_applied_is_told_where_it_stands(
    server: Server, tmp_path: Path, files: Texts, says: str
) -> None:
    (tmp_path.parent / "b.sql").write_text("SELECT 1")
    with pytest.raises(LiveError, match=says):
        run_proofs(write(tmp_path, files), server, PROOFS["retry"])
