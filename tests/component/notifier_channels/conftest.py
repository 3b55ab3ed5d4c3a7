"""Stand-ins on loopback in the test's own loop, on a clock that the test may set, and the
channels that talk to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from devstack.standins.accounts import Accounts
from devstack.standins.app import Options, build
from devstack.standins.faults import Fault, FaultPlan
from devstack.standins.records import SendRecord, read
from services.notifier.channels.aliyun_signature import AccessKey
from services.notifier.channels.aliyun_sms import AliyunSms, SmsAccount
from services.notifier.channels.dingtalk import DingTalk, DingTalkRobot
from services.notifier.channels.feishu import Feishu, FeishuBot
from services.notifier.channels.transport import Transport
from services.notifier.channels.wecom import WeCom, WeComRobot

Serve = Callable[[web.Application], Awaitable[str]]


@dataclass
class Clock:
    """Both sides' time; stands still unless the test moves it."""

    at: datetime = datetime(2026, 1, 4, 9, 15, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Standins:
    """Running stand-ins and the channels to them."""

    base_url: str
    accounts: Accounts
    record_path: Path
    transport: Transport
    hasty: Transport
    clock: Clock
    numbers: count[int] = field(default_factory=count)

    def records(self) -> list[SendRecord]:
        return list(read(self.record_path))

    def in_haste(self) -> Standins:
        """The same, left alone by whoever waits for an answer that never comes."""
        return replace(self, transport=self.hasty)

    def sms(self, *, secret: str = "") -> AliyunSms:
        key = AccessKey(self.accounts.aliyun_key_id, secret or self.accounts.aliyun_key_secret)
        return AliyunSms(
            self.transport,
            SmsAccount(self.base_url, key, "好店"),
            now=self.clock,
            nonce=lambda: f"nonce-{next(self.numbers)}",
        )

    def wecom(self, *, key: str = "") -> WeCom:
        robot = WeComRobot(f"{self.base_url}/wecom", key or self.accounts.wecom_keys[0])
        return WeCom(self.transport, robot)

    def dingtalk(self, *, secret: str = "") -> DingTalk:
        [(token, own)] = self.accounts.dingtalk_robots.items()
        robot = DingTalkRobot(f"{self.base_url}/dingtalk", token, secret or own)
        return DingTalk(self.transport, robot, now=self.clock)

    def feishu(self, *, secret: str = "") -> Feishu:
        [(token, own)] = self.accounts.feishu_bots.items()
        bot = FeishuBot(f"{self.base_url}/feishu", token, secret or own)
        return Feishu(self.transport, bot, now=self.clock)


Start = Callable[..., Awaitable[Standins]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serves an application on a free loopback port; its base URL."""
    runners: list[web.AppRunner] = []

    async def start(app: web.Application) -> str:
        runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in reversed(runners):
        await runner.cleanup()


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    """A patient one: no answer takes so long, also on a slow machine."""
    async with Transport(connect_timeout_s=20, total_timeout_s=20) as opened:
        yield opened


@pytest.fixture
async def hasty() -> AsyncIterator[Transport]:
    """For what is never answered."""
    async with Transport(connect_timeout_s=20, total_timeout_s=0.5) as opened:
        yield opened


@pytest.fixture
def start(serve: Serve, transport: Transport, hasty: Transport, tmp_path: Path) -> Start:
    """Starts stand-ins with the given faults and options."""

    async def started(
        *faults: Fault, accounts: Mapping[str, Any] | None = None, **options: Any
    ) -> Standins:
        clock = Clock()
        account = Accounts.fresh().model_copy(update=accounts or {})
        record = tmp_path / "record.jsonl"
        plan = FaultPlan(seed=1, faults=faults)
        app = build(Options(record=record, faults=plan, **options), account, clock)
        return Standins(await serve(app), account, record, transport, hasty, clock)

    return started
