"""What a call is given."""

from __future__ import annotations

from dataclasses import dataclass

from outbox_guard.frontends.python.values.combining import locked_in
from outbox_guard.frontends.python.values.kinds import Items, Mapping, Rows, Value


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a call was given; `star` holds what came out of `*args`, `rest` out of `**kwargs`."""

    positional: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    star: Value | None = None
    rest: Value | None = None

    def get(self, position: int, *names: str) -> Value | None:
        """An argument by position, or by any of these keywords."""
        if 0 <= position < len(self.positional):
            return self.positional[position]
        for key, value in self.keywords:
            if key in names:
                return value
        return None

    @property
    def spread(self) -> Value | None:
        """What `*rows` and `**row` give to a parameter that nothing else is given to."""
        locked = locked_in(Items(tuple(v for v in (self.star, self.rest) if v is not None)))
        return Rows(locked) if locked else None

    @property
    def all(self) -> tuple[Value, ...]:
        if not self.keywords and self.star is None and self.rest is None:
            return self.positional
        extra = (value for value in (self.star, self.rest) if value is not None)
        return (*self.positional, *(value for _, value in self.keywords), *extra)

    def mapping(self) -> Mapping:
        return Mapping(self.keywords, self.rest)
