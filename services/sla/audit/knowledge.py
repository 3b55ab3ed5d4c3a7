"""What was known of a ticket's clocks after each piece of news, and what had to be told then. Asked
by `told` and `judge`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from services.sla.audit.books import Books
from services.sla.audit.count import Count, counted
from services.sla.audit.dates import dated
from services.sla.audit.story import Story, instant
from services.sla.audit.talks import spoken
from services.sla.audit.terms import Terms

Json = Mapping[str, Any]
Mark = tuple[str, int, str, str]
"""Clock, generation, kind of event, threshold."""
Told = Mapping[Mark, datetime]


class Knowledge:
    """The clocks of a ticket by what was known from `from_at` until `until_at` (None: still)."""

    def __init__(
        self, ledger: Sequence[Json], terms: Terms, books: Books, until_at: datetime | None
    ) -> None:
        self.from_at = instant(ledger[-1]["seen_at"])
        self.until_at = until_at
        self._ledger, self._terms, self._books = ledger, terms, books

    @cached_property
    def story(self) -> Story:
        """What had happened."""
        return Story(self._ledger, self._terms.urgency)

    @cached_property
    def counts(self) -> dict[tuple[str, int], Count]:
        """Its clocks. Raises KeyError for a calendar that is not there, LookupError for one that
        has too little working time; once known, every question has an answer."""
        found = [
            counted(term, generation, self._books.named(term.calendar))
            for generation in self.story.generations
            for term in self._terms.of(
                generation.level, generation.problem_class, unsure=generation.unsure
            )
            if not (term.is_reply and generation.reopened)
        ]
        found += spoken(self.story, self._terms, self._books)
        found += dated(self.story, self._terms)
        return {each.key: each for each in found}

    def owed(self, at: datetime, told: Told) -> Iterator[Mark]:
        """What has to be told by then, were it the first time that anybody looks since `told`."""
        for key, count in self.counts.items():
            yield (*key, "started", "")
            state = count.state(at)
            if state == "breached":
                yield (*key, "breached", count.date)
            elif state == "pending":
                yield from _warning(count, at, told)
            if count.met_at is not None:
                yield (*key, "met", "")
            elif state == "cancelled":
                yield (*key, "cancelled", "")

    def holds(self, mark: Mark, at: datetime) -> bool:
        """Whether it was true to tell that then."""
        clock, generation, kind, threshold = mark
        count = self.counts.get((clock, generation))
        if count is None or kind == "cancelled":
            return kind == "cancelled" and (count is None or count.state(at) == "cancelled")
        if kind == "warning":
            warning_at = dict(count.warnings()).get(threshold)
            return count.state(at) == "pending" and warning_at is not None and warning_at <= at
        if kind == "breached":
            return count.state(at) == "breached" and threshold == count.date
        return kind == "started" or count.met_at is not None

    def speaks_at(self, mark: Mark) -> datetime | None:
        """From when on it is true to tell that, by this knowledge; None if never."""
        clock, generation, kind, threshold = mark
        count = self.counts.get((clock, generation))
        if count is None:
            return None
        if kind == "breached":
            return count.due_at
        if kind == "warning":
            return dict(count.warnings()).get(threshold)
        ends = {"met": count.met_at, "cancelled": count.generation.closed_at}
        return ends.get(kind, count.generation.anchor_at)


def known_by_and_by(ledger: Sequence[Json], terms: Terms, books: Books) -> list[Knowledge]:
    """One for each event that told something: an event may leave several entries."""
    ends, number = [], 0
    for _, entries in groupby(ledger, key=lambda each: each["source"]):
        number += len(list(entries))
        ends.append(number)
    following = [instant(ledger[end]["seen_at"]) for end in ends[:-1]]
    return [
        Knowledge(ledger[:end], terms, books, until_at)
        for end, until_at in zip(ends, [*following, None], strict=True)
    ]


def _warning(count: Count, at: datetime, told: Told) -> Iterator[Mark]:
    """The last one passed; what it says has been said where a later one was told."""
    for name, warning_at in reversed(list(count.warnings())):
        mark = (*count.key, "warning", name)
        if warning_at is not None and warning_at <= at:
            yield mark
            return
        if mark in told and told[mark] <= at:
            return
