"""What is kept of a name (a batch, a host …): its tickets, and the evidence against it that runs.

Read and written as JSON by `look`; worked on by `count`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.triage.domain.clusters.shares import ALL, keys_of

TICKETS_KEPT = 50
PEOPLE_KEPT = 100
REMEMBERED = 400
"""Own tickets, at most twice as many; then the older half counts half."""


@dataclass(slots=True)
class Run:
    """Evidence that an aspect comes more often than expected, since it began to gather."""

    ratios: list[float]
    """One for each factor of the policy: how much likelier the tickets are with it than without."""
    first_at: str
    tickets: int = 0
    hits: int = 0
    expected: float = 0.0
    ticket_ids: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    ages: dict[str, list[int]] = field(default_factory=dict)
    """Tickets and hits by age of the order."""

    @property
    def strength(self) -> float:
        """Mean over the factors: the figure that is compared with the alarm's threshold."""
        return sum(self.ratios) / len(self.ratios)

    def add(self, age: str, share: float, *, hit: bool) -> None:
        """Note a ticket; `share` of such have the aspect without a cluster."""
        self.tickets += 1
        self.hits += hit
        self.expected += share
        counts = self.ages.setdefault(age, [0, 0])
        counts[0] += 1
        counts[1] += hit

    def hit_by(self, ticket_id: str, people: Iterable[str]) -> None:
        """Note whose ticket it was that has the aspect."""
        if len(self.ticket_ids) < TICKETS_KEPT:
            self.ticket_ids.append(ticket_id)
        self.people = [*self.people, *sorted(people)][-PEOPLE_KEPT:]

    def dump(self) -> Any:
        """What to store."""
        ratios = [float(f"{ratio:.6g}") for ratio in self.ratios]
        known = [self.first_at, self.tickets, self.hits, round(self.expected, 4)]
        return [ratios, *known, self.ticket_ids, self.people, self.ages]


@dataclass(slots=True)
class Suspected:
    """A cluster that was told; further tickets only prolong it."""

    cluster_id: str
    last_at: datetime


@dataclass(slots=True)
class Watched:
    """One name of a shop. `at`: the shop's ticket count when it was last touched."""

    at: int = 0
    recent: float = 0.0
    recent_aspects: dict[str, float] = field(default_factory=dict)
    tickets: int = 0
    aspects: dict[str, int] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    suspected: dict[str, Suspected] = field(default_factory=dict)

    @classmethod
    def load(cls, stored: str | None) -> Watched:
        """As `dump` wrote it; a new one for None."""
        if stored is None:
            return cls()
        at, recent, recent_aspects, tickets, aspects, runs, suspected = json.loads(stored)
        return cls(
            at,
            recent,
            recent_aspects,
            tickets,
            aspects,
            {name: Run(*run) for name, run in runs.items()},
            {n: Suspected(i, datetime.fromisoformat(at)) for n, (i, at) in suspected.items()},
        )

    def dump(self) -> str:
        """What to store."""
        recent = {n: round(c, 4) for n, c in self.recent_aspects.items() if c > 1e-3}
        runs = {name: run.dump() for name, run in self.runs.items()}
        told = {n: [s.cluster_id, s.last_at.isoformat()] for n, s in self.suspected.items()}
        known = [self.at, round(self.recent, 4), recent, self.tickets, self.aspects, runs, told]
        return json.dumps(known, separators=(",", ":"), ensure_ascii=False)

    def fade(self, at: int, half: int) -> None:
        """Let its recent tickets count less by what the shop has had since."""
        if at > self.at:
            factor = 2.0 ** ((self.at - at) / half)
            self.recent *= factor
            counts = self.recent_aspects
            self.recent_aspects = {n: c * factor for n, c in counts.items() if c * factor > 1e-3}
            self.at = at

    def add(self, age: str, aspects: Iterable[str]) -> None:
        """One more ticket, of an order of that age."""
        self.tickets += 1
        self.recent += 1
        for key in keys_of(age, aspects):
            self.aspects[key] = self.aspects.get(key, 0) + 1
            self.recent_aspects[key] = self.recent_aspects.get(key, 0.0) + 1
        if self.tickets >= 2 * REMEMBERED:
            self.tickets //= 2
            self.aspects = {n: c // 2 for n, c in self.aspects.items() if c > 1}

    def take_back(self, aspect: str, run: Run) -> None:
        """The hits of a run were a cluster: they don't say what is usual here."""
        for age, (_, hits) in run.ages.items():
            for name in {ALL, aspect, aspect.partition(".")[0]}:
                had = self.aspects.get(age + name, 0)
                self.aspects[age + name] = max(0, had - hits)

    def told(self, aspect: str, cluster_id: str, now: datetime) -> None:
        """Note a cluster, or that it goes on."""
        self.suspected[aspect] = Suspected(cluster_id, now)

    def quieten(self, before: datetime) -> None:
        """Forget clusters without a ticket since then: what comes next is news again."""
        self.suspected = {n: s for n, s in self.suspected.items() if s.last_at >= before}
