"""The enum types that SQLAlchemy creates, with the Python comments beside their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outbox_guard.frontends.python.ddl.wording import Wording, glue, is_false, kind_of, name
from outbox_guard.frontends.python.evaluation.attributes import is_enum
from outbox_guard.frontends.python.values.combining import concatenate_all
from outbox_guard.frontends.python.values.kinds import Class, Member, Ref, Value
from outbox_guard.frontends.python.values.pieces import Glue, Literal, Piece, Text
from outbox_guard.frontends.python.values.text_operations import quoted


def made_by(enum: Ref, words: Wording) -> Iterator[Value]:
    """CREATE TYPE, where a table that has such a column makes the type by itself."""
    if kind_of(enum).lower() == "enum" and not is_false(dict(enum.keywords).get("create_type")):
        yield from created(enum, words)


def name_of(enum: Ref) -> Text | None:
    """What the type is called: by default as its class, in small letters."""
    called = dict(enum.keywords).get("name")
    if isinstance(called, Text):
        return called
    match enum.arguments:
        case (Class() as members,):
            return glue(members.name.rpartition(".")[2].lower())
    return None


def created(enum: Ref, words: Wording) -> Iterator[Value]:
    """CREATE TYPE, of `sa.Enum(…)` and `postgresql.ENUM(…)`."""
    called = name_of(enum)
    if called is None or is_false(dict(enum.keywords).get("native_enum")):
        return
    labels = list(_labels(enum))
    head = [words.say("CREATE TYPE"), name(called), words.say(" AS ENUM"), glue("(\n")]
    yield concatenate_all([*_above(labels), *head, *_lines(labels), glue("\n)")])


def _labels(enum: Ref) -> Iterator[Text]:
    for value in enum.arguments:
        match value:
            case Class() if is_enum(value):
                members = (m for m in value.members.values() if isinstance(m, Member))
                yield from map(_label, members)
            case Text():
                yield value


def _label(member: Member) -> Text:
    """SQLAlchemy stores the name of a member; it is found at its value."""
    value = member.value
    if isinstance(value, Text) and value.known == member.name:
        return value
    return Text((Glue(member.name),))


def _lines(labels: Sequence[Text]) -> Iterator[Value]:
    """A line each, with what is said on it and above it."""
    for number, label in enumerate(labels):
        above, beside = _comments(label)
        yield from (glue(f"--{comment}\n") for comment in above if number)
        yield quoted(label, "'")
        yield glue("," if number < len(labels) - 1 else "")
        yield glue(f"  --{beside}\n" if beside else "\n")


def _above(labels: Sequence[Text]) -> Iterator[Value]:
    """What is said right above the first is about the whole."""
    for label in labels[:1]:
        yield from (glue(f"--{comment}\n") for comment in _comments(label)[0])


def _comments(label: Text) -> tuple[list[str], str]:
    """Those on the lines above a literal that hold nothing else, and the one behind it."""
    piece = next((p for p in label.pieces if isinstance(p, Piece)), None)
    if piece is None or not isinstance(piece.literal, Literal):
        return [], ""
    literal = piece.literal
    start, end = literal.span
    text = literal.source.text
    above: list[str] = []
    for line in reversed(text[: text.rfind("\n", 0, start) + 1].split("\n")[:-1]):
        before, sign, comment = line.partition("#")
        if not sign or before.strip():
            break
        above.insert(0, comment)
    behind = text[end:].partition("\n")[0]
    return above, behind.partition("#")[2]
