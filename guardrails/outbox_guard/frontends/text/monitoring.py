"""Alert rules and dashboards: what whoever is on duty reads of them."""

from __future__ import annotations

import re

from outbox_guard.frontends.text.blanks import only, without

_ALERT = re.compile(r"^[ ]*(?:- )?alert:[ ]", re.MULTILINE)
_EXPRESSION = re.compile(
    r"^(?P<indent>[ ]*(?:- )?)(?:expr|record|for|runbook_url)[ ]*:[^\n]*"
    r"(?:\n(?:(?P=indent)[ ]{2,}[^\n]*|[ ]*(?=\n)))*",
    re.MULTILINE,
)
_KEY = re.compile(r"^[ ]*(?:- )?[\w.-]+:(?=[ \n])", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$", re.MULTILINE)
_INSERTED = re.compile(r"\{\{.{0,999}?\}\}")
_PANEL = re.compile(r"\"(?:panels|templating|annotations)\"\s*:")
_SHOWN = re.compile(
    r"\"(?:title|description|legendFormat|displayName|label|text|content|message|summary)\"\s*:\s*"
    r"\"(?P<text>(?:\\.|[^\"\\])*)\""
)


def alerts(text: str) -> str:
    """The names and notes of Prometheus' alerts, where there are any; no expressions."""
    if not _ALERT.search(text) or "expr:" not in text:
        return only(text, ())
    return without(text, _EXPRESSION, _KEY, _COMMENT, _INSERTED)


def dashboard(text: str) -> str:
    """The titles, legends and notes of Grafana's panels, where there are any; no queries."""
    shown = _SHOWN.finditer(text) if _PANEL.search(text) else ()
    return without(only(text, (match.span("text") for match in shown)), _INSERTED)
