"""I13: nothing breaches after its ticket ended, and no open ticket is without its next clock.

A decision travels to the clocks over Kafka: a deadline that passes on the way is breached, and
rightly so. What counts is what the clocks' service knew when it told of the breach.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cli.verify.domain_facts import Clocks
from cli.verify.facts import Facts
from cli.verify.log_facts import Id
from cli.verify.report import Findings, Verdict
from cli.verify.scale import business_now_s, measured_scale

SAYS = "no breach after the ticket ended, no open ticket without its next clock"
SLACK_WALL_S = 5.0
"""A timer that is due for longer is one that nobody fires."""
_INSTANT = timedelta(microseconds=1)


def ended_well(facts: Facts) -> Verdict:
    """I13 by the order of publication, the inbox of sla, and its timers."""
    found = Findings("I13", SAYS)
    if facts.clocks is None:
        return found.not_applicable("sla has no schema in this database")
    _silent_after_end(facts, found)
    _silent_after_resolution(facts, found)
    _always_armed(facts.clocks, facts, found)
    _always_clocked(facts.clocks, facts, found)
    return found.verdict()


def _silent_after_end(facts: Facts, found: Findings) -> None:
    """A clock that was met or cancelled says nothing more."""
    for key, life in facts.lives().items():
        ended = False
        for event in life.told:
            if ended and event.kind in ("SLAWarning", "SLABreached"):
                found.offend(f"{event.kind} after the clock's end", " ".join(map(str, key)))
            ended = ended or event.kind in ("ClockMet", "ClockCancelled")


def _silent_after_resolution(facts: Facts, found: Findings) -> None:
    """No breach later than the decision was told once sla had applied that decision."""
    store = facts.stores.get("sla")
    if store is None:
        return
    applied: dict[Id, float] = {}
    for _, _, lane in store.lanes():
        applied.update(zip(lane.ids, lane.wall_s, strict=True))
    written = dict(zip(store.outbox.ids, store.outbox.wall_s, strict=True))
    ends = _ends(facts, applied)
    reopened = {e.ticket for e in facts.stories.tickets if e.kind == "TicketReopened"}
    for event in facts.stories.clocks:
        if event.kind != "SLABreached" or event.ticket in reopened or event.due_at is None:
            continue
        found.count("breaches")
        # What a message led to came with it: one batch may hold that message and the decision.
        told_s = applied.get(event.cause or b"", written.get(event.id, 0.0))
        for resolved_at, applied_s in ends.get(event.ticket, ()):
            if event.due_at > resolved_at:
                if told_s > applied_s:
                    found.offend("breached after its ticket ended", f"{event.ticket} {event.clock}")
                else:
                    found.count("crossed with the decision")


def _ends(facts: Facts, applied: Mapping[Id, float]) -> dict[str, list[tuple[datetime, float]]]:
    """When each ticket was resolved or merged, and when sla applied that."""
    ends: dict[str, list[tuple[datetime, float]]] = {}
    for verdict in facts.stories.resolved:
        if verdict.resolved_at is not None and verdict.id in applied:
            end = (verdict.resolved_at, applied[verdict.id])
            ends.setdefault(verdict.ticket, []).append(end)
    for event in facts.stories.tickets:
        if event.kind == "TicketMerged" and event.id in applied:
            ends.setdefault(event.ticket, []).append((event.at, applied[event.id]))
    return ends


def _always_armed(clocks: Clocks, facts: Facts, found: Findings) -> None:
    """A ticket with a running clock has a timer, set no later than the clock, and not overdue."""
    running: dict[str, datetime] = {}
    for clock in clocks.clocks:
        if clock.state == "pending" and clock.due_at is not None:
            earliest = running.get(clock.ticket)
            running[clock.ticket] = min(clock.due_at, earliest or clock.due_at)
    for ticket, due_at in running.items():
        timer = clocks.timers.get(ticket)
        if timer is None:
            found.offend("a running clock without a timer", ticket)
        elif timer > due_at + _INSTANT:
            found.offend("timer later than its clock", ticket)
    found.offend_all("timer without a running clock", sorted(clocks.timers.keys() - running.keys()))
    for ticket in sorted(clocks.timers.keys() | clocks.armed.keys()):
        if clocks.timers.get(ticket) != clocks.armed.get(ticket):
            found.offend("timer is not what its case believes", ticket)
    found.count("timers", len(clocks.timers))
    scale = facts.time_scale or measured_scale(facts)
    late_since_s = business_now_s(facts, scale) - SLACK_WALL_S * scale
    for ticket, due_at in clocks.timers.items():
        if 0 < due_at.timestamp() < late_since_s:
            shown = datetime.fromtimestamp(late_since_s, UTC).isoformat(timespec="seconds")
            found.offend(f"timer overdue at {shown}", ticket)


def _always_clocked(clocks: Clocks, facts: Facts, found: Findings) -> None:
    """An open ticket was triaged and got clocks; when all have run out, only people can act."""
    if facts.intake is None:
        return
    triaged = {each.ticket for each in facts.stories.triaged}
    states: dict[str, set[str]] = {}
    for clock in clocks.clocks:
        states.setdefault(clock.ticket, set()).add(clock.state)
    for ticket in facts.intake.tickets:
        if ticket.state == "closed":
            continue
        found.count("open tickets")
        if "triage" in facts.stores and ticket.ticket not in triaged:
            found.offend("open and never triaged", ticket.ticket)
        elif ticket.ticket in triaged and ticket.ticket not in states:
            found.offend("open without any clock", ticket.ticket)
        elif ticket.ticket in triaged and not states[ticket.ticket] & {"pending", "paused"}:
            _run_out(ticket.ticket, states[ticket.ticket], found)


def _run_out(ticket: str, states: set[str], found: Findings) -> None:
    if states == {"cancelled"}:
        found.offend("open with every clock cancelled", ticket)
    else:
        found.count("open, all clocks run out")
