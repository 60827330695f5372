"""ORM calls say the same of the outbox tables as the SQL that they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from outbox_guard.facts import Write
from outbox_guard.frontends.python import lower
from outbox_guard.names import Names
from outbox_guard.sources import Source

SQLALCHEMY = '''
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
'''

DJANGO = '''
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
'''

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


@dataclass
class Memory:
    """A project of a few files, none of them on a disk."""

    contents: Mapping[str, str]
    names: Names = field(default_factory=Names)

    def source(self, path: str) -> Source | None:
        text = self.contents.get(path)
        return None if text is None else Source(path, text, self.names.zones.of(path))

    def exists(self, path: str) -> bool:
        return any(name == path or name.startswith(f"{path}/") for name in self.contents)

    def files(self) -> Iterable[str]:
        return self.contents


def writes(code: str, files: Mapping[str, str] = FILES, path: str = "app/main.py") -> list[str]:
    """What the writes of a file are, each with the words that it is found at."""
    project = Memory({**files, path: code})
    source = project.source(path)
    assert source is not None
    facts = [fact for fact in lower(source, project) if isinstance(fact, Write)]
    return sorted(told(fact, project) for fact in facts)


def told(fact: Write, project: Memory) -> str:
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
