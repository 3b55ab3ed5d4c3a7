"""The SMS channel against the stand-in: send, limits, ask, reports, each injected fault."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from aiohttp import web

from devstack.standins.accounts import SmsTemplate
from devstack.standins.faults import Fault, Kind, Target
from devstack.standins.limits import SmsQuota
from services.notifier.channels.aliyun_reports import REPORT_TAKEN, DeliveryReport, read_reports
from services.notifier.channels.aliyun_signature import AccessKey
from services.notifier.channels.aliyun_sms import AliyunSms, SmsAccount
from services.notifier.channels.channel import Outgoing
from services.notifier.channels.outcome import (
    Accepted,
    Delivered,
    Failed,
    NotFound,
    Pending,
    Rejected,
    Unanswered,
    Unknown,
)
from services.notifier.channels.transport import Transport
from tests.component.notifier_channels.conftest import Serve, Start

TODAY = date(2026, 1, 4)
PHONE = "+8613800000001"


def sms(out_id: str = "n-1", recipient: str = PHONE, **params: str) -> Outgoing:
    return Outgoing(
        out_id=out_id, recipient=recipient, template_code="SMS_1", template_params=params
    )


def fault(kind: Kind, provider: Target = "aliyun_sms", **more: object) -> Fault:
    return Fault.model_validate({"provider": provider, "kind": kind, **more})


async def test_a_message_is_taken_recorded_and_found(start: Start) -> None:
    standins = await start(report_delay_s=5)
    channel = standins.sms()
    sent = await channel.send(sms(name="小明", phone="13900000000"))
    assert isinstance(sent, Accepted)
    [record] = standins.records()
    assert (record.accepted, record.out_id, record.sign) == (True, "n-1", "好店")
    assert record.provider_message_id == sent.provider_message_id
    assert record.params == {"name": "小明", "phone": "139******00"}
    assert record.recipient_masked == "138******01"
    assert "13800000001" not in standins.record_path.read_text()
    assert await channel.ask("n-1", PHONE, TODAY) == Pending()
    standins.clock.forward(5)
    assert await channel.ask("n-1", PHONE, TODAY) == Delivered(standins.clock.at)
    assert await channel.ask("n-2", PHONE, TODAY) == NotFound()
    assert [each.kind for each in standins.records()] == ["send", "ask", "ask", "ask"]


async def test_the_same_out_id_twice_is_two_messages(start: Start) -> None:
    standins = await start()
    for _ in range(2):
        assert isinstance(await standins.sms().send(sms()), Accepted)
    first, second = standins.records()
    assert first.out_id == second.out_id
    assert first.provider_message_id != second.provider_message_id


async def test_a_message_beyond_the_first_page_is_found(start: Start) -> None:
    standins = await start(sms=SmsQuota(notice_per_day=0))
    channel = standins.sms()
    for number in range(120):
        await channel.send(sms(f"n-{number}"))
    assert await channel.ask("n-0", PHONE, TODAY) == Pending()
    assert await channel.ask("n-120", PHONE, TODAY) == NotFound()


@pytest.mark.parametrize("rows", [0, 1])
async def test_a_list_with_gaps_is_no_answer(
    serve: Serve, start: Start, transport: Transport, rows: int
) -> None:
    async def gaps(_request: web.Request) -> web.Response:
        listed = [{"OutId": "n-1", "SendStatus": 3}] * rows
        listing = {"SmsSendDetailDTO": listed}
        return web.json_response({"Code": "OK", "TotalCount": 99, "SmsSendDetailDTOs": listing})

    app = web.Application()
    app.router.add_post("/", gaps)
    account = SmsAccount(await serve(app), AccessKey("key-id", "secret"), "好店")
    channel = AliyunSms(transport, account, now=(await start()).clock, nonce=lambda: "n")
    assert isinstance(await channel.ask("n-2", PHONE, TODAY), Unanswered)
    found = await channel.ask("n-1", PHONE, TODAY)
    assert isinstance(found, Delivered if rows else Unanswered)


async def test_a_try_just_before_midnight_in_china_is_found_on_the_next_day(start: Start) -> None:
    standins = await start()
    standins.clock.at = standins.clock.at.replace(hour=16, minute=0, second=1)
    assert isinstance(await standins.sms().send(sms()), Accepted)
    assert await standins.sms().ask("n-1", PHONE, TODAY) == Pending()


async def test_refusals_of_the_account_and_of_the_message(start: Start) -> None:
    templates = {"SMS_1": SmsTemplate(text="你好${name}")}
    standins = await start(accounts={"templates": templates, "sign_names": ("好店",)})
    verdicts = [
        await standins.sms(secret="wrong").send(sms(name="x")),
        await standins.sms().send(sms(recipient="12345", name="x")),
        await standins.sms().send(sms()),
        await standins.sms().send(Outgoing(out_id="n", recipient=PHONE, template_code="SMS_2")),
        await standins.sms().send(Outgoing(out_id="n", recipient=PHONE)),
    ]
    found = [(each.code, each.of_provider) for each in verdicts if isinstance(each, Rejected)]
    assert found == [
        ("SignatureDoesNotMatch", True),
        ("isv.MOBILE_NUMBER_ILLEGAL", False),
        ("isv.TEMPLATE_MISSING_PARAMETERS", False),
        ("isv.SMS_TEMPLATE_ILLEGAL", False),
        ("local.template_missing", False),
    ]
    assert isinstance(await standins.sms().send(sms(name="小明")), Accepted)
    assert [each.accepted for each in standins.records()] == [False] * 4 + [True]
    assert standins.records()[-1].text == "你好小明"


async def test_a_request_that_came_before_is_not_taken_again(start: Start) -> None:
    standins = await start()
    channel = standins.sms()
    channel._nonce = lambda: "always the same"
    assert isinstance(await channel.send(sms()), Accepted)
    assert await channel.send(sms()) == Unknown("SignatureNonceUsed")
    assert [each.accepted for each in standins.records()] == [True, False]


async def test_a_full_window_names_its_end(start: Start) -> None:
    codes = {"SMS_1": SmsTemplate(kind="code")}
    standins = await start(accounts={"templates": codes})
    channel = standins.sms()
    assert isinstance(await channel.send(sms("n-1")), Accepted)
    full = await channel.send(sms("n-2"))
    assert isinstance(full, Rejected)
    assert (full.code, full.retry_after_s) == ("isv.BUSINESS_LIMIT_CONTROL", 30.0)
    standins.clock.forward(30)
    assert isinstance(await channel.send(sms("n-2")), Accepted)


async def test_a_request_from_a_wrong_clock_is_refused(start: Start) -> None:
    standins = await start()
    channel = standins.sms()
    channel._now = lambda: standins.clock.at.replace(hour=8)
    verdict = await channel.send(sms())
    assert isinstance(verdict, Rejected)
    assert verdict.code == "InvalidTimeStamp.Expired"


@pytest.mark.parametrize(
    ("injected", "expected"),
    [
        (fault("status_500"), Unknown("http_500")),
        (fault("too_many", retry_after_s=3), Rejected("http_429", "", True, 3.0, True)),
        (fault("error_code"), Rejected("isp.SYSTEM_ERROR", "", True, None, True)),
        (fault("error_code", code="isv.AMOUNT_NOT_ENOUGH"),
         Rejected("isv.AMOUNT_NOT_ENOUGH", "", False, None, True)),
    ],
)  # fmt: skip
async def test_faults_that_take_nothing(
    start: Start, injected: Fault, expected: Rejected | Unknown
) -> None:
    standins = await start(injected.model_copy(update={"times": 1}))
    verdict = await standins.sms().send(sms())
    if isinstance(expected, Rejected) and isinstance(verdict, Rejected):
        assert verdict.code == expected.code
        assert verdict.retryable == expected.retryable
        assert verdict.retry_after_s == expected.retry_after_s
        assert verdict.of_provider == expected.of_provider
    else:
        assert verdict == expected
    assert await standins.sms().ask("n-1", PHONE, TODAY) == NotFound()
    assert standins.records()[0].fault == injected.kind
    assert isinstance(await standins.sms().send(sms()), Accepted)


@pytest.mark.parametrize(
    "injected",
    [
        fault("accepted_500"),
        fault("accepted_timeout", hold_s=60),
        fault("accepted_timeout", hold_s=0),
        fault("slow_drip", drip_s=30),
    ],
)
async def test_faults_that_take_it_and_hide_it(start: Start, injected: Fault) -> None:
    """Unknown, and asking tells the truth: it was taken once."""
    standins = await start(injected)
    assert isinstance(await standins.in_haste().sms().send(sms()), Unknown)
    assert [each.accepted for each in standins.records()] == [True]
    assert await standins.sms().ask("n-1", PHONE, TODAY) == Pending()


async def test_a_slow_answer_within_the_time_is_read(start: Start) -> None:
    standins = await start(fault("slow_drip", drip_s=0.05))
    assert isinstance(await standins.sms().send(sms()), Accepted)


@pytest.mark.parametrize(
    "injected",
    [
        fault("status_500", "aliyun_query"),
        fault("too_many", "aliyun_query"),
        fault("error_code", "aliyun_query"),
        fault("accepted_timeout", "aliyun_query"),
        fault("slow_drip", "aliyun_query", drip_s=30),
    ],
)
async def test_a_failed_question_is_no_answer(start: Start, injected: Fault) -> None:
    standins = await start(injected)
    assert isinstance(await standins.in_haste().sms().ask("n-1", PHONE, TODAY), Unanswered)


class Inbox:
    """Takes delivery reports, after refusing the first `refusals` pushes."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.reports: asyncio.Queue[DeliveryReport] = asyncio.Queue()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/reports", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503)
        for report in read_reports(await request.read()).reports:
            self.reports.put_nowait(report)
        return web.json_response(dict(REPORT_TAKEN))

    async def next(self) -> DeliveryReport:
        async with asyncio.timeout(60):
            return await self.reports.get()


