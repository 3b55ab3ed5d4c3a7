"""Puts intake together: its desks, what feeds them, and the HTTP interface."""

from __future__ import annotations

from typing import Any

from runtime.case import Desk
from runtime.edge import Edge
from runtime.gate import Gate
from runtime.policy import PolicyShelf, load_policy
from runtime.service import Service
from runtime.shop_secrets import ShopSecrets
from runtime.telemetry import Telemetry
from schemas.envelope import Envelope
from schemas.orders import (
    OrderPlaced,
    OrderShipped,
    ParcelDelivered,
    ParcelScanned,
    ReceiptConfirmed,
    RefundCompleted,
    StreamSegmentRecorded,
)
from schemas.resolution import Resolved
from schemas.topics import lane_topic
from schemas.triage import Retriaged, Triaged
from services.intake import http, order_store, store
from services.intake.complaints import Complaints
from services.intake.domain import (
    closing,
    commitments,
    conversation,
    openings,
    orders,
    upstream,
)
from services.intake.domain.commands import (
    AddMessage,
    BeginWait,
    Classify,
    EndWait,
    MergeTicket,
    OpenTicket,
    RecordCall,
    RecordPromise,
    RecordReply,
    SetPlatformDeadline,
)
from services.intake.files import Files, open_store
from services.intake.policy import IntakePolicy
from services.intake.reception import Reception
from services.intake.settings import IntakeSettings


async def build(settings: IntakeSettings, telemetry: Telemetry | None = None) -> Service:
    """The service, not started yet."""
    service = await Service.open("intake", settings, automatic=False, telemetry=telemetry)
    shelf = PolicyShelf("intake", load_policy(settings.policy_dir, "intake", IntakePolicy))
    await shelf.open(service.database)
    service.feed(service.applier(orders_desk()), "orders")
    service.feed(service.applier(closing_desk()), "resolution")
    service.feed(service.applier(urgency_desk()), lane_topic("triage", "urgent"))
    service.serve(http.build(http_parts(service, settings, shelf.current)), settings.api_port)
    return service


def http_parts(service: Service, settings: IntakeSettings, policy: IntakePolicy) -> http.Parts:
    """What the HTTP interface works with. Its desks get nothing from Kafka and arm no timers,
    and commands are never parked: so they have no ticker."""

    def gate(desk: Desk[Any]) -> Gate:
        return service.gate(service.applier(desk))

    secrets = ShopSecrets.load(settings.shop_secrets_file)
    return http.Parts(
        edge=Edge("intake", secrets, service.metrics, settings.intake_requests_per_s),
        complaints=Complaints(
            gate(openings_desk(policy)), service.database, service.sealer, policy
        ),
        conversation=gate(conversation_desk(policy)),
        upstream=gate(upstream_desk(policy)),
        reception=Reception(service.database, service.sealer, policy.phone_region),
        files=Files(service.database, open_store(settings.object_store)),
        policy=policy,
    )


def openings_desk(policy: IntakePolicy) -> Desk[openings.Openings]:
    """Complaints become tickets, decided order by order."""
    return Desk(
        name="openings",
        rules={OpenTicket: openings.open_ticket},
        load=store.load_openings,
        save=store.save_openings,
        policy=policy,
        key_of=lambda event: openings.key_of(event.shopid, event.data),
    )


def conversation_desk(policy: IntakePolicy) -> Desk[conversation.Conversation]:
    """What is said and done about a ticket."""
    return Desk(
        name="conversation",
        rules={
            AddMessage: conversation.add_message,
            RecordReply: conversation.record_reply,
            RecordCall: conversation.record_call,
            BeginWait: conversation.wait,
            EndWait: conversation.resume,
            Classify: conversation.classify,
            RecordPromise: commitments.promise,
            SetPlatformDeadline: commitments.platform_deadline,
            MergeTicket: commitments.merge,
        },
        load=store.load_conversations,
        save=store.save_conversations,
        policy=policy,
    )


def upstream_desk(policy: IntakePolicy) -> Desk[None]:
    """Order events that came over HTTP go out to everybody."""
    events = (
        OrderPlaced, OrderShipped, ParcelScanned, ParcelDelivered, ReceiptConfirmed,
        RefundCompleted, StreamSegmentRecorded,
    )  # fmt: skip
    return Desk(
        name="upstream",
        rules=dict.fromkeys(events, upstream.pass_on),
        load=store.load_nothing,
        save=store.save_nothing,
        policy=policy,
        key_of=_order_key,
    )


def orders_desk() -> Desk[orders.Order]:
    """What is known about orders."""
    return Desk(
        name="orders",
        rules={
            OrderPlaced: orders.place,
            OrderShipped: orders.ship,
            ParcelScanned: orders.scan,
            ParcelDelivered: orders.deliver,
            ReceiptConfirmed: orders.receive,
            RefundCompleted: orders.refund,
        },
        load=order_store.load_orders,
        save=order_store.save_orders,
        key_of=_order_key,
    )


def closing_desk() -> Desk[Any]:
    """A decision ends a ticket."""
    return Desk(
        name="closing",
        rules={Resolved: closing.end_ticket},
        load=store.load_tickets,
        save=store.save_tickets,
    )


def urgency_desk() -> Desk[Any]:
    """Triage found a ticket urgent: what is still to be told of it travels in that lane."""
    return Desk(
        name="urgency",
        rules={Triaged: closing.hurry, Retriaged: closing.hurry},
        load=store.load_tickets,
        save=store.save_tickets,
    )


def _order_key(event: Envelope[Any]) -> str:
    return orders.order_key(event.shopid, event.subject)
