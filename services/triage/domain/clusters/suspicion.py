"""Turns what was found into the event that tells it, with a cause that people can read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid5

from schemas.clusters import ClusterKind, ClusterSuspected
from services.triage.domain.clusters.count import Alarm
from services.triage.domain.clusters.marks import Pattern
from services.triage.domain.clusters.policy import ClusterRules
from services.triage.domain.clusters.sighting import DANGER

NAMESPACE = UUID("5a4f4f1c-6c0e-5a0e-8f62-1f6c0f0b5b7d")
NAMES: Mapping[ClusterKind, tuple[str, str]] = {
    "batch": ("批次", "Batch"),
    "sku": ("商品", "SKU"),
    "session": ("直播场次", "Stream session"),
    "host": ("主播", "Host"),
    "hub": ("分拨中心", "Carrier hub"),
    "carrier": ("承运商", "Carrier"),
    "same_photo": ("同一张照片", "The same photo"),
    "same_wording": ("同一段文字", "The same wording"),
}
Words = Mapping[str, tuple[str, str]]
"""Names of the aspects for people, Chinese and English."""
LONGEST = 60


def cluster_id(shop_id: str, *parts: str) -> str:
    """The same for the same name, aspect and first ticket, on every re-run."""
    return f"C-{uuid5(NAMESPACE, chr(31).join((shop_id, *parts))).hex}"


def suspected(
    shop_id: str, alarm: Alarm, words: Words, rules: ClusterRules, version: str, now: datetime
) -> ClusterSuspected:
    """A name with too many complaints."""
    run, aspect = alarm.run, alarm.aspect
    problem_class, _, subtype = aspect.partition(".")
    noun_zh, noun_en = NAMES[alarm.kind]
    said_zh, said_en = words.get(aspect, (aspect, aspect))
    name = alarm.name if len(alarm.name) <= LONGEST else f"{alarm.name[: LONGEST - 1]}…"
    told = f"{run.expected:.1f}"
    return ClusterSuspected(
        cluster_id=cluster_id(shop_id, alarm.kind, alarm.name, aspect, run.ticket_ids[0]),
        kind=alarm.kind,
        name=alarm.name,
        problem_class=None if aspect == DANGER else problem_class,  # type: ignore[arg-type]
        subtype=subtype or None,
        danger=aspect == DANGER,
        ticket_ids=tuple(run.ticket_ids),
        seen=run.hits,
        expected_milli=round(run.expected * 1000),
        cause_zh=f"{noun_zh}{name}：{said_zh}{run.hits}单，预计{told}单",
        cause_en=f"{noun_en} {name}: {said_en}, {run.hits} tickets where {told} were expected",
        first_at=datetime.fromisoformat(run.first_at),
        suspected_at=now,
        false_alarm_every_tickets=rules.false_alarm_every_tickets,
        policy_version=version,
    )


def alike_suspected(
    shop_id: str, pattern: Pattern, version: str, now: datetime
) -> ClusterSuspected:
    """The same photo or wording on several orders."""
    noun_zh, noun_en = NAMES[pattern.kind]
    orders = len({each.order_id for each in pattern.marks if each.order_id})
    customers = len({each.customer_id for each in pattern.marks if each.customer_id})
    return ClusterSuspected(
        cluster_id=cluster_id(shop_id, pattern.kind, pattern.marks[0].ticket_id),
        kind=pattern.kind,
        name=pattern.content,
        ticket_ids=pattern.ticket_ids,
        seen=len(pattern.ticket_ids),
        cause_zh=f"{noun_zh}出现在{customers}位客户的{orders}个订单上，疑似恶意索赔",
        cause_en=f"{noun_en} on {orders} orders of {customers} customers: maybe a malicious claim",
        first_at=pattern.marks[0].at,
        suspected_at=now,
        policy_version=version,
    )
