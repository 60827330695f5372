"""The variables whose values picked the rows that a statement locks: from then on, their keys.

`SELECT … WHERE outbox_id = %s FOR UPDATE SKIP LOCKED` and `DELETE … WHERE outbox_id = %s` are about
the same row if both are given the same variable, whatever it holds.
"""

from __future__ import annotations

import libcst

from outbox_guard.frontends.python.boundary import spelling_of
from outbox_guard.frontends.python.combining import texts
from outbox_guard.frontends.python.judging import sql_text
from outbox_guard.frontends.python.placeholders import given
from outbox_guard.frontends.python.site import Site
from outbox_guard.frontends.python.values import Ref, Rows, Unknown, Value
from outbox_guard.frontends.sql.keys import keys_given


def lock_keys(site: Site, position: int, statement: Value, rows: Rows) -> None:
    """What is known by now of the variables that a locking statement was given as its keys."""
    names = site.machine.project.names
    keys = {
        key
        for text in texts(statement)
        for key in keys_given(sql_text(text).text, names.outbox.key_column)
    }
    for key, node in given(site, position):
        if key in keys and isinstance(node, libcst.Name | libcst.Attribute):
            value = site.machine.evaluate(node, site.scope)
            if isinstance(value, Unknown | Ref):
                key_of = Rows(rows.locked, name=site.spelling)
                site.machine.assign(node, key_of, site.scope)
                if isinstance(node, libcst.Attribute):
                    site.scope.keys[spelling_of(node)] = key_of
