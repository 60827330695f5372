"""`check --add-allow REASON`: comments that allow what is found, and change nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import findings, outbox_guard

REASON = "one-off repair @payments until 2037-01-31"
DELETE = "DELETE FROM payment_outbox_pending"


def allowed(root: Path, reason: str = REASON, *options: str) -> tuple[int, str]:
    done = outbox_guard("check", ".", "--add-allow", reason, *options, cwd=root)
    return done.returncode, done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "outbox-guard.toml").write_text("", "utf-8")
    return tmp_path


FORMS = {
    "sql": (
        "a.sql",
        f"SELECT 1;\n  {DELETE};\n",
        f"SELECT 1;\n  -- outbox-guard: allow[OBG103] {REASON}\n  {DELETE};\n",
    ),
    "python": (
        "a.py",
        f"def f(cur):\n    cur.execute('{DELETE}')\n",
        f"def f(cur):\n    # outbox-guard: allow[OBG103] {REASON}\n    cur.execute('{DELETE}')\n",
    ),
    "two-codes-on-a-line": (
        "a.py",
        f"import psycopg; psycopg.connect('host=x').execute('{DELETE}')\n",
        f"# outbox-guard: allow[OBG103,OBG201,OBG202] {REASON}\n"
        f"import psycopg; psycopg.connect('host=x').execute('{DELETE}')\n",
    ),
    "in-a-text-of-several-lines": (
        "a.py",
        f'def f(cur):\n    cur.execute("""\n        {DELETE}\n    """)\n',
        f'def f(cur):\n    cur.execute("""\n        -- outbox-guard: allow[OBG103] {REASON}\n'
        f'        {DELETE}\n    """)\n',
    ),
    "in-the-body-of-a-function": (
        "a.sql",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$\n"
        "    DELETE FROM payment_outbox_attempts;\n$$;\n",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$\n"
        f"    -- outbox-guard: allow[OBG104] {REASON}\n"
        "    DELETE FROM payment_outbox_attempts;\n$$;\n",
    ),
    "on-a-line-that-goes-on": (
        "a.py",
        f"def f(cur):\n    x = 1 + \\\n        cur.execute('{DELETE}')\n",
        f"def f(cur):\n    x = 1 + \\\n        cur.execute('{DELETE}')"
        f"  # outbox-guard: allow[OBG103] {REASON}\n",
    ),
    "windows": (
        "a.sql",
        f"SELECT 1;\r\n{DELETE};\r\n",
        f"SELECT 1;\r\n-- outbox-guard: allow[OBG103] {REASON}\r\n{DELETE};\r\n",
    ),
    "no-newline-at-the-end": (
        "a.sql",
        f"{DELETE}",
        f"-- outbox-guard: allow[OBG103] {REASON}\n{DELETE}",
    ),
    "byte-order-mark": (
        "a.sql",
        f"\ufeff{DELETE};\n",
        f"\ufeff-- outbox-guard: allow[OBG103] {REASON}\n{DELETE};\n",
    ),
    "below-another-one": (
        "a.sql",
        f"-- outbox-guard: allow[OBG101] why\n{DELETE};\n",
        f"-- outbox-guard: allow[OBG101] why\n-- outbox-guard: allow[OBG103] {REASON}\n{DELETE};\n",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_comment_is_written_above_what_is_found(project: Path, form: str) -> None:
    name, before, after = FORMS[form]
    (project / name).write_bytes(before.encode())
    allowed(project)
    assert (project / name).read_bytes().decode() == after
    left = findings(outbox_guard("check", ".", "--format", "json", cwd=project))
    assert {finding["code"] for finding in left} <= {"OBG003"}


def test_the_configuration_of_a_build_takes_comments_too(project: Path) -> None:
    (project / "libs" / "db").mkdir(parents=True)
    for name in ("libs/__init__.py", "libs/db/__init__.py", "libs/db/test_only.py"):
        (project / name).write_text("", "utf-8")
    build = '[build-system]\nbuild-backend = "hatchling.build"\n[project]\nname = "libs"\n'
    (project / "pyproject.toml").write_text(build, "utf-8")
    assert allowed(project)[0] == 0
    assert f"# outbox-guard: allow[OBG302] {REASON}" in (project / "pyproject.toml").read_text()


WORDS = {
    "a-table-of-a-document": (
        "leases.md",
        "| lease | is |\n|---|---|\n| lost | a zombie |\n",
        "| lease | is |\n|---|---|\n"
        f"| lost | a zombie | <!-- outbox-guard: allow[OBG701] {REASON} -->\n",
    ),
    "a-script": (
        "start.sh",
        "#!/bin/sh\nexport ZOMBIE_BATCH_SIZE=3\n",
        f"#!/bin/sh\n# outbox-guard: allow[OBG702] {REASON}\nexport ZOMBIE_BATCH_SIZE=3\n",
    ),
    "a-file-without-a-suffix": (
        ".env.example",
        "ZOMBIE_BATCH_SIZE=3\r\n",
        f"# outbox-guard: allow[OBG702] {REASON}\r\nZOMBIE_BATCH_SIZE=3\r\n",
    ),
    "a-block-of-another-language": (
        "map.yml",
        "data:\n  a.env: |\n    ZOMBIE_BATCH_SIZE=3\n",
        "data:\n  a.env: |\n    ZOMBIE_BATCH_SIZE=3\n",
    ),
}


@pytest.mark.parametrize("form", WORDS)
def test_what_is_no_code_takes_the_comments_that_it_has(project: Path, form: str) -> None:
    name, before, after = WORDS[form]
    (project / name).write_bytes(before.encode())
    allowed(project)
    assert (project / name).read_bytes().decode() == after


HOPELESS = {
    "a-line-between-two-others": (
        "a.py",
        f"def f(cur):\n    x = 1 + \\\n        cur.execute('{DELETE}') + \\\n        2\n",
        REASON,
    ),
    "a-text-that-is-a-template": (
        "a.py",
        f'def f(cur):\n    cur.execute("""\n        {DELETE}\n    """)\n',
        "100% {sure}",
    ),
    "a-file-that-nobody-can-read": ("a.sql", "SELECT 'x\x00';\n", REASON),
}


@pytest.mark.parametrize("form", HOPELESS)
def test_where_no_comment_can_stand_the_file_is_left_and_that_is_said(
    project: Path, form: str
) -> None:
    name, before, reason = HOPELESS[form]
    (project / name).write_bytes(before.encode())
    (project / "b.sql").write_text(f"{DELETE};\n", "utf-8")
    status, said = allowed(project, reason)
    assert status == 1
    assert (project / name).read_bytes() == before.encode()
    assert (project / "b.sql").read_text().startswith(f"-- outbox-guard: allow[OBG103] {reason}")
    assert form == "a-file-that-nobody-can-read" or f"{name} is left as it is" in said


@pytest.mark.parametrize(
    ("reason", "options", "said"),
    [
        pytest.param("", [], "it gives no reason", id="empty"),
        pytest.param("two\nlines", [], "one line", id="two-lines"),
        pytest.param("repair until 2020-01-31", [], "2020-01-31 is over", id="a-day-gone-by"),
        pytest.param("until 2027-02-30", [], "no day", id="no-such-day"),
        pytest.param("why", ["--fix"], "--fix", id="with-fix"),
        pytest.param("why", ["--watch"], "--watch", id="with-watch"),
    ],
)
def test_what_cannot_be_meant_is_status_2(
    project: Path, reason: str, options: list[str], said: str
) -> None:
    (project / "a.sql").write_text(f"{DELETE};\n", "utf-8")
    status, told = allowed(project, reason, *options)
    assert status == 2
    assert said in told
    assert (project / "a.sql").read_text() == f"{DELETE};\n"
