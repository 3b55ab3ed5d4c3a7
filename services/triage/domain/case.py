"""What is kept of a triaged ticket. Changed by `triage` and `retriage`, loaded and saved by the
store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.triage import Route, Threat
from schemas.values import Level, ProblemClass
from services.triage.domain.clusters.sighting import Sighting
from services.triage.domain.picture import Picture


@dataclass(frozen=True, slots=True)
class TicketTriage:
    """A triaged ticket, with the answers as they were last told. `version`: as loaded (0: never
    stored); the store counts on. `picture`: what it is judged anew from; none for a ticket that
    was triaged before there was one, which stays as it is."""

    ticket_id: str
    shop_id: str
    problem_class: ProblemClass
    subtype: str
    level: Level
    safety: bool
    threat: Threat
    route: Route
    priority: int
    points: float
    customer_id: str | None
    order_id: str | None
    line_id: str | None
    policy_version: str
    opened_at: datetime
    triaged_at: datetime
    version: int = 0
    picture: Picture | None = None
    sighting: Sighting | None = None
    """For the cluster alarm, once: of a ticket that was triaged just now."""
