"""The account that a server of ours runs under: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from outbox_guard.live.errors import LiveError
from outbox_guard.live.servers.programs import Programs

_SERVANTS = ("postgres", "nobody")
_WORLD_ENTERS = stat.S_IXOTH


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server; without numbers it is who runs this process."""

    user: int | None = None
    group: int | None = None

    def take(self, folder: Path) -> None:
        """Make a folder the account's own, and close it to all others."""
        folder.chmod(stat.S_IRWXU)
        if self.user is not None and self.group is not None:
            os.chown(folder, self.user, self.group)


def serving_account() -> Account:
    """This process's own account, or a servant's where that is root."""
    import pwd

    if (user := os.geteuid()) != 0:
        _check_named(user)
        return Account()
    for name in _SERVANTS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid)
    raise LiveError(
        "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as;"
        " run outbox-guard as another user, or name a server with --url"
    )


def _check_named(user: int) -> None:
    """A container may run us under any number; initdb wants to know whose it is."""
    import pwd

    try:
        pwd.getpwuid(user)
    except KeyError as error:
        raise LiveError(
            f"PostgreSQL does not run as a user without a name, and user {user} has none;"
            " give it a line in /etc/passwd, or name a server with --url"
        ) from error


def reachable(programs: Programs, account: Account, spare: Path) -> Programs:
    """The programs where the account can run them: below a closed folder, as a copy in `spare`."""
    if account.user is None or is_open(programs.folder):
        return programs
    copy = spare / "postgresql"
    ignored = shutil.ignore_patterns("include", "*.a", "locale")
    shutil.copytree(programs.installation, copy, symlinks=True, ignore=ignored)
    return Programs(copy / programs.folder.name, programs.version)


def is_open(folder: Path) -> bool:
    """May anybody enter the folder, and all that it lies in?"""
    resolved = folder.resolve()
    return all(each.stat().st_mode & _WORLD_ENTERS for each in (resolved, *resolved.parents))


def room(account: Account) -> Path:
    """A temporary folder that the account can reach, with a path short enough for a socket."""
    import tempfile

    longest = 60  # a socket's path has 107 bytes at most
    candidates = dict.fromkeys((Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")))
    for parent in candidates:
        fits = len(os.fsencode(parent)) <= longest and os.access(parent, os.W_OK)
        if fits and (account.user is None or is_open(parent)):
            return _own_folder(parent, account)
    tried = ", ".join(map(str, candidates))
    raise LiveError(f"no temporary folder for a server: {tried}; set TMPDIR, or give --url")


def _own_folder(parent: Path, account: Account) -> Path:
    import tempfile

    try:
        folder = Path(tempfile.mkdtemp(prefix="outbox-guard-", dir=parent))
        account.take(folder)
    except OSError as error:
        raise LiveError(
            f"{parent}: no folder can be made for a server: {error.strerror}"
        ) from error
    return folder
