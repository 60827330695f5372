r"""Where Python's texts and comments stand, found without parsing.

Each form begins with its sign. Only a choice of patterns that all begin with a plain character is
searched for by skipping from one such character to the next, three times as fast: so there is no
group around these, nor `"{3}`, and who wants to know what was found looks at how it begins.
"""

from __future__ import annotations

import re

_LONG = r"{0}{0}{0}[^{0}\\]*(?:(?:\\.|{0}(?!{0}{0}))[^{0}\\]*)*{0}{0}{0}"
_SHORT = r"{0}[^{0}\\\n]*(?:\\(?:\r\n|.)[^{0}\\\n]*)*{0}"

TEXT = "|".join(form.format(quote) for form in (_LONG, _SHORT) for quote in "\"'")  # with DOTALL
COMMENT = r"#[^\n]*"
COMMENT_SIGN = b"#"
COMMENT_OR_TEXT = re.compile(f"{COMMENT}|{TEXT}".encode(), re.DOTALL)
