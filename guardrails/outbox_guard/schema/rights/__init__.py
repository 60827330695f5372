"""Who may do what on the outbox, as all GRANTs and REVOKEs of `schema/` leave it."""

from outbox_guard.schema.rights.acl import PUBLIC
from outbox_guard.schema.rights.held import Held, held
from outbox_guard.schema.rights.history import estate
from outbox_guard.schema.rights.telling import privileges

__all__ = ["PUBLIC", "Held", "estate", "held", "privileges"]
