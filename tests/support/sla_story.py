"""Tickets told to the clocks' rules without a database: events, a timer, what was published."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import yaml

from runtime.case import Desk
from runtime.policy import load_policy, parse_policy
from schemas.envelope import Envelope, Payload
from schemas.resolution import Resolved
from schemas.rules import Decision, TimerFired
from schemas.sla import ClockEvent
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
from schemas.triage import Reason, Retriaged, Triaged
from services.sla.app import clocks_desk
from services.sla.domain.case import Case
from services.sla.domain.clock import Clock
from services.sla.domain.plan import plan
from services.sla.policy import SlaPolicy

POLICIES = Path(__file__).resolve().parents[2] / "policies" / "default"
NINE = datetime(2026, 1, 4, 9, 0, tzinfo=UTC)
TICKET = "t-1"
IDS = UUID(int=7)


def at(seconds: float) -> datetime:
    """So many seconds after nine o'clock, when the customer complained."""
    return NINE + timedelta(seconds=seconds)


def default_policy() -> SlaPolicy:
    """The policy that ships."""
    return load_policy(POLICIES, "sla", SlaPolicy)


def policy_with(**changes: Any) -> SlaPolicy:
    """The policy that ships with other content at the top. Raises PolicyError."""
    content = yaml.safe_load((POLICIES / "sla.yaml").read_text(encoding="utf-8"))
    return parse_policy("sla", {**content, **changes}, SlaPolicy)


@dataclass
class Shelf:
    """Policy versions in memory."""

    current: SlaPolicy
    older: dict[str, SlaPolicy] = field(default_factory=dict)

    def version(self, name: str) -> SlaPolicy:
        return {**self.older, self.current.version: self.current}[name]


def event(
    payload: Payload, told_at: datetime, ticket: str = TICKET, shop: str = "shop-a"
) -> Envelope[Any]:
    """An event; the same payload told at the same time has the same id."""
    name = f"{type(payload).__name__}/{payload.model_dump_json()}/{told_at.isoformat()}"
    event_id = uuid5(IDS, name)
    return Envelope[Any].model_construct(
        specversion="1.0",
        id=event_id,
        source="test",
        type=type(payload).type_name(),
        time=told_at,
        subject=ticket,
        datacontenttype="application/json",
        shopid=shop,
        correlationid=event_id,
        causationid=None,
        schemaversion=1,
        autoorigin=False,
        data=payload,
    )


class Payloads:
    """Events about one ticket by the second of their time."""

    def __init__(self, ticket: str = TICKET) -> None:
        self.ticket = ticket

    def triaged(
        self,
        s: float,
        level: str,
        name: str = "logistics",
        opened: float = 0,
        route: str = "regular_group",
    ) -> Triaged:
        return Triaged.model_validate(self._answers(s, level, name, opened, route))

    def retriaged(
        self,
        s: float,
        level: str,
        name: str = "logistics",
        cause: str = "message",
        route: str = "regular_group",
    ) -> Retriaged:
        was = {"was_level": "L2", "was_class": "logistics", "was_route": "human_triage"}
        answers = self._answers(s, level, name, 0, route)
        return Retriaged.model_validate({**answers, **was, "cause": cause})

    def _answers(
        self, s: float, level: str, name: str, opened: float, route: str
    ) -> dict[str, Any]:
        return {
            "ticket_id": self.ticket, "problem_class": name, "subtype": "x",
            "nature": "service", "level": level, "emotion": "calm", "safety": False,
            "threat": "none", "route": route, "priority": 1, "policy_version": "triage-1",
            "reasons": (Reason(rule="r", zh="因", en="why"),), "triaged_at": at(s),
            "opened_at": at(opened), "channel": "douyin",
        }  # fmt: skip

    def call(self, s: float, *, answered: bool = True) -> CallMade:
        return CallMade(
            ticket_id=self.ticket, call_id=f"c{s}", agent_id="a", started_at=at(s), duration_s=60,
            answered=answered,
        )  # fmt: skip

    def reply(self, s: float, *milestones: str, **more: Any) -> AgentReplied:
        fields = {"message_id": f"r{s}", "agent_id": "a", "human": True, "sent_at": at(s), **more}
        return AgentReplied.model_validate(
            {"ticket_id": self.ticket, "milestones": milestones, **fields}
        )

    def note(self, s: float, *milestones: str) -> AgentReplied:
        return self.reply(s, *milestones, visibility="internal")

    def wrote(self, s: float) -> CustomerMessageReceived:
        return CustomerMessageReceived(
            ticket_id=self.ticket, message_id=f"m{s}", text="?", sent_at=at(s)
        )

    def waiting(self, s: float, cause: Any = "customer") -> TicketWaiting:
        return TicketWaiting(ticket_id=self.ticket, cause=cause, agent_id="a", since=at(s))

    def resumed(self, s: float) -> TicketResumed:
        return TicketResumed(ticket_id=self.ticket, resumed_at=at(s))

    def promise(self, s: float, due: float) -> PromiseMade:
        return PromiseMade(
            ticket_id=self.ticket, promise_id=f"p{s}", agent_id="a", what="a call", made_at=at(s),
            due_at=at(due),
        )  # fmt: skip

    def platform(self, s: float, due: float, costs_fen: int | None = None) -> PlatformDeadlineSet:
        return PlatformDeadlineSet(
            ticket_id=self.ticket, notice_id=f"n{s}", due_at=at(due), told_at=at(s),
            silence_costs_fen=costs_fen,
        )  # fmt: skip

    def merged(self, s: float) -> TicketMerged:
        return TicketMerged(ticket_id=self.ticket, into="t-2", agent_id="a", merged_at=at(s))

    def resolved(self, s: float) -> Resolved:
        return Resolved(
            ticket_id=self.ticket, outcome="refund", decided_by="agent", resolved_at=at(s)
        )

    def reopened(self, s: float) -> TicketReopened:
        return TicketReopened(ticket_id=self.ticket, reason="not done", reopened_at=at(s))


