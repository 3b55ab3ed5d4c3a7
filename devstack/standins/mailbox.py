"""What the SMS stand-in remembers of accepted messages, for queries about them. Rebuilt from
the record after a restart; holds hashes of phone numbers, never the numbers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

from devstack.standins.records import accepted_sends

ZONE = timezone(timedelta(hours=8))
DELIVERED = "DELIVERED"
UNREACHABLE = "MOBILE_IN_ARREARS"


@dataclass(frozen=True, slots=True)
class Message:
    """One accepted SMS and its fate, which shows from `reported_at` on."""

    biz_id: str
    out_id: str
    template: str
    content: str
    sent_at: datetime
    reported_at: datetime
    delivered: bool


class Mailbox:
    """Messages by recipient and day at UTC+8."""

    def __init__(self, report_delay_s: float) -> None:
        self.report_delay = timedelta(seconds=report_delay_s)
        self._messages: defaultdict[tuple[str, str], list[Message]] = defaultdict(list)

    def keep(self, recipient_hash: str, message: Message) -> None:
        """Remember one; the same out_id twice is two messages."""
        self._messages[recipient_hash, _day(message.sent_at)].append(message)

    def of_day(self, recipient_hash: str, day: str, biz_id: str = "") -> list[Message]:
        """What went to a recipient on a day (yyyymmdd), newest first."""
        found = self._messages.get((recipient_hash, day), [])
        return [each for each in reversed(found) if not biz_id or each.biz_id == biz_id]

    def restore(self, record: Path) -> None:
        """Take up what a former process accepted. Raises DamagedRecordError."""
        for each in accepted_sends(record):
            if each.provider != "aliyun_sms":
                continue
            message = Message(
                biz_id=each.provider_message_id,
                out_id=each.out_id,
                template=each.template,
                content=each.text,
                sent_at=each.at,
                reported_at=each.at + self.report_delay,
                delivered=each.fault != "undelivered",
            )
            self.keep(each.recipient_hash, message)


def detail(message: Message, phone: str, now: datetime) -> dict[str, object]:
    """One entry of QuerySendDetails: 1 waits for the report, 2 failed, 3 arrived."""
    entry: dict[str, object] = {
        "PhoneNum": phone,
        "SendStatus": 1,
        "TemplateCode": message.template,
        "Content": message.content,
        "SendDate": local(message.sent_at),
        "OutId": message.out_id,
    }
    if now >= message.reported_at:
        entry["SendStatus"] = 3 if message.delivered else 2
        entry["ErrCode"] = DELIVERED if message.delivered else UNREACHABLE
        entry["ReceiveDate"] = local(message.reported_at)
    return entry


@lru_cache(maxsize=16)
def _day(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%Y%m%d")


@lru_cache(maxsize=1024)
def local(at: datetime) -> str:
    """A time as the provider writes it, at UTC+8."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
