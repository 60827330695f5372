"""What database a connection is opened to, where its URL says so."""

from __future__ import annotations

import re

from outbox_guard.facts.code import Target
from outbox_guard.frontends.python.judging.judge import sql_text
from outbox_guard.frontends.python.values.arguments import Arguments
from outbox_guard.frontends.python.values.kinds import Ref, Unknown, Value, options
from outbox_guard.frontends.python.values.pieces import Text

OTHER_DATABASE = re.compile(r"(?!postgres)[a-z][\w]*(?:\+\w+)?:", re.IGNORECASE)
DRIVER_NAME = re.compile(r"[a-z]\w*(?:\+\w+)?")
URL = re.compile(r"\bsqlalchemy\b.*\.(?:URL\.create|make_url)\(\)\Z")
OTHER_URL = re.compile(r"(?!postgres)[a-z][\w+]*://", re.IGNORECASE)
POSTGRES_URL = re.compile(r"postgres(?:ql)?(?:\+\w+)?:|\w+\s*=", re.IGNORECASE)


def is_elsewhere(arguments: Arguments) -> bool:
    """Whether something is made for a URL, and that is none of PostgreSQL's."""
    given = (option for value in arguments.all for option in options(value))
    return any(
        OTHER_URL.match(sql_text(option).text) for option in given if isinstance(option, Text)
    )


def target_of(arguments: Arguments) -> Target:
    """By the arguments of what opens it.

    Where a deployment may say otherwise, a default (`os.getenv("URL", "sqlite://")`) says nothing;
    where a caller may, it does.
    """
    url = arguments.get(0, "url", "dsn", "conninfo", "name_or_url", "drivername")
    found = set(map(_target, options(url))) if url is not None else set()
    order: tuple[Target, ...] = ("postgres", "unknown", "other")
    return next((target for target in order if target in found), "unknown")


def _target(url: Value) -> Target | None:
    match url:
        case Ref(name=name) if URL.search(name):
            return target_of(Arguments(url.arguments, url.keywords))
        case Text():
            start = sql_text(url).text
            if DRIVER_NAME.fullmatch(start):  # of `URL.create("postgresql+psycopg", …)`
                start = f"{start}:"
            if POSTGRES_URL.match(start):
                return "postgres"
            return "other" if OTHER_DATABASE.match(start) else "unknown"
        case Unknown(name=name) if name.isidentifier():
            return None  # a parameter
    return "unknown"
