"""I11 and I16 know what older news, heard late, may correct, and nothing beyond."""

from __future__ import annotations

from cli.verify.domain_facts import Clock, Clocks, Told
from cli.verify.log_facts import Id
from tests.support.small_system import SmallSystem, at
from tests.unit.verify.conftest import OPEN_TICKET, TICKET
from tests.unit.verify.planted import (
    RUNNING,
    SOLUTION,
    broken_codes,
    by_timer,
    deafen,
    offenders,
    replace,
)


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
