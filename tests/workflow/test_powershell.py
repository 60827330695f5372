"""What PowerShell makes of the failure of a program, as GitHub runs its scripts."""

from __future__ import annotations

import pytest

from outbox_guard.frontends.workflow.powershell import Statement, statements, verdict, ways

CHECK = "outbox-guard check ."
NATIVE = "$PSNativeCommandUseErrorActionPreference = $true\n"

FAILS = {
    "alone": CHECK,
    "before a cmdlet": f"{CHECK}\nWrite-Host 'done'",
    "or what is no program": f"{CHECK} || $true",
    "into nothing": f"{CHECK} | Out-Null",
    "asked about": f"{CHECK}\nif ($LASTEXITCODE -ne 0) {{ exit $LASTEXITCODE }}\npytest tests",
    "asked about in other words": f"{CHECK}\nif (-not $?) {{ throw 'findings' }}\npytest tests",
    "or leave": f"{CHECK} || exit 1\npytest tests",
    "its status handed on": f"{CHECK}\nexit $LASTEXITCODE",
    "an error that stops": f"{NATIVE}{CHECK}\npytest tests",
    "tried, and thrown again": f"{NATIVE}try {{ {CHECK} }} catch {{ throw }}\npytest tests",
    "words in a text": f"{CHECK}\nWrite-Host 'run `exit 0; pytest` yourself'",
    "words in a comment": f"{CHECK}\n# exit 0\n<# pytest tests\nexit 0 #>",
}
LOST = {
    "exit 0": (f"{CHECK}\nexit 0", "exit 0"),
    "with a reason": (f"{CHECK}  # <# known #>\nexit 0  # for now", "exit 0"),
    "on one line": (f"{CHECK}; exit 0", "exit 0"),
    "another program": (f"{CHECK}\npytest tests", "pytest tests"),
    "after a cmdlet": (f"{CHECK}\nWrite-Host 'done'\npytest tests", "pytest tests"),
    "or another program": (f"{CHECK} || git status", f"{CHECK} || git status"),
    "a status that is forgotten": (
        f"{CHECK}\n$global:LASTEXITCODE = 0",
        "$global:LASTEXITCODE = 0",
    ),
    "another program that is called": (f"{CHECK}\n& pytest tests", "& pytest tests"),
    "another program in quotes": (f"{CHECK}\n& 'pytest' tests", "& 'pytest' tests"),
    "an error that is caught": (
        f"{NATIVE}try {{ {CHECK} }} catch {{ Write-Host $_ }}\nexit 0",
        "exit 0",
    ),
    "an error that stops nothing": (
        f"$ErrorActionPreference = 'Continue'\n{NATIVE}{CHECK}\npytest tests",
        "pytest tests",
    ),
    "within try": (f"try {{\n  {CHECK}\n  pytest tests\n}} catch {{ throw }}", "pytest tests"),
}
UNKNOWN = {
    "a block after it": f"{CHECK}\nif ($env:CI) {{ exit 0 }}",
    "a call of what a variable holds": f"{CHECK}\n& $next",
}


def of_check(script: str) -> str:
    way = next(way for way in ways(script) if way.statement.text.startswith(CHECK))
    found = verdict(way)
    return found.text if isinstance(found, Statement) else found


@pytest.mark.parametrize("script", [pytest.param(each, id=name) for name, each in FAILS.items()])
def test_its_failure_is_the_script_s(script: str) -> None:
    assert of_check(script) == "fails"


@pytest.mark.parametrize(
    ("script", "by"), [pytest.param(*each, id=name) for name, each in LOST.items()]
)
def test_its_failure_is_lost(script: str, by: str) -> None:
    assert of_check(script) == by


@pytest.mark.parametrize("script", [pytest.param(each, id=name) for name, each in UNKNOWN.items()])
def test_nothing_is_claimed_of_what_is_not_followed(script: str) -> None:
    assert of_check(script) == "unknown"


def test_a_statement_knows_where_it_stands() -> None:
    script = "# first\n  a `\n  b; c 'x;y'\n@'\n;\n'@\n"
    found = list(statements(script))
    assert [each.text for each in found] == ["a `\n  b", "c 'x;y'", "@'\n;\n'@"]
    assert all(script[each.start : each.end] == each.text for each in found)
