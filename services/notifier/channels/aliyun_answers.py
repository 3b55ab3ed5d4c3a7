"""Reads what Aliyun SMS answers to SendSms and QuerySendDetails, as pure functions.
Called by aliyun_sms; aliyun_reports shares the provider's time format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from services.notifier.channels.aliyun_codes import REPEATED, meaning_of
from services.notifier.channels.channel import PROVIDER_ZONE
from services.notifier.channels.codes import printable, refused, rejected
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
    Unknown,
)
from services.notifier.channels.wire import Answer

_BIZ_ID_MAX = 100


def judge_send(answer: Answer, now: datetime) -> Sent:
    """The verdict of SendSms: the code in the body decides, the status alone never does."""
    code = answer.text("Code")
    if code in REPEATED:
        return Unknown(reason=code)
    if code == "OK" and answer.status < 300:
        return Accepted(provider_message_id=_biz_id(answer.text("BizId")))
    if code and code != "OK":
        words = answer.text("Message")
        return rejected(code, words, meaning_of(code, words, now), answer.retry_after_s)
    if answer.status >= 400:
        return refused(answer.status, answer.retry_after_s)
    return Unknown(reason="an answer without Code")


@dataclass(frozen=True, slots=True)
class Detail:
    """One message in the answer of QuerySendDetails."""

    out_id: str
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Details:
    """One page of them; `total` counts all pages."""

    rows: tuple[Detail, ...]
    total: int


def read_details(answer: Answer | Rejected | Unknown) -> Details | Unanswered:
    """One page of QuerySendDetails. Anything odd is Unanswered, never an empty page."""
    if isinstance(answer, Rejected):
        reason = f"{answer.code} {answer.reason}"
        return Unanswered(reason=reason, retry_after_s=answer.retry_after_s)
    if isinstance(answer, Unknown):
        return Unanswered(reason=answer.reason)
    code = answer.text("Code")
    if answer.status >= 300 or code != "OK":
        reason = printable(f"http_{answer.status} {code} {answer.text('Message')}")
        return Unanswered(reason=reason, retry_after_s=answer.retry_after_s)
    total = answer.whole("TotalCount")
    listing = answer.fields.get("SmsSendDetailDTOs")
    rows = listing.get("SmsSendDetailDTO") if isinstance(listing, Mapping) else None
    if total is None or (total > 0 and not isinstance(rows, list)):
        return Unanswered(reason="an answer without its list")
    details = [_detail(row) for row in rows] if isinstance(rows, list) else []
    readable = tuple(each for each in details if each is not None)
    if len(readable) < len(details):
        return Unanswered(reason="a message in the list is unreadable")
    return Details(rows=readable, total=total)


def best_of(receipts: list[Receipt]) -> Receipt:
    """One answer about all messages under one id: what arrived outweighs what is under way,
    and that what failed."""
    for kind in (Delivered, Pending, Failed):
        for receipt in receipts:
            if isinstance(receipt, kind):
                return receipt
    return NotFound()


def provider_time(text: object) -> datetime | None:
    """A time of the provider (YYYY-MM-DD hh:mm:ss at UTC+8) in UTC; None if it is none."""
    if not isinstance(text, str):
        return None
    try:
        local = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=PROVIDER_ZONE)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _detail(row: object) -> Detail | None:
    if not isinstance(row, Mapping):
        return None
    received_at = provider_time(row.get("ReceiveDate"))
    receipt: Receipt
    match row.get("SendStatus"):
        case 1 | "1":
            receipt = Pending()
        case 2 | "2":
            code = printable(str(row.get("ErrCode") or "")) or "unknown"
            receipt = Failed(code=code, reported_at=received_at)
        case 3 | "3":
            receipt = Delivered(reported_at=received_at)
        case _:
            return None
    return Detail(out_id=str(row.get("OutId") or ""), receipt=receipt)


def _biz_id(text: str) -> str | None:
    fits = text.isascii() and text.isprintable() and 0 < len(text) <= _BIZ_ID_MAX
    return text if fits and " " not in text else None
