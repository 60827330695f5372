"""The bundle for an auditor: the same for the same files, complete, and safe from tampering."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from outbox_guard.cli import main
from outbox_guard.evidence.archive.manifest import FILE as MANIFEST
from tests.support.command_line import environment
from tests.support.paths import REFERENCE

FOLDER = "reports/outbox-evidence"
NAMES = """
00_README.txt 01_grants.txt 02_privileges.txt 03_function_enqueue.txt 04_function_claim.txt
05_function_complete.txt 06_function_repair.txt 07_function_append_only.txt 08_lease.txt
09_append_only.txt 10_terminal_uniqueness.txt 11_status_view.txt 12_schema_files.txt 13_rules.txt
14_findings.txt 15_waivers.txt 16_proofs.txt 17_configuration.toml MANIFEST.sha256 index.html
""".split()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The schema of the example, to change at will."""
    root = tmp_path / "payments"
    shutil.copytree(REFERENCE / "schema", root / "schema")
    shutil.copy(REFERENCE / "pyproject.toml", root)
    monkeypatch.chdir(root)
    monkeypatch.delenv("ENFORCE_NO_DB_QUERY", raising=False)
    return root


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's own bundle, to look at."""
    folder = tmp_path_factory.mktemp("evidence") / "bundle"
    assert main(["evidence", "--root", str(REFERENCE), "--output", str(folder)]) == 0
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def text_of(folder: Path, name: str) -> str:
    return (folder / name).read_text("utf-8")


def append(root: Path, sql: str) -> None:
    with (root / "schema/v1/010_privileges.sql").open("a", encoding="utf-8") as file:
        file.write(f"\n{sql}\n")


def test_the_example_has_all_that_is_asked_for(bundle: Path) -> None:
    assert sorted(files_of(bundle)) == sorted(NAMES)
    assert "MISSING" not in "".join(text_of(bundle, name) for name in NAMES)


def test_whoever_reads_it_learns_first_that_no_proofs_were_run(bundle: Path) -> None:
    for name in ("00_README.txt", "16_proofs.txt"):
        assert text_of(bundle, name).startswith("NO PROOFS WERE RUN")


def test_functions_and_declarations_stand_there_word_for_word(bundle: Path) -> None:
    schema = REFERENCE / "schema/v1"
    claim = (schema / "007_claim.sql").read_text("utf-8")
    assert claim[claim.index("CREATE FUNCTION") :].strip() in text_of(
        bundle, "04_function_claim.txt"
    )
    trigger = (schema / "005_append_only.sql").read_text("utf-8")
    assert trigger[trigger.index("CREATE TRIGGER") :].strip() in text_of(
        bundle, "09_append_only.txt"
    )
    assert "WHERE state IN ('DISPATCHED', 'FAILED');" in text_of(
        bundle, "10_terminal_uniqueness.txt"
    )
    assert "lease_expires_at  timestamptz" in text_of(bundle, "08_lease.txt")
    assert "CONSTRAINT ck_pending_lease CHECK" in text_of(bundle, "08_lease.txt")


def test_every_sqlstate_leads_to_its_proof(bundle: Path) -> None:
    lines = text_of(bundle, "00_README.txt").splitlines()
    for state, proof in {
        "P7002": "lease-loss",
        "P0001": "append-only",
        "42501": "forbidden-privileges",
        "23505": "terminal-uniqueness",
    }.items():
        [line] = [each for each in lines if each.startswith(state)]
        assert proof in line


