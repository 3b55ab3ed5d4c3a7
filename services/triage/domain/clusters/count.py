"""The sequential test: counts a ticket for its names and says whether one of them is a cluster.

Under no cluster, a ticket that carries a name has an aspect (a class, a sub-type, danger) as often
as the tickets beside it, whatever sells how well. Evidence against that gathers by an e-detector of
Shiryaev and Roberts. Called by `look`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from schemas.clusters import NameKind
from services.triage.domain.clusters.policy import ClusterRules
from services.triage.domain.clusters.shares import ALL, Shares, keys_of, keys_of_all
from services.triage.domain.clusters.sighting import DANGER, KINDS, Sighting
from services.triage.domain.clusters.watched import Likely, Run, Watched

FAINT = 0.2
"""Evidence that has become so small is dropped: it begins anew at the next ticket of its kind."""
LENT = 3.0
"""Where few others are of late at the order's age, so many of all ages stand in for them; and where
those are few, so many of what is lasting."""
MOST_EXPECTED = 0.95
GRAIN = 4096
"""Evidence is weighed by shares of so many."""
MINE = 0.5
"""A name whose evidence consists of a told cluster's tickets by this share has nothing to add."""
NARROW: tuple[NameKind, ...] = ("batch", "sku", "session", "host", "hub", "carrier")
NARROWER = 0.7
"""The first of these that has this share of the tickets is what they are told to have in common."""

Name = tuple[NameKind, str]
Around = tuple[str, str, float, float, float]
"""Of an aspect: its key at the ticket's age and at all ages, the shop's tickets of late under both,
and the lasting share of it at that age."""


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
        elif found.at < self.at:
            found.fade(self.at, half)
        return found


def threshold(rules: ClusterRules) -> float:
    """Strength of the evidence that is an alarm. A ticket adds at most one to the strength of
    each of its names, on average and without a cluster: so this keeps the stated rate."""
    return rules.false_alarm_every_tickets * len(KINDS)


def count(shop: Shop, seen: Sighting, rules: ClusterRules, now: datetime) -> Alarm | None:
    """Count one ticket. A cluster is told once, until it has been quiet for a while."""
    shop.at += 1
    aspects, half = seen.aspects, rules.recent_tickets
    watched = {name: shop.watched(name, half) for name in seen.names.items()}
    explained = _explained(watched.values(), aspects, rules, now)
    fresh, strong = [each for each in aspects if each not in explained], False
    if shop.at > rules.learn_tickets:
        ticket, around = _Ticket(seen, aspects, fresh, rules), _Around(shop, seen.age)
        for one in watched.values():
            strong |= _weigh(ticket, one, around, rules)
    if not explained:
        keys, at_all = keys_of(seen.age, aspects), keys_of_all(aspects)
        for one in watched.values():
            one.add(keys, at_all)
        shop.recent.add(keys + at_all)
        shop.lasting.add(keys)
    return _alarm(watched, fresh, rules) if strong else None


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


class _Around(dict[str, Around]):
    """What the shop's tickets say of aspects, of orders of an age. Each is looked up once."""

    def __init__(self, shop: Shop, age: str) -> None:
        super().__init__()
        self.age, self.any = age, age + ALL
        self.tickets, self.of_age = shop.recent.tickets, shop.recent.of(self.any)
        self._recent, self._scale = shop.recent.counts.get, 1.0 / shop.recent.weight
        self._lasting, lasting = shop.lasting.counts.get, shop.lasting
        self._one, self._all = lasting.weight, (lasting.of(self.any) + 2.0) * lasting.weight

    def __missing__(self, aspect: str) -> Around:
        key, at_all, scale = self.age + aspect, ALL + aspect, self._scale
        recent, recent_all = self._recent(key, 0.0) * scale, self._recent(at_all, 0.0) * scale
        share = (self._lasting(key, 0.0) + self._one) / self._all
        found = self[aspect] = key, at_all, recent, recent_all, share
        return found


