"""ORM calls say the same of the outbox tables as the SQL that they stand for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from outbox_guard.facts import Write
from outbox_guard.frontends.python import lower
from outbox_guard.names import Names
from outbox_guard.trees import Tree

SQLALCHEMY = """
from enum import StrEnum
from sqlalchemy import Column, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

PREFIX = "payment_outbox"
metadata = MetaData()
Session = sessionmaker()

class State(StrEnum):
    DISPATCHING = "DISPATCHING"
    DISPATCHED = "DISPATCHED"

class Base(DeclarativeBase):
    pass

class Pending(Base):
    __tablename__ = PREFIX + "_pending"
    outbox_id: Mapped[str] = mapped_column(primary_key=True)
    claimed_by: Mapped[str | None]

class Attempt(Base):
    __tablename__ = f"{PREFIX}_attempts"
    __table_args__ = {"schema": "public"}
    outbox_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    note: Mapped[str]

    def start(self):
        self.state = State.DISPATCHING

class Renamed(Base):
    __tablename__ = "payment_outbox_attempts"
    id: Mapped[str]
    status = mapped_column("state", String)

class User(Base):
    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]

pending = Table("payment_outbox_pending", metadata, Column("outbox_id", String), schema="public")
attempts = Table("payment_outbox_attempts", metadata, Column("outbox_id"), Column("state"))
users = Table("users", metadata, Column("id"), Column("state"))
"""

DJANGO = """
from django.db import models

class Claims(models.QuerySet):
    def due(self):
        return self.filter(claimed_by=None).select_for_update(skip_locked=True)

class Outbox(models.Model):
    class Meta:
        abstract = True

class Pending(Outbox):
    claimed_by = models.TextField(null=True)
    objects = Claims.as_manager()

    class Meta:
        db_table = "payment_outbox_pending"

class Attempt(Outbox):
    class State(models.TextChoices):
        DISPATCHING = "DISPATCHING", "On its way"
        FAILED = "FAILED", "Failed"

    state = models.CharField(max_length=20, choices=State.choices)

    def start(self):
        self.state = self.State.DISPATCHING
        self.save(update_fields=["state"])

    class Meta:
        db_table = "payment_outbox_attempts"

class Seen(Attempt):
    class Meta:
        proxy = True

class User(models.Model):
    state = models.TextField()
