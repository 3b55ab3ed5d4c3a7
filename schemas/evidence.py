"""Events of evidence (topic `evidence`, key = ticket id)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from schemas.envelope import Payload
from schemas.values import MAX_POSITION, Instant, Ordinal, Position, Ref

ItemKind = Literal["ticket_event", "order_event", "stream_segment", "file"]


class EvidenceArchived(Payload):
    """Items of a ticket were put in the archive and chained in the log."""

    TOPIC: ClassVar[str] = "evidence"
    SUBJECT: ClassVar[str] = "ticket_id"

    ticket_id: Ref = Field(description="Ticket; also the Kafka key.")
    kind: ItemKind = Field(description="What kind of items.")
    count: Ordinal = Field(description="Number of items.")
    first_leaf: Position = Field(description="Index of the first leaf in the log, from 0.")
    last_leaf: Position = Field(description="Index of the last leaf in the log, from 0.")
    tree_size: int = Field(
        ge=1, le=MAX_POSITION, strict=True, description="Leaves in the log after this append."
    )
    root_sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="Merkle root at that size, hex."
    )
    archived_at: Instant = Field(description="When (UTC).")

    @model_validator(mode="after")
    def _leaves_lie_in_the_tree(self) -> EvidenceArchived:
        if not self.first_leaf <= self.last_leaf < self.tree_size:
            raise ValueError("first_leaf, last_leaf and tree_size must ascend")
        return self
