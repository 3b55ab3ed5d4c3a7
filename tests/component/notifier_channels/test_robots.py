"""The robot channels against the stand-ins: signatures, limits, injected faults."""

from __future__ import annotations

from datetime import date

import pytest

from devstack.standins.faults import Fault
from services.notifier.channels.channel import EVERYONE, Channel, Outgoing
from services.notifier.channels.outcome import Accepted, Rejected, Unknown
from tests.component.notifier_channels.conftest import Standins, Start

PROVIDERS = ("wecom", "dingtalk", "feishu")


def channel_of(standins: Standins, provider: str) -> Channel:
    channels: dict[str, Channel] = {
        "wecom": standins.wecom(),
        "dingtalk": standins.dingtalk(),
        "feishu": standins.feishu(),
    }
    return channels[provider]


def notice(number: int = 1, *, markdown: bool = False) -> Outgoing:
    return Outgoing(
        out_id=f"n-{number}",
        recipient="urgent",
        text="T1 将在 10 分钟后超时，客户 13812345678",
        title="提醒",
        markdown=markdown,
        mentions=("zhang", EVERYONE),
    )


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("markdown", [False, True])
async def test_a_message_is_taken_and_recorded(start: Start, provider: str, markdown: bool) -> None:
    standins = await start()
    channel = channel_of(standins, provider)
    assert channel.provider == provider
    assert await channel.send(notice(markdown=markdown)) == Accepted(None)
    [record] = standins.records()
    assert (record.provider, record.accepted, record.out_id) == (provider, True, "n-1")
    assert "T1 将在 10 分钟后超时，客户 138******78" in record.text
    assert await channel.ask("n-1", "urgent", date(2026, 1, 4)) is None


async def test_wrong_keys_and_signatures(start: Start) -> None:
    standins = await start()
    channels: list[tuple[Channel, str]] = [
        (standins.wecom(key="nobody"), "93000"),
        (standins.dingtalk(secret="SECwrong"), "310000"),
        (standins.feishu(secret="wrong"), "19021"),
    ]
    for channel, code in channels:
        verdict = await channel.send(notice())
        assert isinstance(verdict, Rejected)
        assert (verdict.code, verdict.retryable, verdict.of_provider) == (code, False, True)
    assert not any(each.accepted for each in standins.records())


@pytest.mark.parametrize(
    ("provider", "taken", "code", "retry_after_s", "free_after_s"),
    [
        ("wecom", 20, "45009", 60.0, 60.0),
        ("dingtalk", 20, "130101", 600.0, 600.0),
        ("feishu", 5, "11232", 60.0, 1.0),
    ],
)
async def test_one_too_many(
    start: Start,
    provider: str,
    taken: int,
    code: str,
    retry_after_s: float,
    free_after_s: float,
) -> None:
    standins = await start()
    channel = channel_of(standins, provider)
    for number in range(taken):
        assert await channel.send(notice(number)) == Accepted(None)
    for _ in range(2):
        refusal = await channel.send(notice(taken))
        assert isinstance(refusal, Rejected)
        assert (refusal.code, refusal.retry_after_s) == (code, retry_after_s)
        assert refusal.retryable
    standins.clock.forward(free_after_s - 0.5)
    assert isinstance(await channel.send(notice(taken)), Rejected)
    standins.clock.forward(0.5)
    assert await channel.send(notice(taken)) == Accepted(None)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_faults(start: Start, provider: str) -> None:
    def fault(kind: str, **more: object) -> Fault:
        return Fault.model_validate({"provider": provider, "kind": kind, "times": 1, **more})

    standins = await start(
        fault("status_500"),
        fault("too_many", retry_after_s=2),
        fault("error_code"),
        fault("accepted_500"),
        fault("accepted_timeout"),
        fault("slow_drip", drip_s=30),
    )
    patient, hasty = (channel_of(each, provider) for each in (standins, standins.in_haste()))
    channels = [*[patient] * 4, hasty, hasty, patient]
    verdicts = [await each.send(notice(number)) for number, each in enumerate(channels)]
    kinds = [type(each) for each in verdicts]
    assert kinds == [Unknown, Rejected, Rejected, Unknown, Unknown, Unknown, Accepted]
    for each in verdicts[1:3]:
        assert isinstance(each, Rejected)
        assert each.retryable
    assert [each.accepted for each in standins.records()] == [False] * 3 + [True] * 4


async def test_a_text_that_does_not_fit_is_not_sent(start: Start) -> None:
    standins = await start()
    long = Outgoing(out_id="n-1", recipient="urgent", text="字" * 7000)
    for provider in PROVIDERS:
        verdict = await channel_of(standins, provider).send(long)
        assert isinstance(verdict, Rejected)
        assert verdict.code == "local.text_too_long"
    assert standins.records() == []
