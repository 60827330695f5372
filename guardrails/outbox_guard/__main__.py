"""`python -m outbox_guard`, and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its status."""
    from outbox_guard.cli import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
