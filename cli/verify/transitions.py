"""I16: tickets, clocks, notifications and ladders move only along their tables, as events tell.

The tables are written down here once more, apart from the services': a check that asks the
service what is allowed finds nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

from cli.verify.clocks import KINDS
from cli.verify.domain_facts import Delivery
from cli.verify.facts import Facts
from cli.verify.lives import ClockKey
from cli.verify.report import Findings, Verdict

Table = Mapping[tuple[str, str], str]
"""(state, event) → next state; what is missing must not happen."""

NEW, MERGED = "new", "merged"
_TALK = (
    "CustomerMessageReceived", "AgentReplied", "CallMade", "TicketClassified", "OrderAttached",
    "PromiseMade", "PlatformDeadlineSet",
)  # fmt: skip
"""What is told of a ticket and leaves it where it is."""
TICKET: Table = {
    (NEW, "TicketOpened"): "open",
    ("open", "TicketWaiting"): "waiting",
    ("waiting", "TicketResumed"): "open",
    # Closing is told on another topic: here a ticket may come back from any state.
    ("open", "TicketReopened"): "open",
    ("waiting", "TicketReopened"): "open",
    **{(state, kind): state for state in ("open", "waiting") for kind in _TALK},
    ("open", "TicketMerged"): MERGED,
    ("waiting", "TicketMerged"): MERGED,
    # What somebody did is kept as a record also then.
    (MERGED, "AgentReplied"): MERGED,
    (MERGED, "CallMade"): MERGED,
}
ENDED_EARLIER = "ClockCancelled before"
"""A cancellation as of a moment before the deed that was told."""
CLOCK: Table = {
    (NEW, "ClockStarted"): "running",
    ("running", "ClockMoved"): "running",
    ("breached", "ClockMoved"): "running",
    ("running", "SLAWarning"): "running",
    ("running", "SLABreached"): "breached",
    ("running", "ClockMet"): "ended",
    ("running", "ClockCancelled"): "cancelled",
    ("breached", "ClockMet"): "ended",
    ("breached", "ClockCancelled"): "cancelled",
    # News that was under way while the ticket ended: what the clock asked for was done in time.
    ("cancelled", "ClockMet"): "ended",
    # A re-triage from before the deed came late: what was done belongs to the next generation.
    ("ended", ENDED_EARLIER): "cancelled",
}
NO_VERDICT = "local.no_verdict"
"""Code of a failure that only says that nobody knows: it may still turn out to be accepted."""
NOTIFICATION: Table = {
    (NEW, "NotificationAccepted"): "accepted",
    (NEW, "NotificationFailed"): "failed",
    (NEW, NO_VERDICT): "unknown",
    ("unknown", "NotificationAccepted"): "accepted",
    ("accepted", "NotificationDelivered"): "delivered",
    ("accepted", "NotificationFailed"): "failed",
}

DELIVERY = frozenset(
    {
        ("planned", "sending"),
        ("planned", "accepted"),
        ("planned", "delivered"),
        ("planned", "failed"),
        ("sending", "planned"),
        ("sending", "accepted"),
        ("sending", "delivered"),
        ("sending", "failed"),
        ("sending", "unknown"),
        ("unknown", "planned"),
        ("unknown", "accepted"),
        ("unknown", "delivered"),
        ("unknown", "failed"),
        ("accepted", "delivered"),
        ("accepted", "failed"),
    }
)
"""Moves of a notification in the delivery ledger."""
RAISED, LADDER_ENDED = "EscalationRaised", "EscalationEnded"
ESCALATION: Table = {
    (NEW, RAISED): "raised",
    ("raised", RAISED): "raised",
    ("raised", LADDER_ENDED): "ended",
    ("raised", "EscalationAcknowledged"): "ended",
    # Whoever knows of it may take it on before anybody was told.
    (NEW, "EscalationAcknowledged"): "ended",
}
LADDER_ENDS: Mapping[str, str] = {
    "acknowledged": "EscalationAcknowledged",
    "met": LADDER_ENDED,
    "cancelled": LADDER_ENDED,
    "answered": LADDER_ENDED,
    "resolved": LADDER_ENDED,
}
"""The event that tells each state in which a ladder may end."""
FIRST = frozenset({"planned", "failed"})
ENDS: Mapping[str, str] = {
    "accepted": "NotificationAccepted",
    "delivered": "NotificationDelivered",
    "failed": "NotificationFailed",
    "unknown": NO_VERDICT,
}
"""The event that tells each state in which a notification may rest."""


def along_the_table(facts: Facts) -> Verdict:
    """I16, each thing's events in the order of their publication."""
    found = Findings("I16", "no state transition outside the table")
    _tickets(facts, found)
    told = facts.lives()
    earlier = _told_before(facts, told)
    for key, life in told.items():
        corrected = life.was_met_after_its_end
        told_now = [
            ENDED_EARLIER if corrected and event.kind == "ClockCancelled" else event.kind
            for event in life.told
        ]
        kinds = [*earlier.get(key, ()), *told_now]
        _walk(CLOCK, kinds, " ".join(map(str, key)), found)
        found.count("clocks")
    _notifications(facts, found)
    _ladders(facts, found)
    return found.verdict()


