"""index.html: the bundle for those who would rather look than read; one page, no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from outbox_guard.evidence.listings.grants import outbox_items, privileges_of, roles
from outbox_guard.evidence.listings.proofs import first_line, proving, result, sqlstates
from outbox_guard.evidence.material import Material, where
from outbox_guard.evidence.overview.drawing import life
from outbox_guard.evidence.overview.invariants import Judged
from outbox_guard.evidence.overview.readme import sqlstates as known_sqlstates
from outbox_guard.evidence.overview.style import CSS
from outbox_guard.evidence.sections import Section
from outbox_guard.findings import Suppression
from outbox_guard.version import __version__

_TITLE = "Evidence of the transactional outbox"
_PARTS = (
    ("invariants", "Invariants"),
    ("life", "The life of a row"),
    ("privileges", "Who may do what"),
    ("findings", "Findings and waivers"),
    ("proofs", "Proofs"),
    ("source", "Word for word"),
    ("files", "Files"),
)


def page(material: Material, sections: Sequence[Section], judged: Sequence[Judged]) -> str:
    """The whole page."""
    bodies = (
        _invariants(judged),
        f'<div class="scroll">{life(material)}</div>',
        _matrix(material),
        _findings(material),
        _proofs(material),
        _source(sections),
        _files(sections),
    )
    parts = (
        f'<section id="{name}"><h2>{title}</h2>\n{body}</section>\n'
        for (name, title), body in zip(_PARTS, bodies, strict=True)
    )
    links = "".join(f'<a href="#{name}">{title}</a>' for name, title in _PARTS)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_TITLE}</title>\n<style>\n{CSS}</style></head>\n<body>\n<header>"
        f'<h1>{_TITLE}</h1>\n<p class="soft">by outbox-guard {escape(__version__)}.'
        f" {escape(material.origin)}.</p>\n{_notes(material, sections)}"
        f"<nav>{links}</nav></header>\n"
        f"<main>\n{''.join(parts)}</main>\n</body></html>\n"
    )


def _notes(material: Material, sections: Sequence[Section]) -> str:
    said = [first_line(material), *([material.catalog.summary] if material.catalog else [])]
    notes = "".join(f'<p class="note">{escape(line)}</p>\n' for line in said)
    missing = dict.fromkeys(each for section in sections for each in section.missing)
    lines = "".join(f"<li>{escape(each)}</li>" for each in missing)
    return notes + (f'<div class="note bad">Missing:<ul>{lines}</ul></div>\n' if missing else "")


def _invariants(judged: Iterable[Judged]) -> str:
    rows = (
        (
            _verdict(each.verdict),
            f"{escape(each.invariant.says)}{_list(each.because)}",
            _codes(each.carried),
            _codes(each.invariant.rules),
        )
        for each in judged
    )
    return _table(("Verdict", "Promise", "Carried by", "Judged by"), rows)


def _matrix(material: Material) -> str:
    items = outbox_items(material)
    heads = "".join(f'<th scope="col" class="code">{_breakable(item.bare)}</th>' for item in items)
    rows = "".join(
        f'<tr><th scope="row" class="code">{escape(role)}</th>'
        + "".join(f"<td>{_cell(privileges_of(role, item, material))}</td>" for item in items)
        + "</tr>\n"
        for role in roles(material)
    )
    says = "What a role may do, by whatever way; <code>!</code> marks what is forbidden."
    return (
        f'<p>{says}</p><div class="scroll"><table class="matrix"><thead><tr><th scope="col">Role'
        f"</th>{heads}</tr></thead>\n<tbody>{rows}</tbody></table></div>\n"
    )


def _breakable(name: str) -> str:
    """A long name or path may go on in the next line behind an underscore or a slash."""
    return escape(name).replace("_", "_<wbr>").replace("/", "/<wbr>")


def _cell(privileges: Iterable[tuple[str, bool]]) -> str:
    said = (
        f'<span class="no">{escape(privilege)}!</span>' if forbidden else escape(privilege)
        for privilege, forbidden in privileges
    )
    return "<br>".join(said) or '<span class="soft">none</span>'


def _findings(material: Material) -> str:
    open_ = [
        (
            f'<span class="{finding.severity}">{finding.code}</span>',
            f"<code>{escape(where(finding.place))}</code>",
            escape(finding.message),
        )
        for finding in material.report.open
    ]
    waived = [
        (
            finding.code,
            f"<code>{escape(where(finding.place))}</code>",
            escape(finding.message),
            escape(finding.suppressed.reason),
            escape(_answers(finding.suppressed)),
        )
        for finding in material.report.findings
        if finding.suppressed is not None
    ]
    found = _table(("Rule", "Where", "What"), open_) if open_ else "<p>No open finding.</p>\n"
    heads = ("Rule", "Where", "What", "Why it is allowed", "Owner")
    allowed = _table(heads, waived) if waived else "<p>Nothing was waived.</p>\n"
    return f"{found}<h3>Waived</h3>\n{allowed}"


def _answers(waived: Suppression) -> str:
    return " until ".join(filter(None, (waived.owner, waived.until)))


def _proofs(material: Material) -> str:
    rows = (
        (
            _verdict(result(proof, material)),
            escape(proof.title),
            _codes(sqlstates(proof, material)),
            f"<code>outbox-guard prove {escape(proof.name)}</code>",
        )
        for proof in material.proofs
    )
    states = (
        (
            f"<code>{escape(state)}</code>",
            escape(meaning),
            _codes(proof.name for proof in proving(state, material)),
        )
        for state, meaning in known_sqlstates(material)
    )
    proved = _table(("Result", "Promise", "SQLSTATE", "Command"), rows)
    return f"{proved}<h3>SQLSTATEs</h3>\n{_table(('SQLSTATE', 'Means', 'Proved by'), states)}"


def _source(sections: Iterable[Section]) -> str:
    return "".join(
        f"<h3>{escape(section.title)}</h3>\n<pre>{escape(section.text)}</pre>\n"
        for section in sections
        if section.is_code
    )


def _files(sections: Iterable[Section]) -> str:
    rows = (
        (f'<a href="{escape(section.file)}">{escape(section.file)}</a>', escape(section.title))
        for section in sections
    )
    return _table(("File", "Shows"), rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The cells are HTML."""
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>\n" for row in rows)
    return f'<table class="stack"><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>\n'


def _verdict(verdict: str) -> str:
    return f'<span class="verdict {verdict.replace(" ", "-")}">{escape(verdict)}</span>'


def _codes(texts: Iterable[str]) -> str:
    return " ".join(f"<code>{_breakable(text)}</code>" for text in texts)


def _list(lines: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if lines else ""
