"""The rule of the desk `clusters`: counts a shop's tickets that came since the last look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field

from schemas.clusters import ClusterSuspected
from schemas.envelope import Envelope, Payload
from schemas.rules import Decision
from schemas.values import Position, Ref
from services.triage.domain.clusters.count import Name, Shop, count, tell
from services.triage.domain.clusters.marks import Mark, Marks, Pattern, alike
from services.triage.domain.clusters.policy import ClusterRules
from services.triage.domain.clusters.shares import Shares
from services.triage.domain.clusters.sighting import DANGER, Sighting
from services.triage.domain.clusters.suspicion import (
    Words,
    alike_suspected,
    cluster_id,
    suspected,
)
from services.triage.domain.clusters.watched import JSON, Watched

ANY_DANGER = ("安全隐患", "danger to somebody")


class LookDue(Payload):
    """Tickets of a shop wait to be counted. Made by the service itself, never on Kafka."""

    TOPIC: ClassVar[str] = "commands"
    SUBJECT: ClassVar[str] = "shop_id"

    shop_id: Ref = Field(description="Shop.")
    first: Position = Field(description="Number of the first ticket that waits.")


@dataclass(frozen=True, slots=True)
class ClusterPolicy:
    """What the rule goes by: the policy's section, its version, and names for people."""

    rules: ClusterRules
    version: str
    words: Words


@dataclass(frozen=True, slots=True)
class ShopWatch:
    """A shop as it is stored, and what waits. `shares`: the shop's counts, JSON; `names`: what is
    kept of each name of the waiting tickets. The rule fills in `changed`, `added`, when
    it looked, and the times before which names and marks are forgotten."""

    shop_id: str
    shares: str = ""
    names: Mapping[Name, str] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    waiting: Mapping[int, Sighting] = field(default_factory=dict)
    version: int = 0
    changed: Mapping[Name, str] = field(default_factory=dict)
    added: tuple[Mark, ...] = ()
    looked_at: datetime | None = None
    names_since_at: datetime | None = None
    marks_since_at: datetime | None = None


def look(
    case: ShopWatch | None, event: Envelope[LookDue], policy: ClusterPolicy, now: datetime
) -> Decision[ShopWatch]:
    """Count what waits, in the order in which it came. Nothing waits: nothing happens."""
    if case is None or not case.waiting:
        return Decision(case=None)
    rules = policy.rules
    shop, patterns = _read(case, rules)
    marks = Marks.of(case.marks)
    found: list[ClusterSuspected] = []
    for seen in case.waiting.values():
        alarm = count(shop, seen, rules, now)
        if alarm is not None:
            event_of = suspected(event.shopid, alarm, policy.words, rules, policy.version, now)
            tell(shop, alarm, seen, event_of.cluster_id, now)
            found.append(event_of)
        for pattern in alike(marks, seen, rules.same):
            if _is_news(patterns, pattern, case.shop_id, now):
                found.append(alike_suspected(case.shop_id, pattern, policy.version, now))
    marks_since_at = now - timedelta(days=rules.same.days)
    case = replace(
        case,
        shares=_written(shop, {n: p for n, p in patterns.items() if p[0] >= marks_since_at}),
        changed={name: one.dump() for name, one in shop.names.items()},
        added=tuple(marks.added),
        looked_at=now,
        names_since_at=now - timedelta(days=rules.forget_days),
        marks_since_at=marks_since_at,
    )
    kinds = [each.kind for each in found]
    told = {"suspected": {kind: kinds.count(kind) for kind in sorted(set(kinds))}}
    return Decision(case=case, events=tuple(found), answer=told if found else None)


_Told = tuple[datetime, frozenset[str]]
"""When a pattern had its last ticket, and its tickets."""


def _is_news(told: dict[str, _Told], pattern: Pattern, shop_id: str, now: datetime) -> bool:
    """A pattern is told once. It goes on while tickets that belong to it come."""
    tickets = frozenset(pattern.ticket_ids)
    for name, (_, known) in told.items():
        if known & tickets:
            told[name] = (now, known | tickets if len(known) < len(pattern.marks) * 2 else known)
            return False
    told[cluster_id(shop_id, pattern.kind, pattern.marks[0].ticket_id)] = (now, tickets)
    return True


def _read(case: ShopWatch, rules: ClusterRules) -> tuple[Shop, dict[str, _Told]]:
    stored: Any = JSON.validate_json(case.shares) if case.shares else (0, None, None, {})
    at, recent, lasting, patterns = stored
    shop = Shop(at, Shares(rules.recent_tickets, recent), Shares(rules.lasting_tickets, lasting))
    shop.names = {name: Watched.load(text) for name, text in case.names.items()}
    told = {
        name: (datetime.fromisoformat(last), frozenset(tickets))
        for name, (last, tickets) in patterns.items()
    }
    return shop, told


def _written(shop: Shop, patterns: Mapping[str, _Told]) -> str:
    told = {name: [last.isoformat(), sorted(known)] for name, (last, known) in patterns.items()}
    stored = [shop.at, shop.recent.dump(), shop.lasting.dump(), told]
    return JSON.dump_json(stored).decode()


def danger_word(words: dict[str, tuple[str, str]]) -> Words:
    """The names of the aspects, danger's among them."""
    return {**words, DANGER: ANY_DANGER}
