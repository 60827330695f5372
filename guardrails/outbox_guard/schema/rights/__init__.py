"""Who may do what on the outbox, as all GRANTs and REVOKEs of `schema/` leave it."""

from outbox_guard.schema.rights.acl import Statement
from outbox_guard.schema.rights.estate import Estate
from outbox_guard.schema.rights.held import Held, held, held_by, known_roles
from outbox_guard.schema.rights.history import estate
from outbox_guard.schema.rights.items import Item
from outbox_guard.schema.rights.privileges import OF_TABLES
from outbox_guard.schema.rights.sessions import APPLIER
from outbox_guard.schema.rights.telling import privileges

__all__ = [
    "APPLIER",
    "OF_TABLES",
    "Estate",
    "Held",
    "Item",
    "Statement",
    "estate",
    "held",
    "held_by",
    "known_roles",
    "privileges",
]
