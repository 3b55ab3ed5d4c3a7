"""The rules: each event becomes entries of the ledger, the clocks are planned anew, and what is
new about them is told. Subscribed by `app.py`, one rule a payload type.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from schemas.envelope import Envelope
from schemas.resolution import Resolved
from schemas.rules import Decision, TimerFired
from schemas.tickets import (
    AgentReplied,
    CallMade,
    CustomerMessageReceived,
    PlatformDeadlineSet,
    PromiseMade,
    TicketMerged,
    TicketReopened,
    TicketResumed,
    TicketWaiting,
)
from schemas.triage import Retriaged, Triaged, TriageEvent
from services.sla.domain.case import TIMER, Case, Policies
from services.sla.domain.clock import Clock
from services.sla.domain.ledger import DATES, OPENERS, Entry, What, lane_of_ledger
from services.sla.domain.news import moves, news, withdrawn
from services.sla.domain.plan import next_at, plan
from services.sla.domain.policy import SlaRules
from services.sla.domain.standing import standing


def triaged(
    case: Case | None, event: Envelope[Triaged], policies: Policies, now: datetime
) -> Decision[Case]:
    """The first starts the clocks of its level; a later one that differs starts others."""
    return _recorded(case, event, policies, now, _classification(event, now))


def retriaged(
    case: Case | None, event: Envelope[Retriaged], policies: Policies, now: datetime
) -> Decision[Case]:
    """Likewise; by a person it is also what the clock of human triage asks for."""
    entries = [_classification(event, now)]
    if event.data.cause == "person":
        at = min(event.data.triaged_at, now)
        entries.insert(0, _entry(event, "classified", at, now))
    return _recorded(case, event, policies, now, *entries)


def called(
    case: Case | None, event: Envelope[CallMade], policies: Policies, now: datetime
) -> Decision[Case]:
    """A call counts by its record, also when nobody picked up."""
    data = event.data
    entry = _entry(event, "call_made", data.started_at, now, answered=data.answered)
    return _recorded(case, event, policies, now, entry)


def replied(
    case: Case | None, event: Envelope[AgentReplied], policies: Policies, now: datetime
) -> Decision[Case]:
    """What the customer can see is a reply; steps completed count from internal notes too."""
    data = event.data
    whats: list[What] = list(dict.fromkeys(data.milestones))
    if data.visibility == "customer":
        whats.insert(0, "agent_replied")
    entries = [_entry(event, what, data.sent_at, now, human=data.human) for what in whats]
    return _recorded(case, event, policies, now, *entries)


def customer_wrote(
    case: Case | None, event: Envelope[CustomerMessageReceived], policies: Policies, now: datetime
) -> Decision[Case]:
    """Ends a wait for the customer by itself."""
    entry = _entry(event, "customer_message", event.data.sent_at, now)
    return _recorded(case, event, policies, now, entry)


def waiting(
    case: Case | None, event: Envelope[TicketWaiting], policies: Policies, now: datetime
) -> Decision[Case]:
    """Resolution clocks pause from here."""
    data = event.data
    entry = _entry(event, "waiting", data.since, now, cause=data.cause, by=data.agent_id)
    return _recorded(case, event, policies, now, entry)


def resumed(
    case: Case | None, event: Envelope[TicketResumed], policies: Policies, now: datetime
) -> Decision[Case]:
    """Whatever was waited for, the clocks run again."""
    entry = _entry(event, "resumed", event.data.resumed_at, now)
    return _recorded(case, event, policies, now, entry)


def resolved(
    case: Case | None, event: Envelope[Resolved], policies: Policies, now: datetime
) -> Decision[Case]:
    """The end: meets what it meets and cancels the rest."""
    entry = _entry(event, "resolved", event.data.resolved_at, now)
    return _recorded(case, event, policies, now, entry)


def reopened(
    case: Case | None, event: Envelope[TicketReopened], policies: Policies, now: datetime
) -> Decision[Case]:
    """Resolution clocks start again from here, with their whole target."""
    entry = _entry(event, "reopened", event.data.reopened_at, now)
    return _recorded(case, event, policies, now, entry)


def promised(
    case: Case | None, event: Envelope[PromiseMade], policies: Policies, now: datetime
) -> Decision[Case]:
    """A clock with a date."""
    data = event.data
    entry = _entry(event, "promise_made", data.made_at, now, due_at=data.due_at, by=data.agent_id)
    return _recorded(case, event, policies, now, entry)


def platform_set(
    case: Case | None, event: Envelope[PlatformDeadlineSet], policies: Policies, now: datetime
) -> Decision[Case]:
    """The platform's own clock, or its new date."""
    data = event.data
    costs_fen = data.silence_costs_fen
    entry = _entry(
        event, "platform_deadline", data.told_at, now, due_at=data.due_at, costs_fen=costs_fen
    )
    return _recorded(case, event, policies, now, entry)