@pytest.mark.slow
def test_another_machine_makes_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    root = shutil.copytree(REFERENCE, tmp_path / "größe von etwas" / "elsewhere")
    odd = {"LC_ALL": "tr_TR.UTF-8", "LANG": "C", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-m", "outbox_guard", "evidence", "--output", str(tmp_path / "b")]
    subprocess.run(command, cwd=root, env=environment() | odd, check=True)
    assert files_of(tmp_path / "b") == files_of(bundle)


def test_nothing_in_it_says_where_or_when_it_was_made(bundle: Path) -> None:
    whole = b"".join(files_of(bundle).values())
    for told in (str(bundle.parent), str(REFERENCE.parent), os.uname().nodename):
        assert told.encode() not in whole


def test_the_manifest_is_what_sha256sum_checks(bundle: Path) -> None:
    done = subprocess.run(
        ["sha256sum", "-c", MANIFEST], cwd=bundle, capture_output=True, check=True
    )
    assert done.stdout.count(b": OK") == len(NAMES) - 1


TAMPERED = {
    "a changed byte": lambda f: (f / "14_findings.txt").write_bytes(b"# none\n"),
    "a file that is gone": lambda f: (f / "15_waivers.txt").unlink(),
    "a folder that was added": lambda f: (f / "18_more").mkdir(),
    "a file that was added": lambda f: (f / "18_more.txt").write_text("trust me"),
    "a manifest that is cut": lambda f: (f / MANIFEST).write_text("0000  index.html\n"),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
def test_verify_tells_what_was_done_to_a_bundle(
    tamper: object, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(bundle, tmp_path / "bundle")
    command = ["evidence", "--root", str(REFERENCE), "--verify", "--output", str(folder)]
    assert main(command) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "and nothing was changed" in told.err
    assert callable(tamper)
    tamper(folder)
    assert main(command) == 1
    assert capsys.readouterr().out.count("\n") >= 1


def test_compare_tells_what_changed(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evidence"]) == 0
    compare = ["evidence", "--compare", str(shutil.copytree(FOLDER, tmp_path / "before"))]
    assert main(compare) == 0
    append(project, "GRANT SELECT ON payment_outbox_pending TO symphony_ingest;")
    assert main(["evidence"]) == 0
    capsys.readouterr()
    assert main(compare) == 1
    changed = capsys.readouterr().out
    assert "+++ 01_grants.txt" in changed
    assert (
        "\n-symphony_ingest    -           -\n+symphony_ingest    SELECT      directly" in changed
    )


def test_a_bundle_in_the_project_is_no_part_of_the_next_one(project: Path) -> None:
    append(project, "CREATE VIEW purge AS SELECT 1 FROM payment_outbox_pending;")
    for folder in (FOLDER, "schema/v1/evidence [2]"):
        assert main(["evidence", "--output", folder]) == 0
        before = files_of(project / folder)
        # Whatever lies there would be found, were it read.
        (project / folder / "z.sql").write_text("DROP VIEW purge; TRUNCATE payment_outbox_pending;")
        assert main(["evidence", "--output", folder]) == 0
        assert files_of(project / folder) == before


def test_what_is_missing_is_a_line_and_a_status(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append(
        project,
        "DROP FUNCTION repair_expired_leases(integer, text);\nDROP INDEX ux_attempts_terminal;",
    )
    assert main(["evidence"]) == 1
    assert capsys.readouterr().err.count("missing: ") == 2
    folder = project / FOLDER
    assert text_of(folder, "06_function_repair.txt").startswith(
        "-- MISSING: function repair_expired_leases"
    )
    readme = text_of(folder, "00_README.txt")
    assert "MISSING: function repair_expired_leases" in readme
    assert "MISSING  What no worker finished is taken up again" in readme
    assert "BROKEN   A payment ends once" in readme


def test_a_migration_in_python_is_shown_as_it_is_written(project: Path) -> None:
    (project / "schema/v1/011_views.py").write_text(
        "from alembic import op\n\nNAME = 'payment_status'\n\n\ndef upgrade():\n"
        "    op.execute('CREATE VIEW ' + NAME + ' AS '\n"
        "        'SELECT state FROM payment_outbox_attempts')\n"
    )
    assert main(["evidence"]) == 0
    view = text_of(project / FOLDER, "11_status_view.txt")
    assert "-- in Python" in view
    assert "op.execute('CREATE VIEW ' + NAME + ' AS '" in view


def test_findings_and_waivers_are_part_of_it(project: Path) -> None:
    append(
        project,
        "GRANT UPDATE ON payment_outbox_attempts TO symphony_executor;\n"
        "-- outbox-guard: allow[OBG501] until 2020-01-01: the migration of May, PAY-7\n"
        "GRANT TRUNCATE ON payment_outbox_pending TO symphony_control;",
    )
    assert main(["evidence"]) == 0
    folder = project / FOLDER
    assert "OBG501  error  schema/v1/010_privileges" in text_of(folder, "14_findings.txt")
    assert "PAY-7" in text_of(folder, "15_waivers.txt")
    assert "UPDATE!" in text_of(folder, "02_privileges.txt")


def proofs(path: Path, **results: str) -> Path:
    failure = {"says": "it", "expected": "P7002", "got": "nothing", "held": False}
    listed = [
        {
            "name": name.replace("_", "-"),
            "result": result,
            "cases": 1,
            "steps": [failure] * (result == "failed"),
        }
        for name, result in results.items()
    ]
    document = {"version": 1, "server": {"postgresql": 16}, "proofs": listed}
    path.write_text(json.dumps(document), "utf-8")
    return path


def test_the_results_of_proofs_are_told_and_count(project: Path, tmp_path: Path) -> None:
    results = proofs(tmp_path / "r.json", lease_loss="failed", append_only="proved")
    assert main(["evidence", "--proofs", str(results)]) == 0
    readme = text_of(project / FOLDER, "00_README.txt")
    assert readme.startswith("PROOFS: 1 hold, 1 FAILED, ")
    assert "BROKEN  An outcome is recorded only under a lease" in readme
    assert "FAILED lease-loss: it: expected P7002" in text_of(project / FOLDER, "16_proofs.txt")


@pytest.mark.parametrize("text", ["", "{}", '{"version": 1}', '{"version": 1, "proofs": 3}'])
def test_a_file_that_holds_no_results_is_refused(
    text: str, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.json").write_text(text)
    assert main(["evidence", "--proofs", str(tmp_path / "r.json")]) == 2
    assert "--proofs" in capsys.readouterr().err
    assert not (project / FOLDER).exists()


def test_the_old_bundle_stays_until_the_new_one_is_whole(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project / FOLDER
    assert main(["evidence"]) == 0
    before = files_of(folder)
    append(project, "GRANT SELECT ON payment_outbox_pending TO symphony_ingest;")
    with monkeypatch.context() as patch:

        def dies(*_: object) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(Path, "write_bytes", dies)
        assert main(["evidence"]) == 2
    assert files_of(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_bundle_that_was_put_aside_is_found_again(project: Path) -> None:
    folder = project / FOLDER
    assert main(["evidence"]) == 0
    folder.rename(folder.with_name(f".{folder.name}.old"))  # where a run died between two renames
    assert main(["evidence", "--verify"]) == 0
    assert folder.is_dir()


def test_a_folder_of_other_things_is_left_alone(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evidence", "--output", "schema"]) == 2
    assert "would be lost" in capsys.readouterr().err
    assert (project / "schema/v1/001_roles.sql").is_file()


def test_verify_wants_a_bundle(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del project
    assert main(["evidence", "--verify"]) == 2
    assert "is no bundle" in capsys.readouterr().err


class Page(HTMLParser):
    """What a page asks for, and whether its elements are closed in their order."""

    VOID = ("meta", "br", "wbr")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe")
        self.links |= {value or "" for name, value in attrs if name in ("href", "src")}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any("url(http" in (value or "") for _, value in attrs), tag

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_asks_for_nothing_outside(bundle: Path) -> None:
    page = Page()
    page.feed(text_of(bundle, "index.html"))
    assert page.open == []
    targets = {link for link in page.links if not link.startswith("#")}
    assert targets == {*NAMES} - {"index.html", MANIFEST}
    assert "@import" not in text_of(bundle, "index.html")


def test_what_the_project_says_is_no_markup_on_the_page(project: Path) -> None:
    append(project, 'GRANT SELECT ON payment_outbox_pending TO "<script>alert(1)</script>";')
    assert main(["evidence"]) == 0
    page = text_of(project / FOLDER, "index.html")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
