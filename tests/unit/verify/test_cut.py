"""What happens while the system is being read is neither lost nor made up."""

from __future__ import annotations

from cli.verify.cut import leave_out_later
from cli.verify.log_facts import shown
from cli.verify.store_facts import Parked
from runtime.clock import named_id
from tests.support.small_system import WALL_S, SmallSystem, at
from tests.unit.verify.conftest import OPEN_TICKET, TICKET
from tests.unit.verify.planted import broken_codes, offenders

LATER = named_id("later").bytes
FIRED = {"ticket_id": OPEN_TICKET, "clock": "first_reply", "generation": 1}


def settle(system: SmallSystem) -> None:
    """From here on everything is young."""
    system.facts.settled_s = WALL_S + system.tick_s


def publish_later(system: SmallSystem, source: str) -> None:
    """A breach that reaches Kafka after the snapshot of the databases."""
    settle(system)
    system.tick_s += 1
    data = {**FIRED, "breached_at": at(600), "detected_at": at(601)}
    value = system.value(LATER, "SLABreached", OPEN_TICKET, source, LATER, data)
    system.put("sla", OPEN_TICKET, value)


def test_an_event_after_the_snapshot_is_left_out(system: SmallSystem) -> None:
    publish_later(system, "aftercare/sla")
    assert "I4" in broken_codes(system)
    leave_out_later(system.facts)
    assert broken_codes(system) == []
    assert all(event.id != LATER for event in system.facts.stories.clocks)


def test_somebody_elses_record_is_not_left_out(system: SmallSystem) -> None:
    publish_later(system, "somebody/else")
    leave_out_later(system.facts)
    assert offenders(system, "I4") == (f"sla without an outbox row: {shown(LATER)}",)


def test_an_old_record_is_not_left_out(system: SmallSystem) -> None:
    publish_later(system, "aftercare/sla")
    system.facts.logs["sla"].young.clear()
    leave_out_later(system.facts)
    assert offenders(system, "I4") == (f"sla without an outbox row: {shown(LATER)}",)


def test_a_young_outbox_row_may_be_on_its_way(system: SmallSystem) -> None:
    settle(system)
    applied = system.store("triage").applied("tickets", "http")
    applied.add(LATER, TICKET, -1, -1, events=1, wall_s=system.wall_s)
    system.store("triage").outbox.add(LATER, "triage", TICKET, wall_s=system.wall_s)
    assert broken_codes(system) == []
    system.facts.settled_s = float("inf")
    assert broken_codes(system) == ["I3", "I6"]


def test_a_young_record_is_no_lag(system: SmallSystem) -> None:
    settle(system)
    system.tick_s += 1
    value = system.value(LATER, "OrderPlaced", "order-2", "upstream/simulator", None, {})
    system.put("orders", "order-2", value)
    assert broken_codes(system) == []


def test_parked_is_parked_however_young(system: SmallSystem) -> None:
    settle(system)
    parked = Parked("clocks", LATER, TICKET, "tickets", 0, 99)
    system.store("sla").parked.append(parked)
    assert f"parked: sla.clocks {shown(LATER)}" in offenders(system, "I10")


def test_planted_poison_tells_no_story(system: SmallSystem) -> None:
    publish_later(system, "somebody/else")
    system.facts.settled_s = float("inf")
    system.facts.logs["sla"].young.clear()
    system.pass_over("sla")
    system.facts.planted = frozenset({shown(LATER)})
    leave_out_later(system.facts)
    # Only its dead letters are missing: the services have to give it up.
    assert broken_codes(system) == ["I5"]
