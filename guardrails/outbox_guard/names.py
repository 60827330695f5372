"""What things are called in a project: tables, states, functions, zones, drivers.

Each dataclass is one table of the configuration, with its defaults: the field
`lease_columns` is the key `lease-columns`. The annotation's sentence is what `outbox-guard
config` and the editors' schema say of it; a function after it says why a text is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from outbox_guard.facts import GateKind, Zone
from outbox_guard.globs import (
    any_name,
    any_path,
    call_fault,
    column_fault,
    function_fault,
    module_fault,
    path_fault,
    table_fault,
)
from outbox_guard.matrix import TABLE_KINDS, Privileges, TableKind

Texts = tuple[str, ...]
SomeTexts = tuple[str, *tuple[str, ...]]  # at least one


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """The tables of the outbox, their columns and their states."""

    pending: Annotated[Texts, "tables that are the hot queue; globs allowed", table_fault] = (
        "payment_outbox_pending",
    )
    attempts: Annotated[Texts, "append-only history tables; globs allowed", table_fault] = (
        "payment_outbox_attempts",
    )
    sequences: Annotated[
        Texts, "tables that allocate sequence numbers; globs allowed", table_fault
    ] = ("participant_outbox_sequences",)
    key_column: Annotated[
        str, "what identifies a payment in pending and in attempts", column_fault
    ] = "outbox_id"
    state_column: Annotated[str, "the column of attempts that holds the state", column_fault] = (
        "state"
    )
    forbidden_states: Annotated[Texts, "states that must never be written again"] = ("DISPATCHING",)
    terminal_states: Annotated[SomeTexts, "states after which nothing more happens"] = (
        "DISPATCHED",
        "FAILED",
    )
    requeue_state: Annotated[str, "the state that a repaired lease appends"] = "ZOMBIE_REQUEUE"
    lease_columns: Annotated[
        SomeTexts, "columns that are set and cleared together", column_fault
    ] = (
        "claimed_by",
        "lease_token",
        "lease_expires_at",
    )
    due_column: Annotated[str, "when a row may be claimed next", column_fault] = "next_attempt_at"
    count_column: Annotated[str, "how often a row was tried", column_fault] = "attempt_count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Functions:
    """The functions of the database that the outbox is used through."""

    enqueue: Annotated[str, "puts a payment into pending", function_fault] = (
        "enqueue_payment_outbox"
    )
    claim: Annotated[str, "leases due rows", function_fault] = "claim_outbox_batch"
    complete: Annotated[str, "appends the outcome of an attempt", function_fault] = (
        "complete_outbox_attempt"
    )
    repair: Annotated[str, "requeues expired leases", function_fault] = "repair_expired_leases"
    append_only: Annotated[
        str, "the trigger function that refuses changes of attempts", function_fault
    ] = "deny_outbox_attempts_mutation"

    @property
    def all(self) -> Texts:
        """Every function of the outbox."""
        return (self.enqueue, self.claim, self.complete, self.repair, self.append_only)


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    """Globs anchored at the project's root."""

    home: Annotated[Texts, "the one place that may touch drivers, pools and roles", path_fault] = (
        "libs/db/**",
    )
    tests: Annotated[Texts, "may import drivers and test-only helpers", path_fault] = (
        "tests/**",
        "libs/db/__tests__/**",
    )
    scripts: Annotated[Texts, "may import drivers", path_fault] = ("scripts/**",)
    schema: Annotated[Texts, "DDL, DB functions, migrations", path_fault] = ("schema/**",)

    def of(self, path: str) -> Zone:
        """A file in several zones is in the first of tests, home, scripts, schema."""
        if any_path(self.tests, path):
            return "tests"
        if any_path(self.home, path):
            return "home"
        if any_path(self.scripts, path):
            return "scripts"
        return "schema" if any_path(self.schema, path) else "application"

    def is_schema(self, path: str) -> bool:
        """The same, asked of many files that are not."""
        return any_path(self.schema, path) and self.of(path) == "schema"


