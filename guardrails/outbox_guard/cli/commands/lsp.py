"""`outbox-guard lsp`."""

from __future__ import annotations

from outbox_guard.cli.arguments import Arguments
from outbox_guard.cli.statuses import OK
from outbox_guard.errors import UsageError


def run(arguments: Arguments) -> int:
    del arguments
    try:
        from outbox_guard.lsp.server import make_server
    except ImportError as error:
        needs = f"the language server needs {error.name}"
        raise UsageError(f"{needs}: pip install 'outbox-guard[lsp]'") from error
    server = make_server()
    try:
        server.start_io()
    finally:
        server.turns.stop()  # a client may be gone without a word
    return OK
