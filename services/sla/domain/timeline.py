"""Reads a ledger as a story: generations of clocks, waits, and the deeds that clocks ask for.
Called by `plan` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from schemas.tickets import WaitCause
from schemas.values import Level, ProblemClass
from services.sla.domain.ledger import Entry, What, in_order
from services.sla.domain.running_time import Pause

Ending = Literal["resolved", "retriaged", "merged"]


@dataclass(slots=True)
class Life:
    """From the opening, or a reopening, to the end. Waits belong to a life.

    `known` holds, from least to most urgent, since when the ticket is known to be that urgent. Of
    the deeds of its timeline the first `deeds_from` were done in earlier lives.
    """

    known: list[tuple[int, datetime]]
    deeds_from: int = 0
    waits: list[tuple[datetime, datetime | None, WaitCause]] = field(default_factory=list)
    waiting: dict[WaitCause, datetime] = field(default_factory=dict)
    merged: dict[tuple[frozenset[WaitCause], timedelta | None], list[Pause]] = field(
        default_factory=dict
    )

    def anchor(self, rank: int, at: datetime) -> datetime:
        """Where clocks of a level count from that is found at `at`; 0 is the most urgent.

        A more urgent level was not known before. Any other carries on from when the ticket is
        known, without a break, to be at least as urgent.
        """
        since_at = at
        while self.known and self.known[-1][0] <= rank:
            since_at = self.known.pop()[1]
        self.known.append((rank, since_at))
        return since_at

    def wait(self, cause: WaitCause, at: datetime) -> None:
        """Begin to wait; waiting for the same twice is waiting once."""
        self.waiting.setdefault(cause, at)

    def go_on(self, at: datetime, causes: Iterable[WaitCause] | None = None) -> None:
        """End the waits for `causes`, or all."""
        for cause in list(self.waiting if causes is None else causes):
            start_at = self.waiting.pop(cause, None)
            if start_at is not None and start_at < at:
                self.waits.append((start_at, at, cause))

    def pauses(
        self, causes: frozenset[WaitCause], longest: timedelta | None = None
    ) -> Sequence[Pause]:
        """Stretches of waiting for any of `causes`, in order and apart. Of each wait only what
        comes before `longest` is over. Ask when all is told."""
        if not (self.waits or self.waiting):
            return ()
        found = self.merged.get((causes, longest))
        if found is None:
            found = self.merged[causes, longest] = self._merge(causes, longest)
        return found

    def _merge(self, causes: frozenset[WaitCause], longest: timedelta | None) -> list[Pause]:
        lasting = [(start_at, None, cause) for cause, start_at in self.waiting.items()]
        found: list[Pause] = []
        for start_at, ended_at, cause in sorted([*self.waits, *lasting], key=_by_start):
            if cause not in causes:
                continue
            end_at = ended_at
            if longest is not None and (ended_at is None or ended_at - start_at > longest):
                end_at = start_at + longest
            last_at = found[-1][1] if found else start_at
            if not found or (last_at is not None and last_at < start_at):
                found.append((start_at, end_at))
            elif last_at is not None and (end_at is None or end_at > last_at):
                found[-1] = (found[-1][0], end_at)
        return found


@dataclass(slots=True)
class Generation:
    """The clocks that one classification, or one reopening, started. `unsure`: a person has to
    sort it.

    Of the deeds of its timeline the first `deeds_until` came before its end, if it has ended.
    """

    number: int
    level: Level
    problem_class: ProblemClass
    anchor_at: datetime
    reopened: bool
    life: Life
    unsure: bool = False
    closed_at: datetime | None = None
    ending: Ending | None = None
    deeds_until: int | None = None


@dataclass(slots=True)
class Timeline:
    """What a ledger tells. `entries` and `deeds` are in order."""

    level: Level
    problem_class: ProblemClass
    urgency: Sequence[Level]
    unsure: bool = False
    entries: Sequence[Entry] = ()
    generations: list[Generation] = field(default_factory=list)
    deeds: list[tuple[datetime, What]] = field(default_factory=list)
    life: Life | None = None

    def begin(self, anchor_at: datetime, *, reopened: bool) -> None:
        """Start a life and its first generation."""
        self.life = Life([(self.urgency.index(self.level), anchor_at)], len(self.deeds))
        self._open(self.life, anchor_at, reopened=reopened)

    def classify(self, entry: Entry, at: datetime) -> None:
        """A re-triage; one that changes neither level nor class changes nothing, but that nobody
        has to sort the ticket any more. A person who has sorted it met that clock by it."""
        if entry.level is None or entry.problem_class is None:
            return
        unsure, self.unsure = self.unsure, bool(entry.unsure)
        settled = unsure == self.unsure or self._sorted_at == at
        if settled and (entry.level, entry.problem_class) == (self.level, self.problem_class):
            return
        self.level, self.problem_class = entry.level, entry.problem_class
        if self.life is not None:
            self._close(at, "retriaged")
            anchor_at = self.life.anchor(self.urgency.index(self.level), at)
            self._open(self.life, anchor_at, reopened=False)

    @property
    def _sorted_at(self) -> datetime | None:
        """When a person last did so."""
        sorted_at = [at for at, what in self.deeds if what == "classified"]
        return sorted_at[-1] if sorted_at else None

    def do(self, what: What, at: datetime) -> None:
        """A deed of a ticket that has not ended; some end it. Going on elsewhere meets nothing."""
        if what != "merged":
            self.deeds.append((at, what))
        if what == "resolved" or what == "merged":
            self._close(at, what)
            self.life = None

    def _close(self, at: datetime, ending: Ending) -> None:
        last = self.generations[-1]
        last.closed_at, last.ending, last.deeds_until = at, ending, len(self.deeds)

    def _open(self, life: Life, anchor_at: datetime, *, reopened: bool) -> None:
        number = len(self.generations) + 1
        self.generations.append(
            Generation(
                number, self.level, self.problem_class, anchor_at, reopened, life, self.unsure
            )
        )


def read(ledger: Iterable[Entry], urgency: Sequence[Level]) -> Timeline | None:
    """The story of a ticket; None before its first triage.

    `urgency` lists the levels, most urgent first. The first life begins when the customer
    complained; nothing about a ticket can have happened before, so earlier times count as then.
    """
    entries = in_order(ledger)
    first = next((entry for entry in entries if entry.what == "triaged"), None)
    if first is None or first.level is None or first.problem_class is None:
        return None
    opened_at = first.opened_at or first.at
    told = Timeline(first.level, first.problem_class, urgency, bool(first.unsure), entries)
    told.begin(opened_at, reopened=False)
    for entry in entries:
        if entry is not first:
            _tell(told, entry, max(entry.at, opened_at))
    return told


def _tell(told: Timeline, entry: Entry, at: datetime) -> None:
    what, life = entry.what, told.life
    if what == "triaged":
        told.classify(entry, at)
    elif what == "reopened":
        if life is None:
            told.begin(at, reopened=True)
    elif life is None:
        return  # the ticket has ended: nothing counts until it is reopened
    elif what == "waiting":
        if entry.cause is not None:
            life.wait(entry.cause, at)
    elif what == "resumed":
        life.go_on(at)
    elif what == "customer_message":
        life.go_on(at, ("customer",))
    else:
        told.do(what, at)


def _by_start(wait: tuple[datetime, datetime | None, WaitCause]) -> datetime:
    return wait[0]
