"""Events about what single tickets don't show (topic `clusters`, key = cluster id)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from schemas.envelope import Payload
from schemas.values import Count, Flag, Instant, Label, Ordinal, ProblemClass, Ref

NameKind = Literal["batch", "sku", "session", "host", "hub", "carrier"]
ClusterKind = Literal[
    "batch", "sku", "session", "host", "hub", "carrier", "same_photo", "same_wording"
]


class ClusterSuspected(Payload):
    """Several complaints seem to have one cause. Told once, until it has been quiet for a while."""

    TOPIC: ClassVar[str] = "clusters"
    SUBJECT: ClassVar[str] = "cluster_id"

    cluster_id: Ref = Field(description="Cluster; also the Kafka key. The same on every re-run.")
    kind: ClusterKind = Field(description="What the tickets have in common.")
    name: Label = Field(
        description="Which batch, SKU …; of a photo its SHA-256, of a wording its 64 bits, hex."
    )
    problem_class: ProblemClass | None = Field(
        default=None, description="Class that comes too often; none where any class counts."
    )
    subtype: Ref | None = Field(
        default=None, description="Sub-type that comes too often; none: the whole class does."
    )
    danger: Flag = Field(default=False, description="What comes too often is danger to somebody.")
    ticket_ids: tuple[Ref, ...] = Field(
        min_length=1, max_length=50, description="The tickets, oldest first; the first 50."
    )
    seen: Ordinal = Field(description="Tickets in the cluster; a customer or order counts once.")
    expected_milli: Count | None = Field(
        default=None,
        description="Tickets that were to be expected meanwhile, in thousandths; none for photos "
        "and wordings, of which none are.",
    )
    cause_zh: Label = Field(description="Suspected cause in Chinese.")
    cause_en: Label = Field(description="Suspected cause in English.")
    first_at: Instant = Field(description="First complaint of the cluster (UTC).")
    suspected_at: Instant = Field(description="When it was found (UTC).")
    false_alarm_every_tickets: Ordinal | None = Field(
        default=None,
        description="Without any cluster the shop would have one such alarm in so many tickets, "
        "or fewer; none for photos and wordings.",
    )
    policy_version: Ref = Field(description="Triage policy that decided.")
