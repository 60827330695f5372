"""`python -m outbox_guard`, and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its status."""
    try:
        from outbox_guard.record.recall import answer

        status = answer(sys.argv[1:])
        if status is None:
            from outbox_guard.garbage import keep_all, look_seldom

            look_seldom()  # before anything else is imported: what that makes stays
            from outbox_guard.cli import main as run

            status = run()
            keep_all()  # Python would look through all of it at its end, three times
    except KeyboardInterrupt:  # before the command line could take it
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()
