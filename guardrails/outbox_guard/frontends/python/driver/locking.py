"""The variables whose values picked the rows that a statement locks: from then on, their keys.

`SELECT … WHERE outbox_id = %s FOR UPDATE SKIP LOCKED` and `DELETE … WHERE outbox_id = %s` are about
the same row if both are given the same variable, whatever it holds.
"""

from __future__ import annotations

from outbox_guard.frontends.python.context.call_sites import Site
from outbox_guard.frontends.python.driver.placeholders import given
from outbox_guard.frontends.python.judging.judge import sql_text
from outbox_guard.frontends.python.orm.keys import become_keys
from outbox_guard.frontends.python.values.combining import texts
from outbox_guard.frontends.python.values.kinds import Rows, Value
from outbox_guard.frontends.sql.statements.keys import keys_given


def lock_keys(site: Site, position: int, statement: Value, rows: Rows) -> None:
    """What is known by now of the variables that a locking statement was given as its keys."""
    names = site.machine.project.names
    keys = {
        key
        for text in texts(statement)
        for key in keys_given(sql_text(text).text, names.outbox.key_column)
    }
    become_keys(site, (node for key, node in given(site, position) if key in keys), rows.locked)
