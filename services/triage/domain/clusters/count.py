"""The sequential test: counts a ticket for its names and says whether one of them is a cluster.

Under no cluster, a ticket that carries a name has an aspect (a class, a sub-type, danger) as often
as the tickets beside it, whatever sells how well. Evidence against that gathers by an e-detector of
Shiryaev and Roberts. Called by `look`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.clusters import NameKind
from services.triage.domain.clusters.policy import ClusterRules
from services.triage.domain.clusters.shares import ALL, Shares
from services.triage.domain.clusters.sighting import DANGER, KINDS, Sighting
from services.triage.domain.clusters.watched import Run, Watched

START = 1 / 3
"""Evidence begins with this at every ticket that has an aspect. A ticket has three at most, so
that all evidence about a name grows, without a cluster, by no more than one a ticket."""
FAINT = 0.2
"""Evidence that has become so small is dropped: it begins anew at the next ticket of its kind."""
LENT = 3.0
"""Where few others are of late at the order's age, so many of all ages stand in for them; and where
those are few, so many of what is lasting."""
MOST_EXPECTED = 0.95
MINE = 0.5
"""A name whose evidence consists of a told cluster's tickets by this share has nothing to add."""
NARROW: tuple[NameKind, ...] = ("batch", "sku", "session", "host", "hub", "carrier")
NARROWER = 0.7
"""The first of these that has this share of the tickets is what they are told to have in common."""

Name = tuple[NameKind, str]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A name with more tickets of an aspect than chance explains."""

    kind: NameKind
    name: str
    aspect: str
    run: Run


@dataclass(slots=True)
class Shop:
    """A shop's counts while tickets are being counted. `names` holds those of the tickets in
    hand; a new one appears by itself."""

    at: int
    recent: Shares
    lasting: Shares
    names: dict[Name, Watched] = field(default_factory=dict)

    def watched(self, name: Name, half: int) -> Watched:
        """What is kept of a name, as of now."""
        found = self.names.get(name)
        if found is None:
            found = self.names[name] = Watched(at=self.at)
        found.fade(self.at, half)
        return found


def threshold(rules: ClusterRules) -> float:
    """Strength of the evidence that is an alarm. A ticket adds at most one to the strength of
    each of its names, on average and without a cluster: so this keeps the stated rate."""
    return rules.false_alarm_every_tickets * len(KINDS)


def count(shop: Shop, seen: Sighting, rules: ClusterRules, now: datetime) -> Alarm | None:
    """Count one ticket. A cluster is told once, until it has been quiet for a while."""
    shop.at += 1
    aspects = seen.aspects
    watched: dict[Name, Watched] = {}
    for kind, value in seen.names.items():
        watched[kind, value] = shop.watched((kind, value), rules.recent_tickets)
    explained = _explained(watched.values(), aspects, rules, now)
    fresh = tuple(each for each in aspects if each not in explained)
    if shop.at > rules.learn_tickets:
        ticket = _Ticket(seen, fresh, explained, shop)
        for one in watched.values():
            _weigh(ticket, one, rules)
    for one in watched.values():
        if not explained:
            one.add(seen.age, aspects)
    if not explained:
        shop.recent.add(seen.age, aspects)
        shop.lasting.add(seen.age, aspects)
    return _alarm(watched, fresh, rules)


def tell(shop: Shop, alarm: Alarm, seen: Sighting, cluster_id: str, now: datetime) -> None:
    """Note that the alarm was told. Evidence that consists of the same tickets is over."""
    told = shop.names[alarm.kind, alarm.name]
    told.told(alarm.aspect, cluster_id, now)
    told.take_back(alarm.aspect, alarm.run)
    members = set(alarm.run.ticket_ids)
    for name in seen.names.items():
        for aspect in seen.aspects:
            run = shop.names[name].runs.get(aspect)
            if run is not None and _mostly(run.ticket_ids, members):
                del shop.names[name].runs[aspect]


class _Ticket:
    """A ticket while it is counted, and the shop's shares beside it."""

    def __init__(
        self, seen: Sighting, fresh: tuple[str, ...], explained: frozenset[str], shop: Shop
    ) -> None:
        self.id, self.people, self.at = seen.ticket_id, seen.people, seen.at.isoformat()
        self.fresh, self.explained = fresh, explained
        self.age = seen.age
        self.tickets, self.of_age = shop.recent.tickets, shop.recent.of(seen.age)
        self._shop = shop
        self._around: dict[str, tuple[float, float, float]] = {}

    def around(self, aspect: str) -> tuple[float, float, float]:
        """Tickets of late that have an aspect, at the order's age and at all; and the lasting share
        of it at that age."""
        found = self._around.get(aspect)
        if found is None:
            recent, lasting = self._shop.recent, self._shop.lasting
            share = (lasting.of(self.age, aspect) + 1.0) / (lasting.of(self.age) + 2.0)
            found = recent.of(self.age, aspect), recent.of(ALL, aspect), share
            self._around[aspect] = found
        return found


