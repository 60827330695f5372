"""What no role may hold: the matrix of forbidden privileges, and its default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, get_args

Privilege = Literal[
    "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "USAGE", "ALL"
]
PrivilegeList = tuple[Privilege, ...]
TableKind = Literal["pending", "attempts", "sequences"]
TABLE_KINDS: tuple[TableKind, ...] = get_args(TableKind)

_WRITING: PrivilegeList = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
_NO_TRUNCATE: PrivilegeList = ("TRUNCATE",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """What a role may hold on no table of each kind."""

    pending: Annotated[PrivilegeList, "on the pending tables"] = ()
    attempts: Annotated[PrivilegeList, "on the attempts tables"] = ()
    sequences: Annotated[PrivilegeList, "on the sequences tables"] = ()

    def on(self, kind: TableKind) -> PrivilegeList:
        match kind:
            case "pending":
                return self.pending
            case "attempts":
                return self.attempts
            case "sequences":
                return self.sequences

    def forbids(self, kind: TableKind, privilege: str) -> bool:
        """Whether a privilege, of the table or of one column of it, may not be held."""
        held = privilege.partition(" ")[0]
        return any(each in ("ALL", held) for each in self.on(kind))


_READER = Forbidden(pending=_WRITING, attempts=_WRITING, sequences=("ALL",))
_WRITER = Forbidden(pending=_NO_TRUNCATE, attempts=_NO_TRUNCATE, sequences=_NO_TRUNCATE)


def _matrix() -> Mapping[str, Forbidden]:
    return {
        "symphony_readonly": _READER,
        "symphony_auditor": _READER,
        "symphony_executor": Forbidden(
            pending=_NO_TRUNCATE,
            attempts=("UPDATE", "DELETE", "TRUNCATE"),
            sequences=_NO_TRUNCATE,
        ),
        "symphony_control": _WRITER,
        "symphony_ingest": _WRITER,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Privileges:
    forbidden: Annotated[
        Mapping[str, Forbidden],
        "what a role must never hold; a role named here loses its default entry",
    ] = field(default_factory=_matrix)
