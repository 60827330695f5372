"""The life of a payment's row, drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from outbox_guard.evidence.listings.functions import standing
from outbox_guard.evidence.material import Material

_HEAD = """\
<svg viewBox="0 0 780 340" role="img" aria-labelledby="life">
<title id="life">{title}</title>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"
 orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>
"""


@dataclass(frozen=True, slots=True)
class _Box:
    x: int
    y: int
    says: str
    below: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class _Arrow:
    path: str
    x: int
    y: int
    says: Sequence[str]
    anchor: str = "middle"


def life(material: Material) -> str:
    """Free, leased, ended, and the functions that lead from one to another."""
    boxes = "".join(map(_box, _boxes(material)))
    arrows = "".join(map(_arrow, _arrows(material)))
    title = "A row of the queue: free, leased, and gone when its payment has ended"
    return f"{_HEAD.format(title=title)}{boxes}{arrows}</svg>\n"


def _boxes(material: Material) -> Iterator[_Box]:
    outbox = material.names.outbox
    yield _Box(20, 120, "free", "no lease")
    yield _Box(540, 120, "leased", "with a token, for a time")
    yield _Box(540, 260, "ended", ", ".join(outbox.terminal_states), final=True)


def _arrows(material: Material) -> Iterator[_Arrow]:
    outbox, functions = material.names.outbox, material.names.functions

    def called(name: str) -> str:
        return name if standing(material, name) else f"{name} (MISSING)"

    complete, again = called(functions.complete), material.config.live.retry_state
    yield _Arrow("M130 280V192", 140, 250, (called(functions.enqueue),), "start")
    yield _Arrow("M240 140H538", 390, 130, (called(functions.claim),))
    yield _Arrow("M540 172H242", 390, 190, (complete, again))
    over = (called(functions.repair), outbox.requeue_state)
    yield _Arrow("M650 120C650 30 130 30 130 118", 390, 22, over)
    yield _Arrow("M650 190V258", 640, 222, (complete, ", ".join(outbox.terminal_states)), "end")


def _box(box: _Box) -> str:
    middle = box.x + 110
    ring = f'<rect x="{box.x + 4}" y="{box.y + 4}" width="212" height="62" rx="6"/>' * box.final
    return (
        f'<g class="state"><rect x="{box.x}" y="{box.y}" width="220" height="70" rx="9"/>{ring}'
        f'<text x="{middle}" y="{box.y + 31}" class="name">{escape(box.says)}</text>'
        f'<text x="{middle}" y="{box.y + 52}">{escape(box.below)}</text></g>\n'
    )


def _arrow(arrow: _Arrow) -> str:
    lines = "".join(
        f'<text x="{arrow.x}" y="{arrow.y + 15 * number}" text-anchor="{arrow.anchor}"'
        f"{_kind(number)}>{escape(says)}</text>"
        for number, says in enumerate(arrow.says)
    )
    return f'<g class="way"><path d="{arrow.path}" marker-end="url(#tip)"/>{lines}</g>\n'


def _kind(number: int) -> str:
    return ' class="call"' if number == 0 else ""
