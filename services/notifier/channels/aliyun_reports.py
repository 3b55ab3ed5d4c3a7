"""Reads the delivery reports (SmsReport) that Aliyun SMS pushes to us over HTTP. Called by the
notifier's HTTP edge, which answers REPORT_TAKEN only after a durable write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.notifier.channels.aliyun_answers import provider_time
from services.notifier.channels.codes import printable
from services.notifier.channels.outcome import Delivered, Failed

REPORT_TAKEN: Mapping[str, object] = {"code": 0, "msg": "接收成功"}
REPORTS_MAX = 1000
_ID_MAX = 256


class UnreadableReportError(ValueError):
    """The pushed body is not a list of reports: answer 4xx, the provider pushes it again."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of one SMS. Reports repeat and may come before SendSms has answered.

    They carry no signature: match both ids against the ledger and believe nothing else.
    `parts` is what was billed, if said.
    """

    out_id: str
    provider_message_id: str
    phone: str = field(repr=False)
    receipt: Delivered | Failed = field(default_factory=Delivered)
    sent_at: datetime | None = None
    parts: int | None = None


@dataclass(frozen=True, slots=True)
class ReportBatch:
    """One push. `unreadable` says why single reports were left out, without their content."""

    reports: tuple[DeliveryReport, ...]
    unreadable: tuple[str, ...] = ()


def read_reports(body: bytes) -> ReportBatch:
    """The reports in a push. Raises UnreadableReportError if the body as a whole is none; a single
    bad report never costs its neighbours, or the provider would push them for ever."""
    try:
        rows = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableReportError("not JSON") from error
    if not isinstance(rows, list) or len(rows) > REPORTS_MAX:
        raise UnreadableReportError(f"not a list of at most {REPORTS_MAX} reports")
    read = [_report(row) for row in rows]
    return ReportBatch(
        reports=tuple(each for each in read if isinstance(each, DeliveryReport)),
        unreadable=tuple(each for each in read if isinstance(each, str)),
    )


def _report(row: object) -> DeliveryReport | str:
    if not isinstance(row, Mapping):
        return "not an object"
    out_id, biz_id = _identifier(row.get("out_id")), _identifier(row.get("biz_id"))
    if not out_id and not biz_id:
        return "neither out_id nor biz_id"
    success = row.get("success")
    if not isinstance(success, bool):
        return "success is not a boolean"
    reported_at = provider_time(row.get("report_time"))
    code = printable(str(row.get("err_code") or "")) or "unknown"
    size = str(row.get("sms_size") or "")
    return DeliveryReport(
        out_id=out_id,
        provider_message_id=biz_id,
        phone=_identifier(row.get("phone_number")),
        receipt=Delivered(reported_at) if success else Failed(code, reported_at),
        sent_at=provider_time(row.get("send_time")),
        parts=int(size) if size.isascii() and size.isdigit() and len(size) < 4 else None,
    )


def _identifier(value: object) -> str:
    fits = isinstance(value, str) and len(value) <= _ID_MAX and value.isascii()
    return value if isinstance(value, str) and fits and value.isprintable() else ""
