"""SendSms of the SMS stand-in: check, count, accept, record, report. Like the provider it does
not drop repeats: the same OutId twice is two messages."""

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


class SendSms:
    """The action, for one account."""

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
        self, request: web.Request, params: Mapping[str, str], now: datetime, number: int
    ) -> web.StreamResponse:
        """A genuine request; `number` counts requests."""
        try:
            sms = submission(params, self._accounts)
        except RefusalError as error:
            status = 400 if error.code.startswith("Missing") else 200
            verdict = refusal(error.code, error.words, number, status)
            self._record(unread(params), now, verdict, None)
            return await answer(request, verdict, None)
        fault = self._counter.faults.next("aliyun_sms")
        if fault is not None and fault.kind in INSTEAD:
            verdict = refused_by(fault, lambda code: refusal(code or USUAL_ERROR, code, number))
        else:
            verdict = self._counted(sms, now, number)
        self._record(sms, now, verdict, fault)
        if verdict.accepted:
            await self._report(self._kept(sms, now, verdict, fault), fault)
        return await answer(request, verdict, fault if verdict.accepted else None)

    def _counted(self, sms: Submission, now: datetime, number: int) -> Verdict:
        for phone in sms.phones:
            full = self._limits.take(
                sign=sms.sign,
                template=sms.template_code,
                kind=sms.template.kind,
                recipient=phone,
                now_s=now.timestamp(),
            )
            if full is not None:
                words = LIMIT_WORDS[full].format(permits(self._quota, sms.template.kind, full))
                return refusal("isv.BUSINESS_LIMIT_CONTROL", words, number)
        biz_id = f"{int(now.timestamp() * 1000)}{number:06d}^0"
        payload = {"Message": "OK", "RequestId": request_id(number), "Code": "OK"}
        return Verdict(True, "OK", {**payload, "BizId": biz_id})

    def _kept(
        self, sms: Submission, now: datetime, verdict: Verdict, fault: Fault | None
    ) -> list[Report]:
        """Put the messages where queries find them; their reports to come."""
        reports = []
        for phone in sms.phones:
            message = Message(
                biz_id=str(verdict.payload["BizId"]),
                out_id=sms.out_id,
                template=sms.template_code,
                content=sms.text,
                sent_at=now,
                reported_at=now + self._mailbox.report_delay,
                delivered=fault is None or fault.kind != "undelivered",
            )
            self._mailbox.keep(self._hash(phone), message)
            reports.append(Report(message=message, phone=phone, parts=sms.parts))
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
        self, sms: Submission, now: datetime, verdict: Verdict, fault: Fault | None
    ) -> None:
        for phone in sms.phones:
            self._counter.record.append(
                SendRecord(
                    provider="aliyun_sms",
                    at=now,
                    accepted=verdict.accepted,
                    code=verdict.code,
                    out_id=sms.out_id,
                    recipient_hash=self._hash(phone),
                    recipient_masked=masked(phone),
                    text=without_phones(sms.text),
                    sign=sms.sign,
                    template=sms.template_code,
                    params={name: without_phones(each) for name, each in sms.params.items()},
                    provider_message_id=str(verdict.payload.get("BizId", "")),
                    fault=fault.kind if fault is not None else "",
                )
            )

    def _hash(self, phone: str) -> str:
        return recipient_hash(phone, self._accounts.recipient_salt)
