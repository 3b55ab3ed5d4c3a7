"""QuerySendDetails of the SMS stand-in: what went to one phone on one day, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aiohttp import web

from devstack.standins.accounts import Accounts
from devstack.standins.aliyun_rules import USUAL_ERROR, national, refusal, request_id
from devstack.standins.counter import Counter, Verdict, answer, refused_by
from devstack.standins.faults import INSTEAD
from devstack.standins.mailbox import Mailbox, detail
from devstack.standins.records import SendRecord, masked, recipient_hash

PAGE_MAX = 50


class QuerySendDetails:
    """The action, for one account. Each query is recorded as an ask."""

    def __init__(self, counter: Counter, accounts: Accounts, mailbox: Mailbox) -> None:
        self._counter = counter
        self._salt = accounts.recipient_salt
        self._mailbox = mailbox

    async def handle(
        self, request: web.Request, params: Mapping[str, str], now: datetime, number: int
    ) -> web.StreamResponse:
        """A genuine request; `number` counts requests."""
        fault = self._counter.faults.next("aliyun_query")
        phone = national(params.get("PhoneNumber", ""))
        if fault is not None and fault.kind in INSTEAD:
            verdict = refused_by(fault, lambda code: refusal(code or USUAL_ERROR, code, number))
        else:
            verdict = self._found(params, phone, now, number)
        self._counter.record.append(
            SendRecord(
                provider="aliyun_sms",
                at=now,
                accepted=verdict.accepted,
                code=verdict.code,
                kind="ask",
                recipient_hash=recipient_hash(phone, self._salt),
                recipient_masked=masked(phone),
                fault=fault.kind if fault is not None else "",
            )
        )
        return await answer(request, verdict, fault if verdict.accepted else None)

    def _found(self, params: Mapping[str, str], phone: str, now: datetime, number: int) -> Verdict:
        size, page, day = (params.get(name, "") for name in ("PageSize", "CurrentPage", "SendDate"))
        digits = all(each.isascii() and each.isdigit() for each in (size, page, day))
        if not phone or not digits or not 1 <= int(size) <= PAGE_MAX or int(page) < 1:
            return refusal("isv.INVALID_PARAMETERS", "参数异常", number)
        recipient = recipient_hash(phone, self._salt)
        found = self._mailbox.of_day(recipient, day, params.get("BizId", ""))
        first = (int(page) - 1) * int(size)
        rows = [detail(each, phone, now) for each in found[first : first + int(size)]]
        payload: dict[str, object] = {
            "TotalCount": str(len(found)),
            "Message": "OK",
            "RequestId": request_id(number),
            "Code": "OK",
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows},
        }
        return Verdict(True, "OK", payload)
