"""Rarer violations are found: what was never told, never kept, or stands where it must not."""

from __future__ import annotations

from typing import Any

import pytest

from cli.verify.log_facts import shown
from runtime.clock import named_id
from tests.support.small_system import SHOP, WALL_S, SmallSystem, at
from tests.unit.verify.conftest import OPEN_TICKET, TICKET
from tests.unit.verify.planted import STRANGE, first_id, offenders


def test_a_ticket_came_from_no_complaint(system: SmallSystem) -> None:
    assert system.facts.intake is not None
    system.facts.intake.complaints = [
        each for each in system.facts.intake.complaints if each.ticket != OPEN_TICKET
    ]
    assert f"ticket without a complaint: {OPEN_TICKET}" in offenders(system, "I1")


def test_an_event_names_no_cause(system: SmallSystem) -> None:
    event_id = first_id(system, "triage")
    log = system.facts.logs["triage"]
    log.causes[log.row_of[event_id]] = None
    assert f"triage event without a cause: {shown(event_id)}" in offenders(system, "I6")


def test_a_message_was_applied_from_where_it_is_not(system: SmallSystem) -> None:
    applied = system.store("triage").applied("tickets", "tickets")
    again = first_id(system, "tickets")
    applied.offsets[applied.ids.index(again)] = 99
    (found,) = (one for one in offenders(system, "I7") if "from a place where it is not" in one)
    assert found.endswith("tickets/0/99")


def test_a_risen_key_falls_back_to_the_routine_lane(system: SmallSystem) -> None:
    box = system.store("intake").outbox
    box.add(STRANGE, "tickets.urgent", TICKET, wall_s=WALL_S)
    late = named_id("late").bytes
    box.add(late, "tickets", TICKET, wall_s=WALL_S)
    fell = f"{shown(late)} fell back to the routine lane of tickets, key: {TICKET}"
    assert fell in offenders(system, "I7")


def test_a_desk_applied_what_it_keeps_no_progress_of(system: SmallSystem) -> None:
    del system.store("sla").progress["clocks", "triage", 0]
    assert "no progress row: sla.clocks triage/0 at 2" in offenders(system, "I8")


def test_a_clock_was_met_that_never_started(system: SmallSystem) -> None:
    cause = named_id("timer", "odd").bytes
    about = {"ticket_id": OPEN_TICKET, "clock": "review", "generation": 1}
    system.publish("sla", "clocks", cause, "ClockMet", OPEN_TICKET, **about, met_at=at(30))
    assert f"never started: {OPEN_TICKET} review 1" in offenders(system, "I11")


def test_a_breach_does_not_say_when(system: SmallSystem) -> None:
    cause = named_id("timer", "odd").bytes
    about = {"ticket_id": OPEN_TICKET, "clock": "first_reply", "generation": 1}
    system.publish("sla", "clocks", cause, "SLABreached", OPEN_TICKET, **about)
    assert f"without its times: {OPEN_TICKET} first_reply 1" in offenders(system, "I12")


def test_every_clock_of_an_open_ticket_was_cancelled(system: SmallSystem) -> None:
    clocks = system.facts.clocks
    assert clocks is not None
    for row, clock in enumerate(clocks.clocks):
        if clock.ticket == OPEN_TICKET:
            clocks.clocks[row] = clock._replace(state="cancelled", cancelled_at=at(40))
    assert f"open with every clock cancelled: {OPEN_TICKET}" in offenders(system, "I13")


def test_two_heads_of_one_size_were_signed(system: SmallSystem) -> None:
    archive = system.facts.archive
    assert archive is not None
    archive.heads.append(archive.heads[-1])
    assert offenders(system, "I18") == ("two heads of size: 7",)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({}, "acknowledged without a place: {id}"),
        (
            {"topic": "orders", "partition": 0, "offset": 5},
            "acknowledged record not at its place: orders/0/5",
        ),
    ],
)
def test_the_broker_acknowledged_something_else(
    system: SmallSystem, answer: dict[str, Any], found: str
) -> None:
    assert system.facts.journal is not None
    name = shown(first_id(system, "orders"))
    changes = {"via": "kafka", "what": "OrderPlaced", "id": name, "answer": answer, "shop": SHOP}
    system.facts.journal.append(system.facts.journal[0].model_copy(update=changes))
    assert offenders(system, "I28") == (found.format(id=name),)
