"""Orders, tickets and their events as the notifier hears of them, made by hand for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import yaml

from runtime.policy import parse_policy
from schemas.clusters import ClusterSuspected
from schemas.envelope import Envelope, Payload
from schemas.orders import OrderPlaced, OrderShipped
from schemas.resolution import Resolved
from schemas.rules import TimerFired
from schemas.sla import ClockCancelled, ClockMet, ClockMoved, SLABreached, SLAWarning
from schemas.tickets import AgentReplied, CallMade, TicketMerged, TicketOpened, TicketReopened
from schemas.triage import Reason, Retriaged, Triaged
from schemas.values import Contact, OrderLine, OrderSnapshot, Sealed
from services.notifier import policy
from services.notifier.domain.care_policy import CarePolicies
from services.notifier.policy import CarePolicy, NotifierPolicy

POLICIES = Path(__file__).resolve().parents[2] / "policies" / "default"
SHOP = "shop-a"
TICKET = "t-0001"
ORDER = "O-1"
CUSTOMER = "C-1"
NOON = datetime(2026, 1, 4, 4, 0, tzinfo=UTC)
"""In China; quiet hours are nine hours away."""
IDS = UUID(int=11)
BOX = Contact(phone=Sealed(key="key-1", box="Ym94"))
_DEFAULT = policy.load(POLICIES)


def at(seconds: float = 0.0) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def default_policies() -> CarePolicies:
    """The policies that ship."""
    notifier, care = _DEFAULT
    return CarePolicies(care, notifier)


def notifier_policy(**changes: Any) -> NotifierPolicy:
    """The notifier's policy that ships, with other content at the top. Raises PolicyError."""
    content = yaml.safe_load((POLICIES / "notifier.yaml").read_text(encoding="utf-8"))
    return parse_policy("notifier", {**content, **changes}, NotifierPolicy)


def care_policy(**changes: Any) -> CarePolicy:
    """The care policy that ships, with other content at the top. Raises PolicyError."""
    content = yaml.safe_load((POLICIES / "care.yaml").read_text(encoding="utf-8"))
    return parse_policy("care", {**content, **changes}, CarePolicy)


def content_of(name: str, part: str) -> Any:
    """One part of a policy file, to be changed."""
    return yaml.safe_load((POLICIES / f"{name}.yaml").read_text(encoding="utf-8"))[part]


def event(payload: Payload, time: datetime, name: str = "") -> Envelope[Any]:
    """The payload as an event; the same `name` makes the same id."""
    number = uuid5(IDS, f"{name}/{payload.type_name()}/{payload.model_dump_json()}")
    return Envelope[Any].model_construct(
        specversion="1.0",
        id=number,
        source="test",
        type=payload.type_name(),
        time=time,
        subject=payload.subject,
        datacontenttype="application/json",
        shopid=SHOP,
        correlationid=number,
        causationid=None,
        schemaversion=1,
        autoorigin=False,
        data=payload,
    )


def timer(key: str, name: str, due_at: datetime) -> Envelope[TimerFired]:
    """A timer that came due."""
    return event(TimerFired(case_key=key, name=name, due_at=due_at), due_at)


def placed(order_id: str = ORDER, **changes: Any) -> OrderPlaced:
    """An order of one lamp, to be delivered the day after tomorrow."""
    values: dict[str, Any] = {
        "order_id": order_id,
        "customer_id": CUSTOMER,
        "channel": "douyin",
        "placed_at": at(),
        "lines": (_line(),),
        "paid_fen": 15_900,
        "promised_delivery_at": at(2 * 86_400),
        "contact": BOX,
    }
    return OrderPlaced(**(values | changes))


def shipped(order_id: str = ORDER, seconds: float = 0.0) -> OrderShipped:
    """Its parcel left the warehouse."""
    return OrderShipped(
        order_id=order_id, parcel_id="P-1", carrier="sf", shipped_at=at(seconds), weight_g=800
    )


def opened(ticket_id: str = TICKET, **changes: Any) -> TicketOpened:
    """A complaint about the order, with a sealed phone."""
    values: dict[str, Any] = {
        "ticket_id": ticket_id,
        "external_id": f"x-{ticket_id}",
        "origin": "inbox",
        "channel": "douyin",
        "opened_at": at(),
        "received_at": at(),
        "text": "灯不亮",
        "customer_id": CUSTOMER,
        "contact": BOX,
        "order_id": ORDER,
        "order": OrderSnapshot(
            order_id=ORDER,
            customer_id=CUSTOMER,
            channel="douyin",
            placed_at=at(-86_400),
            paid_fen=15_900,
            lines=(_line(),),
        ),
    }
    return TicketOpened(**(values | changes))


def triaged(ticket_id: str = TICKET, **changes: Any) -> Triaged:
    """Triage called it a routine mismatch."""
    values: dict[str, Any] = {
        "ticket_id": ticket_id,
        "problem_class": "product_mismatch",
        "subtype": "quality_defect",
        "nature": "quality",
        "level": "L2",
        "emotion": "calm",
        "safety": False,
        "threat": "none",
        "route": "regular_group",
        "priority": 100,
        "reasons": (Reason(rule="r", zh="提到漏电", en="mentions leakage"),),
        "policy_version": "triage-1",
        "triaged_at": at(1),
        "opened_at": at(),
        "channel": "douyin",
        "customer_id": CUSTOMER,
        "contact": BOX,
        "order_id": ORDER,
    }
    return Triaged(**(values | changes))