class Story:
    """One ticket at the desk: `tell` it events, let time pass with `until`, look at the rest."""

    def __init__(self, policy: SlaPolicy | None = None) -> None:
        self.shelf = Shelf(policy or default_policy())
        self.desk: Desk[Case] = clocks_desk(self.shelf)
        self.case: Case | None = None
        self.armed_at: datetime | None = None
        self.published: list[ClockEvent] = []
        self.decisions: list[Decision[Case]] = []

    def tell(
        self, payload: Payload, now: float | None = None, *, told: float | None = None
    ) -> list[ClockEvent]:
        """Hand over an event at second `now`, published at second `told`, both at once when not
        said; what it led to."""
        happened_at = event_time(payload)
        moment = happened_at if now is None else at(now)
        told_at = happened_at if told is None else at(told)
        return self._decide(event(payload, told_at, payload.subject), moment)

    def tick(self, now: datetime) -> list[ClockEvent]:
        """Fire the timer if it is due by `now`."""
        if self.armed_at is None or self.armed_at > now:
            return []
        fired = TimerFired(case_key=TICKET, name="next", due_at=self.armed_at)
        self.armed_at = None
        return self._decide(event(fired, now), now)

    def until(self, seconds: float) -> list[ClockEvent]:
        """Let time pass; every timer fires when it is due."""
        found = []
        while self.armed_at is not None and self.armed_at <= at(seconds):
            found += self.tick(self.armed_at)
        return found

    def _decide(self, message: Envelope[Any], now: datetime) -> list[ClockEvent]:
        rule = self.desk.rules[type(message.data)]
        decision = rule(self.case, message, self.shelf, now)
        self.case = decision.case or self.case
        if "next" in decision.timers:
            self.armed_at = decision.timers["next"]
        self.decisions.append(decision)
        events = [e for e in decision.events if isinstance(e, ClockEvent)]
        assert len(events) == len(decision.events)
        self.published += events
        return events

    def clocks(self, now: float) -> dict[str, Clock]:
        """The clocks at second `now` by name and generation, e.g. `closure/1`."""
        ledger = self.case.ledger if self.case else ()
        found = plan(ledger, self.shelf.current, at(now))
        return {f"{clock.term.clock}/{clock.generation}": clock for clock in found}


def event_time(payload: Payload) -> datetime:
    """When the payload says that it happened."""
    names = ("triaged_at", "started_at", "sent_at", "since", "resumed_at", "resolved_at")
    dates = ("reopened_at", "made_at", "told_at", "merged_at")
    found = (getattr(payload, name, None) for name in (*names, *dates))
    return next(moment for moment in found if isinstance(moment, datetime))


def said(events: list[ClockEvent]) -> list[str]:
    """Events in short, e.g. `SLAWarning first_contact/1 p50`."""
    return [
        " ".join(
            part
            for part in (
                type(e).__name__, f"{e.clock}/{e.generation}", getattr(e, "threshold", None),
                getattr(e, "cause", None),
            )
            if part
        )
        for e in events
    ]  # fmt: skip
