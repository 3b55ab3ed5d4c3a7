"""A ticket as the notifier knows it: whom to write to, what was said, whether it is still open.
Folded by `notices`, stored by `store`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from schemas.resolution import Outcome
from schemas.triage import Emotion, Route
from schemas.values import Channel, Count, Language, Level, ProblemClass
from services.notifier.domain.escalation import Ladder
from services.notifier.domain.notice import Notice, Params, Phone


class Postponed(BaseModel):
    """A message to the customer that waits for the end of the quiet hours, or for the order."""

    model_config = ConfigDict(frozen=True)

    since: datetime
    while_open: bool
    template: str
    params: dict[str, str | int]
    urgent: bool


class TicketFacts(BaseModel):
    """All that is kept of a ticket besides its keys."""

    model_config = ConfigDict(frozen=True)

    known: bool = False
    """Whom it is about was told, by TicketOpened or Triaged."""
    channel: Channel | None = None
    language: Language = "zh"
    phone: Phone | None = None
    product: str = ""
    level: Level | None = None
    problem_class: ProblemClass | None = None
    emotion: Emotion = "calm"
    route: Route | None = None
    triaged_at: datetime | None = None
    outcome: Outcome | None = None
    refund_fen: int = 0
    resolved_at: datetime | None = None
    reopened_at: datetime | None = None
    merged_at: datetime | None = None
    endings: int = 0
    told: frozenset[str] = frozenset()
    """Rules, with their occasion, that had their say."""
    postponed: dict[str, Postponed] = Field(default_factory=dict)
    ladders: Count = 0
    """How many ladders were begun: only a ticket with some has them loaded."""
    answered_at: datetime | None = None
    """When a person last answered the customer or called."""
    agent: str | None = None
    """Who that was."""


@dataclass(frozen=True, slots=True)
class TicketCase:
    """One ticket. Besides what is stored, what the store found out for this batch."""

    ticket_id: str
    shop_id: str
    order_id: str | None = None
    facts: TicketFacts = field(default_factory=TicketFacts)
    version: int = 0
    traces: Mapping[UUID, str] = field(default_factory=dict)
    """Trace of each event in hand, by its id."""
    order_phone: Phone | None = None
    """The phone of the order's customer, for a ticket that came without one."""
    order_known: bool = False
    """OrderPlaced was seen; looked up only for a ticket that came without a phone."""
    planned: tuple[Notice, ...] = ()
    """What the rules planned since the case was loaded."""
    ladders: Mapping[UUID, Ladder] = field(default_factory=dict)
    moved: frozenset[UUID] = frozenset()
    """Ladders that changed since the case was loaded."""

    @property
    def is_open(self) -> bool:
        """Neither resolved nor merged into another one, which is for good."""
        return self.facts.merged_at is None and not self.is_resolved

    @property
    def is_resolved(self) -> bool:
        """Resolved, and not reopened since. Order of arrival does not matter."""
        resolved_at, reopened_at = self.facts.resolved_at, self.facts.reopened_at
        return resolved_at is not None and (reopened_at is None or reopened_at <= resolved_at)

    @property
    def is_dispute(self) -> bool:
        """A complaint is open: care stays silent about the order."""
        return self.facts.known and self.is_open

    @property
    def phone(self) -> Phone | None:
        """Where the customer is reached."""
        return self.facts.phone or self.order_phone


@dataclass(frozen=True, slots=True)
class Say:
    """Something to be said: the name under which it is said once, wording and facts."""

    name: str
    to: str
    template: str
    params: Params
    urgent: bool = False
    while_open: bool = True
    since: datetime | None = None
    """When it was first to be said, if it had to be put off."""
