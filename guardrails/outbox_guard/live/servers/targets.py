"""Which database is meant, and how to name it without telling its password."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from outbox_guard.live.errors import LiveError, driver_needed

VARIABLES = ("OUTBOX_EVIDENCE_DB_URL", "DATABASE_URL")
_SCHEME = re.compile(r"(?P<scheme>postgres(?:ql)?)(?:\+\w+)?://")
_SECRETS = ("password", "sslpassword", "oauth_client_secret")
_CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Target:
    """A database that somebody named."""

    parameters: Mapping[str, str] = field(repr=False)  # libpq's; a password may be among them
    said_by: str  # "--url", or the environment variable

    @property
    def shown(self) -> str:
        """As a URL without anything secret."""
        known = self.parameters
        user = f"{known['user']}@" if "user" in known else ""
        host = known.get("host") or known.get("hostaddr") or "localhost"
        port = f":{known['port']}" if "port" in known else ""
        name = known.get("dbname", "")
        if host.startswith("/"):  # the folder of a socket
            return f"postgresql://{user}{port}/{name}?host={host}"
        return f"postgresql://{user}{host}{port}/{name}"

    @property
    def url(self) -> str:
        """The whole of it, for a program that is handed it; never to be shown."""
        known = dict(self.parameters)
        name, user = (quote(known.pop(key, ""), safe="") for key in ("dbname", "user"))
        password = quote(known.pop("password", ""), safe="")
        who = f"{user}:{password}@" if password else f"{user}@" if user else ""
        host = known.pop("host", "")
        port = known.pop("port", "")
        if host and not host.startswith("/") and "," not in host:
            bare = f"[{host}]" if ":" in host else host
            place = f"{bare}:{port}" if port else bare
        else:  # the folder of a socket, or several hosts, as libpq and SQLAlchemy take them
            place = ""
            known |= {key: value for key, value in (("host", host), ("port", port)) if value}
        return f"postgresql://{who}{place}/{name}?{urlencode(known)}".rstrip("?")

    def masked(self, text: str) -> str:
        """A text of the server's or the driver's, without the secrets, in case it repeats one."""
        secrets = (self.parameters.get(name, "") for name in _SECRETS)
        for secret in filter(None, secrets):
            text = text.replace(secret, "***")
        return text


def find_target(
    url: str | None,
    environment: Mapping[str, str] = os.environ,
    *,
    variables: Sequence[str] = VARIABLES,
) -> Target | None:
    """The database of --url, or of the first variable that is not empty; None without one."""
    if url is not None:
        if not url.strip():
            raise LiveError("--url is empty; leave it out, or give a database's URL")
        return read_target(url, "--url")
    for name in variables:
        value = environment.get(name, "")
        if value.strip():  # CI hands over a secret that is not there as an empty text
            return read_target(value, name)
    return None


def read_target(url: str, said_by: str) -> Target:
    """A URL as libpq takes it, or with SQLAlchemy's driver in it."""
    with driver_needed():
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

    plain = url.strip()
    if found := _SCHEME.match(plain):
        plain = f"{found['scheme']}://{plain[found.end() :]}"
    try:
        parameters = conninfo_to_dict(plain)
    except ProgrammingError as error:
        # Not the driver's message: it repeats parts of the text, which may be the password.
        says = f"{said_by} is no URL of a PostgreSQL database{_unknown_option(str(error))}"
        raise LiveError(f"{says}; write postgresql://user@host:5432/database") from None
    known = {name: str(value) for name, value in parameters.items() if value is not None}
    return Target({"connect_timeout": str(_CONNECT_SECONDS), **known}, said_by)


def _unknown_option(message: str) -> str:
    """The name of an option that libpq does not know; a name alone is not secret."""
    found = re.search(r'invalid (?:URI query parameter|connection option)[^"]*"(\w+)"', message)
    return f": it has no option {found[1]!r}" if found else ""
