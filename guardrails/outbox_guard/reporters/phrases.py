"""What several outputs say of a finding and its rule in the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outbox_guard.facts import Place
from outbox_guard.findings import Finding

HOME = "https://github.com/outbox-guard/outbox-guard"
BUILTIN = "OBG"

# A full stop ends a sentence where a capital, a quotation or code begins the next: not in "e.g. a".
_END_OF_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'`(])")


def rule_url(code: str) -> str | None:
    """Where the rule is explained on the web; a project's own rules are not."""
    return f"{HOME}/blob/main/docs/rules.md#{code.lower()}" if code.startswith(BUILTIN) else None


def first_sentence(paragraph: str) -> str:
    return _END_OF_SENTENCE.split(" ".join(paragraph.split()), maxsplit=1)[0]


def at(place: Place) -> str:
    return f"{place.path}:{place.line}:{place.column}"


def related(finding: Finding) -> Iterator[str]:
    """The other places, a line each, for outputs that have no field for them."""
    return (f"{at(other.place)}: {other.message}" for other in finding.related)
