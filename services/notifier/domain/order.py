"""An order as care knows it: what happened to it, and what became of each step.
Folded by `care`, stored by `order_store`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from schemas.notifications import CareStep
from schemas.values import Channel, Language
from services.notifier.domain.notice import Notice, Phone

KEY_LENGTH = 120


class OrderFacts(BaseModel):
    """All that is kept of an order besides its keys."""

    model_config = ConfigDict(frozen=True)

    placed: bool = False
    channel: Channel | None = None
    language: Language = "zh"
    phone: Phone | None = None
    product: str = ""
    high_value: bool = False
    promised_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    received_at: datetime | None = None
    refunded: bool = False
    armed: dict[CareStep, datetime] = Field(default_factory=dict)
    """When each waiting step is due."""
    steps: dict[CareStep, str] = Field(default_factory=dict)
    """What became of the others: `done`, or why not."""


@dataclass(frozen=True, slots=True)
class OrderCase:
    """One order. Besides what is stored, what the store found out for this batch."""

    key: str
    shop_id: str
    order_id: str
    facts: OrderFacts = field(default_factory=OrderFacts)
    version: int = 0
    traces: Mapping[UUID, str] = field(default_factory=dict)
    """Trace of each event in hand, by its id."""
    disputed: bool = False
    """A complaint about the order is open."""
    planned: tuple[Notice, ...] = ()
    """What the rules planned since the case was loaded."""


def order_key(shop_id: str, order_id: str) -> str:
    """Key of an order: readable, and never too long for a timer."""
    plain = f"{shop_id}/{order_id}"
    if len(plain) <= KEY_LENGTH:
        return plain
    return f"{blake2b(plain.encode(), digest_size=32).hexdigest()}"
