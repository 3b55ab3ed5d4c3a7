"""I11, I12, I13 and I16 find clocks and tickets that say or do what they must not."""

from __future__ import annotations

from array import array
from datetime import timedelta

import pytest

from cli.verify.domain_facts import Clock, Clocks, Told
from cli.verify.log_facts import Id
from cli.verify.run import judged
from cli.verify.timeliness import percentile
from runtime.clock import named_id
from tests.support.small_system import SmallSystem, at
from tests.unit.verify.conftest import OPEN_TICKET, TICKET
from tests.unit.verify.planted import broken_codes, offenders

FIRST = {"ticket_id": TICKET, "clock": "first_contact", "generation": 1}
SOLUTION = {"ticket_id": TICKET, "clock": "solution", "generation": 1}
RUNNING = {"ticket_id": OPEN_TICKET, "clock": "first_reply", "generation": 1}


@pytest.fixture
def clocks(system: SmallSystem) -> Clocks:
    assert system.facts.clocks is not None
    return system.facts.clocks


def by_timer(system: SmallSystem, kind: str, subject: str, name: str, **data: object) -> None:
    """An event of sla that a timer led to."""
    system.publish("sla", "clocks", named_id("timer", name).bytes, kind, subject, **data)


def replace(clocks: Clocks, row: int, **changes: object) -> None:
    """Spoil one clock of the table."""
    clocks.clocks[row] = clocks.clocks[row]._replace(**changes)  # type: ignore[arg-type]


def deafen(system: SmallSystem) -> None:
    """As if sla had heard everything long ago."""
    for _, _, applied in system.store("sla").lanes():
        applied.wall_s[:] = array("d", [0.0] * len(applied.wall_s))


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


def test_a_breach_was_told_of_a_clock_met_in_time(system: SmallSystem, clocks: Clocks) -> None:
    replace(clocks, 0, state="met", met_at=at(20), breached_at=None)
    assert f"met after SLABreached: {TICKET} first_contact 1" in offenders(system, "I11")


def test_news_may_overtake_a_breach(system: SmallSystem, clocks: Clocks) -> None:
    """The call was made in time; its record came after the breach had been told."""
    replace(clocks, 0, state="met", met_at=at(14), breached_at=None)
    assert offenders(system, "I11") == ()
    replace(clocks, 0, state="paused", met_at=None, due_at=None)
    assert f"paused after ClockMet: {TICKET} first_contact 1" in offenders(system, "I11")
    replace(clocks, 0, state="met", met_at=at(14), due_at=at(15))
    # Without anything heard since, nothing can have overtaken it.
    deafen(system)
    assert f"met after SLABreached: {TICKET} first_contact 1" in offenders(system, "I11")


def cancel(system: SmallSystem, clocks: Clocks, name: str) -> None:
    """The open ticket's clock is cancelled."""
    by_timer(system, "ClockCancelled", OPEN_TICKET, name, **RUNNING, cancelled_at=at(40))
    clocks.told.append(Told(OPEN_TICKET, "first_reply", 1, "cancelled", ""))
    clocks.timers.clear()
    clocks.armed.clear()


def news(system: SmallSystem) -> Id:
    """Something that sla hears about the open ticket only now."""
    command = system.command("intake", "conversation", "late-1", OPEN_TICKET)
    return system.publish(
        "intake", "conversation", command, "AgentReplied", OPEN_TICKET, ticket_id=OPEN_TICKET,
        message_id="m-late",
    )  # fmt: skip


def test_news_under_way_may_meet_a_cancelled_clock(system: SmallSystem, clocks: Clocks) -> None:
    cancel(system, clocks, "end")
    system.publish("sla", "clocks", news(system), "ClockMet", OPEN_TICKET, **RUNNING, met_at=at(39))
    clocks.told.append(Told(OPEN_TICKET, "first_reply", 1, "met", ""))
    clocks.clocks[-1] = Clock(OPEN_TICKET, "first_reply", 1, "met", at(600), at(39))
    assert broken_codes(system) == []
    deafen(system)
    assert f"both met and cancelled: {OPEN_TICKET} first_reply 1" in offenders(system, "I11")


def test_an_older_retriage_that_came_late_takes_a_deed_away(
    system: SmallSystem, clocks: Clocks
) -> None:
    """It was told as met; the deed was done after the re-triage, so that it met the next clock."""
    by_timer(system, "ClockMet", OPEN_TICKET, "deed", **RUNNING, met_at=at(39))
    end = {**RUNNING, "cancelled_at": at(38)}
    system.publish("sla", "clocks", news(system), "ClockCancelled", OPEN_TICKET, **end)
    clocks.told += [Told(OPEN_TICKET, "first_reply", 1, kind, "") for kind in ("met", "cancelled")]
    clocks.clocks[-1] = Clock(OPEN_TICKET, "first_reply", 1, "cancelled", at(600))
    assert offenders(system, "I11") == offenders(system, "I16") == ()
    deafen(system)
    assert f"both met and cancelled: {OPEN_TICKET} first_reply 1" in offenders(system, "I11")


def test_a_met_clock_is_never_cancelled(system: SmallSystem, clocks: Clocks) -> None:
    by_timer(system, "ClockCancelled", TICKET, "odd", **SOLUTION, cancelled_at=at(40))
    clocks.told.append(Told(TICKET, "solution", 1, "cancelled", ""))
    assert f"both met and cancelled: {TICKET} solution 1" in offenders(system, "I11")
    assert f"ClockCancelled while ended: {TICKET} solution 1" in offenders(system, "I16")


def test_the_end_may_overtake_a_breach(system: SmallSystem, clocks: Clocks) -> None:
    """The decision fell before the deadline; it arrived after the breach had been told."""
    breached = {**RUNNING, "breached_at": at(600), "detected_at": at(600.01)}
    by_timer(system, "SLABreached", OPEN_TICKET, "due", **breached)
    clocks.told.append(Told(OPEN_TICKET, "first_reply", 1, "breached", ""))
    news(system)
    cancel(system, clocks, "end")
    ended = Clock(OPEN_TICKET, "first_reply", 1, "cancelled", at(600), cancelled_at=at(599))
    clocks.clocks[-1] = ended
    assert offenders(system, "I11") == ()
    clocks.clocks[-1] = ended._replace(cancelled_at=at(601))
    after = f"cancelled after SLABreached: {OPEN_TICKET} first_reply 1"
    assert offenders(system, "I11") == (after,)


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