def expected_shares(
    one: Watched, aspects: Iterable[str], around: _Around, rules: ClusterRules
) -> list[float]:
    """Share of a name's tickets that has each aspect, if there is no cluster: as among the tickets
    of others of late, among all tickets lastingly, or among its own before, whatever is most; each
    among orders of about the same age."""
    recent_of, had_of, scale = one.recent_aspects.get, one.aspects.get, 1.0 / one.weight
    others = around.of_age - recent_of(around.any, 0.0) * scale + LENT
    others_at_all = around.tickets - one.recent * scale + LENT
    tickets, own_weight, least = had_of(around.any, 0), rules.own_weight, rules.least_share
    shares = []
    for aspect in aspects:
        key, at_all, recent, recent_all, lasting = around[aspect]
        lent = (recent_all - recent_of(at_all, 0.0) * scale + LENT * lasting) / others_at_all
        if lent < lasting:
            lent = lasting
        share = (recent - recent_of(key, 0.0) * scale + LENT * lent) / others
        if share < lasting:
            share = lasting
        had = had_of(key, 0)
        if had:
            own, run = tickets, one.runs.get(aspect)
            if run is not None and around.age in run.ages:
                in_run, hits = run.ages[around.age]
                own, had = own - in_run, had - hits
            if had > share * own >= 0:
                share = (had + own_weight * share) / (own + own_weight)
        if share < least:
            share = least
        shares.append(share if share < MOST_EXPECTED else MOST_EXPECTED)
    return shares


class _Weaker(dict[int, Likely]):
    """How much less likely a ticket is without each factor than with it, by the expected share in
    `GRAIN`; reckoned once."""

    def __init__(self, factors: tuple[float, ...], unlike: float) -> None:
        super().__init__()
        self._factors, self._unlike = factors, unlike

    def __missing__(self, grains: int) -> Likely:
        share = grains + 0.5
        odds = self._unlike * share / (GRAIN - share)
        likely = odds / (1.0 + odds)
        found = self[grains] = tuple(1.0 / (1.0 + (each - 1.0) * likely) for each in self._factors)
        return found


@lru_cache(maxsize=4)
def _weaker(factors: tuple[float, ...], unlike: float) -> _Weaker:
    return _Weaker(factors, unlike)


class _Ticket:
    """A ticket while it is weighed."""

    def __init__(
        self, seen: Sighting, aspects: tuple[str, ...], fresh: list[str], rules: ClusterRules
    ) -> None:
        self.id, self.people, self.at = seen.ticket_id, sorted(seen.people), seen.at.isoformat()
        self.aspects, self.fresh = aspects, fresh
        self.weaker = _weaker(rules.factors, rules.unlike)
        self.enough = threshold(rules) * len(rules.factors)
        self.faint = FAINT * len(rules.factors)


def _weigh(ticket: _Ticket, one: Watched, around: _Around, rules: ClusterRules) -> bool:
    """Take a ticket as evidence about one name, for each of its aspects and those that run;
    whether some of it is strong enough for an alarm."""
    runs, people, aspects, age = one.runs, ticket.people, ticket.aspects, around.age
    if one.recent > rules.most_share * around.tickets * one.weight:
        runs.clear()
        return False
    strongest, hit, weaker = 0.0, [], ticket.weaker
    missed = [aspect for aspect in runs if aspect not in aspects]
    for aspect in ticket.fresh:
        run = runs.get(aspect)
        if run is None or run.people.keys().isdisjoint(people):
            hit.append(aspect)
        else:
            strongest = max(strongest, sum(run.ratios))
    shares = expected_shares(one, missed + hit, around, rules)
    for aspect, share in zip(missed, shares, strict=False):
        if runs[aspect].missed(age, share, weaker[int(share * GRAIN)]) < ticket.faint:
            del runs[aspect]
    for aspect, share in zip(hit, shares[len(missed) :], strict=False):
        run = runs.get(aspect)
        if run is None:
            run = runs[aspect] = Run([0.0] * len(rules.factors), ticket.at)
        run.hit_by(ticket.id, people)
        strength = run.hit(age, share, weaker[int(share * GRAIN)], rules.factors)
        if strength > strongest:
            strongest = strength
    return strongest >= ticket.enough


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
    watched: Mapping[Name, Watched], fresh: Sequence[str], rules: ClusterRules
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
