"""Sightings and a shop to count them in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from services.triage.domain.clusters.count import Alarm, Shop, count, tell
from services.triage.domain.clusters.policy import ClusterRules
from services.triage.domain.clusters.shares import Shares
from services.triage.domain.clusters.sighting import Sighting
from tests.simulation.clusters.trials import default_rules

NOW = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
RULES = default_rules()


def shop(rules: ClusterRules = RULES) -> Shop:
    """One that has had no ticket yet."""
    return Shop(0, Shares(rules.recent_tickets), Shares(rules.lasting_tickets))


def sighting(number: int, **fields: Any) -> Sighting:
    """A ticket of a customer and an order of its own."""
    values = {
        "ticket_id": f"T-{number}",
        "problem_class": "logistics",
        "subtype": "overdue",
        "customer_id": f"C-{number}",
        "order_id": f"O-{number}",
        "at": NOW + timedelta(minutes=number),
        **fields,
    }
    return Sighting.model_validate(values)


def usual(number: int) -> Sighting:
    """One of a shop where nothing is the matter."""
    dice = Random(number)
    kind = dice.choice(("product_mismatch", "logistics", "usage"))
    names = {"batch": f"B-{dice.randrange(7)}", "carrier": f"S-{dice.randrange(3)}"}
    subtype = f"{kind}_{dice.randrange(4)}"
    return sighting(number, problem_class=kind, subtype=subtype, names=names)


def faulty(number: int, **fields: Any) -> Sighting:
    """One of a batch that leaks."""
    values = {
        "problem_class": "product_mismatch",
        "subtype": "quality_defect",
        "names": {"batch": "B-9", "carrier": f"S-{Random(number).randrange(3)}"},
        **fields,
    }
    return sighting(number, **values)


def counted(one: Shop, *seen: Sighting, rules: ClusterRules = RULES) -> list[Alarm]:
    """Count tickets; the alarms, which are told."""
    alarms = []
    for each in seen:
        alarm = count(one, each, rules, each.at)
        if alarm is not None:
            tell(one, alarm, each, f"C-{each.ticket_id}", each.at)
            alarms.append(alarm)
    return alarms


def settled() -> Shop:
    """A shop that has had 600 usual tickets, and no alarm."""
    one = shop()
    assert counted(one, *map(usual, range(600))) == []
    return one
