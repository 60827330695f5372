"""`outbox-guard gate`."""

from __future__ import annotations

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.projects import loaded
from outbox_guard.cli.statuses import FOUND, OK
from outbox_guard.cli.terminal import complain, deliver
from outbox_guard.errors import UsageError
from outbox_guard.live.gate import Counted, count_forbidden
from outbox_guard.live.servers.targets import VARIABLES, find_target
from outbox_guard.reporters.safety import json_text

CONTRACT = 1  # of the JSON
NO_URL = f"no database to ask: give --url, or set {' or '.join(VARIABLES)}"


def run(arguments: Arguments) -> int:
    outbox = loaded(arguments).config.outbox
    target = find_target(arguments.url)
    if target is None:
        if arguments.require_url:
            raise UsageError(NO_URL)
        complain(f"outbox-guard: skipped: {NO_URL}")
        _tell("skipped", _skipped(), arguments)
        return OK
    counted = count_forbidden(target, outbox, seconds=arguments.timeout)
    _tell(str(counted.total), _told(counted), arguments)
    return FOUND if counted.total else OK


def _tell(text: str, told: dict[str, object], arguments: Arguments) -> None:
    exact = arguments.format == "json"
    deliver(json_text(told) if exact else f"{text}\n", arguments.output, exact=exact)


def _skipped() -> dict[str, object]:
    return {"version": CONTRACT, "result": "skipped", "reason": NO_URL, "count": None}


def _told(counted: Counted) -> dict[str, object]:
    return {
        "version": CONTRACT,
        "result": "failed" if counted.total else "passed",
        "count": counted.total,
        "states": list(counted.states),
        "database": counted.database,
        "tables": [{"table": count.table, "count": count.rows} for count in counted.counts],
    }
