"""I11, I12, I13 and I16 find clocks and tickets that say or do what they must not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cli.verify.domain_facts import Clock, Clocks, Told
from cli.verify.run import judged
from cli.verify.timeliness import percentile
from tests.support.small_system import SmallSystem, at
from tests.unit.verify.conftest import OPEN_TICKET, TICKET
from tests.unit.verify.planted import (
    FIRST,
    RUNNING,
    SOLUTION,
    broken_codes,
    by_timer,
    deafen,
    offenders,
    replace,
)


# ---------------------------------------------------------------- I11
def test_a_breach_was_told_twice(system: SmallSystem) -> None:
    by_timer(
        system, "SLABreached", TICKET, "again", **FIRST, breached_at=at(15), detected_at=at(16)
    )
    assert f"SLABreached 2 times: {TICKET} first_contact 1" in offenders(system, "I11")


def test_a_warning_of_another_threshold_is_no_repeat(system: SmallSystem, clocks: Clocks) -> None:
    by_timer(
        system, "SLAWarning", OPEN_TICKET, "p75", **RUNNING, due_at=at(600), detected_at=at(451),
        threshold="p75",
    )  # fmt: skip
    by_timer(
        system, "SLAWarning", OPEN_TICKET, "p90", **RUNNING, due_at=at(600), detected_at=at(541),
        threshold="p90",
    )  # fmt: skip
    clocks.told += [Told(OPEN_TICKET, "first_reply", 1, "warning", n) for n in ("p75", "p90")]
    assert broken_codes(system) == []


def test_a_clock_never_started(system: SmallSystem, clocks: Clocks) -> None:
    clocks.clocks.append(Clock(OPEN_TICKET, "review", 1, "pending", at(900)))
    assert f"in the table, never told: {OPEN_TICKET} review 1" in offenders(system, "I11")


def test_a_clock_vanished(system: SmallSystem, clocks: Clocks) -> None:
    clocks.clocks.pop()
    assert f"started and gone: {OPEN_TICKET} first_reply 1" in offenders(system, "I11")


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("pending", "pending after ClockMet"),
        ("cancelled", "cancelled without ClockCancelled"),
        ("breached", "breached without SLABreached"),
        ("asleep", "in the unknown state asleep"),
    ],
)
def test_a_clock_is_in_another_state_than_told(
    system: SmallSystem, clocks: Clocks, state: str, text: str
) -> None:
    replace(clocks, 1, state=state)
    assert f"{text}: {TICKET} solution 1" in offenders(system, "I11")


def test_the_notes_of_what_was_told_differ(system: SmallSystem, clocks: Clocks) -> None:
    clocks.told.append(Told(TICKET, "solution", 1, "breached", ""))
    clocks.told.remove(Told(TICKET, "solution", 1, "met", ""))
    found = offenders(system, "I11")
    assert found == (
        f"noted, not on Kafka: {TICKET} solution 1",
        f"on Kafka, not noted: {TICKET} solution 1",
    )


# ---------------------------------------------------------------- I12
def test_a_clock_fired_early(system: SmallSystem) -> None:
    by_timer(
        system, "SLABreached", OPEN_TICKET, "early", **RUNNING,
        breached_at=at(600), detected_at=at(600) - timedelta(milliseconds=1),
    )  # fmt: skip
    assert offenders(system, "I12") == (f"0.001 s early: {OPEN_TICKET} first_reply 1",)


@pytest.mark.parametrize(("threshold", "minute"), [("p75", 449.9), ("b300", 594.9)])
def test_a_warning_came_early(system: SmallSystem, threshold: str, minute: float) -> None:
    by_timer(
        system, "SLAWarning", OPEN_TICKET, "early", **RUNNING, due_at=at(600),
        detected_at=at(minute), threshold=threshold,
    )  # fmt: skip
    early = f"6.000 s early: {OPEN_TICKET} first_reply 1 {threshold}"
    assert offenders(system, "I12") == (early,)


def test_a_breach_names_another_moment_than_the_deadline(
    system: SmallSystem, clocks: Clocks
) -> None:
    replace(clocks, 0, due_at=at(14), breached_at=at(14))
    deafen(system)
    named = f"breached_at is not the deadline: {TICKET} first_contact 1"
    assert offenders(system, "I12") == (named,)


def test_lateness_is_told_and_held_against_a_limit(system: SmallSystem) -> None:
    (verdict,) = (v for v in judged(system.facts) if v.code == "I12")
    assert verdict.counted["by timer"] == 2
    assert verdict.note == "late on the wall: p50 600 ms, p99 600 ms, max 600 ms"
    system.facts.lateness_limit_s = 0.5
    assert offenders(system, "I12") == ("p99 of lateness over 0.5 s: 0.600 s",)
    system.facts.time_scale = 60.0
    assert offenders(system, "I12") == ()
    (verdict,) = (v for v in judged(system.facts) if v.code == "I12")
    assert "late on the wall: p50 10 ms" in verdict.note
    assert "business time ×60: p50 0.6 s" in verdict.note


def test_a_percentile_is_a_value_that_was_seen() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.99, 1.0)] == [50.0, 99.0, 100.0]
    assert percentile([7.0], 0.99) == 7.0


# ---------------------------------------------------------------- I13
def test_a_breach_was_told_after_the_clock_had_ended(system: SmallSystem) -> None:
    by_timer(
        system, "SLABreached", TICKET, "late", **SOLUTION,
        breached_at=at(240), detected_at=at(241),
    )  # fmt: skip
    found = offenders(system, "I13")
    assert f"SLABreached after the clock's end: {TICKET} solution 1" in found
    assert f"breached after its ticket ended: {TICKET} solution" in found
    assert f"SLABreached while ended: {TICKET} solution 1" in offenders(system, "I16")


def test_a_running_clock_lost_its_timer(system: SmallSystem, clocks: Clocks) -> None:
    clocks.timers.clear()
    clocks.armed.clear()
    assert offenders(system, "I13") == (f"a running clock without a timer: {OPEN_TICKET}",)


def test_a_timer_is_later_than_its_clock(system: SmallSystem, clocks: Clocks) -> None:
    clocks.timers[OPEN_TICKET] = clocks.armed[OPEN_TICKET] = at(601)
    assert offenders(system, "I13") == (f"timer later than its clock: {OPEN_TICKET}",)


def test_a_timer_and_its_case_disagree(system: SmallSystem, clocks: Clocks) -> None:
    clocks.armed[OPEN_TICKET] = at(451)
    assert offenders(system, "I13") == (f"timer is not what its case believes: {OPEN_TICKET}",)


def test_a_timer_is_left_over(system: SmallSystem, clocks: Clocks) -> None:
    clocks.timers[TICKET] = clocks.armed[TICKET] = at(700)
    assert offenders(system, "I13") == (f"timer without a running clock: {TICKET}",)


def test_nobody_fires_a_timer(system: SmallSystem) -> None:
    system.facts.read_at_s += 3600 * 24
    (found,) = offenders(system, "I13")
    assert found.startswith("timer overdue at 2026-03-02")


def test_an_open_ticket_has_no_clock(system: SmallSystem, clocks: Clocks) -> None:
    clocks.clocks.pop()
    clocks.timers.clear()
    clocks.armed.clear()
    assert offenders(system, "I13") == (f"open without any clock: {OPEN_TICKET}",)


def test_an_open_ticket_was_never_triaged(system: SmallSystem) -> None:
    triaged = system.facts.stories.triaged
    triaged[:] = [each for each in triaged if each.ticket != OPEN_TICKET]
    assert offenders(system, "I13") == (f"open and never triaged: {OPEN_TICKET}",)


# ---------------------------------------------------------------- I16
def test_a_ticket_resumes_without_having_waited(system: SmallSystem) -> None:
    command = system.command("intake", "conversation", "odd", OPEN_TICKET)
    system.publish(
        "intake", "conversation", command, "TicketResumed", OPEN_TICKET, ticket_id=OPEN_TICKET
    )
    assert offenders(system, "I16") == (f"TicketResumed while open: {OPEN_TICKET}",)


def test_a_ticket_is_reopened_without_having_been_resolved(system: SmallSystem) -> None:
    command = system.command("intake", "conversation", "odd", OPEN_TICKET)
    system.publish(
        "intake", "conversation", command, "TicketReopened", OPEN_TICKET, ticket_id=OPEN_TICKET
    )
    reopened = f"reopened 1 times, resolved 0 times: {OPEN_TICKET}"
    assert offenders(system, "I16") == (reopened,)


def test_a_ticket_is_closed_without_a_decision(system: SmallSystem) -> None:
    assert system.facts.intake is not None
    rows = system.facts.intake.tickets
    rows[1] = rows[1]._replace(state="closed")
    assert offenders(system, "I16") == (f"closed without Resolved: {OPEN_TICKET}",)


def test_a_clock_warns_before_it_starts(system: SmallSystem) -> None:
    by_timer(
        system, "SLAWarning", OPEN_TICKET, "odd", ticket_id=OPEN_TICKET, clock="review",
        generation=1, due_at=at(900), detected_at=at(900), threshold="p75",
    )  # fmt: skip
    assert offenders(system, "I16") == (f"SLAWarning while new: {OPEN_TICKET} review 1",)