"""

FILES = {
    "store/__init__.py": "from store.tables import *\nfrom store.tables import Attempt, Pending\n",
    "store/tables.py": SQLALCHEMY,
    "shop/__init__.py": "",
    "shop/models.py": DJANGO,
    "payment_outbox/__init__.py": "",
    "payment_outbox/models.py": (
        "from django.db import models\n"
        "class Attempts(models.Model):\n    state = models.TextField()\n"
        "class Pending(models.Model):\n    pass\n"
    ),
    "pay/models/__init__.py": "from pay.models.queue import Pending\n",
    "pay/models/queue.py": "from django.db import models\nclass Pending(models.Model):\n    pass\n",
    "pay/apps.py": (
        "from django.apps import AppConfig\n"
        "class Pay(AppConfig):\n    name = 'pay'\n    label = 'payment_outbox'\n"
    ),
}

CORE = """
import sqlalchemy as sa
from sqlalchemy import bindparam, delete, insert, literal, select, update, and_, case, text, func
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, aliased
from store import tables
from store.tables import Attempt, Pending, Renamed, State, User, attempts, pending, users
"""
MODELS = """
from django.shortcuts import get_object_or_404
from django.db.models import Case, F, Q, Value, When
from shop.models import Attempt, Pending, Seen, User
"""


def writes(code: str, files: Mapping[str, str] = FILES, path: str = "app/main.py") -> list[str]:
    """What the writes of a file are, each with the words that it is found at."""
    project = Tree.of({**files, path: code}, Names())
    source = project.source(path)
    assert source is not None
    facts = [fact for fact in lower(source, project) if isinstance(fact, Write)]
    return sorted(told(fact, project) for fact in facts)


def told(fact: Write, project: Tree) -> str:
    place = fact.place
    source = project.source(place.path)
    assert source is not None
    start = source.offset(place.line, place.column)
    words = source.text[start : source.offset(place.end_line, place.end_column)]
    implied = fact.op in ("update", "delete", "merge")
    parts = [
        f"{words}: {fact.op} {fact.table.rpartition('_')[2]}",
        "claims" if fact.claims_locked_rows else "",
        "mutates" if fact.mutates and not implied else "" if fact.mutates == implied else "!",
        "/".join(fact.states),
        fact.via if fact.via != "orm" else "",
    ]
    return " ".join(filter(None, parts))


# One statement each, after the imports above: what stands there, and what it writes.
STATEMENTS: dict[str, str] = {
    # SQLAlchemy statements
    "insert(Attempt).values(state='DISPATCHING')": "insert: insert attempts DISPATCHING",
    "insert(tables.Attempt).values(state=State.DISPATCHING)": (
        "insert: insert attempts DISPATCHING"
    ),
    "insert(Attempt).values({'state': 'DISPATCHING'})": "insert: insert attempts DISPATCHING",
    "insert(Attempt).values([{'state': 'A'}, {'state': 'B'}])": "insert: insert attempts A/B",
    "insert(Attempt).values({Attempt.state: 'DISPATCHING'})": "insert: insert attempts DISPATCHING",
    "insert(Attempt).values({Attempt.note: 'DISPATCHING'})": "insert: insert attempts",
    "insert(Attempt).values(state=literal('DISPATCHING'))": "insert: insert attempts DISPATCHING",
    "insert(Attempt).values(state=case((User.state == 'X', 'A'), else_='B'))": (
        "insert: insert attempts B/A"
    ),
    "insert(Renamed).values(status='DISPATCHING')": "insert: insert attempts DISPATCHING",
    "insert(attempts, {'state': 'DISPATCHING'})": "insert: insert attempts DISPATCHING",
    "insert(attempts).values(('1', 'DISPATCHING'))": "insert: insert attempts DISPATCHING",
    "sa.insert(attempts).values({attempts.c.state: 'F'})": "sa.insert: insert attempts F",
    "sa.insert(Attempt.__table__).values(state='F')": "sa.insert: insert attempts F",
    "attempts.insert().values(state='F')": "attempts.insert: insert attempts F",
    "attempts.insert().values(**{'state': 'F'}).returning(attempts.c.state)": (
        "attempts.insert: insert attempts F"
    ),
    "Attempt.__table__.insert().values(state='F')": "Attempt.__table__.insert: insert attempts F",
    "sa.table('payment_outbox_attempts', sa.column('state')).insert().values(state='F')": (
        "insert: insert attempts F"
    ),
    "postgresql.insert(Attempt).values(state='F').on_conflict_do_update("
    "index_elements=['outbox_id'], set_={'state': 'DISPATCHING'})": (
        "postgresql.insert: insert attempts mutates F/DISPATCHING"
    ),
    "postgresql.insert(Attempt).values(state='F').on_conflict_do_nothing()": (
        "postgresql.insert: insert attempts F"
    ),
    "insert(Attempt).from_select(['outbox_id', 'state'],"
    " select(Pending.outbox_id, literal('F').label('state')))": "insert: insert attempts F",
    "update(Attempt).where(Attempt.state == 'A').values(state='B')": "update: update attempts B",
    "update(pending).where(pending.c.outbox_id == 1)": "update: update pending",
    "delete(Pending).where(Pending.outbox_id == 'x')": "delete: delete pending",
    "sa.delete(aliased(Pending))": "sa.delete: delete pending",
    "pending.delete()": "pending.delete: delete pending",
    # with parameters
    "session.execute(insert(Attempt), {'state': 'DISPATCHING'})": (
        "insert: insert attempts DISPATCHING"
    ),
    "session.execute(insert(Attempt), [dict(state=s) for s in ('A', State.DISPATCHING)])": (
        "insert: insert attempts A/DISPATCHING"
    ),
    "conn.execute(attempts.insert(), state='F')": "attempts.insert: insert attempts F",
    "session.execute(insert(Attempt).values(state=bindparam('s')), {'s': 'F'})": (
        "insert: insert attempts F"
    ),
    "database.execute_many(query=attempts.insert(), values=[{'state': 'F'}])": (
        "attempts.insert: insert attempts F"
    ),
    "session.execute(update(Attempt), [{'outbox_id': 1, 'state': 'F'}])": (
        "update: update attempts F"
    ),
    # sessions
    "session.add(Attempt(state='DISPATCHING'))": "session.add: insert attempts DISPATCHING",
    "session.add(Renamed(status='DISPATCHING'))": "session.add: insert attempts DISPATCHING",
    "session.add_all([Attempt(state=s) for s in ('A', 'B')])": (
        "session.add_all: insert attempts A/B"
    ),
    "tables.Session().add(Attempt(state='F'))": "add: insert attempts F",
    "self.session.merge(Attempt(state='F'))": "self.session.merge: merge attempts F",
    "session.bulk_save_objects([Attempt(state='F')])": (
        "session.bulk_save_objects: insert attempts F"
    ),
    "session.bulk_insert_mappings(Attempt, [{'state': 'F'}])": (
        "session.bulk_insert_mappings: insert attempts F"
    ),
    "session.bulk_update_mappings(Attempt, [{'state': 'F'}])": (
        "session.bulk_update_mappings: update attempts F"
    ),
    "session.query(Attempt).filter(Attempt.state == 'A').delete()": "delete: delete attempts",
    "session.query(Attempt).update({'state': 'F'})": "update: update attempts F",
    "session.query(Attempt).update({Attempt.state: 'F'})": "update: update attempts F",
    "session.delete(session.get(Pending, 5))": "session.delete: delete pending",
    "session.get(Attempt, 5).start()": "self.state: update attempts DISPATCHING",
    # claims
    "session.query(Pending).with_for_update(skip_locked=True).delete()": (
        "delete: delete pending claims"
    ),
    "delete(Pending).where(Pending.outbox_id.in_("
    "select(Pending.outbox_id).limit(5).with_for_update(skip_locked=True)))": (
        "delete: delete pending claims"
    ),
    "delete(Pending).where(and_(Pending.claimed_by.is_(None), Pending.outbox_id == "
    "select(Pending.outbox_id).with_for_update(skip_locked=True).scalar_subquery()))": (
        "delete: delete pending claims"
    ),
    "[session.delete(p) for p in session.scalars("
    "select(Pending).with_for_update(skip_locked=True, of=Pending))]": (
        "session.delete: delete pending claims"
    ),
    "[session.delete(p) for user, p in session.query(User, Pending).join(Pending)"
    ".with_for_update(skip_locked=True)]": "session.delete: delete pending claims",
    "[session.delete(row[1]) for row in session.query(User, Pending)]": (
        "session.delete: delete pending"
    ),
    "[session.delete(row.Pending) for row in session.execute(select(Pending, User))]": (
        "session.delete: delete pending"
    ),
    "session.delete(session.query(Pending).with_for_update(skip_locked=True).first())": (
        "session.delete: delete pending claims"
    ),
    "session.delete(session.get(Pending, 1, with_for_update={'skip_locked': True}))": (
        "session.delete: delete pending claims"
    ),
    "session.execute(text('DELETE FROM payment_outbox_pending WHERE outbox_id = ANY(:ids)'),"
    " {'ids': [p.outbox_id for p in session.scalars("
    "select(Pending).with_for_update(skip_locked=True))]})": "DELETE: delete pending claims sql",
    "delete(Pending).where(Pending.outbox_id.in_([r[0] for r in session.execute(text("
    "'SELECT outbox_id FROM payment_outbox_pending FOR UPDATE SKIP LOCKED'))]))": (
        "delete: delete pending claims"
    ),
    "delete(Pending).where(Pending.outbox_id.in_(session.scalars(update(Pending).where("
    "Pending.outbox_id.in_(select(Pending.outbox_id).with_for_update(skip_locked=True)))"
    ".returning(Pending.outbox_id)).all()))": (
        "delete: delete pending claims; update: update pending"
    ),
    # COPY
    "conn.copy_records_to_table('payment_outbox_attempts',"
    " records=[('1', 'DISPATCHING')], columns=['outbox_id', 'state'])": (
        "conn.copy_records_to_table: copy attempts DISPATCHING copy"
    ),
    "conn.copy_to_table('payment_outbox_pending', source='x.csv')": (
        "conn.copy_to_table: copy pending copy"
    ),
    "cur.copy_from(stream, 'payment_outbox_attempts', columns=('outbox_id', 'state'))": (
        "cur.copy_from: copy attempts copy"
    ),
}

QUERY_SETS: dict[str, str] = {
    "Attempt.objects.create(state='DISPATCHING')": (
        "Attempt.objects.create: insert attempts DISPATCHING"
    ),
    "Attempt.objects.create(state=Attempt.State.DISPATCHING)": (
        "Attempt.objects.create: insert attempts DISPATCHING"
    ),
    "Seen.objects.create(state='F')": "Seen.objects.create: insert attempts F",
    "Attempt._default_manager.using('x').create(state='F')": "create: insert attempts F",
    "Attempt.objects.acreate(state=Value('F'))": "Attempt.objects.acreate: insert attempts F",
    "Attempt.objects.get_or_create(pk=1, defaults={'state': 'F'})": (
        "Attempt.objects.get_or_create: insert attempts F"
    ),
    "Attempt.objects.update_or_create(pk=1, defaults={'state': 'F'},"
    " create_defaults={'state': 'DISPATCHING'})": (
        "Attempt.objects.update_or_create: insert attempts mutates F/DISPATCHING"
    ),
    "Attempt.objects.bulk_create([Attempt(state='F'), Attempt(state='G')])": (
        "Attempt.objects.bulk_create: insert attempts F/G"
    ),
    "Attempt.objects.abulk_create((Attempt(state=s) for s in ['F']), update_conflicts=True)": (
        "Attempt.objects.abulk_create: insert attempts mutates F"
    ),
    "Attempt.objects.filter(state='DISPATCHING').update(state='F')": "update: update attempts F",
    "Attempt.objects.filter(pk=1).update(state=Case(When(state='X', then=Value('F')),"
    " default=Value('G')))": "update: update attempts G/F",
    "Attempt.objects.all()[:5].delete()": "delete: delete attempts",
    "Attempt(state='F').save()": "save: insert attempts F",
    "Attempt(state='F').asave()": "asave: insert attempts F",
    "Attempt.objects.get(pk=1).save()": "save: update attempts",
    "Attempt.objects.get(pk=1).delete()": "delete: delete attempts",
    "Attempt.objects.get(pk=1).start()": "self.save: update attempts DISPATCHING",
    "get_object_or_404(Attempt, pk=1).delete()": "delete: delete attempts",
    "Pending.objects.due().delete()": "delete: delete pending claims",
    "Pending.objects.filter(pk__in=list(Pending.objects.due().values_list('pk'))).delete()": (
        "delete: delete pending claims"
    ),
    "Pending.objects.filter(Q(pk__in=[p.pk for p in Pending.objects.due()[:10]])).delete()": (
        "delete: delete pending claims"
    ),
    "[p.delete() for p in Pending.objects.select_for_update(skip_locked=True)]": (
        "p.delete: delete pending claims"
    ),
    "Pending.objects.select_for_update(skip_locked=True, of=('self',)).first().delete()": (
        "delete: delete pending claims"
    ),
    "[p.delete() for p in Pending.objects.raw("
    "'SELECT * FROM payment_outbox_pending FOR UPDATE SKIP LOCKED')]": (
        "p.delete: delete pending claims"
    ),
    "Pending.objects.select_for_update().filter(pk=1).delete()": "delete: delete pending",
    "Pending.objects.select_for_update(skip_locked=False).delete()": "delete: delete pending",
    "Pending.objects.select_for_update(skip_locked=True, of=('payment',)).delete()": (
        "delete: delete pending"
    ),
}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        *((f"{CORE}\n{code}\n", found) for code, found in STATEMENTS.items()),
        *((f"{MODELS}\n{code}\n", found) for code, found in QUERY_SETS.items()),
    ],
    ids=[*STATEMENTS, *QUERY_SETS],
)
def test_a_call_is_the_write_that_it_makes(code: str, found: str) -> None:
    assert writes(code) == sorted(filter(None, found.split("; ")))


# Several statements, after the imports above.
PROGRAMS: dict[str, tuple[str, str]] = {
    "a statement that is built step by step is one write": (
        CORE
        + """
