"""What is kept of a name (a batch, a host …): its tickets, and the evidence against it that runs.

Read and written as JSON by `look`; worked on by `count`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import mul
from typing import Any

from pydantic import TypeAdapter

from services.triage.domain.clusters.shares import ALL

START = 1 / 3
"""Evidence begins with this at every ticket that has an aspect. A ticket has three at most, so
that all evidence about a name grows, without a cluster, by no more than one a ticket."""
TICKETS_KEPT = 50
PEOPLE_KEPT = 100
REMEMBERED = 400
"""Own tickets, at most twice as many; then the older half counts half."""
WHOLE = 10_000.0
"""What a ticket of now weighs when it is written down: whole numbers are short."""
LEAST = 10
"""In these; fewer are dropped."""
HALVINGS, TOO_MUCH = 100.0, 1e100
"""From there on the counts are written anew, before a float is too small for them."""
JSON: TypeAdapter[Any] = TypeAdapter(Any)
"""Reads and writes what is kept; much quicker than `json`."""

Likely = tuple[float, ...]
"""By how much evidence grows or shrinks, for each factor of the policy."""


@dataclass(slots=True)
class Run:
    """Evidence that an aspect comes more often than expected, since it began to gather."""

    ratios: list[float]
    """One for each factor of the policy: how much likelier the tickets are with it than without."""
    first_at: str
    expected: float = 0.0
    ticket_ids: list[str] = field(default_factory=list)
    people: dict[str, None] = field(default_factory=dict)
    ages: dict[str, list[int]] = field(default_factory=dict)
    """Tickets and hits by age of the order."""

    @classmethod
    def load(cls, stored: Any) -> Run:
        """As `dump` gave it."""
        ratios, first_at, expected, ticket_ids, people, ages = stored
        return cls(ratios, first_at, expected, ticket_ids, dict.fromkeys(people), ages)

    @property
    def tickets(self) -> int:
        """How many there were."""
        return sum(tickets for tickets, _ in self.ages.values())

    @property
    def hits(self) -> int:
        """How many of them have the aspect."""
        return sum(hits for _, hits in self.ages.values())

    @property
    def strength(self) -> float:
        """Mean over the factors: the figure that is compared with the alarm's threshold."""
        return sum(self.ratios) / len(self.ratios)

    def missed(self, age: str, share: float, weaker: Likely) -> float:
        """Note a ticket without the aspect, which `share` of such have without a cluster: the
        evidence gets weaker by a factor for each ratio. The sum that is left."""
        self.expected += share
        if age in self.ages:
            self.ages[age][0] += 1
        else:
            self.ages[age] = [1, 0]
        self.ratios = [*map(mul, self.ratios, weaker)]
        return sum(self.ratios)

    def hit(self, age: str, share: float, weaker: Likely, stronger: Likely) -> float:
        """Note one that has it: stronger by the second factors; and evidence may begin with it."""
        self.expected += share
        if age in self.ages:
            counts = self.ages[age]
            counts[0] += 1
            counts[1] += 1
        else:
            self.ages[age] = [1, 1]
        grown = map(mul, map(mul, self.ratios, stronger), weaker)
        self.ratios = [ratio + START for ratio in grown]
        return sum(self.ratios)

    def hit_by(self, ticket_id: str, people: Iterable[str]) -> None:
        """Note whose ticket it was that has the aspect."""
        if len(self.ticket_ids) < TICKETS_KEPT:
            self.ticket_ids.append(ticket_id)
        known = self.people
        for who in people:
            known[who] = None
        if len(known) > PEOPLE_KEPT:
            self.people = dict.fromkeys([*known][-PEOPLE_KEPT:])

    def dump(self) -> Any:
        """What to store."""
        ratios = [float(f"{ratio:.6g}") for ratio in self.ratios]
        known = [ratios, self.first_at, round(self.expected, 4)]
        return [*known, self.ticket_ids, list(self.people), self.ages]


@dataclass(slots=True)
class Suspected:
    """A cluster that was told; further tickets only prolong it."""

    cluster_id: str
    last_at: datetime


@dataclass(slots=True)
class Watched:
    """One name of a shop. `at`: the shop's ticket count when it was last touched. What is recent
    fades: instead of shrinking it, a ticket of now weighs `weight`, which grows."""

    at: int = 0
    recent: float = 0.0
    recent_aspects: dict[str, float] = field(default_factory=dict)
    tickets: int = 0
    aspects: dict[str, int] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    suspected: dict[str, Suspected] = field(default_factory=dict)
    weight: float = WHOLE

    @classmethod
    def load(cls, stored: str | None) -> Watched:
        """As `dump` wrote it; a new one for None."""
        if stored is None:
            return cls()
        at, recent, recent_aspects, tickets, aspects, runs, suspected = JSON.validate_json(stored)
        return cls(
            at,
            recent,
            recent_aspects,
            tickets,
            aspects,
            {name: Run.load(run) for name, run in runs.items()},
            {n: Suspected(i, datetime.fromisoformat(at)) for n, (i, at) in suspected.items()},
        )

    def dump(self) -> str:
        """What to store."""
        recent, recent_aspects = self._whole()
        runs = {name: run.dump() for name, run in self.runs.items()}
        told = {n: [s.cluster_id, s.last_at.isoformat()] for n, s in self.suspected.items()}
        known = [self.at, recent, recent_aspects, self.tickets, self.aspects, runs, told]
        return JSON.dump_json(known).decode()

    def _whole(self) -> tuple[int, Mapping[str, int]]:
        """Recent counts in `WHOLE`; what hardly counts any more is left out."""
        scale = WHOLE / self.weight
        counts = {name: int(c * scale + 0.5) for name, c in self.recent_aspects.items()}
        return int(self.recent * scale + 0.5), {n: c for n, c in counts.items() if c > LEAST}

    def fade(self, at: int, half: int) -> None:
        """Let its recent tickets count less by what the shop has had since."""
        halvings = (at - self.at) / half
        self.at = at
        if halvings < HALVINGS and self.weight < TOO_MUCH:
            self.weight *= 2.0**halvings
            return
        self.recent, counts = self._whole()
        self.recent_aspects = {**counts}
        self.weight = WHOLE * 2.0 ** min(halvings, HALVINGS)

    def add(self, keys: Iterable[str], at_all: Iterable[str]) -> None:
        """One more ticket, which is counted under these keys, and of late under those as well."""
        weight, counts, recent = self.weight, self.aspects, self.recent_aspects
        self.tickets += 1
        self.recent += weight
        for key in keys:
            counts[key] = counts.get(key, 0) + 1
            recent[key] = recent.get(key, 0.0) + weight
        for key in at_all:
            recent[key] = recent.get(key, 0.0) + weight
        if self.tickets >= 2 * REMEMBERED:
            self.tickets //= 2
            self.aspects = {n: c // 2 for n, c in counts.items() if c > 1}

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
