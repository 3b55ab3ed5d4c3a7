"""Composition root of triage: one desk on the topic `tickets`."""

from __future__ import annotations

from runtime.case import Desk
from runtime.policy import PolicyShelf, load_policy
from runtime.service import Service
from runtime.telemetry import Telemetry
from schemas.tickets import TicketOpened
from services.triage import store
from services.triage.domain import TicketTriage, Triager, triage
from services.triage.model import LinearScorer, load
from services.triage.policy import TriagePolicy
from services.triage.settings import TriageSettings


async def build(settings: TriageSettings, telemetry: Telemetry | None = None) -> Service:
    """A triage service that is ready to start. Raises MigrationError, PolicyError,
    ModelError."""
    policy = load_policy(settings.policy_dir, "triage", TriagePolicy)
    service = await Service.open("triage", settings, automatic=True, telemetry=telemetry)
    shelf = PolicyShelf("triage", policy)
    await shelf.open(service.database)
    applier = service.applier(desk(Triager(shelf.current, LinearScorer(load()))))
    service.feed(applier, "tickets")
    return service


def desk(triager: Triager) -> Desk[TicketTriage]:
    """Tickets that open are triaged."""
    return Desk(
        name="tickets",
        rules={TicketOpened: triage},
        load=store.load,
        save=store.save,
        policy=triager,
    )
