"""Who publishes and who consumes what. Pure data: read by the documents and checked against
the subscription table of every service's `app.py`.
"""

from __future__ import annotations

from schemas.envelope import Payload
from schemas.registry import EVENTS
from schemas.topics import SERVICES, TOPICS, Topic

CONSUMES: dict[str, tuple[str, ...]] = {
    "intake": ("orders", "resolution"),
    "triage": ("tickets",),
    "sla": ("tickets", "triage", "resolution"),
    "notifier": ("orders", "tickets", "triage", "sla", "resolution"),
    "evidence": ("orders", "tickets", "triage", "sla", "resolution", "notifications"),
    "resolution": ("orders", "tickets"),
}
"""Topics that each service listens to. Dead letters are read by people, through the command."""


def consumers_of(topic: Topic) -> tuple[str, ...]:
    """Services that listen to a topic, in the order of `SERVICES`."""
    return tuple(service for service in SERVICES if topic.name in CONSUMES[service])


def published_by(publisher: str) -> tuple[Topic, ...]:
    """Topics that a service (or `upstream`) owns."""
    return tuple(topic for topic in TOPICS if topic.owner == publisher)


def events_on(topic: Topic) -> tuple[type[Payload], ...]:
    """Event types that travel on a topic. All `dead-letters.<service>` carry the same type."""
    family = topic.name.partition(".")[0]
    return tuple(event for event in EVENTS if family == event.TOPIC)
