"""Who publishes and who consumes what. Pure data: read by the documents and checked against
the subscription table of every service's `app.py`.
"""

from __future__ import annotations

from schemas import clusters, notifications, orders, resolution, sla, tickets, triage
from schemas.envelope import Payload
from schemas.registry import EVENTS
from schemas.topics import SERVICES, TOPICS, Topic, in_all_lanes, lane_topic

_LISTENS: dict[str, tuple[str, ...]] = {
    "intake": ("orders", "resolution"),
    "triage": ("tickets",),
    "sla": ("tickets", "triage", "resolution"),
    "notifier": ("orders", "tickets", "triage", "clusters", "sla", "resolution"),
    "evidence": ("orders", "tickets", "triage", "clusters", "sla", "resolution", "notifications"),
    "resolution": ("orders", "tickets"),
}
CONSUMES = {service: in_all_lanes(topics) for service, topics in _LISTENS.items()}
CONSUMES["intake"] += (lane_topic("triage", "urgent"),)
"""Topics that each service listens to. A hot topic is heard in both lanes;
intake only wants to know which tickets are urgent after all. Dead letters are read by people,
through the command."""

_CONVERSATION = (
    tickets.CustomerMessageReceived, tickets.AgentReplied, tickets.CallMade, tickets.TicketWaiting,
    tickets.TicketResumed, tickets.TicketReopened,
)  # fmt: skip
_DATED = (tickets.PromiseMade, tickets.PlatformDeadlineSet, tickets.TicketMerged)
_CARRIED = (
    orders.OrderShipped, orders.ParcelScanned, orders.ParcelDelivered, orders.ReceiptConfirmed,
    orders.RefundCompleted,
)  # fmt: skip
_CLOCKS = (
    sla.ClockStarted, sla.ClockMoved, sla.SLAWarning, sla.SLABreached, sla.ClockMet,
    sla.ClockCancelled,
)  # fmt: skip
HEARS: dict[str, dict[str, tuple[type[Payload], ...]]] = {
    "intake": {
        "orders": (orders.OrderPlaced, *_CARRIED),
        "closing": (resolution.Resolved,),
        "urgency": (triage.Triaged, triage.Retriaged),
    },
    "triage": {
        "tickets": (
            tickets.TicketOpened, tickets.CustomerMessageReceived, tickets.TicketReopened,
            tickets.OrderAttached, tickets.TicketClassified,
        ),
    },
    "sla": {
        "clocks": (*_CONVERSATION, *_DATED, triage.Triaged, triage.Retriaged, resolution.Resolved),
    },
    "notifier": {
        "notices": (
            tickets.TicketOpened, tickets.TicketReopened, tickets.TicketMerged,
            tickets.AgentReplied, tickets.CallMade, triage.Triaged, triage.Retriaged,
            clusters.ClusterSuspected, sla.SLAWarning, sla.SLABreached, sla.ClockMet,
            sla.ClockMoved, sla.ClockCancelled, resolution.Resolved,
        ),
        "care": (
            orders.OrderPlaced, orders.OrderShipped, orders.ParcelDelivered,
            orders.ReceiptConfirmed, orders.RefundCompleted,
        ),
    },
    "evidence": {
        "archive": (
            orders.OrderPlaced, *_CARRIED, orders.StreamSegmentRecorded, tickets.TicketOpened,
            *_CONVERSATION, *_DATED, tickets.TicketClassified, tickets.OrderAttached,
            triage.Triaged, triage.Retriaged, clusters.ClusterSuspected, *_CLOCKS,
            resolution.Resolved, notifications.NotificationAccepted,
            notifications.NotificationDelivered, notifications.NotificationFailed,
            notifications.CareDue, notifications.EscalationRaised,
            notifications.EscalationAcknowledged, notifications.EscalationEnded,
        ),
    },
    "resolution": {
        "settlements": (
            orders.OrderPlaced, orders.RefundCompleted, tickets.TicketOpened,
            tickets.TicketReopened,
        ),
    },
}  # fmt: skip
"""Event types that each desk has a rule for. Records of other types it passes over by their type
header, unread; whoever has a rule for them reads and judges them."""


def heard_by(service: str, desk: str) -> frozenset[str]:
    """Names of the types that a desk works on; empty for a desk that Kafka does not feed.

    Of a service that is not one of ours nothing is known: it hears everything.
    """
    desks = HEARS.get(service)
    heard = EVENTS if desks is None else desks.get(desk, ())
    return frozenset(event.type_name() for event in heard)


def consumers_of(topic: Topic) -> tuple[str, ...]:
    """Services that listen to a topic, in the order of `SERVICES`."""
    return tuple(service for service in SERVICES if topic.name in CONSUMES[service])


def published_by(publisher: str) -> tuple[Topic, ...]:
    """Topics that a service (or `upstream`) owns."""
    return tuple(topic for topic in TOPICS if topic.owner == publisher)


def events_on(topic: Topic) -> tuple[type[Payload], ...]:
    """Event types that travel on a topic. All `dead-letters.<service>` carry the same type."""
    return tuple(event for event in EVENTS if topic.family == event.TOPIC)