def merged(
    case: Case | None, event: Envelope[TicketMerged], policies: Policies, now: datetime
) -> Decision[Case]:
    """The end: the ticket goes on in another one, and its clocks are cancelled."""
    entry = _entry(event, "merged", event.data.merged_at, now)
    return _recorded(case, event, policies, now, entry)


def timer_fired(
    case: Case | None, event: Envelope[TimerFired], policies: Policies, now: datetime
) -> Decision[Case]:
    """Some clock has something to say by now, or had before its deadline moved."""
    if case is None:
        return Decision(case=None)
    # It is gone now that it fired: the next one has to be armed, be it for the same moment.
    return _planned(case, policies, now, (), None)


def _classification(event: Envelope[Any], now: datetime) -> Entry:
    data: TriageEvent = event.data
    at = min(data.triaged_at, now)
    return _entry(
        event,
        "triaged",
        at,
        now,
        level=data.level,
        problem_class=data.problem_class,
        opened_at=min(data.opened_at, at),
        unsure=data.route == "human_triage" or None,
        route=data.route,
    )


def _entry(event: Envelope[Any], what: What, at: datetime, now: datetime, **more: Any) -> Entry:
    """What happened can't lie after the moment we hear of it, whatever a sender's clock shows."""
    return Entry(
        at=min(at, now), what=what, source=str(event.id), told_at=event.time, seen_at=now, **more
    )


def _recorded(
    case: Case | None, event: Envelope[Any], policies: Policies, now: datetime, *entries: Entry
) -> Decision[Case]:
    """Append and plan. Nothing to append, or an event that is there already: nothing happens."""
    kept = case or Case(event.subject, event.shopid, policies.current.version)
    source = str(event.id)
    if not entries or any(entry.source == source for entry in kept.ledger):
        return Decision(case=None)
    return _planned(kept, policies, now, entries, kept.armed_at)


def _planned(
    case: Case,
    policies: Policies,
    now: datetime,
    entries: tuple[Entry, ...],
    armed_at: datetime | None,
) -> Decision[Case]:
    """Everything anew from the grown ledger; `armed_at` is what the timer stands at."""
    policy = policies.version(case.policy_version)
    ledger = case.ledger + entries
    clocks = plan(ledger, policy, now)
    head = {"ticket_id": case.ticket_id, "policy_version": case.policy_version}
    gone = _gone(case, entries, clocks, policy, now)
    found = [
        *withdrawn(head, gone, case.told, now),
        *moves(head, _before(case, entries, policy, now), clocks, case.told, now),
        *news(head, clocks, case.told, now),
    ]
    due_at = next_at(clocks, now)
    recounted = case.recounted or case.counted_by != policy.counted_by
    changed = Case(
        ticket_id=case.ticket_id,
        shop_id=case.shop_id,
        policy_version=case.policy_version,
        ledger=ledger,
        told=case.told.union([item.mark for item in found]),
        armed_at=due_at,
        new_entries=case.new_entries + entries,
        new_marks=case.new_marks + tuple([(item.mark, now) for item in found]),
        clocks=clocks if entries or case.new_entries or recounted else _run_out(clocks),
        gone=case.gone.union([c.key for c in gone]).difference([c.key for c in clocks]),
        version=case.version,
        counted_by=policy.counted_by,
        recounted=recounted,
        standing=standing(ledger, clocks),
    )
    timers = {TIMER: due_at} if due_at != armed_at else {}
    told = tuple(item.event for item in found)
    return Decision(changed, told, timers, lane=lane_of_ledger(ledger))


def _run_out(clocks: Sequence[Clock]) -> tuple[Clock, ...]:
    """What time alone can have changed: a clock whose deadline passed."""
    return tuple([clock for clock in clocks if clock.state == "breached"])


def _before(
    case: Case, entries: Sequence[Entry], policy: SlaRules, now: datetime
) -> Sequence[Clock]:
    """The clocks as they were before these entries, where a date among them may have moved."""
    if not entries or DATES.isdisjoint([entry.what for entry in case.ledger]):
        return ()
    return plan(case.ledger, policy, now)


def _gone(
    case: Case,
    entries: Sequence[Entry],
    clocks: Sequence[Clock],
    policy: SlaRules,
    now: datetime,
) -> list[Clock]:
    """Clocks that were started and that the grown ledger never starts."""
    opens = policy.conversation or not OPENERS.isdisjoint([entry.what for entry in entries])
    if not (case.told and entries and opens):
        return []
    started = {(mark.clock, mark.generation) for mark in case.told if mark.kind == "started"}
    lost = started.difference(clock.key for clock in clocks)
    if not lost:
        return []
    return [clock for clock in plan(case.ledger, policy, now) if clock.key in lost]
