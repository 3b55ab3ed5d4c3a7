"""Composition root of resolution: what it subscribes to, which rule answers what."""

from __future__ import annotations

from typing import Any

from runtime.case import Desk, Rule
from runtime.edge import Edge
from runtime.policy import PolicyShelf, load_policy
from runtime.service import Service
from runtime.shop_secrets import ShopSecrets
from runtime.telemetry import Telemetry
from schemas.envelope import Envelope, Payload
from schemas.orders import OrderPlaced, RefundCompleted
from schemas.tickets import TicketOpened, TicketReopened
from services.resolution import http, store
from services.resolution.domain import follow
from services.resolution.domain.decide import DecideResolution, decide
from services.resolution.policy import ResolutionPolicy
from services.resolution.settings import ResolutionSettings

TOPICS = ("orders", "tickets")
RULES: dict[type[Payload], Rule] = {
    OrderPlaced: follow.on_order_placed,
    RefundCompleted: follow.on_refund_completed,
    TicketOpened: follow.on_ticket_opened,
    TicketReopened: follow.on_ticket_reopened,
    DecideResolution: decide,
}


def key_of(event: Envelope[Any]) -> str:
    """Order events and tickets of an order share its case; a ticket without one has its own."""
    data = event.data
    if isinstance(data, DecideResolution):
        return data.case_key
    order_id = getattr(data, "order_id", None)
    return follow.case_key(event.shopid, order_id, getattr(data, "ticket_id", event.subject))


async def build(settings: ResolutionSettings, telemetry: Telemetry | None = None) -> Service:
    """The service, ready to start."""
    secrets = ShopSecrets.load(settings.shop_secrets_file)
    service = await Service.open("resolution", settings, automatic=False, telemetry=telemetry)
    policy = load_policy(settings.policy_dir, "resolution", ResolutionPolicy)
    await PolicyShelf("resolution", policy).open(service.database)
    desk = Desk(
        name="money", rules=RULES, load=store.load, save=store.save, policy=policy, key_of=key_of
    )
    applier = service.applier(desk)
    pump = service.pump(applier)
    pump.attach(service.broker.subscriber(*TOPICS, **pump.options))
    service.ticker(applier)
    gate = service.gate(applier)
    edge = Edge("resolution", secrets, service.metrics, settings.resolution_requests_per_s)
    service.serve(http.build(edge, gate, service.database), settings.api_port)
    return service
