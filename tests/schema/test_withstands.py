"""No DDL that is cut short, or lacks a word, ends the run; what stands before it still counts."""

from __future__ import annotations

import pytest

from outbox_guard.facts import Table
from outbox_guard.frontends.sql.lexing.lexer import lex
from outbox_guard.frontends.sql.lexing.splitter import split
from tests.schema.test_existence import FORMS
from tests.schema.test_replay import SCHEMAS
from tests.support.schemas import base
from tests.support.sql_reading import facts

TEXTS = [
    *base().values(),
    *(sql for sql, _ in SCHEMAS.values()),
    *(use for use, _, _ in FORMS.values()),
]
LONG = 150
MORE = """
ALTER TABLE x ADD EXCLUDE USING gist (a WITH =, b WITH &&) WHERE (a > 0);
ALTER TABLE x DISABLE TRIGGER g, ENABLE REPLICA TRIGGER h, ATTACH PARTITION p FOR VALUES IN (1);
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO r;
CREATE TABLE p PARTITION OF x (a NOT NULL) FOR VALUES FROM (1) TO (2);
CREATE TABLE y OF row_type (a WITH OPTIONS DEFAULT 1);
CREATE CONSTRAINT TRIGGER g AFTER UPDATE OF a, b OR DELETE ON x DEFERRABLE FOR EACH ROW
    WHEN (OLD.a IS DISTINCT FROM NEW.a) EXECUTE PROCEDURE f();
COMMENT ON CONSTRAINT c ON DOMAIN d IS NULL;
CREATE OR REPLACE AGGREGATE s.total (numeric) (SFUNC = numeric_add, STYPE = numeric);
"""


def statements() -> list[str]:
    """All of these on one line each; the long ones are routines, whose bodies others cut."""
    found = (text[c.start : c.end] for text in (*TEXTS, MORE) for c in split(text))
    return sorted({" ".join(sql.split()) for sql in found if len(sql) < LONG and "--" not in sql})


@pytest.mark.parametrize("number", range(4))
def test_what_is_cut_short_is_read_as_far_as_it_goes(number: int) -> None:
    for sql in statements()[number::4]:
        tokens = lex(sql)
        cuts = (sql[: token.end] for token in tokens)
        gaps = (sql[: token.start] + sql[token.end :] for token in tokens)
        for broken in (*cuts, *gaps):
            found = facts(f"{broken};\nCREATE TABLE afterwards (a int);")
            if broken.count("(") == broken.count(")") and "BEGIN" not in broken:
                assert any(isinstance(f, Table) and f.table == "afterwards" for f in found), broken
