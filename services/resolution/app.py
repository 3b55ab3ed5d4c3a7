"""Composition root of resolution: one desk, fed by `orders`, `tickets` and HTTP alike.

One desk because one case covers an order's money and its tickets: whatever touches it waits
for the same lock.
"""

from __future__ import annotations

from fastapi import FastAPI

from runtime.case import Desk
from runtime.edge import Edge
from runtime.gate import Gate
from runtime.policy import PolicyShelf, load_policy
from runtime.service import Service
from runtime.shop_secrets import ShopSecrets
from runtime.telemetry import Telemetry
from schemas.orders import OrderPlaced, RefundCompleted
from schemas.tickets import TicketOpened, TicketReopened
from services.resolution import domain, http, store
from services.resolution.policy import ResolutionPolicy
from services.resolution.settings import ResolutionSettings


async def build(settings: ResolutionSettings, telemetry: Telemetry | None = None) -> Service:
    """A resolution service that is ready to start. Raises MigrationError, PolicyError."""
    policy = load_policy(settings.policy_dir, "resolution", ResolutionPolicy)
    service = await Service.open("resolution", settings, automatic=False, telemetry=telemetry)
    shelf = PolicyShelf("resolution", policy)
    await shelf.open(service.database)
    applier = service.applier(desk(shelf.current))
    service.feed(applier, "orders", "tickets")
    service.serve(interface(service, settings, service.gate(applier)), settings.api_port)
    return service


def desk(policy: ResolutionPolicy) -> Desk[domain.Settlement]:
    """Settlements: an order's money with its tickets."""
    return Desk(
        name="settlements",
        rules={
            OrderPlaced: domain.place_order,
            RefundCompleted: domain.complete_refund,
            TicketOpened: domain.open_ticket,
            TicketReopened: domain.reopen_ticket,
            domain.ResolveTicket: domain.resolve,
        },
        load=store.load,
        save=store.save,
        policy=policy,
        key_of=domain.key_of,
    )


def interface(service: Service, settings: ResolutionSettings, gate: Gate) -> FastAPI:
    """The HTTP interface over a gate of the desk."""
    secrets = ShopSecrets.load(settings.shop_secrets_file)
    edge = Edge("resolution", secrets, service.metrics, settings.resolution_requests_per_s)
    return http.build(edge, gate)
