"""Judges what was told of a ticket's clocks: nothing before its time, nothing missing. Twice can't
be: the key of `clock_event` holds each once. Called by `judge`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from services.sla.audit.case import Difference, Moment, shown
from services.sla.audit.knowledge import Knowledge, Mark, Told


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was told of one ticket, what it has listed itself as told, and what was known when: by
    the holidays by which it is counted, then by others that may have been known before."""

    told: Told
    listed: Set[Mark]
    known: Sequence[Sequence[Knowledge]]
    moment: Moment

    def was_true(self, mark: Mark, at: datetime) -> bool:
        """By what was known then, or by what was about to be."""
        overlap = self.moment.overlap
        if mark[2] == "moved":
            moved_at = self.moves().get(mark)
            return moved_at is not None and abs(at - moved_at) <= overlap
        return any(
            each.holds(mark, at)
            for ways in self.known
            for each in ways
            if each.from_at <= at + overlap
            and (each.until_at is None or at - overlap <= each.until_at)
        )

    def moves(self) -> dict[Mark, datetime]:
        """When it had to be told that an open clock has another date, numbered for each clock."""
        found: dict[Mark, datetime] = {}
        numbers: Counter[tuple[str, int]] = Counter()
        for (before, *_), (after, *_) in pairwise(self.known):
            for key, count in after.counts.items():
                was = before.counts.get(key)
                dated = was is not None and was.date and count.date != was.date
                if dated and count.stopped_at is None:
                    numbers[key] += 1
                    found[*key, "moved", str(numbers[key])] = after.from_at
        return found

    def missing(self) -> Iterator[Mark]:
        """What had to be told when somebody looked, and was not told by then."""
        for first, *others in self.known:
            owing = set(self._owing(first, first.from_at, first.from_at + self.moment.overlap))
            for other in others:
                owing &= set(other.owed(first.from_at, self.told))
            yield from owing
        yield from self.moves().keys() - self.told.keys()
        last = self.known[-1][0]
        started = {mark[:2] for mark in self.told if mark[2] == "started"}
        for clock, generation in started - last.counts.keys():
            ends: list[Mark] = [(clock, generation, kind, "") for kind in ("cancelled", "met")]
            if not any(end in self.told for end in ends):
                yield ends[0]
        late_at = self.moment.now - self.moment.grace
        if late_at > last.from_at:
            owing = set(self._owing(last, late_at, self.moment.now))
            yield from (mark for mark in owing if not self._swallowed(mark, late_at))

    def _swallowed(self, mark: Mark, at: datetime) -> bool:
        """A warning that was overtaken since: after an outage only the latest truth is told."""
        return mark[2] == "warning" and any(
            told_at > at and other[:2] == mark[:2] and other[2] in ("warning", "breached")
            for other, told_at in self.told.items()
        )

    def _owing(self, each: Knowledge, at: datetime, by_at: datetime) -> Iterator[Mark]:
        for mark in each.owed(at, self.told):
            if mark not in self.told or self.told[mark] > by_at:
                yield mark


def misspoken(ticket: str, spoken: Spoken) -> Iterator[Difference]:
    """What is wrong with the events about a ticket's clocks, and with its own list of them."""
    told, listed = spoken.told, spoken.listed
    for mark in sorted(listed - told.keys()):
        yield _difference(ticket, mark, "not among the events", "told")
    for mark in sorted(told.keys() - listed):
        yield _difference(ticket, mark, "not in the case", "told")
    for mark, at in sorted(told.items()):
        if not spoken.was_true(mark, at):
            yield _difference(ticket, mark, shown(at), _rightly(mark, at, spoken.known[-1][0]))
    for mark in sorted(set(spoken.missing())):
        if mark in told:
            yield _difference(ticket, mark, shown(told[mark]), "told earlier")
        elif mark not in listed:
            yield _difference(ticket, mark, "-", "told")


def _rightly(mark: Mark, at: datetime, last: Knowledge) -> str:
    speaks_at = last.speaks_at(mark)
    if speaks_at is None:
        return "not told"
    return f"after {shown(speaks_at)}" if at <= speaks_at else "not told"


def _difference(ticket: str, mark: Mark, stored: str, should_be: str) -> Difference:
    clock, generation, kind, threshold = mark
    return Difference(
        ticket, clock, generation, f"told {kind} {threshold}".rstrip(), stored, should_be
    )
