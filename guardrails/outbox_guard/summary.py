"""What was found and looked at, in one line."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def found(errors: int, warnings: int, suppressed: int = 0) -> str:
    counts = f"{count(errors, 'error')}, {count(warnings, 'warning')}"
    return f"{counts} ({suppressed:,} suppressed)" if suppressed else counts


def looked_at(files: int, parsed: int, statements: int, undetermined: int = 0) -> str:
    if not files:
        return "nothing here for outbox-guard to check"
    followed = f"{count(statements, 'SQL statement')} followed"
    if not statements:
        followed = "no SQL statement names the outbox"  # perhaps it is not configured by its names
    elif undetermined:
        followed += f", {undetermined:,} of them not to the end"
    return f"{count(files, 'file')}, {parsed:,} parsed, {followed}"
