"""SendSms and SendBatchSms of the SMS stand-in: check, count, accept, record, report. Like the
provider it does not drop repeats: the same OutId twice is two messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aiohttp import web

from devstack.standins.accounts import Accounts
from devstack.standins.aliyun_rules import (
    LIMIT_WORDS,
    USUAL_ERROR,
    RefusalError,
    Submission,
    bulk_submission,
    permits,
    refusal,
    request_id,
    submission,
    unread,
)
from devstack.standins.counter import Counter, Verdict, answer, refused_by
from devstack.standins.faults import INSTEAD, Fault
from devstack.standins.limits import SmsLimits, SmsQuota
from devstack.standins.mailbox import Mailbox, Message
from devstack.standins.records import SendRecord, masked, recipient_hash, without_phones
from devstack.standins.reports import Report, Reports

READERS = {"SendSms": submission, "SendBatchSms": bulk_submission}


class SendSms:
    """Both actions, for one account. A request is taken as a whole or not at all."""

    def __init__(
        self,
        counter: Counter,
        accounts: Accounts,
        quota: SmsQuota,
        reports: Reports,
        mailbox: Mailbox,
    ) -> None:
        self._counter = counter
        self._accounts = accounts
        self._quota = quota
        self._limits = SmsLimits(quota)
        self._reports = reports
        self._mailbox = mailbox

    async def handle(
        self,
        request: web.Request,
        action: str,
        params: Mapping[str, str],
        now: datetime,
        number: int,
    ) -> web.StreamResponse:
        """A genuine request for one of the READERS; `number` counts requests."""
        try:
            asked = READERS[action](params, self._accounts)
        except RefusalError as error:
            status = 400 if error.code.startswith("Missing") else 200
            verdict = refusal(error.code, error.words, number, status)
            asked = unread(params)
            self._record(asked, self._hashes(asked), now, verdict, None)
            return await answer(request, verdict, None)
        fault = self._counter.faults.next("aliyun_sms")
        if fault is not None and fault.kind in INSTEAD:
            verdict = refused_by(fault, lambda code: refusal(code or USUAL_ERROR, code, number))
        else:
            verdict = self._counted(asked, now, number)
        hashes = self._hashes(asked)
        self._record(asked, hashes, now, verdict, fault)
        if verdict.accepted:
            await self._report(self._kept(asked, hashes, now, verdict, fault), fault)
        return await answer(request, verdict, fault if verdict.accepted else None)

    def _counted(self, asked: Submission, now: datetime, number: int) -> Verdict:
        kind, now_s = asked.template.kind, now.timestamp()
        for sms in asked.messages:
            full = self._limits.take(
                sign=sms.sign,
                template=asked.template_code,
                kind=kind,
                recipient=sms.phone,
                now_s=now_s,
            )
            if full is not None:
                words = LIMIT_WORDS[full].format(permits(self._quota, kind, full))
                return refusal("isv.BUSINESS_LIMIT_CONTROL", words, number)
        biz_id = f"{int(now_s * 1000)}{number:06d}^0"
        payload = {"Message": "OK", "RequestId": request_id(number), "Code": "OK"}
        return Verdict(True, "OK", {**payload, "BizId": biz_id})

    def _kept(
        self,
        asked: Submission,
        hashes: list[str],
        now: datetime,
        verdict: Verdict,
        fault: Fault | None,
    ) -> list[Report]:
        """Put the messages where queries find them; their reports to come."""
        reported_at = now + self._mailbox.report_delay
        delivered = fault is None or fault.kind != "undelivered"
        biz_id = str(verdict.payload["BizId"])
        reports = []
        for sms, recipient in zip(asked.messages, hashes, strict=True):
            message = Message(
                biz_id, asked.out_id, asked.template_code, sms.text, now, reported_at, delivered
            )
            self._mailbox.keep(recipient, message)
            reports.append(Report(message, sms.phone, sms.parts))
        return reports

    async def _report(self, reports: list[Report], fault: Fault | None) -> None:
        for report in reports:
            if fault is not None and fault.kind == "early_callback":
                await self._reports.push_now(report)
                continue
            self._reports.schedule(report)
            if fault is not None and fault.kind == "duplicate_callback":
                self._reports.schedule(report)

    def _record(
        self,
        asked: Submission,
        hashes: list[str],
        now: datetime,
        verdict: Verdict,
        fault: Fault | None,
    ) -> None:
        biz_id = str(verdict.payload.get("BizId", ""))
        self._counter.record.append(
            *(
                SendRecord(
                    provider="aliyun_sms",
                    at=now,
                    accepted=verdict.accepted,
                    code=verdict.code,
                    out_id=asked.out_id,
                    place=place,
                    recipient_hash=recipient,
                    recipient_masked=masked(sms.phone),
                    text=without_phones(sms.text),
                    sign=sms.sign,
                    template=asked.template_code,
                    params={name: without_phones(each) for name, each in sms.params.items()},
                    provider_message_id=biz_id,
                    fault=fault.kind if fault is not None else "",
                )
                for place, (sms, recipient) in enumerate(zip(asked.messages, hashes, strict=True))
            )
        )

    def _hashes(self, asked: Submission) -> list[str]:
        salt = self._accounts.recipient_salt
        return [recipient_hash(sms.phone, salt) for sms in asked.messages]
