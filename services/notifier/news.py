"""What the sender heard, put as commands of the rules of `delivery`. Pure; called by `results`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from services.notifier.channels.outcome import (
    Accepted,
    Delivered,
    Failed,
    NotFound,
    Pending,
    Receipt,
    Rejected,
    Sent,
    Unanswered,
)
from services.notifier.domain.commands import ReceiptGiven, SendSettled
from services.notifier.guarded import Held


class Traced(Protocol):
    """Where a notification comes from, as its row tells."""

    @property
    def id(self) -> UUID: ...
    @property
    def shop_id(self) -> str: ...
    @property
    def correlation(self) -> UUID: ...
    @property
    def cause(self) -> UUID: ...
    @property
    def traceparent(self) -> str | None: ...


class Tried(Traced, Protocol):
    """A notification with the number of the try in hand."""

    @property
    def state(self) -> str: ...
    @property
    def tries(self) -> int: ...
    @property
    def tried_at(self) -> datetime | None: ...
    @property
    def asked(self) -> int: ...
    @property
    def age_s(self) -> float: ...


def settled(letter: Tried, sent: Sent | Held) -> SendSettled:
    """What came of a try, as a command."""
    told: dict[str, Any]
    match sent:
        case Accepted(provider_message_id=theirs):
            told = {"result": "accepted", "provider_message_id": theirs}
        case Rejected():
            told = {
                "result": "rejected",
                "code": sent.code,
                "reason": sent.reason,
                "retryable": sent.retryable,
                "of_provider": sent.of_provider,
                "retry_after_s": sent.retry_after_s,
            }
        case Held(wait_s=wait_s):
            told = {"result": "held", "retry_after_s": wait_s}
        case _:
            told = {"result": "unknown", "reason": sent.reason}
    return SendSettled(notification_id=str(letter.id), number=letter.tries, **told)


def given(
    notification_id: str,
    receipt: Receipt,
    *,
    asked: bool,
    age_s: float = 0.0,
    provider_message_id: str = "",
) -> ReceiptGiven:
    """What a provider says, as a command."""
    code, retry_after_s = "", None
    kind: Literal["delivered", "failed", "pending", "not_found", "unanswered"]
    reported_at: datetime | None = None
    match receipt:
        case Delivered():
            kind, reported_at = "delivered", receipt.reported_at
        case Failed():
            kind, code, reported_at = "failed", receipt.code, receipt.reported_at
        case Pending():
            kind = "pending"
        case NotFound():
            kind = "not_found"
        case Unanswered():
            kind, retry_after_s = "unanswered", receipt.retry_after_s
    return ReceiptGiven(
        notification_id=notification_id,
        receipt=kind,
        asked=asked,
        age_s=age_s,
        code=code,
        provider_message_id=provider_message_id,
        reported_at=reported_at,
        retry_after_s=retry_after_s,
    )
