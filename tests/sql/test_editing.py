"""What is said of an SQL file that is edited is what is said of it when it is read for once."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from outbox_guard.facts import Fact, Undetermined
from outbox_guard.frontends import sql
from outbox_guard.frontends.sql.lexing.editing import Cut, cut_of, edited
from outbox_guard.frontends.sql.lexing.splitter import split
from outbox_guard.names import Names
from outbox_guard.sources import Source
from outbox_guard.trees import Tree
from tests.support.corpus import forms

PATH = "schema/v1/001_queue.sql"
NAMES = Names()
STATEMENTS = (
    "CREATE TABLE t (a int, state text);\n",
    "INSERT INTO t VALUES (1, 'ZOMBIE_REQUEUE');\n",
    "INSERT INTO payment_outbox_attempts (state) SELECT state FROM t;\n",
    "CREATE VIEW v AS SELECT * FROM payment_outbox_pending;\n",
    "DELETE FROM v; DELETE FROM payment_outbox_pending; -- both\n",
    "CREATE FUNCTION f(a text) RETURNS text LANGUAGE sql AS\n"
    " 'INSERT INTO payment_outbox_attempts (state) VALUES ($1) RETURNING state';\n",
    "SELECT f('ZOMBIE_REQUEUE');\n",
    "CREATE FUNCTION g() RETURNS text LANGUAGE plpgsql AS $$\nBEGIN\n"
    "  INSERT INTO payment_outbox_attempts (state) VALUES (f('x'));\n"
    "  INSERT INTO t VALUES (2, 'DISPATCHING');\nEND;\n$$;\n",
    "DO $a$ BEGIN EXECUTE 'DELETE FROM payment_' || 'outbox_pending'; END $a$;\n",
    "CREATE TRIGGER tr BEFORE INSERT ON payment_outbox_attempts\n"
    " FOR EACH ROW EXECUTE FUNCTION h();\n",
    "CREATE FUNCTION h() RETURNS trigger LANGUAGE plpgsql AS\n"
    " $$ BEGIN NEW.state := 'ZOMBIE_REQUEUE'; RETURN NEW; END $$;\n",
    "PREPARE p AS DELETE FROM payment_outbox_pending WHERE a = $1;\nEXECUTE p(1);\n",
    "SELECT * FROM payment_outbox_pending WHERE a = 1 FOR UPDATE SKIP LOCKED;\n",
    "DELETE FROM payment_outbox_pending WHERE a = 1;\n",
    "COMMIT;\n",
    "SET check_function_bodies = off;\n",
    "CREATE TYPE e AS ENUM ('A', -- old name of B\n 'B'); -- both\n",
    "\\set x payment_outbox_pending\nDELETE FROM :x;\n",
    "SELECT 'payment_outbox_pending' AS q \\gset\nDELETE FROM :q;\n",
    "COPY t FROM STDIN;\n1\ta\n\\.\n",
    "-- outbox-guard: allow[OBG103] a drill\n",
)
KEYS = (
    *"'\";()x\n\r",
    "\n\n",
    "\r\n",
    "$$",
    "$a$",
    "--",
    "/*",
    "*/",
    "E'\\",
    "\\",
    "ä😀",
    "\ufeff",
)


def typed(text: str, dice: random.Random) -> Iterator[str]:
    """The text, while somebody types, pastes, cuts and takes back."""
    states = [text]
    for _ in range(12):
        at = dice.randrange(len(text) + 1)
        match dice.randrange(5):
            case 0:
                text = text[:at] + dice.choice(KEYS) + text[at:]
            case 1:
                text = text[:at] + text[at + dice.randrange(12) :]
            case 2:
                at = text.find("\n", at) + 1
                text = text[:at] + dice.choice(STATEMENTS) + text[at:]
            case 3:
                lines = text.splitlines(keepends=True)
                text = "".join(lines[: len(lines) // 2] + lines[len(lines) // 2 + 1 :])
            case _:
                text = dice.choice(states)
        states.append(text)
        yield text


def said(source: Source, names: Names) -> list[Fact]:
    return list(sql.lower(source, Tree.of({source.path: source.text}, names)))


FORMS = [form for form in forms() if form.case.path.endswith(".sql")]


@pytest.mark.parametrize("seed", range(30))
def test_what_is_said_of_an_edited_file_is_what_is_said_of_a_new_one(seed: int) -> None:
    dice = random.Random(seed)
    form = dice.choice(FORMS)
    mixed = "".join(dice.sample(STATEMENTS, 8))
    edits = typed(form.case.files[form.case.path] + "\n" + mixed, dice)
    for number, text in enumerate(edits):
        path = f"schema/v1/{seed}_{number}.sql"  # that nobody has read before
        fresh = repr(said(Source(path, text, "schema"), NAMES)).replace(path, PATH)
        assert repr(said(Source(PATH, text, "schema"), Names())) == fresh, text


def test_a_file_that_is_typed_into_is_in_pieces_by_then() -> None:
    texts = [f"SELECT 1;\nSELECT {number};\nSELECT 'a';\n" for number in range(3)]
    cuts = [cut_of(Source("schema/v1/cut.sql", text, "schema"), NAMES) for text in texts]
    assert [cut is not None for cut in cuts] == [False, True, True]


def test_only_what_changed_is_another_piece() -> None:
    statements = ["SELECT 1;\n", "SELECT 'a;b';\n", "SELECT 2; -- two\n", "SELECT 3;\n"]
    before = edited(Cut("", (), (), ()), "".join(statements))
    statements[1] = "SELECT 'a;\n\nb', 7;\n"
    after = edited(before, "".join(statements))
    same = [one is other for one, other in zip(before.pieces, after.pieces, strict=True)]
    assert same == [True, False, True, True, True]


@pytest.mark.parametrize("seed", range(20))
def test_the_pieces_of_a_file_hold_its_statements(seed: int) -> None:
    dice = random.Random(seed)
    cut = Cut("", (), (), ())
    for state in typed("".join(dice.sample(STATEMENTS, 8)), dice):
        text = state.replace("STDIN", "STDOUT")  # lines of data are no statements
        cut = edited(cut, text)
        words = [
            (token.kind, token.start + offset, token.value)
            for piece, offset in zip(cut.pieces, cut.offsets, strict=True)
            for chunk in piece.chunks
            for token in chunk.tokens
        ]
        whole = split(text, psql=True)
        assert words == [(t.kind, t.start, t.value) for chunk in whole for t in chunk.tokens], text


def test_a_file_with_lines_of_data_is_read_whole() -> None:
    texts = ("COPY t FROM STDIN;\n1\n\\.\n", "COPY t FROM STDIN;\n2\n\\.\n")
    assert [cut_of(Source(PATH, text, "schema"), NAMES) for text in texts] == [None, None]


def test_a_text_that_ends_within_a_quoted_name_may_be_put_together() -> None:
    text = (
        "CREATE FUNCTION f(n text) RETURNS void LANGUAGE plpgsql AS $$\n"
        "BEGIN EXECUTE n || 'DELETE FROM payment_outbox_pending WHERE \"' || n; END $$;"
    )
    assert any(isinstance(fact, Undetermined) for fact in said(Source(PATH, text), NAMES))
