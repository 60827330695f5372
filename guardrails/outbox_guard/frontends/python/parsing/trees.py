"""What libcst's own parser makes of a text: a tree with all that is written between its nodes."""

from __future__ import annotations

import libcst

_DECODED = libcst.PartialParserConfig(encoding="utf-8")  # it looks up what Python runs, to be made


def parse_text(text: str) -> libcst.Module:
    """The tree of a text, which is decoded already: a cookie must not decode it again."""
    return libcst.parse_module(text, _DECODED)
