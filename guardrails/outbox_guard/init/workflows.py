"""The workflows that `outbox-guard init` writes."""

from __future__ import annotations

from dataclasses import dataclass

from outbox_guard.version import __version__


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow that is written for a project."""

    path: str
    text: str
    gate: str = ""  # the job that is the whole CI gate, "" where there is none

    def configuration(self, section: str) -> str:
        """The table that names the gate in a configuration."""
        if not self.gate:
            return ""
        return f'\n[{section}]\nworkflow = "{self.path}"\njob = "{self.gate}"\n'


_HEAD = """\
    runs-on: ubuntu-latest
    timeout-minutes: 30
"""
_SET_UP = """\
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683  # v4.2.2
        with:
          persist-credentials: false
      - uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065  # v5.6.0
        with:
          python-version: "3.13"
"""

GUARDRAILS = Workflow(
    ".github/workflows/outbox-guard.yml",
    f"""\
name: outbox-guard
on: [push, pull_request]
permissions:
  contents: read
concurrency:
  group: outbox-guard-${{{{ github.ref }}}}
  cancel-in-progress: true
jobs:
  guardrails:
    name: guardrails
{_HEAD}{_SET_UP}\
      - run: python -m pip install outbox-guard=={__version__}
      - name: guardrails
        run: outbox-guard check . --format github
        env:
          ENFORCE_NO_DB_QUERY: "1"
""",
)
GATE = Workflow(
    ".github/workflows/outbox-gate.yml",
    f"""\
# The CI gate of the outbox. Its steps stand in the order that outbox-guard demands (OBG601-605);
# put your own commands into them.
name: outbox-gate
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
concurrency:
  group: outbox-gate-${{{{ github.ref }}}}
  cancel-in-progress: true
jobs:
  outbox-gate:
    name: outbox gate
{_HEAD}\
    env:
      # A PostgreSQL to test with, as postgresql://user:password@host/database. Without the secret,
      # as in a fork, what needs a database is left out.
      OUTBOX_EVIDENCE_DB_URL: ${{{{ secrets.OUTBOX_EVIDENCE_DB_URL }}}}
{_SET_UP}\
      - name: install
        run: |
          python -m pip install "outbox-guard[live]=={__version__}" pytest
          python -m pip install .
      - name: guardrails
        env:
          ENFORCE_NO_DB_QUERY: "1"
        run: outbox-guard check . --format github
      - name: unit tests
        run: python -m pytest tests/unit
      - name: integration tests
        if: env.OUTBOX_EVIDENCE_DB_URL != ''
        env:
          DATABASE_URL: ${{{{ secrets.OUTBOX_EVIDENCE_DB_URL }}}}
        run: python -m pytest tests/integration
      - name: regression gate
        if: env.OUTBOX_EVIDENCE_DB_URL != ''
        run: outbox-guard gate --require-url
      - name: evidence
        if: always()
        run: outbox-guard evidence --output outbox-evidence
      - name: upload
        if: always()
        uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02  # v4.6.2
        with:
          name: outbox-evidence
          path: outbox-evidence
          if-no-files-found: error
          retention-days: 14
""",
    gate="outbox-gate",
)