@pytest.mark.parametrize("refusals", [0, 1])
async def test_reports_come_and_come_again_until_taken(
    start: Start, serve: Serve, refusals: int
) -> None:
    inbox = Inbox(refusals)
    url = f"{await serve(inbox.app())}/reports"
    standins = await start(callback_url=url, report_delay_s=0)
    sent = await standins.sms().send(sms())
    report = await inbox.next()
    assert isinstance(sent, Accepted)
    assert report.out_id == "n-1"
    assert report.provider_message_id == sent.provider_message_id
    assert report.receipt == Delivered(standins.clock.at)
    assert (report.phone, report.parts) == ("13800000001", 1)


async def test_duplicate_reports(start: Start, serve: Serve) -> None:
    inbox = Inbox()
    url = f"{await serve(inbox.app())}/reports"
    standins = await start(fault("duplicate_callback"), callback_url=url, report_delay_s=0)
    await standins.sms().send(sms())
    assert await inbox.next() == await inbox.next()


async def test_a_report_before_the_answer(start: Start, serve: Serve) -> None:
    inbox = Inbox()
    url = f"{await serve(inbox.app())}/reports"
    standins = await start(fault("early_callback"), callback_url=url, report_delay_s=60)
    await standins.sms().send(sms())
    assert inbox.reports.get_nowait().out_id == "n-1"


async def test_a_failed_delivery(start: Start, serve: Serve) -> None:
    inbox = Inbox()
    url = f"{await serve(inbox.app())}/reports"
    standins = await start(fault("undelivered"), callback_url=url, report_delay_s=0)
    assert isinstance(await standins.sms().send(sms()), Accepted)
    failed = Failed("MOBILE_IN_ARREARS", standins.clock.at)
    assert (await inbox.next()).receipt == failed
    assert await standins.sms().ask("n-1", PHONE, TODAY) == failed


async def test_reports_go_nowhere_but_here(start: Start) -> None:
    with pytest.raises(ValueError, match="loopback"):
        await start(callback_url="http://10.0.0.1/reports")
