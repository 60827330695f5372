"""The schema as it stands is also what operations of Alembic and Django make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

from outbox_guard.checking import Judgement, check_sources
from outbox_guard.names import Names
from outbox_guard.rules import build_rule
from tests.support.corpus import MARK
from tests.support.examples import TABLES

NAMES = Names()
CODES = tuple(table["code"] for table in TABLES.values())
RULES = tuple(build_rule(table, NAMES, file=name) for name, table in TABLES.items())

ALEMBIC = """
import sqlalchemy as sa
from alembic import op

revision = "001"
down_revision = None


def lease():
    return [sa.Column("lease_token", sa.UUID()), sa.Column("lease_expires_at", sa.DateTime())]


def upgrade() -> None:
    op.create_table({at}
        "payment_outbox_pending",
        sa.Column("outbox_id", sa.UUID(), primary_key=True),
        sa.Column("attempt_count", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("claimed_by", sa.Text()),
        *lease(),
        {within}
    )
    {then}


def downgrade() -> None:
    op.drop_table("payment_outbox_pending")
"""
HISTORY = """
import sqlalchemy as sa
from alembic import op

revision = "001"


def upgrade() -> None:
    op.create_table(  # <-- OBG408
        "payment_outbox_attempts",
        sa.Column("outbox_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
    )
    op.create_index("ux", "payment_outbox_attempts", ["outbox_id"], unique=True,
                    postgresql_where=sa.text("state IN ('DISPATCHED', 'FAILED')"))
"""
ENUMS = """
import enum

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "001"


class Outcome(enum.Enum):
    DISPATCHING = 1
    FAILED = 2


STATES = ("DISPATCHED", "DISPATCHING")  # <-- OBG406


def upgrade() -> None:
    postgresql.ENUM(*STATES, name="plain", create_type=False).create(op.get_bind())
    sa.Enum(
        "DISPATCHED",
        # historical only
        "DISPATCHING",
        name="told_above",
    ).create(op.get_bind(), checkfirst=True)
    sa.Enum(
        "DISPATCHING",  # historical only
        "DISPATCHED",
        name="told_beside",
    ).create(op.get_bind())
    sa.Enum("DISPATCHING", "DISPATCHED", name="no_type", native_enum=False).create(op.get_bind())
    sa.Enum("DISPATCHING", "PACKED", name="of_parcels").create(op.get_bind())
    op.add_column("payments", sa.Column("last", sa.Enum(Outcome)))  # <-- OBG406
    op.add_column("payments", sa.Column("of_another", sa.Enum("FAILED", "DISPATCHING",  # <-- OBG406
                                                              name="another")))
    op.add_column("payments", sa.Column("again", postgresql.ENUM(*STATES, name="plain",
                                                                 create_type=False)))
"""
DJANGO = """
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel({at}
            name="Pending",
            fields=[
                ("outbox_id", models.UUIDField(primary_key=True, serialize=False)),
                ("claimed_by", models.TextField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
                ("lease_expires_at", models.DateTimeField(null=True)),
            ],
            options={{"db_table": "payment_outbox_pending", "constraints": [{within}]}},
        ),
        {then}
    ]
"""
COMPLETE = '"num_nulls(claimed_by, lease_token, lease_expires_at) IN (0, 3)"'
ALL_OR_NONE = (
    "Q(claimed_by__isnull=True, lease_token__isnull=True, lease_expires_at__isnull=True) | "
    'Q(("claimed_by__isnull", False), ("lease_token__isnull", False),'
    ' ("lease_expires_at__isnull", False))'
)
MISSING = "  # <-- OBG403"


def alembic(at: str = "", within: str = "", then: str = "") -> dict[str, str]:
    return {"schema/versions/001.py": ALEMBIC.format(at=at, within=within, then=then)}


def django(at: str = "", within: str = "", then: str = "") -> dict[str, str]:
    return {"schema/migrations/0001.py": DJANGO.format(at=at, within=within, then=then)}


def later(operation: str) -> dict[str, str]:
    """A migration of the same history, with what it does to the table."""
    text = f"""
from alembic import op
import sqlalchemy as sa

revision = "002"
down_revision = "001"


def upgrade() -> None:
    {operation}
"""
    return {"schema/versions/000_later.py": text}


BATCH = 'with op.batch_alter_table("payment_outbox_pending") as batch:\n        '
HELPED = """
from alembic import op

revision = "001"
NAMES = (("notes", "payments"), ("drafts", "letters"))


def drop():
    op.drop_table("notes")


def rename(old, new):
    op.rename_table(old, new)


def downgrade():
    for old, new in NAMES:
        rename(new, old)
    drop()


def create(name):
    op.create_table(name)


def upgrade():
    for old, new in NAMES:
        create(old)
        rename(old, new)
    op.execute("ALTER TABLE payments ADD COLUMN note text")
    op.execute("ALTER TABLE notes ADD COLUMN note text")  # <-- OBG404
"""
PROJECTS = {
    "alembic: helpers, in the order in which they are called": {"schema/versions/001.py": HELPED},
    "alembic: no check": alembic(MISSING),
    "alembic: a check": alembic(within=f"sa.CheckConstraint({COMPLETE}),"),
    "alembic: half a check": alembic(
        within=f'sa.CheckConstraint("(claimed_by IS NULL) = (lease_token IS NULL)"),{MISSING}'
    ),
    "alembic: a check that a later migration adds": alembic()
    | later(f'op.create_check_constraint("ck", "payment_outbox_pending", {COMPLETE})'),
    "alembic: a check that a later migration drops": alembic(
        MISSING, within=f'sa.CheckConstraint({COMPLETE}, name="ck"),'
    )
    | later('op.drop_constraint("ck", "payment_outbox_pending", type_="check")'),
    "alembic: a check in a batch": alembic(
        then=f'{BATCH}batch.create_check_constraint("ck", {COMPLETE})'
    ),
    "alembic: a column that a batch drops": alembic(
        within='sa.CheckConstraint("(claimed_by IS NULL) = (lease_token IS NULL)"),',
        then=f'{BATCH}batch.drop_column("lease_expires_at")',
    ),
    "alembic: a renamed table": alembic(
        within=f"sa.CheckConstraint({COMPLETE}),",
        then='op.rename_table("payment_outbox_pending", "payments_once")',
    ),
    "alembic: a count that is never so": alembic(
        within=f"sa.CheckConstraint({COMPLETE}),"
        ' sa.CheckConstraint("attempt_count = 20"),  # <-- OBG402'
    ),
    "alembic: an index of its own": {"schema/versions/001.py": HISTORY},
    "alembic: an index for a forbidden state": {
        "schema/versions/001.py": HISTORY
        + '    op.create_index("ix", "payment_outbox_attempts", ["outbox_id"],  # <-- OBG405\n'
        "                    postgresql_where=\"state = 'DISPATCHING'\")\n"
    },
    "alembic: one that is dropped": {
        "schema/versions/001.py": HISTORY
        + '    op.create_index("ix", "payment_outbox_attempts", ["outbox_id"],\n'
        "                    postgresql_where=\"state = 'DISPATCHING'\")\n"
        '    op.drop_index("ix", table_name="payment_outbox_attempts")\n'
    },
    "alembic: no unique index": {
        "schema/versions/001.py": HISTORY.replace("unique=True,", "# <-- OBG407")
    },
    "alembic: an enum of which nothing says that a state is historical": {
        "schema/versions/001.py": ENUMS
    },
    "alembic: one within the table": {
        "schema/versions/001.py": HISTORY[: HISTORY.index("    op.create_index(")].replace(
            "    )\n",
            '        sa.Index("ux", "outbox_id", unique=True,\n'
            "                 postgresql_where=\"state IN ('DISPATCHED', 'FAILED')\"),\n"
            '        sa.Index("ix", "outbox_id",  # <-- OBG405\n'
            "                 postgresql_where=\"state = 'DISPATCHING'\"),\n    )\n",
        )
    },
    "alembic: a primary key of its own": {
        "schema/versions/001.py": HISTORY[: HISTORY.index("    op.create_index(")]
        + '    op.create_primary_key("pk", "payment_outbox_attempts", ["outbox_id"])\n'
    },
    "alembic: a check that is put together": alembic(
        then='op.create_check_constraint("ck", "payment_outbox_pending",  # <-- OBG002\n'
        '        sa.and_(sa.column("claimed_by").is_(None), sa.column("lease_token").is_(None)))'
    ),
    "alembic: a default with a quote in it": alembic(
        within=f"sa.CheckConstraint({COMPLETE}),"
        """ sa.Column("a", sa.Text(), server_default="it's"),"""
    ),
    "django: no check": django(MISSING),
    "django: a check": django(
        within=f'models.CheckConstraint(name="ck", condition={ALL_OR_NONE})',
    ),
    "django: half a check": django(
        within='models.CheckConstraint(name="ck", check=Q(claimed_by__isnull=True)'
        f" | Q(lease_token__isnull=False)){MISSING}\n",
    ),
    "django: a check that is added": django(
        then='migrations.AddConstraint("pending",'
        f' models.CheckConstraint(name="ck", condition={ALL_OR_NONE})),',
    ),
    "django: a check that is removed": django(
        MISSING,
        within=f'models.CheckConstraint(name="ck", condition={ALL_OR_NONE})',
        then='migrations.RemoveConstraint("pending", "ck"),',
    ),
    "django: a check with None": django(
        within='models.CheckConstraint(name="ck", condition='
        + ALL_OR_NONE.replace("__isnull=True", "=None")
        + ")",
    ),
    "django: a column that is renamed": django(
        MISSING,
        within=f'models.CheckConstraint(name="ck", condition={ALL_OR_NONE})',
        then='migrations.RenameField("pending", "claimed_by", "worker"),'
        ' migrations.RunSQL("ALTER TABLE payment_outbox_pending DROP COLUMN worker"),',
    ),
    "django: columns that come to be filled": django(
        then='migrations.AlterField("pending", "claimed_by", models.TextField()),'
        ' migrations.AlterField("pending", "lease_token", models.UUIDField()),'
        ' migrations.AlterField("pending", "lease_expires_at", models.DateTimeField()),',
    ),
    "django: what is only told": django(
        within=f'models.CheckConstraint(name="ck", condition={ALL_OR_NONE})',
        then="migrations.SeparateDatabaseAndState(state_operations=["
        'migrations.RemoveConstraint("pending", "ck")]),',
    ),
    "django: what is told and done": django(
        then="migrations.SeparateDatabaseAndState(database_operations=["
        f'migrations.AddConstraint("pending", models.CheckConstraint(name="ck",'
        f" condition={ALL_OR_NONE}))]),",
    ),
    "django: unique sets": django(
        within=f'models.CheckConstraint(name="ck", condition={ALL_OR_NONE})',
        then='migrations.CreateModel("Attempt", [("outbox_id", models.UUIDField()),'
        ' ("state", models.TextField())], {"db_table": "payment_outbox_attempts",'
        ' "unique_together": {("outbox_id",)}}), # <-- OBG408',
    ),
    "django: a check in SQL": django(
        then=f'migrations.RunSQL("ALTER TABLE payment_outbox_pending ADD CHECK (" {COMPLETE} ")"),',
    ),
}


@pytest.mark.parametrize("files", [pytest.param(each, id=name) for name, each in PROJECTS.items()])
def test_an_operation_does_what_its_ddl_does(files: Mapping[str, str]) -> None:
    marked = Counter(
        (path, number, code)
        for path, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        for mark in MARK.findall(line)
        for code in mark.split()
    )
    report = check_sources(files, Judgement(names=NAMES, rules=RULES, codes=CODES))
    assert Counter((f.place.path, f.place.line, f.code) for f in report.findings) == marked
