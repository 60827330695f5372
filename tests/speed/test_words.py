"""What is looked for in bytes by quick patterns is what slow and plain ones would find."""

from __future__ import annotations

import io
import re
import tokenize

from hypothesis import example, given
from hypothesis import strategies as st

from outbox_guard.quoting import COMMENT_OR_TEXT
from outbox_guard.sieve.clues import ENGINE_WORD, POOL_WORD, module_pattern, wild
from outbox_guard.sieve.words import Ending, whole

LITERALS = st.one_of(
    st.text(alphabet="ab\\'\" #{\n").map(repr),
    st.text(alphabet="ab' #\n", max_size=8).map(lambda text: f'"""{text}"""'),
    st.text(alphabet='ab" #\n', max_size=8).map(lambda text: f"'''{text}'''"),
    st.just('"""a\\"""" b"""'),
    st.just('"a\\\r\nb"'),
)
COMMENTS = st.text(alphabet="ab'\"#", max_size=8).map(lambda text: f"#{text}\n")
CODE = st.sampled_from(("x", "(\n", ")", " + ", "\n"))
WORDS = st.text(alphabet="_ abdeginoplrt.\n", max_size=40).map(str.encode)


@given(st.lists(st.one_of(LITERALS, COMMENTS, CODE)).map(" ".join))
@example("'''a' b'''")
def test_texts_and_comments_are_those_of_python(text: str) -> None:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text, newline="").readline))
    except (tokenize.TokenError, SyntaxError):
        return  # brackets, mostly
    kinds = (tokenize.STRING, tokenize.COMMENT)
    said = [token.string.lstrip("ab") for token in tokens if token.type in kinds]
    assert [match[0].decode() for match in COMMENT_OR_TEXT.finditer(text.encode())] == said


@given(WORDS)
@example(b"x.get_pool")
@example(b"spool pool")
@example(b"async_engine_x engine")
def test_a_word_with_this_end_is_found_where_it_begins(data: bytes) -> None:
    for last, word in ((b"pool", POOL_WORD), (b"engine", ENGINE_WORD)):
        pattern = word.encode() + rb"(?!\w)"
        plain = re.search(rb"(?<!\w)" + pattern, data)
        found = Ending.of(last, pattern).search(data)
        assert (found and found.span()) == (plain and plain.span())


@given(st.text(alphabet="_ abdeginoplrt.\n", max_size=40).map(str.encode))
@example(b"db")
@example(b"adb db_ _db\ndb.x")
def test_a_whole_word_is_no_part_of_another(data: bytes) -> None:
    assert _spans(whole(b"db"), data) == _spans(rb"\bdb\b", data)
    for glob in ("db", "a*b", "*pg", "db.x"):
        assert _spans(module_pattern(glob), data) == _spans(rb"\b" + wild(glob) + rb"\b", data)


def _spans(pattern: bytes, data: bytes) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(pattern, data)]
