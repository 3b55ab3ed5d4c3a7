"""Composition root of triage: one desk on the topic `tickets`."""

from __future__ import annotations

from runtime.case import Desk
from runtime.policy import PolicyShelf, load_policy
from runtime.service import Service
from runtime.telemetry import Telemetry
from schemas.tickets import (
    CustomerMessageReceived,
    OrderAttached,
    TicketClassified,
    TicketOpened,
    TicketReopened,
)
from services.triage import store
from services.triage.cluster_watch import watched_over
from services.triage.domain import TicketTriage, Triager, retriage, triage
from services.triage.model import LinearScorer, load
from services.triage.policy import TriagePolicy
from services.triage.second_opinion.joining import joined
from services.triage.settings import TriageSettings
from services.triage.shadow import triager_of


async def build(settings: TriageSettings, telemetry: Telemetry | None = None) -> Service:
    """A triage service that is ready to start. Raises MigrationError, PolicyError,
    ModelError."""
    policy = load_policy(settings.policy_dir, "triage", TriagePolicy)
    service = await Service.open("triage", settings, automatic=True, telemetry=telemetry)
    shelf = PolicyShelf("triage", policy)
    await shelf.open(service.database)
    tickets = desk(triager_of(service, settings, shelf.current, LinearScorer(load())))
    applier = await joined(service, settings, tickets)
    service.feed(applier, "tickets")
    watched_over(service, shelf.current)
    return service


def desk(triager: Triager) -> Desk[TicketTriage]:
    """Tickets that open are triaged, and anew when something changes the picture."""
    return Desk(
        name="tickets",
        rules={
            TicketOpened: triage,
            CustomerMessageReceived: retriage.heard,
            TicketReopened: retriage.reopened,
            OrderAttached: retriage.order_known,
            TicketClassified: retriage.classified,
        },
        load=store.load,
        save=store.save,
        policy=triager,
    )
