"""Scripts of a package.json."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from outbox_guard.frontends.workflow.recipes.recipe import Call, Recipe

SHORT = {"t": "test", "tst": "test"}


def read(call: Call) -> Sequence[Recipe]:
    """`npm run NAME`, `npm test`, `yarn NAME`."""
    words = [word for word in call.arguments if not word.startswith("-")]
    if words[:1] in (["run"], ["run-script"]):
        words = words[1:]
    source = call.open("package.json")
    if not words or source is None:
        return ()
    name = SHORT.get(words[0], words[0])
    try:
        text = json.loads(source.text)["scripts"][name]
    except (ValueError, KeyError, TypeError):
        return ()  # an error for whoever runs it, and nothing to be followed
    written = re.search(rf'"{re.escape(name)}"\s*:\s*"(?:\\.|[^"\\])*"', source.text)
    if written is None or not isinstance(text, str):
        return ()
    return [Recipe(source, text, written.start(), written.end(), call.environment, call.folder)]
