"""A table that migrations rename is the outbox's under its new name, in every file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from outbox_guard import check

MADE = "CREATE TABLE payment_outbox_attempts (outbox_id uuid, state text);\n"
RENAMED = "ALTER TABLE payment_outbox_attempts RENAME TO payment_history;\n"
WIPE = 'def wipe(conn):\n    conn.execute("DELETE FROM payment_history")\n'
MODEL = """
from sqlalchemy import Column, String
from sqlalchemy.orm import declarative_base


class Attempt(declarative_base()):
    __tablename__ = "payment_history"
    outbox_id = Column(String, primary_key=True)
    state = Column(String)


def append(session):
    session.add(Attempt(state="DISPATCHING"))
"""
ALEMBIC = """
from alembic import op

revision = "002"


def upgrade():
    op.rename_table("payment_outbox_attempts", "payment_history")
"""
PROJECTS: dict[str, tuple[dict[str, str], list[str]]] = {
    "in another file": ({"schema/002.sql": RENAMED, "app/wipe.py": WIPE}, ["OBG104"]),
    "through a model": ({"schema/002.sql": RENAMED, "app/model.py": MODEL}, ["OBG102"]),
    "by Alembic": ({"schema/versions/002.py": ALEMBIC, "app/wipe.py": WIPE}, ["OBG104"]),
    "twice": (
        {
            "schema/002.sql": RENAMED.replace("payment_history", "history"),
            "schema/003.sql": "ALTER TABLE history RENAME TO payment_history;",
            "app/wipe.py": WIPE,
        },
        ["OBG104"],
    ),
    "and back again": (
        {
            "schema/002.sql": RENAMED,
            "schema/003.sql": "ALTER TABLE payment_history RENAME TO payment_outbox_attempts;",
            "app/wipe.py": WIPE,
        },
        [],
    ),
    "to make room for a new one": (
        {"schema/002.sql": RENAMED + MADE, "app/wipe.py": WIPE},
        [],
    ),
    "and dropped": (
        {"schema/002.sql": RENAMED + "DROP TABLE payment_history;", "app/wipe.py": WIPE},
        [],
    ),
    "not of ours": (
        {"schema/002.sql": "ALTER TABLE notes RENAME TO payment_history;", "app/wipe.py": WIPE},
        [],
    ),
}


@pytest.mark.parametrize(
    ("files", "codes"), [pytest.param(*project, id=name) for name, project in PROJECTS.items()]
)
def test_its_new_name_is_guarded(
    files: Mapping[str, str], codes: list[str], tmp_path: Path
) -> None:
    for name, text in {"schema/001.sql": MADE, **files}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    found = check(tmp_path).findings
    assert [each.code for each in found if each.place.path.startswith("app/")] == codes
