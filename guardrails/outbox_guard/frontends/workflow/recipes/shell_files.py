"""Shell scripts of the project that are run by their path."""

from __future__ import annotations

import re
from collections.abc import Sequence

from outbox_guard.frontends.workflow.recipes.recipe import Call, Recipe
from outbox_guard.frontends.workflow.shell.commands import options_of

SHELLS = ("bash", "sh", "dash", "ksh", "zsh")
_FIRST_LINE = re.compile(
    r"#!\s*(?:/usr/bin/env\s+(?:-S\s+)?)?(?:\S*/)?(?P<program>[\w.+-]+)(?P<flags>.*)"
)


def read(call: Call) -> Sequence[Recipe]:
    """`ci/check.sh` with the options of its first line, `bash -e ci/check.sh` with those."""
    if call.program in SHELLS:
        words = list(call.arguments)
        flags = [words.pop(0) for word in call.arguments if _is_flag(word, words)]
        if not words or any(re.fullmatch(r"-[a-z]*c[a-z]*", flag) for flag in flags):
            return ()
        return _script(call, words[0], " ".join(flags))
    return _script(call, call.path, None) if "/" in call.path else ()


def _is_flag(word: str, rest: list[str]) -> bool:
    return bool(rest) and rest[0] is word and (word[:1] in "-+" or word == "pipefail")


def _script(call: Call, path: str, flags: str | None) -> Sequence[Recipe]:
    source = call.open(path)
    if source is None:
        return ()
    first = _FIRST_LINE.match(source.text)
    if first and first["program"] not in SHELLS:
        return ()
    given = flags if flags is not None else (first["flags"] if first else "")
    text = source.text
    return [
        Recipe(source, text, 0, len(text), call.environment, call.folder, options_of(given.split()))
    ]
