"""Puts the clocks' service together: what it listens to, which rule answers which event."""

from __future__ import annotations

from runtime.case import Desk
from runtime.service import Service
from runtime.telemetry import Telemetry
from schemas.resolution import Resolved
from schemas.rules import TimerFired
from schemas.tickets import (
    AgentReplied,
    CallMade,
    CustomerMessageReceived,
    PlatformDeadlineSet,
    PromiseMade,
    TicketMerged,
    TicketReopened,
    TicketResumed,
    TicketWaiting,
)
from schemas.triage import Retriaged, Triaged
from services.sla import store
from services.sla.domain import rules
from services.sla.domain.case import Case, Policies
from services.sla.policy import load
from services.sla.settings import SlaSettings
from services.sla.shelf import RulesShelf

TOPICS = ("tickets", "triage", "resolution")


def clocks_desk(policies: Policies) -> Desk[Case]:
    """The only desk. TicketOpened has no rule: Triaged carries all that the clocks need."""
    return Desk(
        name="clocks",
        rules={
            Triaged: rules.triaged,
            Retriaged: rules.retriaged,
            CallMade: rules.called,
            AgentReplied: rules.replied,
            CustomerMessageReceived: rules.customer_wrote,
            TicketWaiting: rules.waiting,
            TicketResumed: rules.resumed,
            TicketReopened: rules.reopened,
            PromiseMade: rules.promised,
            PlatformDeadlineSet: rules.platform_set,
            TicketMerged: rules.merged,
            Resolved: rules.resolved,
            TimerFired: rules.timer_fired,
        },
        load=store.load,
        save=store.save,
        policy=policies,
    )


async def build(settings: SlaSettings, telemetry: Telemetry | None = None) -> Service:
    """The service, not started yet. Raises what `Service.open` raises, and PolicyError."""
    loaded = load(settings.policy_dir)
    service = await Service.open("sla", settings, automatic=True, telemetry=telemetry)
    shelf = RulesShelf(loaded)
    await shelf.open(service.database)
    desk = clocks_desk(shelf)
    await shelf.recount(service.database, desk.name)
    applier = service.applier(desk)
    service.feed(applier, *TOPICS)
    return service
