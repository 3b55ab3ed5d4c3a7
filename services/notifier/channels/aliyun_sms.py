"""Aliyun SMS (Dysmsapi 2017-05-25): SendSms, SendBatchSms and QuerySendDetails. Used by the
sender as a Channel; what it pushes back to us is read in aliyun_reports."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.notifier.channels.aliyun_answers import best_of, judge_send, read_details
from services.notifier.channels.aliyun_ids import MOST, joint_id, stands_for
from services.notifier.channels.aliyun_signature import AccessKey, form_of, signed_request
from services.notifier.channels.channel import Outgoing, day_of
from services.notifier.channels.codes import FINAL, rejected
from services.notifier.channels.outcome import NotFound, Receipt, Sent, Unanswered
from services.notifier.channels.sms_text import wire_phone
from services.notifier.channels.transport import Transport
from services.notifier.channels.wire import Answer, HttpRequest

VERSION = "2017-05-25"
PAGE_SIZE = 50
PAGES_MAX = 20


@dataclass(frozen=True, slots=True)
class SmsAccount:
    """Where and as whom to send: endpoint, key pair and the approved signature."""

    base_url: str
    key: AccessKey
    sign_name: str


class AliyunSms:
    """The SMS channel. `now` (aware) and `nonce` (fresh text at each call) come from outside."""

    provider = "aliyun_sms"
    most = MOST

    def __init__(
        self,
        transport: Transport,
        account: SmsAccount,
        *,
        now: Callable[[], datetime],
        nonce: Callable[[], str],
    ) -> None:
        self._transport = transport
        self._account = account
        self._now = now
        self._nonce = nonce

    async def send(self, message: Outgoing) -> Sent:
        """See Channel. The provider does not drop repeats: the same out_id twice is two SMS."""
        if not message.template_code:
            return rejected("local.template_missing", "an SMS needs an approved template", FINAL)
        request = send_request(message, self._account, now=self._now(), nonce=self._nonce())
        return await self._sent(request)

    async def send_all(self, messages: Sequence[Outgoing]) -> Sent:
        """See BulkChannel. The provider takes all of them or none."""
        if not messages[0].template_code:
            return rejected("local.template_missing", "an SMS needs an approved template", FINAL)
        request = bulk_request(messages, self._account, now=self._now(), nonce=self._nonce())
        return await self._sent(request)

    async def _sent(self, request: HttpRequest) -> Sent:
        answer = await self._transport.exchange(request)
        return judge_send(answer, self._now()) if isinstance(answer, Answer) else answer

    async def ask(self, out_id: str, recipient: str, sent_on: date) -> Receipt | None:
        """See Channel. Looks through the day, and the next one (a try just before midnight may
        be filed there) unless that lies ahead."""
        today = day_of(self._now())
        for day in (sent_on, sent_on + timedelta(days=1)):
            if day > today and day != sent_on:
                continue
            receipt = await self._ask_day(out_id, recipient, day)
            if not isinstance(receipt, NotFound):
                return receipt
        return NotFound()

    async def _ask_day(self, out_id: str, recipient: str, day: date) -> Receipt:
        receipts: list[Receipt] = []
        seen = 0
        for page in range(1, PAGES_MAX + 1):
            request = query_request(
                recipient, day, page, self._account, now=self._now(), nonce=self._nonce()
            )
            answer = await self._transport.exchange(request)
            details = read_details(answer)
            if isinstance(details, Unanswered):
                return details
            receipts += [each.receipt for each in details.rows if stands_for(each.out_id, out_id)]
            seen += len(details.rows)
            if seen >= details.total:
                return best_of(receipts)
            if not details.rows:
                break
        # Part of the list is missing: what was found is true, its absence would not be.
        return best_of(receipts) if receipts else Unanswered(reason="the list is incomplete")


def send_request(
    message: Outgoing, account: SmsAccount, *, now: datetime, nonce: str
) -> HttpRequest:
    """SendSms to one phone with our id as OutId."""
    params = {
        "OutId": message.out_id,
        "PhoneNumbers": wire_phone(message.recipient),
        "SignName": account.sign_name,
        "TemplateCode": message.template_code,
    }
    if message.template_params:
        params["TemplateParam"] = _json(dict(message.template_params))
    return _signed("SendSms", params, account, now, nonce)


def bulk_request(
    messages: Sequence[Outgoing], account: SmsAccount, *, now: datetime, nonce: str
) -> HttpRequest:
    """SendBatchSms: one template to several phones, each with its variables. The lists lie in a
    form, everything else in the query."""
    params = {
        "OutId": joint_id(message.out_id for message in messages),
        "TemplateCode": messages[0].template_code,
    }
    form = {
        "PhoneNumberJson": _json([wire_phone(message.recipient) for message in messages]),
        "SignNameJson": _json([account.sign_name] * len(messages)),
    }
    if any(message.template_params for message in messages):
        form["TemplateParamJson"] = _json([dict(each.template_params) for each in messages])
    return _signed("SendBatchSms", params, account, now, nonce, form_of(form))


def query_request(
    recipient: str, day: date, page: int, account: SmsAccount, *, now: datetime, nonce: str
) -> HttpRequest:
    """QuerySendDetails: everything sent to one phone on one day at UTC+8, page by page."""
    params = {
        "CurrentPage": str(page),
        "PageSize": str(PAGE_SIZE),
        "PhoneNumber": wire_phone(recipient),
        "SendDate": day.strftime("%Y%m%d"),
    }
    return _signed("QuerySendDetails", params, account, now, nonce)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _signed(
    action: str,
    params: Mapping[str, str],
    account: SmsAccount,
    now: datetime,
    nonce: str,
    form: bytes = b"",
) -> HttpRequest:
    return signed_request(
        action=action,
        version=VERSION,
        params=params,
        base_url=account.base_url,
        key=account.key,
        now=now,
        nonce=nonce,
        form=form,
    )
