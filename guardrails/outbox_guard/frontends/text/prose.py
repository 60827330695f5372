"""Markdown and reStructuredText as their readers see them: what is quoted or past is blank."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outbox_guard.frontends.text.blanks import Range, blanked, without

# Files and folders that say how it was: nobody mends what has happened.
HISTORY = re.compile(
    r"(?:.*/)?(?:"
    r"(?:change(?:s|_?log)|history|news|whats_?new|release[-_ ]?notes?|releases|upgrading"
    r"|migrat(?:ion|ing))\b[^/]*"
    r"|(?:change(?:s|logs?)|newsfragments|release[-_]?notes|releases|adrs?|decisions|rfcs?"
    r"|archive[ds]?|post-?mortems?|incidents|retrospectives)/.*)",
    re.IGNORECASE | re.DOTALL,
)
_INDENTED = re.compile(
    r"(?:\A|(?<=\n))[^\s\-*+\d][^\n]*\n(?:[ \t]*\n)+"  # after a list it would be part of that
    r"(?P<code>(?:(?:[ ]{4}|\t)[^\n]*(?:\n|\Z)|[ \t]*\n)+)"
)
_FENCE = re.compile(
    r"^[ >]*(?P<fence>`{3,}|~{3,}).*\n(?:.*\n)*?(?:[ >]*(?P=fence)[`~]*[ \t]*$|\Z)", re.MULTILINE
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CODE = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n\s*\n).)*?(?<!`)\1(?!`)", re.DOTALL)
_QUOTED = re.compile(
    r"\"[^\"\n]{1,80}\"|(?<!\w)'[^'\n]{1,80}'(?!\w)|“[^”]{1,200}”|«[^»]{1,200}»"
    r"|\u2018[^\u2019]{1,200}\u2019"
)
_BLOCK_QUOTE = re.compile(r"^[ ]{0,3}>.*$", re.MULTILINE)
# What is counted keeps a text of many openings, and no end, from being read over and over.
_TARGET = re.compile(
    r"\]\([^)\s]{0,999}+\)|^\[[^]]{1,999}+\]:.*$|<[a-z][^<>\s]*>|https?://\S+|\{#[^}]{0,99}+\}",
    re.MULTILINE,
)
_LITERAL = re.compile(
    r"^(?P<indent>[ ]*+)(?!\.\. ).*::[ \t]*\n(?:[ \t]*\n)+(?:(?P=indent)[ ]+.*\n?|[ \t]*\n)+",
    re.MULTILINE,
)
_DIRECTIVE = re.compile(
    r"^(?P<indent>[ ]*)\.\. (?:code-block|code|sourcecode|literalinclude|parsed-literal|_)[^\n]*\n"
    r"(?:(?P=indent)[ ]+.*\n?|[ \t]*\n)*",
    re.MULTILINE,
)
_REMARK = re.compile(
    r"^(?P<indent>[ ]*)\.\.(?:[ ](?![\w-]+::)[^\n]*)?\n(?:(?P=indent)[ ]+.*\n?)*", re.MULTILINE
)
_ROLE = re.compile(r":[\w:-]{1,99}:`[^`]*`|`[^`]*`_+")
_RULE = re.compile(r"\b[A-Z]{2,8}\d{2,5} [\w-]+")  # by its code and name
_HEADING = re.compile(r"^(?P<marks>#{1,6})[ \t]+(?P<title>.*)$", re.MULTILINE)
_UNDERLINED = re.compile(r"^(?P<title>\S.*)\n(?P<marks>([=~^\"'#*+-])\3{2,})[ \t]*$", re.MULTILINE)
_PAST_TITLE = re.compile(
    r"\b(?:change ?log|history|migrat\w*|deprecat\w*|renam\w*|release notes|upgrad\w*|legacy)\b",
    re.IGNORECASE,
)
PAST = re.compile(
    r"\b(?:formerly|former|previously|used to|(?:was|were|once|also) (?:called|known)|so-called"
    r"|historical(?:ly)?|history|renamed|no longer|any ?more|unlike|deprecated|legacy"
    r"|old (?:model|name|term|word)s?|in the past|replace[sd]?|do not (?:say|write|call))\b",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"\b(?:(?:has|have) been removed|(?:was|were) removed|instead of|in favou?r of|superseded"
    r"|obsolete|retired)\b|\((?:was|were|once)\b",
    re.IGNORECASE,
)
_TABLE = re.compile(r"^(?P<head>[ ]*\|.*)\n(?:[ ]*\|.*(?:\n|\Z))+", re.MULTILINE)
_PAST_HEAD = re.compile(
    r"\b(?:old|formerly|previous(?:ly)?|before|was|deprecated|legacy|removed)\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?:(?![.!?:]\s|\n[ \t]*\n|\n[ \t]*[-*|#]).)+", re.DOTALL)


def markdown(text: str) -> str:
    """What a reader takes for the author's own words of today."""
    indented = [match.span("code") for match in _INDENTED.finditer(text)]
    shown = blanked(without(text, _FENCE, _COMMENT), indented)
    return _of_today(without(shown, _CODE, _BLOCK_QUOTE, _TARGET, _RULE, _QUOTED), _HEADING)


def restructured(text: str) -> str:
    shown = without(text, _LITERAL, _DIRECTIVE, _REMARK, _ROLE, _CODE, _TARGET, _RULE, _QUOTED)
    return _of_today(shown, _UNDERLINED)


def unfenced(text: str) -> str:
    """Markdown without its code."""
    return without(text, _FENCE, _CODE)


def unquoted(text: str) -> str:
    """reStructuredText without its code."""
    return without(text, _LITERAL, _DIRECTIVE, _CODE)


def _of_today(text: str, heading: re.Pattern[str]) -> str:
    """Without sentences and sections that tell how it was."""
    return blanked(text, (*_past_sections(text, heading), *_past_sentences(text)))


def _past_sections(text: str, heading: re.Pattern[str]) -> Iterator[Range]:
    """From a heading that speaks of the past to the next one of its rank."""
    found = list(heading.finditer(text))
    order = [match["marks"][0] for match in found]
    ranks = [_rank(match["marks"], order) for match in found]
    for number, match in enumerate(found):
        if not _PAST_TITLE.search(match["title"]):
            continue
        later = (n for n in range(number + 1, len(found)) if ranks[n] <= ranks[number])
        following = next(later, None)
        yield match.start(), len(text) if following is None else found[following].start()


def _rank(marks: str, order: list[str]) -> int:
    """The number of `#`; of underlines, which comes first in the file."""
    return len(marks) if marks[0] == "#" else order.index(marks[0])


def _past_sentences(text: str) -> Iterator[Range]:
    """What a sentence, or the head of a table, tells of the past."""
    for sentence in _SENTENCE.finditer(text):
        if PAST.search(sentence[0]) or _GONE.search(sentence[0]):
            yield sentence.span()
    for table in _TABLE.finditer(text):
        if _PAST_HEAD.search(table["head"]):
            yield table.span()
