"""How findings are spread over rules, folders and time, and which exceptions are in force."""

from outbox_guard.stats.counting import Exempt, Row, Statistics, tally
from outbox_guard.stats.rendering import render_json, render_text

__all__ = ["Exempt", "Row", "Statistics", "render_json", "render_text", "tally"]
