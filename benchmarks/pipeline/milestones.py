"""When each step of a ticket's chain was reached, by Kafka's record times. Called by `measured`,
`textbook` and `chaos.recovery`.

Read after a run, so that reading takes nothing from the system while it is measured.
"""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer

from cli.verify.notifications import name_of, names_of
from cli.verify.read_log import partitions_of
from devstack.standins.records import read
from schemas.evidence import EvidenceArchived
from schemas.notifications import NotificationAccepted
from schemas.sla import ClockStarted, SLABreached
from schemas.tickets import TicketOpened
from schemas.topics import in_all_lanes
from schemas.triage import Triaged

ORDERS = "orders"
TOPICS = in_all_lanes(("tickets", "triage", "sla", "notifications", "evidence"))
STEPS = {
    TicketOpened.type_name().encode(): "opened_s",
    Triaged.type_name().encode(): "triaged_s",
    ClockStarted.type_name().encode(): "clock_s",
    NotificationAccepted.type_name().encode(): "told_s",
    EvidenceArchived.type_name().encode(): "archived_s",
    SLABreached.type_name().encode(): "breached_s",
}
POLL_MS = 200


@dataclass(slots=True)
class Milestones:
    """When the first record of each kind about a ticket was written; seconds since 1970, 0: none.

    `accepted_s` is the moment at which a provider took the first message, by its own record.
    """

    opened_s: float = 0.0
    triaged_s: float = 0.0
    clock_s: float = 0.0
    accepted_s: float = 0.0
    told_s: float = 0.0
    archived_s: float = 0.0
    level: str = ""
    records: int = 0
    breached_s: float = 0.0

    @property
    def complete_s(self) -> float:
        """When all of them were reached; 0: not yet."""
        return max(self.told_of_s, self.archived_s) if self.told_of_s and self.archived_s else 0.0

    @property
    def told_of_s(self) -> float:
        """The same without evidence."""
        steps = (self.opened_s, self.triaged_s, self.clock_s, self.told_s)
        return max(steps) if all(steps) else 0.0


class Life:
    """The lives of all tickets so far. `catch_up` reads on from where it ended."""

    def __init__(self, consumer: AIOKafkaConsumer, standins: Path) -> None:
        self._consumer = consumer
        self._standins = standins
        self._sends: dict[str, str] = {}
        """Ticket of each message, by the name that the provider has for it."""
        self.tickets: dict[str, Milestones] = {}
        self.openings: dict[str, Any] = {}
        """The record that opened each ticket which the latest reading found."""
        self.orders: dict[str, Any] = {}
        """The same for orders."""
        self.published_s = array("d")
        """When each event was written, as they were read; seconds since 1970."""

    @classmethod
    async def open(cls, bootstrap: str, standins: Path, prefix: str = "") -> Life:
        """From the beginning of the topics, whose names begin with `prefix`. Raises KafkaError."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            isolation_level="read_committed",
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )
        await consumer.start()
        topics = [f"{prefix}{topic}" for topic in (*TOPICS, ORDERS)]
        places = await partitions_of(bootstrap, topics)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        return cls(consumer, standins)

    async def close(self) -> None:
        """Give the connection back."""
        await self._consumer.stop()

    async def catch_up(self) -> None:
        """Read to the ends as they are now. Raises KafkaError."""
        self.openings, self.orders = {}, {}
        ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        left = set(ends)
        while left:
            for records in (await self._consumer.getmany(*left, timeout_ms=POLL_MS)).values():
                for record in records:
                    self._take(record)
            left = {p for p in left if await self._consumer.position(p) < ends[p]}

    def read_providers(self) -> None:
        """Add what the providers recorded. Raises ValueError for a damaged record."""
        for send in read(self._standins):
            for name in names_of(send) if send.accepted and send.kind == "send" else ():
                ticket = self.tickets.get(self._sends.get(name, ""))
                if ticket is not None and not ticket.accepted_s:
                    ticket.accepted_s = send.at.timestamp()

    def _take(self, record: Any) -> None:
        key = record.key.decode()
        if record.topic.endswith(ORDERS):
            self.orders[key] = record
            return
        self.published_s.append(record.timestamp / 1000)
        life = self.tickets.setdefault(key, Milestones())
        life.records += 1
        name = dict(record.headers).get("ce_type", b"")
        step = STEPS.get(name)
        if step is None:
            return
        if not getattr(life, step):
            setattr(life, step, record.timestamp / 1000)
        if step == "opened_s":
            self.openings[key] = record
        elif step == "triaged_s" and not life.level:
            life.level = json.loads(record.value)["data"]["level"]
        elif step == "told_s":
            data = json.loads(record.value)["data"]
            self._sends[name_of(data["notification_id"], data["provider"])] = key