def retriaged(ticket_id: str = TICKET, **changes: Any) -> Retriaged:
    """Triage, or somebody, sees it otherwise now."""
    seen = triaged(ticket_id, triaged_at=at(1_000)).model_dump()
    was = {"was_level": "L2", "was_class": "product_mismatch", "was_route": "regular_group"}
    return Retriaged.model_validate({**seen, **was, "cause": "message", **changes})


def warning(ticket_id: str = TICKET, **changes: Any) -> SLAWarning:
    """The first contact of an urgent ticket runs short."""
    values: dict[str, Any] = {
        **_clock(ticket_id),
        "threshold": "p50",
        "due_at": at(900),
        "detected_at": at(450),
        "left_s": 450,
    }
    return SLAWarning(**(values | changes))


def breach(ticket_id: str = TICKET, **changes: Any) -> SLABreached:
    """Nobody called in time."""
    values: dict[str, Any] = {
        **_clock(ticket_id),
        "breached_at": at(900),
        "detected_at": at(900),
        "overdue_working_s": 0,
        "overdue_wall_s": 0,
    }
    return SLABreached(**(values | changes))


def met(ticket_id: str = TICKET, seconds: float = 1_200, **changes: Any) -> ClockMet:
    """The customer was called, late."""
    values: dict[str, Any] = {
        **_clock(ticket_id),
        "met_at": at(seconds),
        "due_at": at(900),
        "in_time": False,
        "used_s": int(seconds),
    }
    return ClockMet(**(values | changes))


def cancelled(ticket_id: str = TICKET, seconds: float = 1_200, **changes: Any) -> ClockCancelled:
    """The clock no longer counts."""
    values: dict[str, Any] = {
        **_clock(ticket_id),
        "cause": "retriaged",
        "cancelled_at": at(seconds),
    }
    return ClockCancelled(**(values | changes))


def moved(ticket_id: str = TICKET, seconds: float = 1_000, **changes: Any) -> ClockMoved:
    """The date of a promise was set anew."""
    values: dict[str, Any] = {
        **_clock(ticket_id),
        "clock": "promise",
        "move": 1,
        "was_due_at": at(900),
        "due_at": at(5_000),
        "target_s": 5_000,
        "moved_at": at(seconds),
    }
    return ClockMoved(**(values | changes))


def replied(ticket_id: str = TICKET, seconds: float = 1_200, **changes: Any) -> AgentReplied:
    """An agent answered the customer."""
    values: dict[str, Any] = {
        "ticket_id": ticket_id,
        "message_id": f"m-{seconds}",
        "agent_id": "agent-17",
        "human": True,
        "sent_at": at(seconds),
    }
    return AgentReplied(**(values | changes))


def called(ticket_id: str = TICKET, seconds: float = 1_200) -> CallMade:
    """An agent called the customer."""
    return CallMade(
        ticket_id=ticket_id, call_id=f"c-{seconds}", agent_id="agent-18", started_at=at(seconds),
        duration_s=60, answered=True,
    )  # fmt: skip


def resolved(ticket_id: str = TICKET, seconds: float = 3_600, **changes: Any) -> Resolved:
    """The customer gets the money back."""
    values: dict[str, Any] = {
        "ticket_id": ticket_id,
        "outcome": "refund",
        "decided_by": "agent",
        "order_id": ORDER,
        "refund_fen": 15_900,
        "resolved_at": at(seconds),
    }
    return Resolved(**(values | changes))


def reopened(ticket_id: str = TICKET, seconds: float = 7_200) -> TicketReopened:
    """The customer is not content."""
    return TicketReopened(ticket_id=ticket_id, reason="not content", reopened_at=at(seconds))


def merged(ticket_id: str = TICKET, seconds: float = 1_200) -> TicketMerged:
    """Another ticket is about the same."""
    return TicketMerged(ticket_id=ticket_id, into="t-2", agent_id="a-17", merged_at=at(seconds))


def suspected(cluster_id: str = "C-1", **changes: Any) -> ClusterSuspected:
    """A batch that leaks."""
    values = {
        "cluster_id": cluster_id, "kind": "batch", "name": "B-7",
        "problem_class": "product_mismatch", "subtype": "quality_defect",
        "ticket_ids": (TICKET,), "seen": 9, "expected_milli": 1270,
        "cause_zh": "批次B-7：质量问题9单，预计1.3单",
        "cause_en": "Batch B-7: quality defect, 9 tickets where 1.3 were expected",
        "first_at": at(-7_200), "suspected_at": at(), "policy_version": "triage-1",
    }  # fmt: skip
    return ClusterSuspected.model_validate({**values, **changes})


def _clock(ticket_id: str) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "clock": "first_contact",
        "generation": 1,
        "level": "L1",
        "problem_class": "product_mismatch",
        "policy_version": "sla-1",
    }


def _line() -> OrderLine:
    return OrderLine(
        line_id="1", sku="LAMP-7", title="床头灯", quantity=1, list_fen=15_900, paid_fen=15_900
    )
