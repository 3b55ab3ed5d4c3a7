"""A small system at rest, as `aftercare verify` would read it, built by hand for its unit tests.

Everything a service publishes goes through `publish`, which keeps outbox, Kafka, inboxes and
progress in step; a test then spoils one thing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from cli.verify.effects import derived
from cli.verify.facts import Facts
from cli.verify.log_facts import Id, TopicLog, content_of, shown
from cli.verify.read_log import note_record
from cli.verify.store_facts import Store
from runtime.clock import named_id
from runtime.inbox import digest_of
from schemas.flows import CONSUMES, heard_by
from schemas.topics import SERVICES, TOPICS
from simulator.journal import Result, Sent

SHOP = "shop-a"
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
WALL_S = 1_780_000_000.0
DESKS: dict[str, dict[str, tuple[str, ...]]] = {
    "intake": {"orders": ("orders",), "closing": ("resolution",)},
    "triage": {"tickets": CONSUMES["triage"]},
    "sla": {"clocks": CONSUMES["sla"]},
    "notifier": {
        "notices": tuple(topic for topic in CONSUMES["notifier"] if topic != "orders"),
        "care": ("orders",),
    },
    "evidence": {"archive": CONSUMES["evidence"]},
    "resolution": {"settlements": CONSUMES["resolution"]},
}
TOPIC_OF = {
    "TicketOpened": "tickets", "CustomerMessageReceived": "tickets", "AgentReplied": "tickets",
    "CallMade": "tickets", "TicketWaiting": "tickets", "TicketResumed": "tickets",
    "TicketReopened": "tickets", "Triaged": "triage", "ClockStarted": "sla", "ClockMoved": "sla",
    "SLAWarning": "sla",
    "SLABreached": "sla", "ClockMet": "sla", "ClockCancelled": "sla", "Resolved": "resolution",
    "NotificationAccepted": "notifications", "NotificationDelivered": "notifications",
    "NotificationFailed": "notifications", "EvidenceArchived": "evidence",
    "EscalationRaised": "notifications", "EscalationAcknowledged": "notifications",
    "EscalationEnded": "notifications",
    "OrderPlaced": "orders", "ParcelScanned": "orders",
}  # fmt: skip


def at(minutes: float) -> datetime:
    """Business time: so many minutes after the beginning."""
    return BEGIN + timedelta(minutes=minutes)


@dataclass(repr=False)
class SmallSystem:
    """Facts in the making. One partition a topic; business time runs as fast as the wall."""

    facts: Facts = field(default_factory=Facts)
    numbers: dict[tuple[Id, str], int] = field(default_factory=dict)
    tick_s: float = 0.0

    def __post_init__(self) -> None:
        self.facts.logs = {topic.name: TopicLog(topic.name, {0: 0}, {0: 0}) for topic in TOPICS}
        self.facts.stores = {name: Store(name) for name in SERVICES}
        self.facts.time_scale = 1.0
        self.facts.read_at_s = WALL_S + 3600.0
        for service, desks in DESKS.items():
            for desk, topics in desks.items():
                for topic in topics:
                    self.facts.stores[service].applied(desk, topic)
                    self.facts.stores[service].progress[desk, topic, 0] = 0
                    self.facts.committed = {
                        **self.facts.committed,
                        f"{service}.{desk}": dict.fromkeys(((t, 0) for t in topics), 0),
                    }

    @property
    def wall_s(self) -> float:
        """Moves on with every call."""
        self.tick_s += 1.0
        return WALL_S + self.tick_s

    def store(self, service: str) -> Store:
        """What the runtime keeps for a service."""
        return self.facts.stores[service]

    def command(self, service: str, desk: str, webhook_id: str, key: str) -> Id:
        """A request over HTTP that was applied; what it leads to is published by the test."""
        event_id = named_id("request", service, SHOP, webhook_id).bytes
        self.store(service).applied(desk, "http").add(event_id, key, -1, -1, wall_s=self.wall_s)
        return event_id

    def promise(
        self, what: str, webhook_id: str, about: str, result: Result = "acknowledged", **more: Any
    ) -> None:
        """The load generator's entry about a request, answered right after the last step."""
        answered_at = datetime.fromtimestamp(self.wall_s, UTC)
        assert self.facts.journal is not None
        entry = Sent(
            via="http", what=what, result=result, shop=SHOP, id=webhook_id, about=about,
            status=200, at=answered_at, **more,
        )  # fmt: skip
        self.facts.journal.append(entry)

    def publish(
        self, service: str, desk: str, cause: Id, kind: str, subject: str, /, **data: Any
    ) -> Id:
        """An event that a desk's rule made of a message or, with an unknown cause, of a timer."""
        number = self.numbers.get((cause, desk), 0)
        self.numbers[cause, desk] = number + 1
        for applied in self.store(service).inboxes.get(desk, {}).values():
            if cause in applied.ids:
                applied.events[applied.ids.index(cause)] += 1
        event_id = derived(cause, f"aftercare/{service}/{desk}/{number}/{kind}")
        topic = TOPIC_OF[kind]
        value = self.value(event_id, kind, subject, f"aftercare/{service}", cause, data)
        self.store(service).outbox.add(
            event_id, topic, subject, content_of(value), wall_s=WALL_S + self.tick_s
        )
        self.put(topic, subject, value)
        self.deliver(topic, event_id, subject, value)
        return event_id

    def upstream(self, name: str, kind: str, subject: str, /, **data: Any) -> Id:
        """An event of an order system, straight onto the topic `orders`."""
        event_id = named_id("upstream", name).bytes
        value = self.value(event_id, kind, subject, "upstream/simulator", None, data)
        self.put("orders", subject, value)
        self.deliver("orders", event_id, subject, value)
        return event_id

    def value(
        self,
        event_id: Id,
        kind: str,
        subject: str,
        source: str,
        cause: Id | None,
        data: dict[str, Any],
    ) -> bytes:
        """A record's value; times in `data` are written out."""
        head = {
            "id": shown(event_id),
            "source": source,
            "type": f"aftercare.{TOPIC_OF[kind]}.{kind}",
            "time": (BEGIN + timedelta(seconds=self.tick_s)).isoformat(),
            "subject": subject,
            "shopid": SHOP,
        }
        if cause is not None:
            head["causationid"] = shown(cause)
        return json.dumps(head | {"data": data}, default=datetime.isoformat).encode()

    def put(self, topic: str, key: str, value: bytes | None, header: str = "") -> int:
        """A record on Kafka as it is, with that type header; its offset."""
        log = self.facts.logs[topic]
        pos = log.ends[0]
        record = SimpleNamespace(
            topic=topic, partition=0, offset=pos, key=key.encode(), value=value,
            timestamp=int((WALL_S + self.tick_s) * 1000),
            headers=(("ce_type", header.encode()),) if header else (),
        )  # fmt: skip
        note_record(log, self.facts.stories, record, self.facts.settled_s)
        return pos

    def deliver(self, topic: str, event_id: Id, key: str, value: bytes) -> None:
        """Every desk that listens applies the newest record of a topic, or passes it over."""
        log = self.facts.logs[topic]
        pos, kind = log.ends[0] - 1, log.types[log.row_of[event_id]]
        for service, desks in DESKS.items():
            for desk, topics in desks.items():
                if topic in topics and kind not in heard_by(service, desk):
                    self.pass_by(service, desk, topic)
                elif topic in topics:
                    self.store(service).applied(desk, topic).add(
                        event_id, key, 0, pos, digest=digest_of(value), wall_s=self.wall_s
                    )
                    self.pass_by(service, desk, topic)

    def pass_over(self, topic: str) -> None:
        """Every desk that listens goes past the newest record without applying it."""
        for service, desks in DESKS.items():
            for desk, topics in desks.items():
                if topic in topics:
                    self.pass_by(service, desk, topic)

    def pass_by(self, service: str, desk: str, topic: str) -> None:
        """A desk's progress and bookmark move to the end of the topic."""
        end = self.facts.logs[topic].ends[0]
        self.store(service).progress[desk, topic, 0] = end
        committed: Any = self.facts.committed[f"{service}.{desk}"]
        committed[topic, 0] = end
