"""CREATE TYPE, CREATE DOMAIN, ALTER TYPE: enums by value, with the comments beside these."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from outbox_guard.facts import Created, Declaration, DomainCheck, DomainDefault, EnumValue, Rename
from outbox_guard.frontends.sql.declarations.renames import renamed
from outbox_guard.frontends.sql.declarations.site import (
    Qualified,
    Site,
    group,
    if_exists,
    qualified,
)
from outbox_guard.frontends.sql.lexing.lexer import comments
from outbox_guard.frontends.sql.lexing.phrases import Tokens, find_word, words_at
from outbox_guard.frontends.sql.lexing.tokens import Token

_NEAR = 4_000  # characters before a statement in which comments about it are looked for
_LINE_COMMENT = re.compile(r"[ \t]*--(?P<text>.*)")
_WORD = re.compile(r"\w+")
_LINE_END = re.compile(r"[\r\n]")
_BLOCK_COMMENT = re.compile(r"/\*(?P<text>(?:(?!\*/).)*+)\*/\s*\Z", re.DOTALL)


def created_type(site: Site) -> Iterator[Declaration]:
    """CREATE TYPE or DOMAIN, if it is that."""
    tokens = site.tokens
    if not tokens[1].is_word("type", "domain"):
        return
    name = qualified(tokens, 2)
    if name is None:
        return
    yield Created(
        **site.at(tokens[0], tokens[1]),
        namespace=name.namespace,
        kind="type",
        name=name.value,
        form=_form(tokens, name),
    )
    if tokens[1].is_word("domain"):
        yield from _domain_default(site, name)
        yield from _domain_checks(site, name)
    if words_at(tokens, name.end, "as", "enum"):
        values = [token for token in group(tokens, name.end + 2) if token.kind == "string"]
        for value, comment in zip(values, _about(_remarks(site, values), values), strict=True):
            yield _value(site, name, value, comment)


def _form(tokens: Tokens, name: Qualified) -> str:
    if tokens[1].is_word("domain"):
        return "domain"
    if not words_at(tokens, name.end, "as"):
        return "base"
    kind = tokens[name.end + 1] if name.end + 1 < len(tokens) else None
    return kind.value if kind is not None and kind.is_word("enum", "range") else "composite"


def _value(
    site: Site, name: Qualified, value: Token, comment: str = "", *, conditional: bool = False
) -> EnumValue:
    return EnumValue(
        **site.at(value),
        namespace=name.namespace,
        conditional=conditional,
        type=name.value,
        value=value.value,
        comment=comment,
    )


def _domain_default(site: Site, name: Qualified) -> Iterator[DomainDefault]:
    """DEFAULT of CREATE DOMAIN, SET DEFAULT and DROP DEFAULT of ALTER DOMAIN"""
    at = find_word(site.tokens, "default", name.end)
    if at is not None:
        given = site.tokens[at + 1 : at + 2]
        literal = given[0].value if given and given[0].kind == "string" else ""
        where = site.at(site.tokens[at])
        yield DomainDefault(**where, namespace=name.namespace, name=name.value, text=literal)


def _domain_checks(site: Site, name: Qualified) -> Iterator[DomainCheck]:
    """CHECK of CREATE DOMAIN, ADD and DROP CONSTRAINT of ALTER DOMAIN"""
    tokens, index = site.tokens, name.end
    if words_at(tokens, index, "drop", "constraint"):
        named, _ = if_exists(tokens, index + 2)
        if named < len(tokens):
            gone = tokens[named].value
            where = site.at(tokens[index])
            yield DomainCheck(
                **where, namespace=name.namespace, name=name.value, constraint=gone, change="drop"
            )
        return
    while (at := find_word(tokens, "check", index)) is not None:
        condition = group(tokens, at + 1)
        formula, obstacle = site.formula(condition)
        yield DomainCheck(
            **site.at(tokens[at]),
            namespace=name.namespace,
            name=name.value,
            constraint=tokens[at - 1].value if tokens[at - 2].is_word("constraint") else "",
            expression=site.written(condition),
            formula=formula,
            obstacle=obstacle,
        )
        index = at + 1


def altered_type(site: Site) -> Iterator[Declaration]:
    """ALTER TYPE … ADD VALUE, RENAME VALUE, RENAME TO"""
    tokens = site.tokens
    name = qualified(tokens, 2)
    if not tokens[1].is_word("type", "domain") or name is None:
        return
    yield from renamed(site, tokens[1].value, name, tokens[name.end :])
    if tokens[1].is_word("domain"):
        yield from _domain_default(site, name)
        yield from _domain_checks(site, name)
    if words_at(tokens, name.end, "add", "value"):
        index, conditional = if_exists(tokens, name.end + 2)
        if index < len(tokens) and tokens[index].kind == "string":
            remarks = _remarks(site, [tokens[index]])
            comment = next(_about(remarks, [tokens[index]]))
            yield _value(site, name, tokens[index], comment, conditional=conditional)
    elif words_at(tokens, name.end, "rename", "value"):
        old, new = name.end + 2, name.end + 4
        if new < len(tokens) and words_at(tokens, old + 1, "to"):
            yield Rename(
                **site.at(tokens[name.end], tokens[name.end + 1]),
                namespace=name.namespace,
                kind="value",
                name=tokens[old].value,
                to=tokens[new].value,
                of=name.value,
            )


# -- the comments beside the values -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Remark:
    """A comment; `near` are the numbers of the values that it stands at."""

    text: str
    near: Iterable[int]


def _remarks(site: Site, values: Sequence[Token]) -> list[_Remark]:
    """The comments before, in and directly behind the statement."""
    sql, tokens = site.passage.sql, site.tokens
    before = _before(sql[max(0, tokens[0].start - _NEAR) : tokens[0].start])
    only = range(len(values) == 1)
    found = [_Remark(text, only) for text in before]
    newline = _LINE_END.search(sql, tokens[-1].end)
    end = newline.start() if newline else len(sql)
    rest = sql[tokens[-1].end : end].lstrip(" \t;")
    stop = end if rest.startswith("--") else tokens[-1].end
    for start, finish in comments(sql, start=tokens[0].start, end=stop):
        found.append(_Remark(sql[start:finish], _near(sql, start, values)))
    return found


def _before(text: str) -> Iterator[str]:
    """The comment that ends where a statement begins; one behind other code is not meant."""
    if block := _BLOCK_COMMENT.search(text):
        yield block["text"]
        return
    for line in reversed(text.split("\n")):
        if comment := _LINE_COMMENT.fullmatch(line.rstrip()):
            yield comment["text"]
        elif line.strip():
            return


def _near(sql: str, start: int, values: Sequence[Token]) -> Iterable[int]:
    """The values on the comment's line; where there are none, the next one."""
    line = sql.rfind("\n", 0, start) + 1
    first, after = (bisect_left(values, at, key=lambda value: value.start) for at in (line, start))
    return range(first, after) or range(after, len(values))[:1]


def _about(remarks: Sequence[_Remark], values: Sequence[Token]) -> Iterator[str]:
    """What is said of each: a comment is about the values that it names, else about those near."""
    words: dict[str, list[int]] = {}
    odd: list[tuple[int, re.Pattern[str]]] = []
    for number, value in enumerate(values):
        if _WORD.fullmatch(value.value):
            words.setdefault(value.value, []).append(number)
        else:
            odd.append((number, re.compile(rf"(?<!\w){re.escape(value.value)}(?!\w)")))
    said: list[list[str]] = [[] for _ in values]
    for remark in remarks:
        named = {n for word in _WORD.findall(remark.text) for n in words.get(word, ())}
        named |= {n for n, word in odd if word.search(remark.text)}
        for number in named or remark.near:
            said[number].append(remark.text.strip("-*/ \t\n"))
    return map("\n".join, said)
