"""Events of an order, its stream and its ticket, as the archive meets them; for its tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from schemas.clusters import ClusterSuspected
from schemas.envelope import Envelope, Payload
from schemas.notifications import NotificationAccepted
from schemas.orders import OrderPlaced, OrderShipped, ParcelScanned, StreamSegmentRecorded
from schemas.registry import ENVELOPES
from schemas.sla import ClockStarted
from schemas.tickets import Attachment, CustomerMessageReceived, TicketOpened
from schemas.triage import Reason, Triaged
from schemas.values import OrderLine, OrderSnapshot, StreamRef

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SHOP = "shop-a"
PHOTO = b"\x89PNG a photo of the broken lid"


@dataclass
class Story:
    """One order of one shop; every event it makes has an id of its own, the same on each run."""

    number: int = 1
    shop: str = SHOP
    session: str | None = "S-1"
    _counter: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def order(self) -> str:
        return f"O-{self.number}"

    @property
    def ticket(self) -> str:
        return f"T-{self.number}"

    @property
    def stream(self) -> StreamRef | None:
        return StreamRef(session_id=self.session, host_id="H-1") if self.session else None

    def event(self, payload: Payload) -> Envelope[Any]:
        number = next(self._counter)
        event_id = uuid5(UUID(int=self.number), f"{self.shop}/{number}")
        model = ENVELOPES[payload.type_name()]
        return model(
            id=event_id,
            source="test",
            type=payload.type_name(),
            time=START + timedelta(seconds=number),
            subject=payload.subject,
            shopid=self.shop,
            correlationid=event_id,
            data=payload,
        )

    def line(self) -> OrderLine:
        return OrderLine(
            line_id="1", sku="SKU-1", title="Thermos", quantity=1, list_fen=9900, paid_fen=8900
        )

    def placed(self) -> Envelope[Any]:
        return self.event(
            OrderPlaced(
                order_id=self.order,
                customer_id="C-1",
                channel="douyin",
                placed_at=START,
                lines=(self.line(),),
                paid_fen=8900,
                stream=self.stream,
            )
        )

    def shipped(self) -> Envelope[Any]:
        return self.event(
            OrderShipped(
                order_id=self.order,
                parcel_id=f"P-{self.number}",
                carrier="sf",
                shipped_at=START,
                weight_g=420,
            )
        )

    def scanned(self) -> Envelope[Any]:
        return self.event(
            ParcelScanned(
                order_id=self.order,
                parcel_id=f"P-{self.number}",
                carrier="sf",
                state="in_transit",
                scanned_at=START,
            )
        )

    def segment(self, sku: str | None = "SKU-1") -> Envelope[Any]:
        return self.event(
            StreamSegmentRecorded(
                session_id=self.session or "S-1",
                host_id="H-1",
                sku=sku,
                start_s=10,
                end_s=40,
                transcript="Never leaks, I promise.",
                recorded_at=START,
            )
        )

    def opened(
        self, *, order: bool = True, snapshot: bool = True, files: tuple[bytes, ...] = ()
    ) -> Envelope[Any]:
        return self.event(
            TicketOpened(
                ticket_id=self.ticket,
                external_id=f"X-{self.number}",
                origin="douyin",
                channel="douyin",
                opened_at=START,
                received_at=START,
                text="The lid leaks.",
                order_id=self.order if order else None,
                line_id="1" if order else None,
                attachments=tuple(attachment(raw) for raw in files),
                order=self._snapshot() if order and snapshot else None,
            )
        )

    def _snapshot(self) -> OrderSnapshot:
        return OrderSnapshot(
            order_id=self.order,
            customer_id="C-1",
            channel="douyin",
            placed_at=START,
            paid_fen=8900,
            lines=(self.line(),),
            stream=self.stream,
        )

    def wrote(self, files: tuple[bytes, ...] = ()) -> Envelope[Any]:
        return self.event(
            CustomerMessageReceived(
                ticket_id=self.ticket,
                message_id=f"M-{self.number}",
                text="Here is a photo.",
                attachments=tuple(attachment(raw) for raw in files),
                sent_at=START,
            )
        )

    def triaged(self) -> Envelope[Any]:
        return self.event(
            Triaged(
                ticket_id=self.ticket,
                problem_class="product_mismatch",
                subtype="quality_defect",
                nature="quality",
                level="L2",
                emotion="calm",
                safety=False,
                threat="none",
                route="regular_group",
                priority=10,
                reasons=(Reason(rule="leak", zh="漏水", en="leaks"),),
                policy_version="triage-1",
                triaged_at=START,
                opened_at=START,
                channel="douyin",
            )
        )

    def suspected(self, *tickets: str) -> Envelope[Any]:
        return self.event(
            ClusterSuspected(
                cluster_id="C-1",
                kind="batch",
                name="B-7",
                ticket_ids=tickets or (self.ticket,),
                seen=5,
                cause_zh="批次B-7",
                cause_en="Batch B-7",
                first_at=START,
                suspected_at=START,
                policy_version="triage-1",
            )
        )

    def clock(self) -> Envelope[Any]:
        return self.event(
            ClockStarted(
                ticket_id=self.ticket,
                clock="first_reply",
                generation=1,
                level="L2",
                problem_class="product_mismatch",
                policy_version="sla-1",
                anchor_at=START,
                due_at=START + timedelta(hours=1),
                target_s=3600,
            )
        )

    def notified(self, about: str | None = None) -> Envelope[Any]:
        return self.event(
            NotificationAccepted(
                about=about or self.ticket,
                notification_id=f"N-{self.number}",
                rule="opened",
                recipient="customer",
                step=1,
                provider="aliyun_sms",
                language="zh",
                tries=1,
                accepted_at=START,
            )
        )


def attachment(raw: bytes) -> Attachment:
    """A file as events name it."""
    return Attachment(sha256=sha256(raw).hexdigest(), media_type="image/png", size_bytes=len(raw))
