"""The stand-ins as a process: they answer, take fault plans, and survive being killed."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import aiohttp
import pytest

from devstack.ports import free_port
from devstack.standins.accounts import load
from devstack.standins.records import accepted_sends
from runtime.clock import wall_now
from services.notifier.channels.aliyun_signature import AccessKey
from services.notifier.channels.aliyun_sms import AliyunSms, SmsAccount
from services.notifier.channels.channel import Outgoing, day_of
from services.notifier.channels.outcome import Accepted, Delivered, Rejected, Unknown
from services.notifier.channels.transport import Transport

ROOT = Path(__file__).resolve().parents[3]
SMS = Outgoing(out_id="n-1", recipient="13800000001", template_code="SMS_1")


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    """A patient one: what is asked here is what the process answers, not how soon."""
    async with Transport(connect_timeout_s=60, total_timeout_s=60) as opened:
        yield opened


@asynccontextmanager
async def running(
    port: int, record: Path, *flags: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "devstack.standins", "--port", str(port), "--record", str(record),
        *flags, cwd=ROOT, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    async with asyncio.timeout(60):
        said = (await process.stderr.readline()).decode()
    try:
        assert f"127.0.0.1:{port}" in said
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()


def channel_to(port: int, record: Path, transport: Transport) -> AliyunSms:
    accounts = load(record.with_suffix(".accounts.json"))
    key = AccessKey(accounts.aliyun_key_id, accounts.aliyun_key_secret)
    numbers = count()
    account = SmsAccount(f"http://127.0.0.1:{port}", key, "好店")
    return AliyunSms(
        transport,
        account,
        now=wall_now,
        nonce=lambda: f"{wall_now().isoformat()}-{next(numbers)}",
    )


async def test_what_was_taken_outlives_a_kill(tmp_path: Path, transport: Transport) -> None:
    port, record = free_port(), tmp_path / "record.jsonl"
    sent_on = day_of(wall_now())
    async with running(port, record, "--report-delay-s", "0") as process:
        assert isinstance(await channel_to(port, record, transport).send(SMS), Accepted)
        process.kill()
        await process.wait()
        down = await channel_to(port, record, transport).send(SMS)
        assert isinstance(down, Rejected | Unknown)
    assert [each.out_id for each in accepted_sends(record)] == ["n-1"]
    async with running(port, record, "--report-delay-s", "0") as process:
        receipt = await channel_to(port, record, transport).ask("n-1", SMS.recipient, sent_on)
        assert isinstance(receipt, Delivered)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


async def test_faults_are_switched_on_and_counted(tmp_path: Path, transport: Transport) -> None:
    port, record = free_port(), tmp_path / "record.jsonl"
    control = f"http://127.0.0.1:{port}/control"
    plan = {"seed": 3, "faults": [{"provider": "aliyun_sms", "kind": "accepted_500", "times": 1}]}
    async with running(port, record), aiohttp.ClientSession() as session:
        async with session.post(f"{control}/faults", json={"faults": [{}]}) as answer:
            assert answer.status == 422
        async with session.post(f"{control}/faults", json=plan) as answer:
            assert answer.status == 200
        channel = channel_to(port, record, transport)
        assert await channel.send(SMS) == Unknown("http_500")
        assert isinstance(await channel.send(SMS), Accepted)
        async with session.get(f"{control}/faults") as answer:
            assert (await answer.json())["hits"] == {"aliyun_sms.accepted_500": 1}
    assert len(list(accepted_sends(record))) == 2


async def test_a_flag_lifts_a_limit(tmp_path: Path, transport: Transport) -> None:
    port, record = free_port(), tmp_path / "record.jsonl"
    async with running(port, record, "--notice-per-day", "1"):
        channel = channel_to(port, record, transport)
        assert isinstance(await channel.send(SMS), Accepted)
        assert isinstance(await channel.send(SMS), Rejected)


@pytest.mark.parametrize("flags", [["--callback-url", "http://10.0.0.1/"], ["--port", "x"]])
async def test_bad_flags_end_it_at_once(tmp_path: Path, flags: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "devstack.standins", "--port", "1", "--record",
        str(tmp_path / "record.jsonl"), *flags, cwd=ROOT, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        await process.communicate()
    assert process.returncode != 0
