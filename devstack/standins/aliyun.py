"""Stand-in for Aliyun SMS (Dysmsapi 2017-05-25): the gateway before SendSms, SendBatchSms and
QuerySendDetails. Mounted at / by app.py, as with the provider."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from aiohttp import web

from devstack.standins.accounts import Accounts
from devstack.standins.acs3 import Gateway
from devstack.standins.aliyun_query import QuerySendDetails
from devstack.standins.aliyun_rules import national, refusal
from devstack.standins.aliyun_send import READERS, SendSms
from devstack.standins.counter import Counter, answer
from devstack.standins.limits import SmsQuota
from devstack.standins.mailbox import Mailbox
from devstack.standins.records import SendRecord, masked, recipient_hash
from devstack.standins.reports import Reports

VERSION = "2017-05-25"


class AliyunStandIn:
    """One account. Reports come `report_delay_s` after acceptance."""

    def __init__(
        self,
        counter: Counter,
        accounts: Accounts,
        *,
        quota: SmsQuota,
        reports: Reports,
        report_delay_s: float,
    ) -> None:
        self._counter = counter
        self._salt = accounts.recipient_salt
        self._gateway = Gateway(accounts.aliyun_key_id, accounts.aliyun_key_secret)
        self._mailbox = Mailbox(report_delay_s)
        self._send_sms = SendSms(counter, accounts, quota, reports, self._mailbox)
        self._query_send_details = QuerySendDetails(counter, accounts, self._mailbox)
        self._requests = 0

    def restore(self, record: Path) -> None:
        """Take up what a former process accepted; see Mailbox."""
        self._mailbox.restore(record)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """POST /: the action stands in a header, its parameters in the query or a form."""
        self._requests += 1
        now = self._counter.now()
        params = {**request.query, **await _form(request)}
        denied = self._gateway.refusal(
            method=request.method,
            path=request.rel_url.raw_path,
            params=request.query,
            headers=request.headers,
            body=await request.read(),
            now_s=now.timestamp(),
        )
        action = request.headers.get("x-acs-action", "")
        if denied is None and request.headers["x-acs-version"] != VERSION:
            denied = 400, "InvalidVersion"
        if denied is None and action in READERS:
            return await self._send_sms.handle(request, action, params, now, self._requests)
        if denied is None and action == "QuerySendDetails":
            return await self._query_send_details.handle(request, params, now, self._requests)
        return await self._denied(request, params, denied or (404, "InvalidAction.NotFound"), now)

    async def _denied(
        self,
        request: web.Request,
        params: Mapping[str, str],
        denied: tuple[int, str],
        now: datetime,
    ) -> web.StreamResponse:
        status, code = denied
        phone = national(params.get("PhoneNumbers", ""))
        self._counter.record.append(
            SendRecord(
                provider="aliyun_sms",
                at=now,
                accepted=False,
                code=code,
                out_id=params.get("OutId", ""),
                recipient_hash=recipient_hash(phone, self._salt),
                recipient_masked=masked(phone),
            )
        )
        verdict = refusal(code, "Specified request is refused.", self._requests, status)
        return await answer(request, verdict, None)


async def _form(request: web.Request) -> dict[str, str]:
    if request.content_type != "application/x-www-form-urlencoded":
        return {}
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