def _told_before(facts: Facts, told: Collection[ClockKey]) -> dict[ClockKey, list[str]]:
    """What sla had noted of these clocks when the books began, in the order of a clock's life."""
    found: dict[ClockKey, list[str]] = {}
    for each in facts.clocks.told if facts.clocks else ():
        key = (each.ticket, each.clock, each.generation)
        if each.before and key in told:
            found.setdefault(key, []).append(each.kind)
    return {
        key: [event for event, kind in KINDS.items() if kind in kinds]
        for key, kinds in found.items()
    }


def _tickets(facts: Facts, found: Findings) -> None:
    told: dict[str, list[str]] = {}
    for event in facts.stories.tickets:
        told.setdefault(event.ticket, []).append(event.kind)
    resolved = Counter(each.ticket for each in facts.stories.resolved)
    for ticket, kinds in told.items():
        _walk(TICKET, kinds, ticket, found)
        reopened = kinds.count("TicketReopened")
        if reopened > resolved[ticket]:
            found.offend(f"reopened {reopened} times, resolved {resolved[ticket]} times", ticket)
        found.count("tickets")
    if facts.intake is not None:
        for each in facts.intake.tickets:
            merged = "TicketMerged" in told.get(each.ticket, ())
            if each.state == "closed" and not (resolved[each.ticket] or merged):
                found.offend("closed without Resolved", each.ticket)


def _notifications(facts: Facts, found: Findings) -> None:
    told: dict[str, list[str]] = {}
    for event in facts.stories.notifications:
        kind = NO_VERDICT if event.code == NO_VERDICT else event.kind
        told.setdefault(event.notification, []).append(kind)
    for notification, kinds in told.items():
        _walk(NOTIFICATION, kinds, notification, found)
        found.count("notifications")
    for delivery in facts.notifier.deliveries if facts.notifier else ():
        _ledger(delivery, told.get(delivery.id, []), found)


def _ladders(facts: Facts, found: Findings) -> None:
    """Each ladder's events, its steps upwards and each once, and that its end was told, unless
    nobody had been told of it."""
    told: dict[str, list[str]] = {}
    steps: dict[str, list[int]] = {}
    for event in facts.stories.escalations:
        told.setdefault(event.ladder, []).append(event.kind)
        if event.kind == RAISED:
            steps.setdefault(event.ladder, []).append(event.step)
    for ladder, kinds in told.items():
        _walk(ESCALATION, kinds, ladder, found)
        climbed = steps.get(ladder, [])
        if climbed != sorted(set(climbed)):
            found.offend(f"steps told: {', '.join(map(str, climbed))}", ladder)
        found.count("ladders")
    for each in facts.notifier.ladders if facts.notifier else ():
        end = LADDER_ENDS.get(each.state)
        untold = end == LADDER_ENDED and not each.told
        if end is not None and not untold and end not in told.get(each.id, ()):
            found.offend(f"{each.state} and not told", each.id)
        if each.told and each.told != max(steps.get(each.id, [0])):
            found.offend(f"step {each.told} and not told", each.id)


def _ledger(delivery: Delivery, told: Sequence[str], found: Findings) -> None:
    """A notification's moves in the ledger, and that its last state was told."""
    trail = delivery.trail
    if not trail or trail[0] not in FIRST or trail[-1] != delivery.state:
        found.offend(f"ledger from {trail[:1]} to {delivery.state}", delivery.id)
    for step in pairwise(trail):
        if step not in DELIVERY:
            found.offend(f"ledger {' to '.join(step)}", delivery.id)
    if not delivery.open and ENDS.get(delivery.state) not in told:
        found.offend(f"{delivery.state} and not told", delivery.id)


def _walk(table: Table, kinds: Iterable[str], name: str, found: Findings) -> None:
    """Follow the events through the table; the first step off it is told."""
    state = NEW
    for kind in kinds:
        following = table.get((state, kind))
        if following is None:
            found.offend(f"{kind} while {state}", name)
            return
        state = following