def store(session, state):
    statement = insert(Attempt)
    if state:
        statement = statement.values(state=state)
    return session.execute(statement.returning(Attempt.outbox_id))

store(session, State.DISPATCHING)
store(session, "FAILED")
""",
        "insert: insert attempts DISPATCHING/FAILED",
    ),
    "a common table expression of locked rows claims": (
        CORE
        + """
def claim(session):
    due = (
        select(Pending.outbox_id)
        .where(Pending.claimed_by.is_(None))
        .limit(10)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    statement = delete(Pending).where(Pending.outbox_id == due.c.outbox_id).returning(Pending)
    return session.scalars(statement).all()
""",
        "delete: delete pending claims",
    ),
    "an alias of a sub-query is still of locked rows": (
        CORE
        + """
due = sa.select(pending.c.outbox_id).with_for_update(skip_locked=True, of=pending).subquery()
ids = select(due.c.outbox_id)
conn.execute(pending.delete().where(pending.c.outbox_id.in_(ids)))
""",
        "pending.delete: delete pending claims",
    ),
    "a loop deletes what was locked": (
        CORE
        + """
async def drain(session: AsyncSession):
    rows = (await session.scalars(select(Pending).with_for_update(skip_locked=True))).all()
    for row in rows:
        await send(row)
        await session.delete(row)
    await session.commit()
""",
        "session.delete: delete pending claims",
    ),
    "two statements, the second by the ids of the first": (
        CORE
        + """
def drain(session):
    rows = session.query(Pending).with_for_update(skip_locked=True).limit(3).all()
    ids = {row.outbox_id for row in rows}
    session.query(Pending).filter(Pending.outbox_id.in_(ids) & True).delete()
    session.execute(delete(Pending).filter_by(outbox_id=rows[0].outbox_id))
""",
        "delete: delete pending claims; delete: delete pending claims",
    ),
    "rows that a helper of another file locks": (
        CORE
        + """
from app.queue import due, forget
for row in due(session):
    forget(session, row)
""",
        "session.delete: delete pending claims",
    ),
    "an attribute of a fetched row is an UPDATE": (
        CORE
        + """
def fix(session, key):
    attempt = session.get(Attempt, key)
    attempt.state = "DISPATCHING"
    attempt.unmapped = 1
    session.commit()
""",
        "attempt.state: update attempts DISPATCHING",
    ),
    "so is setattr, and a change of a row that a loop gives": (
        CORE
        + """
for attempt in session.scalars(select(Attempt)):
    setattr(attempt, "state", "F")
    attempt.note += "again"
""",
        "attempt.note: update attempts; setattr: update attempts F",
    ),
    "what a row is told by its type": (
        CORE
        + """
def fix(attempt: Attempt):
    attempt.state = "F"

def drop(session, row: "Pending"):
    session.delete(row)
""",
        "attempt.state: update attempts F; session.delete: delete pending",
    ),
    "a new object's attributes belong to its INSERT": (
        CORE
        + """
attempt = Attempt()
attempt.state = "A"
session.add(attempt)
attempt.state = "B"
""",
        "session.add: insert attempts A/B",
    ),
    "until it is stored": (
        CORE
        + """
attempt = Attempt(state="A")
session.add(attempt)
session.commit()
attempt.state = "B"
""",
        "attempt.state: update attempts B; session.add: insert attempts A",
    ),
    "a class that is configured through its keyword arguments": (
        CORE
        + """
VALUES = {"outbox_id": "1", "state": State.DISPATCHING.value}
def store(session, **more):
    session.add(Attempt(**VALUES, **more))
""",
        "session.add: insert attempts DISPATCHING",
    ),
    "a repository of the project is followed": (
        CORE
        + """
class Attempts:
    def __init__(self, session: Session):
        self.session = session
    def add(self, attempt):
        self.session.add(attempt)

Attempts(Session()).add(Attempt(state="DISPATCHING"))
""",
        "self.session.add: insert attempts DISPATCHING",
    ),
    "a method that locks, told as keywords": (
        CORE
        + """
LOCK = {"skip_locked": True}
session.delete(session.query(Pending).with_for_update(**LOCK).one())
""",
        "session.delete: delete pending claims",
    ),
    "Alembic's bulk insert": (
        CORE
        + """
from alembic import op
op.bulk_insert(attempts, [{"state": "DISPATCHING"}])
""",
        "op.bulk_insert: insert attempts DISPATCHING",
    ),
    "a data frame": (
        """
import pandas as pd
frame = pd.DataFrame({"state": ["DISPATCHING"]})
pd.DataFrame([{"state": "DISPATCHING"}]).to_sql("payment_outbox_attempts", engine)
frame.to_sql(name="payment_outbox_attempts", con=engine)
""",
        "frame.to_sql: insert attempts DISPATCHING; to_sql: insert attempts DISPATCHING",
    ),
    "Django's objects, saved and changed": (
        MODELS
        + """
def retry(key):
    attempt = Attempt.objects.select_related("payment").get(pk=key)
    attempt.state = "DISPATCHING"
    attempt.save(update_fields=["state"])

def start():
    attempt = Attempt(state="A")
    attempt.save()
    attempt.state = "B"
    attempt.save()
""",
        "attempt.save: insert attempts A; attempt.save: update attempts A/B;"
        " attempt.save: update attempts DISPATCHING",
    ),
    "bulk_update writes what a loop assigned": (
        MODELS
        + """
found = Attempt.objects.filter(state="X")
for attempt in found:
    attempt.state = "DISPATCHING"
Attempt.objects.bulk_update(found, ["state"])
""",
        "Attempt.objects.bulk_update: update attempts DISPATCHING",
    ),
    "a claim in Django": (
        MODELS
        + """
from django.db import transaction

@transaction.atomic
def claim(limit):
    rows = list(Pending.objects.order_by("id").select_for_update(skip_locked=True)[:limit])
    Pending.objects.filter(id__in=[row.id for row in rows]).delete()
    return rows
""",
        "delete: delete pending claims",
    ),
    "a class that hands on a manager and a query set": (
        MODELS
        + """
from django.db import models
class Starts(models.Manager):
    def start(self, **more):
        return self.create(state="DISPATCHING", **more)
class Purges(models.QuerySet):
    def purge(self):
        return self.delete()
class Tried(models.Model):
    things = Starts.from_queryset(Purges)()
    class Meta:
        db_table = "payment_outbox_attempts"
Tried.things.start(pk=1)
Tried.things.filter(pk=1).purge()
""",
        "self.create: insert attempts DISPATCHING; self.delete: delete attempts",
    ),
    "a save that the class has a say in": (
        MODELS
        + """
from django.db import models
class Tried(models.Model):
    state = models.TextField()
    class Meta:
        db_table = "payment_outbox_attempts"
    def save(self, *args, **more):
        self.state = self.state or "DISPATCHING"
        super().save(*args, **more)
Tried().save()
Tried(pk=1).save(force_update=True)
""",
        "save: insert attempts DISPATCHING; save: insert attempts DISPATCHING;"
        " save: update attempts DISPATCHING",
    ),
    "a data migration of Django's": (
        """
from django.db import migrations
def forwards(apps, schema_editor):
    apps.get_model("shop", "Attempt").objects.create(state="DISPATCHING")
    apps.get_model("shop.attempt").objects.using("x")._raw_delete(None)
    apps.get_model("shop", "User").objects.create(state="DISPATCHING")
""",
        "create: insert attempts DISPATCHING; _raw_delete: delete attempts",
    ),
    "methods under other names, and in a lambda": (
        CORE
        + """
add = session.add
add(Attempt(state=State("DISPATCHING")))
getattr(session, "delete")(session.get(Pending, 1))
run_sync(lambda inner: inner.execute(tables.metadata.tables["payment_outbox_attempts"].insert()))
""",
        'add: insert attempts DISPATCHING; getattr(session, "delete"): delete pending;'
        " insert: insert attempts",
    ),
    "rows of a type that is told": (
        CORE
        + """
def forget(session, rows: list[Pending], last: Attempt | None):
    for row in rows:
        session.delete(row)
    last.state = "F"
""",
        "last.state: update attempts F; session.delete: delete pending",
    ),
    "Peewee": (
        """
from peewee import CharField, Model
class Tried(Model):
    state = CharField()
    class Meta:
        table_name = "payment_outbox_attempts"
Tried.insert_many([{"state": "DISPATCHING"}]).execute()
Tried.update({Tried.state: "F"}).where(Tried.state == "DISPATCHING").execute()
tried = Tried.get_by_id(1)
tried.state = "G"
tried.save()
tried.delete_instance()
""",
        "Tried.insert_many: insert attempts DISPATCHING; Tried.update: update attempts F;"
        " tried.save: update attempts G; tried.delete_instance: delete attempts",
    ),
    "Tortoise": (
        """
from tortoise.models import Model
class Queue(Model):
    class Meta:
        table = "payment_outbox_pending"
async def claim():
    rows = await Queue.filter(claimed_by=None).select_for_update(skip_locked=True).limit(3)
    await Queue.filter(id__in=[row.id for row in rows]).delete()
""",
        "delete: delete pending claims",
    ),
    "a class that is mapped from outside": (
        CORE
        + """
from dataclasses import dataclass
from sqlalchemy.orm import registry
@dataclass
class Tried:
    outbox_id: str
    state: str
registry().map_imperatively(Tried, attempts)
session.add(Tried("1", "DISPATCHING"))
""",
        "session.add: insert attempts DISPATCHING",
    ),
    "a cursor's SQL": (
        MODELS
        + """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("DELETE FROM payment_outbox_pending")
""",
        "DELETE: delete pending sql",
    ),
    "one statement that is run twice is one write": (
        CORE
        + """
def run(state):
    conn.execute("INSERT INTO payment_outbox_attempts (state) VALUES (%s)", (state,))
run("A")
run("B")
""",
        "INSERT: insert attempts A/B sql",
    ),
}

HELPERS = {
    **FILES,
    "app/__init__.py": "",
    "app/queue.py": """
from sqlalchemy import select
from store import Pending

def due(session):
    yield from session.scalars(select(Pending).with_for_update(skip_locked=True))

def forget(session, row):
    session.delete(row)
""",
}


@pytest.mark.parametrize(("code", "found"), PROGRAMS.values(), ids=PROGRAMS)
def test_what_came_before_is_known(code: str, found: str) -> None:
    assert writes(code, HELPERS) == sorted(found.split("; "))


# How a table can be declared; then an object of it is added or saved.
DECLARED: dict[str, tuple[str, str]] = {
    "by a table object": ("__table__ = Table('payment_outbox_attempts', meta)", "Base"),
    "by a base": ("", "Named"),
    "by declared_attr": ("", "Derived"),
    "by SQLModel": ("__tablename__ = 'payment_outbox_attempts'", "SQLModel, table=True"),
    "by SQLModel's default": ("", "SQLModel, table=True"),
    "by Flask's default": ("", "db.Model"),
    "by one of two constants": (
        "__tablename__ = 'payment_outbox_attempts' if NEW else 'attempts'",
        "Base",
    ),
}


@pytest.mark.parametrize(("body", "bases"), DECLARED.values(), ids=DECLARED)
def test_a_class_is_mapped_to_its_table(body: str, bases: str) -> None:
    name = {"Derived": "Attempts", "SQLModel, table=True": "Payment_Outbox_Attempts"}.get(
        bases, "PaymentOutboxAttempts"
    )
    code = f"""
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Table
from sqlalchemy.orm import DeclarativeBase, declared_attr, declarative_base
from sqlmodel import SQLModel
db = SQLAlchemy()
Base = declarative_base()
class Named(Base):
    __abstract__ = True
    __tablename__ = "payment_outbox_attempts"
class Derived(Base):
    __abstract__ = True
    @declared_attr.directive
    def __tablename__(cls):
        return "payment_outbox_" + cls.__name__.lower()
class {name}({bases}):
    {body or "pass"}
session.add({name}(state="DISPATCHING"))
"""
    assert writes(code) == ["session.add: insert attempts DISPATCHING"]


@pytest.mark.parametrize(
    ("imports", "table"),
    [
        ("from payment_outbox.models import Pending", "pending"),
        ("from payment_outbox.models import Attempts as Pending", "attempts"),
        ("from pay.models import Pending", "pending"),
        ("from pay.models.queue import Pending", "pending"),
        ("import pay.models as m; Pending = m.Pending", "pending"),
    ],
)
def test_django_names_a_table_after_its_app(imports: str, table: str) -> None:
    code = f"{imports}\nPending.objects.create()\n"
    assert writes(code) == [f"Pending.objects.create: insert {table}"]


# What gives a new row its state, found where it is declared.
DEFAULTS: dict[str, str] = {
    "state: Mapped[str] = mapped_column(default='DISPATCHING')": "default",
    "state = Column(String, default=State.DISPATCHING)": "default",
    "state = Column(String, default=lambda: 'DISPATCHING')": "default",
    "state = Column(String, server_default=text(\"'DISPATCHING'::state\"))": "server_default",
    "status = mapped_column('state', String, server_default='DISPATCHING')": "server_default",
    "state: str = 'DISPATCHING'": "state",
    "state: str = Field(default='DISPATCHING')": "default",
    "state: str = Field('DISPATCHING')": "Field",
    "state: str = Field(sa_column=Column(String, server_default='DISPATCHING'))": "server_default",
    "state = models.TextField(default='DISPATCHING')": "default",
    "state = models.TextField(db_default=Value('DISPATCHING'))": "db_default",
    "state = Column(String, default='A')": "",
    "state = Column(String)": "",
    "note = Column(String, default='DISPATCHING')": "",
    "DEFAULT = 'DISPATCHING'": "",
}


@pytest.mark.parametrize(("field_", "words"), DEFAULTS.items(), ids=DEFAULTS)
def test_a_default_is_found_where_it_is_declared(field_: str, words: str) -> None:
    code = f"""
from django.db import models
from django.db.models import Value
from sqlalchemy import Column, String, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlmodel import Field
from store.tables import Base, State
class A(Base):
    __tablename__ = "payment_outbox_attempts"
    {field_}
"""
    found = [told for told in writes(code) if "DISPATCHING" in told]
    assert found == ([f"{words}: default attempts DISPATCHING"] if words else [])


def test_a_default_is_found_in_a_table_object_and_in_a_mixin_of_another_file() -> None:
    files = {
        **FILES,
        "store/mixins.py": (
            "from sqlalchemy.orm import Mapped, mapped_column\n"
            "class Stated:\n    state: Mapped[str] = mapped_column(insert_default='DISPATCHING')\n"
        ),
    }
    code = """
from alembic import op
from sqlalchemy import Column, Table
from store.mixins import Stated
from store.tables import Base
class A(Stated, Base):
    __tablename__ = "payment_outbox_attempts"
Table("payment_outbox_attempts", meta, Column("state", default="DISPATCHING"))
op.create_table("payment_outbox_attempts", Column("state", server_default="DISPATCHING"))
op.add_column("payment_outbox_attempts", Column("state", server_default="DISPATCHING"))
"""
    assert writes(code, files) == sorted(
        f"{keyword}: default attempts DISPATCHING"
        for keyword in ("default", "insert_default", "server_default", "server_default")
    )


# What must not be taken for a write of an outbox table.
INNOCENT = {
    "core": [
        "insert(User).values(state='DISPATCHING')",
        "users.insert().values(state='DISPATCHING')",
        "session.add(User(state='DISPATCHING'))",
        "session.query(Attempt).filter(Attempt.state == 'DISPATCHING').all()",
        "select(Attempt).where(Attempt.state == 'DISPATCHING')",
        "session.scalars(select(Pending).with_for_update(skip_locked=True)).all()",
        "session.query(Attempt, User).filter_by(state='DISPATCHING').count()",
        "session.get(Attempt, 'DISPATCHING')",
        "Attempt(state='DISPATCHING')",
        "Attempt(state='DISPATCHING').state == 'DISPATCHING'",
        "set().add(Attempt(state='DISPATCHING'))",
        "seen.add(Attempt(state='DISPATCHING'))",
        "[].append(Attempt(state='DISPATCHING'))",
        "{}.update(state='DISPATCHING')",
        "dict(state='A').update({'state': 'DISPATCHING'})",
        "hashlib.sha256().update(b'payment_outbox_attempts')",
        "requests.Session().delete('https://example.org/payment_outbox_pending')",
        "client.delete('payment_outbox_pending')",
        "redis.Redis().delete('payment_outbox_pending', Attempt)",
        "session.delete(user)",
        "session.delete(session.get(User, 1))",
        "session.merge(User(state='DISPATCHING'))",
        "session.bulk_insert_mappings(User, [{'state': 'DISPATCHING'}])",
        "session.expunge(Attempt(state='DISPATCHING'))",
        "session.refresh(session.get(Attempt, 1))",
        "print(Attempt.state, 'DISPATCHING')",
        "log.info('insert', Attempt(state='DISPATCHING'))",
        "os.remove(Attempt)",
        "conn.copy_records_to_table('users', records=[('DISPATCHING',)], columns=['state'])",
        "cur.copy_to(stream, 'payment_outbox_attempts')",
        "conn.copy_from_table('payment_outbox_attempts', output='x')",
        "shutil.copy_tree('payment_outbox_pending', 'x')",
        "assert Attempt.state != 'DISPATCHING'",
        "isinstance(row, Attempt)",
        "len(session.query(Pending).with_for_update(skip_locked=True).all())",
        "delete(User).where(User.id.in_(select(Pending.outbox_id)"
        ".with_for_update(skip_locked=True)))",
        "sa.Table('payment_outbox_attempts_archive', meta).delete()",
        "sa.Table('Payment_Outbox_Attempts', meta).delete()",
        "insert(Unheard).values(state='DISPATCHING')",
        "Attempt.__table__.create(engine)",
        "Attempt.metadata.create_all(engine)",
        "session.execute(select(Attempt), {'state': 'DISPATCHING'})",
        "user = session.get(User, 1); user.state = 'DISPATCHING'; session.commit()",
        "attempt = session.get(Attempt, 1); attempt._cached = 'DISPATCHING'",
        "import dataclasses; dataclasses.replace(Attempt(), state='DISPATCHING')",
        "batch = [Attempt(state='DISPATCHING')]; batch.remove(batch[0])",
        "sequence.delete(1); cache.delete(Pending)",
        "pathlib.Path('payment_outbox_pending').unlink()",
    ],
    "django": [
        "User.objects.create(state='DISPATCHING')",
        "User(state='DISPATCHING').save()",
        "User.objects.filter(state='DISPATCHING').update(state='A')",
        "Attempt.objects.filter(state='DISPATCHING').count()",
        "Attempt.objects.exclude(state=Attempt.State.DISPATCHING).first()",
        "Attempt.objects.values('state').annotate(n=Value('DISPATCHING'))",
        "list(Pending.objects.select_for_update(skip_locked=True))",
        "AttemptForm(data).save()",
        "form.save()",
        "image.delete()",
        "request.user.save()",
        "Attempt.objects.get(pk=1).refresh_from_db()",
        "Attempt.objects.get(pk=1).payload.delete()",
        "Attempt.objects.get(pk=1).receipt.save('name', content)",
        "attempt = Attempt.objects.get(pk=1); attempt.state = 'DISPATCHING'",
        "Attempt.State.DISPATCHING",
        "Attempt.objects.aggregate(n=Value('DISPATCHING'))",
        "Attempt.objects.filter(pk=1).exists()",
    ],
}


@pytest.mark.parametrize(
    "code",
    [
        *(pytest.param(f"{CORE}\n{code}\n", id=code) for code in INNOCENT["core"]),
        *(pytest.param(f"{MODELS}\n{code}\n", id=code) for code in INNOCENT["django"]),
    ],
)
def test_what_writes_no_outbox_table_is_no_write(code: str) -> None:
    assert writes(code) == []


def test_rows_that_were_not_skipped_are_no_claim() -> None:
    code = """
for row in session.scalars(select(Pending).with_for_update()):
    session.delete(row)
locked = session.scalars(select(Pending).with_for_update(skip_locked=True, read=True)).all()
session.execute(delete(Pending).where(Pending.outbox_id.in_([row.outbox_id for row in locked])))
for user in session.scalars(select(User).with_for_update(skip_locked=True)):
    session.execute(delete(Pending).where(Pending.outbox_id == user.id))
for user in session.scalars(
    select(User).join(Pending).with_for_update(skip_locked=True, of=User)
):
    session.execute(delete(Pending).where(Pending.outbox_id == user.id))
"""
    by_key, by_row = "delete: delete pending", "session.delete: delete pending"
    assert writes(CORE + code) == [by_key, by_key, by_key, by_row]