def expected_share(one: Watched, aspect: str, ticket: _Ticket, rules: ClusterRules) -> float:
    """Share of a name's tickets that has an aspect, if there is no cluster: as among the tickets
    of others of late, among all tickets lastingly, or among its own before, whatever is most; each
    among orders of about the same age."""
    recent, recent_all, lasting = ticket.around(aspect)
    age, key = ticket.age, ticket.age + aspect
    theirs = recent - one.recent_aspects.get(key, 0.0)
    others = ticket.of_age - one.recent_aspects.get(age + ALL, 0.0)
    at_all = recent_all - one.recent_aspects.get(ALL + aspect, 0.0)
    lent = max(lasting, (at_all + LENT * lasting) / (ticket.tickets - one.recent + LENT))
    share = max(lasting, (theirs + LENT * lent) / (others + LENT))
    own, had = one.aspects.get(age + ALL, 0), one.aspects.get(key, 0)
    run = one.runs.get(aspect)
    if run is not None:
        tickets, hits = run.ages.get(age, (0, 0))
        own, had = own - tickets, had - hits
    if had > share * own >= 0:
        share = (had + rules.own_weight * share) / (own + rules.own_weight)
    return min(max(share, rules.least_share), MOST_EXPECTED)


def _weigh(ticket: _Ticket, one: Watched, rules: ClusterRules) -> None:
    """Take a ticket as evidence about one name, for each of its aspects and those that run."""
    if one.recent > rules.most_share * ticket.tickets:
        one.runs.clear()
        return
    for aspect in (*ticket.fresh, *(one.runs.keys() - ticket.fresh)):
        hit, run = aspect in ticket.fresh, one.runs.get(aspect)
        if aspect in ticket.explained:
            continue
        if hit and run is not None and not ticket.people.isdisjoint(run.people):
            continue
        share = expected_share(one, aspect, ticket, rules)
        if run is None:
            run = one.runs[aspect] = Run([0.0] * len(rules.factors), ticket.at)
        run.add(ticket.age, share, hit=hit)
        _update(run, share, rules, hit=hit)
        if hit:
            run.hit_by(ticket.id, ticket.people)
        elif run.strength < FAINT:
            del one.runs[aspect]


def _update(run: Run, share: float, rules: ClusterRules, *, hit: bool) -> None:
    """The e-detector's step: each ticket multiplies the evidence by how much likelier it is with
    the factor than without."""
    odds = rules.unlike * share / (1.0 - share)
    likely = odds / (1.0 + odds)
    if hit:
        run.ratios = [
            ratio * factor / (1.0 + (factor - 1.0) * likely) + START
            for ratio, factor in zip(run.ratios, rules.factors, strict=True)
        ]
    else:
        run.ratios = [
            ratio / (1.0 + (factor - 1.0) * likely)
            for ratio, factor in zip(run.ratios, rules.factors, strict=True)
        ]


def _explained(
    watched: Iterable[Watched], aspects: tuple[str, ...], rules: ClusterRules, now: datetime
) -> frozenset[str]:
    """Aspects of a ticket that clusters explain which are told already; they go on by it. What is
    dangerous is news even where the goods are known to be faulty."""
    found: set[str] = set()
    for one in watched:
        if one.suspected:
            one.quieten(now - timedelta(hours=rules.quiet_h))
            for aspect in one.suspected.keys() & set(aspects):
                one.told(aspect, one.suspected[aspect].cluster_id, now)
                found.update(aspects if aspect == DANGER else aspects[:2])
    return frozenset(found)


def _alarm(
    watched: Mapping[Name, Watched], fresh: tuple[str, ...], rules: ClusterRules
) -> Alarm | None:
    """The strongest evidence about a name of this ticket, if it is strong enough; told of the
    narrowest name that has most of those tickets."""
    found = [
        Alarm(kind, name, aspect, one.runs[aspect])
        for (kind, name), one in watched.items()
        for aspect in fresh
        if aspect in one.runs and one.runs[aspect].hits >= rules.at_least
    ]
    best = max(found, key=lambda each: each.run.strength, default=None)
    if best is None or best.run.strength < threshold(rules):
        return None
    members = set(best.run.ticket_ids)
    same = [each for each in found if each.aspect == best.aspect]
    alike = [
        each
        for each in same
        if len(members.intersection(each.run.ticket_ids)) >= NARROWER * len(members)
    ]
    return min(alike, key=lambda each: NARROW.index(each.kind))


def _mostly(tickets: list[str], members: set[str]) -> bool:
    return len(members.intersection(tickets)) >= MINE * len(tickets)
