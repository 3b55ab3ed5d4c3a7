"""Extortion by pattern: the same photo, or the same wording, on several orders of several
customers. Called by `look`, which keeps the marks of the last days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from services.triage.domain.clusters.policy import SameRules
from services.triage.domain.clusters.sighting import Sighting
from services.triage.domain.clusters.wording import bands, distance

SameKind = Literal["same_photo", "same_wording"]
KEPT = 50


@dataclass(frozen=True, slots=True)
class Mark:
    """By `mark` tickets are found that may be alike; `content` is what is compared."""

    mark: str
    content: str
    ticket_id: str
    order_id: str | None
    customer_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Pattern:
    """Tickets with the same photo or wording, oldest first."""

    kind: SameKind
    content: str
    marks: tuple[Mark, ...]

    @property
    def ticket_ids(self) -> tuple[str, ...]:
        """Its tickets."""
        return tuple(dict.fromkeys(each.ticket_id for each in self.marks))


@dataclass(slots=True)
class Marks:
    """The marks that the tickets in hand may share; what they add is in `added`."""

    known: dict[str, list[Mark]] = field(default_factory=dict)
    added: list[Mark] = field(default_factory=list)

    @classmethod
    def of(cls, stored: Iterable[Mark]) -> Marks:
        """With what was stored."""
        marks = cls()
        for each in stored:
            marks.known.setdefault(each.mark, []).append(each)
        return marks

    def add(self, mark: Mark) -> None:
        """One more."""
        self.known.setdefault(mark.mark, []).append(mark)
        self.added.append(mark)


def marks_of(seen: Sighting) -> list[Mark]:
    """All marks of a ticket: one for each photo, one for each band of its wording."""
    pairs = [(f"photo:{sha}", sha) for sha in seen.photos]
    if seen.wording is not None:
        pairs += [(f"wording:{band}", seen.wording) for band in bands(seen.wording)]
    who = seen.ticket_id, seen.order_id, seen.customer_id, seen.at
    return [Mark(mark, content, *who) for mark, content in pairs]


def alike(marks: Marks, seen: Sighting, rules: SameRules) -> Iterator[Pattern]:
    """Note a ticket's marks and tell the patterns that it belongs to."""
    own = marks_of(seen)
    for mark in own:
        marks.add(mark)
    for sha in seen.photos:
        yield from _pattern("same_photo", sha, marks.known[f"photo:{sha}"], rules)
    if seen.wording is not None:
        near = {
            each.ticket_id: each
            for band in bands(seen.wording)
            for each in marks.known[f"wording:{band}"]
            if distance(each.content, seen.wording) <= rules.distance
        }
        yield from _pattern("same_wording", seen.wording, near.values(), rules)


def _pattern(
    kind: SameKind, content: str, found: Iterable[Mark], rules: SameRules
) -> Iterator[Pattern]:
    """One customer may complain about several orders, and several tickets be about one order."""
    marks = sorted(found, key=lambda each: (each.at, each.ticket_id))[:KEPT]
    orders = {each.order_id for each in marks if each.order_id}
    customers = {each.customer_id for each in marks if each.customer_id}
    if len(orders) >= rules.orders and len(customers) >= rules.customers:
        yield Pattern(kind, content, tuple(marks))
