"""Words and keys of the old model: found where users read them, not where they are quoted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox_guard.checking import check_sources
from outbox_guard.frontends.text import prose, settings
from outbox_guard.frontends.text.blanks import only
from outbox_guard.frontends.text.words import renamed
from outbox_guard.names import Names
from tests.support.examples import RULES, judgement


def said(path: str, text: str) -> list[str]:
    """The words that are found in a text about leases, with their lines and codes."""
    lines = text.splitlines()
    found = check_sources({path: text}, judgement(*RULES))
    places = [(finding.code, finding.place) for finding in found]
    return [f"{c} {lines[p.line - 1][p.column - 1 : p.end_column - 1]}:{p.line}" for c, p in places]


PROSE = {
    "A lease is no zombie.": ["OBG701 zombie:1"],
    "Leases\n\nZombies\n=======\n": ["OBG701 Zombies:3"],
    "The zombie-repair job of the outbox": ["OBG701 zombie-repair:1"],
    "Leases: `ZOMBIE_REQUEUE`, ZOMBIE_REQUEUE, zombie_requeue": [],
    "Leases, and `zombie` in code": [],
    "Leases, and ``a zombie ` in code``": [],
    'Leases, and "zombie" in quotes': [],
    "Leases, and \u201czombies at night\u201d": [],
    "> zombie leases\n": [],
    "Leases\n\n```\nzombie\n```\n": [],
    "Leases\n\n~~~ sh\nzombie\n~~~\n\nzombie\n": ["OBG701 zombie:7"],
    "Leases\n\n```\nzombie\n": [],
    "Leases [here](zombies.md) and https://example.org/zombie/1\n": [],
    "Leases <!-- a zombie -->\n": [],
    "Formerly a lease was a zombie. A zombie is found.": ["OBG701 zombie:1"],
    "A lease was called zombie once.": [],
    "# Leases\n## History\nzombies\n### Deeper\nzombies\n## Today\nzombies\n": ["OBG701 zombies:7"],
    "A zombie process has no lease.": [],
    "Leases\n\n    zombie in code\n\nzombie\n": ["OBG701 zombie:5"],
    "- Leases\n\n    A zombie in a list.\n": ["OBG701 zombie:3"],
    "There are no zombies any more. A lease runs out.": [],
    "| old | new |\n|---|---|\n| zombie | expired lease |\n\nzombie\n": ["OBG701 zombie:5"],
    "| name | lease |\n|---|---|\n| zombie | expired |\n": ["OBG701 zombie:3"],
    "Set LEASE_SECONDS (was ZOMBIE_THRESHOLD_SECONDS).": [],
    "ZOMBIE_THRESHOLD_SECONDS was removed in favour of LEASE_SECONDS.": [],
    "The cat is a zombie.": [],
    "Leases: set ZOMBIE_THRESHOLD_SECONDS to 60": ["OBG702 ZOMBIE_THRESHOLD_SECONDS:1"],
}
RST = {
    "A lease is no zombie.\n": ["OBG701 zombie:1"],
    "Leases::\n\n    zombie\n\nzombie\n": ["OBG701 zombie:5"],
    "Leases\n\n.. code-block:: sh\n\n   zombie\n\nzombie\n": ["OBG701 zombie:7"],
    "Leases\n\n.. a remark on zombies\n": [],
    "Leases\n\n.. note::\n\n   A zombie.\n": ["OBG701 zombie:5"],
    "Leases\n\n  .. note::\n\n     A zombie.\n": ["OBG701 zombie:5"],
    "Leases\n\n  so::\n\n     A zombie.\n": [],
    "Leases, ``zombie`` and :ref:`zombie`\n": [],
    "Leases\n======\n\nHistory\n-------\n\nzombies\n\nToday\n-----\n\nzombies\n": [
        "OBG701 zombies:12"
    ],
}
YAML = {
    "lease: 1\nzombie_alert: 2\n": ["OBG701 zombie_alert:2"],
    "zombie-threshold-seconds: 2\n": ["OBG702 zombie-threshold-seconds:1"],
    "- ZOMBIE_THRESHOLD_SECONDS=60\n": ["OBG702 ZOMBIE_THRESHOLD_SECONDS:1"],
    "env: {ZOMBIE_BATCH_SIZE: 60}\n": ["OBG702 ZOMBIE_BATCH_SIZE:1"],
    "a: ${ZOMBIE_BATCH_SIZE:-3}\n": ["OBG702 ZOMBIE_BATCH_SIZE:1"],
    'name: "ZOMBIE_BATCH_SIZE"\n': ["OBG702 ZOMBIE_BATCH_SIZE:1"],
    "title: a lease is no zombie\n": [],
    "image: zombie-hunter:1  # of the lease\n": [],
    "# a lease is no zombie: true\n": [],
    "lease: |\n  zombie: 1\nzombie: 2\n": ["OBG701 zombie:3"],
    "- run: >-\n    ZOMBIE_BATCH_SIZE=3\n": ["OBG702 ZOMBIE_BATCH_SIZE:2"],
    "- run: |\n    echo ZOMBIE_BATCH_SIZE\n    zombies=3  # of the lease\n": [],
    "- {name: ZOMBIE_BATCH_SIZE, value: 3}\n": ["OBG702 ZOMBIE_BATCH_SIZE:1"],
}
TOML = {
    "lease = 1\nzombie = 2\n": ["OBG701 zombie:2"],
    "[lease.zombie]\n": ["OBG701 zombie:1"],
    'note = "a lease is no zombie"\n': [],
    'lease = """\nzombie = 1\n"""\nzombie = 2\n': ["OBG701 zombie:4"],
    "zombieThresholdSeconds = 1\n": ["OBG702 zombieThresholdSeconds:1"],
}
ALERTS = {
    "- alert: ZombieLeases\n  expr: zombies > 0\n": ["OBG701 ZombieLeases:1"],
    "- alert: Leases\n  expr: |\n    zombies > 0\n  for: 5m\n  annotations:\n    summary: >\n"
    "      {{ $labels.zombie }} zombies\n": ["OBG701 zombies:7"],
    '- alert: Leases\n  expr: attempts{state="ZOMBIE_REQUEUE"} > 0  # zombies\n': [],
    "- title: zombie leases\n  expr: 1\n": [],
}
DASHBOARD = {
    '{"panels": [{"title": "Zombie leases", "expr": "zombies"}]}': ["OBG701 Zombie:1"],
    '{"panels": [{"legendFormat": "{{zombie}} lease"}]}': [],
    '{"title": "Zombie leases"}': [],
    '{"lease": 1, "ZOMBIE_BATCH_SIZE": 2}': ["OBG702 ZOMBIE_BATCH_SIZE:1"],
    '{"note": "ZOMBIE_BATCH_SIZE"}': [],
}
SHELL = {
    "export ZOMBIE_BATCH_SIZE=3\n": ["OBG702 ZOMBIE_BATCH_SIZE:1"],
    "# ZOMBIE_BATCH_SIZE=3\necho ZOMBIE_BATCH_SIZE\nzombies=$(lease)\n": [],
    "# outbox-guard: allow[OBG702] theirs\nZOMBIE_BATCH_SIZE=3 relay\n": [],
}
DOCKERFILE = {
    "ENV ZOMBIE_BATCH_SIZE 3\n": ["OBG702 ZOMBIE_BATCH_SIZE:1"],
    "ENV ZOMBIE_BATCH_SIZE=3\n": ["OBG702 ZOMBIE_BATCH_SIZE:1"],
}
DOTENV = {
    "export ZOMBIE_THRESHOLD_SECONDS=60\n": ["OBG702 ZOMBIE_THRESHOLD_SECONDS:1"],
    "; ZOMBIE_THRESHOLD_SECONDS=60\n": [],
    "LEASE_SECONDS=60\nZOMBIE_THRESHOLD_SECONDS=60\n": ["OBG702 ZOMBIE_THRESHOLD_SECONDS:2"],
}


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        (path, text, found)
        for path, table in (
            ("docs/a.md", PROSE),
            ("docs/a.rst", RST),
            ("deploy/a.yaml", YAML),
            ("a.toml", TOML),
            (".env", DOTENV),
            ("alerts/outbox.yml", ALERTS),
            ("grafana/dashboard.json", DASHBOARD),
            ("deploy/start.sh", SHELL),
            ("deploy/Dockerfile", DOCKERFILE),
        )
        for text, found in table.items()
    ],
)
def test_a_word_is_found_where_it_is_the_author_s_own(
    path: str, text: str, found: list[str]
) -> None:
    assert said(path, text) == found


@pytest.mark.parametrize(
    "path",
    [
        "CHANGELOG.md",
        "docs/release-notes.rst",
        "HISTORY.md",
        "docs/changelog/2026.md",
        "docs/adr/0007-leases.md",
        "newsfragments/12.misc.md",
        "MIGRATION.md",
    ],
)
def test_a_changelog_tells_how_it_was(path: str) -> None:
    assert said(path, "Leases, once a zombie.\n\nZombies are gone.\n") == []


def test_an_allow_comment_counts_in_a_document() -> None:
    note = "<!-- outbox-guard: allow[OBG701] the name of a film -->"
    assert said("docs/a.md", f"Leases\n\n{note}\nA zombie.\n") == []
    assert said("docs/a.md", f"Leases\n\n```\n{note}\n```\n") == []
    assert said("a.yaml", "lease: 1\n# outbox-guard: allow[OBG701] theirs\nzombie: 2\n") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ZOMBIE_THRESHOLD_SECONDS", "LEASE_SECONDS"),
        ("zombie_threshold_seconds", "lease_seconds"),
        ("PAY_ZOMBIE_THRESHOLD_SECONDS", "PAY_LEASE_SECONDS"),
        ("zombie-batch-size", "lease-repair-batch-size"),
        ("zombieBatchSize", "leaseRepairBatchSize"),
        ("payZombieThresholdSeconds", "payLeaseSeconds"),
        ("ZombieThresholdSeconds", "LeaseSeconds"),
        ("ZOMBIE_ALERT", ""),
        ("ZOMBIE_THRESHOLD_SECONDS_MAX", ""),
        ("", ""),
    ],
)
def test_a_key_keeps_its_prefix_and_its_spelling(old: str, new: str) -> None:
    assert renamed(old, Names()) == new


OPENINGS = ("](", ":a", "{#", "[\n", "- ", " ", "${{ a.", "'''", "    a\n")


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize("path", ["a.md", "a.rst", "a.yml", "a.toml", "a.json", ".env", "a.sh"])
def test_a_text_of_many_openings_is_read_once(path: str, opening: str) -> None:
    """Read over and over, each would take minutes."""
    assert said(path, f"leases: |\n{opening * 50_000}") == []


def test_what_is_kept_of_a_text_may_lie_within_each_other() -> None:
    assert only("abc\ndefgh", [(6, 8), (0, 2), (1, 9), (3, 5)]) == "abc\ndefgh"
    assert only("abc\ndefgh", [(5, 6), (1, 2)]) == " b \n e   "
    assert only("abc\nd", []) == "   \n "


@given(st.text(alphabet="az #`~>\"'.:-=*|\n[]()<!", max_size=80))
def test_what_is_blanked_keeps_its_place(text: str) -> None:
    for shown in (prose.markdown, prose.restructured, settings.yaml, settings.toml, settings.lines):
        seen = shown(text)
        assert len(seen) == len(text)
        assert all(new in (old, " ") for old, new in zip(text, seen, strict=True))