DRIVERS = (
    "adbc_driver_postgresql",
    "aiopg",
    "asyncpg",
    "pg8000",
    "pgdb",
    "psqlpy",
    "psycopg",
    "psycopg2",
    "psycopg2cffi",
    "psycopg_binary",
    "psycopg_c",
    "psycopg_pool",
    "pygresql",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    drivers: Annotated[
        Texts, "PostgreSQL drivers, by the name they are imported under", module_fault
    ] = DRIVERS
    test_only: Annotated[
        Texts, "modules for tests alone, as a dotted name or a path", module_fault
    ] = (
        "libs/db/testOnly",
        "libs.db.testOnly",
        "libs.db.test_only",
    )
    query_calls: Annotated[Texts, "calls that query without naming a role", call_fault] = (
        "db.query",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognise:
    """By what each step is known: `*` globs over its name, commands and action, without case.

    Without `*` it is the beginning of a command, or an action without its version.
    """

    guardrails: Annotated[Texts, "the checks of outbox-guard"] = (
        "outbox-guard check",
        "outbox-guard/outbox-guard",
        "*guardrail*",
    )
    unit: Annotated[Texts, "the unit tests"] = ("*unit*",)
    integration: Annotated[Texts, "the tests with a database"] = ("*integration*",)
    regression: Annotated[Texts, "the regression gate"] = ("outbox-guard gate", "*regression*")
    evidence: Annotated[Texts, "what writes down the evidence"] = (
        "outbox-guard evidence",
        "*evidence*",
    )
    upload: Annotated[Texts, "what keeps the evidence"] = ("actions/upload-artifact",)

    def patterns(self, kind: GateKind) -> Texts:
        found: Texts = getattr(self, kind)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The CI gate: where it is, and what it must have."""

    workflow: Annotated[str, "the workflow file of the gate; empty: the one that looks like it"] = (
        ""
    )
    job: Annotated[str, "the job of the gate; empty: the one that looks like it"] = ""
    steps: Annotated[tuple[GateKind, ...], "the steps it must have, in their order"] = (
        "guardrails",
        "unit",
        "integration",
        "regression",
        "evidence",
        "upload",
    )
    recognise: Annotated[Recognise, "by what each step is known"] = field(default_factory=Recognise)
    secrets: Annotated[Texts, "secrets with the address of a database"] = (
        "DATABASE_URL",
        "OUTBOX_EVIDENCE_DB_URL",
    )

    @property
    def path(self) -> str:
        """The workflow, as the project's own paths are written."""
        return self.workflow.removeprefix("./")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """Words of the old model, and signals of the new one."""

    terms: Annotated[Texts, "words of the old model that users are not to read"] = ("zombie",)
    lease_seconds: Annotated[Texts, "old names of the key LEASE_SECONDS"] = (
        "ZOMBIE_THRESHOLD_SECONDS",
        "ZOMBIE_THRESHOLD",
        "ZOMBIE_TIMEOUT_SECONDS",
        "ZOMBIE_AFTER_SECONDS",
        "ZOMBIE_AGE_SECONDS",
    )
    lease_repair_batch_size: Annotated[Texts, "old names of the key LEASE_REPAIR_BATCH_SIZE"] = (
        "ZOMBIE_REPAIR_BATCH_SIZE",
        "ZOMBIE_REQUEUE_BATCH_SIZE",
        "ZOMBIE_SWEEP_BATCH_SIZE",
        "ZOMBIE_BATCH_SIZE",
    )
    signals: Annotated[Texts, "what a relayer counts; one of them it has to"] = (
        "expired_lease_count",
        "repair_requeued_count",
        "lease_lost_count",
        "terminal_guard_hit_count",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """All that a frontend needs to know of the configuration."""

    outbox: Outbox = field(default_factory=Outbox)
    functions: Functions = field(default_factory=Functions)
    zones: Zones = field(default_factory=Zones)
    boundary: Boundary = field(default_factory=Boundary)
    gate: Gate = field(default_factory=Gate)
    operations: Operations = field(default_factory=Operations)
    # Its mapping has no hash; names that differ in nothing else are rare and still not equal.
    privileges: Privileges = field(default_factory=Privileges, hash=False)
    target_version: int = 17  # the major version of PostgreSQL
    lease_lost: str = "P7002"  # the SQLSTATE of a completion without its lease

    @property
    def guarded(self) -> Texts:
        """Every outbox table."""
        return (*self.outbox.pending, *self.outbox.attempts, *self.outbox.sequences)

    @property
    def timed(self) -> Texts:
        """Columns of which a comparison with the clock tells that they hold a time."""
        return tuple(dict.fromkeys((self.outbox.due_column, *self.outbox.lease_columns)))

    def is_pending(self, table: str) -> bool:
        return any_name(self.outbox.pending, table)

    def is_attempts(self, table: str) -> bool:
        return any_name(self.outbox.attempts, table)

    def is_guarded(self, table: str) -> bool:
        return any_name(self.guarded, table)

    def kinds_of(self, table: str) -> tuple[TableKind, ...]:
        """What a table is to the outbox: mostly nothing, or one thing."""
        return tuple(kind for kind in TABLE_KINDS if any_name(getattr(self.outbox, kind), table))
