"""Under a seeded mix of faults no verdict lies: accepted is there once, rejected is not there,
and asking about the unknown ones tells which is the case."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date

import pytest

from devstack.standins.faults import Fault
from services.notifier.channels.channel import Outgoing
from services.notifier.channels.outcome import (
    Accepted,
    Delivered,
    NotFound,
    Pending,
    Rejected,
    Sent,
    Unknown,
)
from tests.component.notifier_channels.conftest import Start

MESSAGES = 240
AT_ONCE = 40
SHARES = {
    "status_500": 0.1,
    "too_many": 0.1,
    "error_code": 0.1,
    "accepted_500": 0.1,
    "accepted_timeout": 0.1,
    "slow_drip": 0.1,
}


def message(number: int) -> Outgoing:
    return Outgoing(out_id=f"n-{number}", recipient=f"138{number % 50:08d}", template_code="SMS_1")


@pytest.mark.parametrize("delay_s", [0, 60])
async def test_no_verdict_lies(start: Start, delay_s: int) -> None:
    faults = [
        Fault.model_validate({"provider": "aliyun_sms", "kind": kind, "share": share, "drip_s": 30})
        for kind, share in SHARES.items()
    ]
    standins = await start(*faults, report_delay_s=delay_s)
    channel, hasty = standins.sms(), standins.in_haste().sms()
    verdicts: dict[str, Sent] = {}
    waiting = iter(range(MESSAGES))

    async def send_some() -> None:
        for number in waiting:
            verdicts[f"n-{number}"] = await hasty.send(message(number))

    await asyncio.gather(*(send_some() for _ in range(AT_ONCE)))
    taken = Counter(
        each.out_id for each in standins.records() if each.kind == "send" and each.accepted
    )
    assert set(taken.values()) == {1}
    kinds = Counter(type(each) for each in verdicts.values())
    assert min(kinds[Accepted], kinds[Rejected], kinds[Unknown]) > 10
    for number in range(MESSAGES):
        out_id, verdict = f"n-{number}", verdicts[f"n-{number}"]
        if isinstance(verdict, Accepted):
            assert out_id in taken
        elif isinstance(verdict, Rejected):
            assert out_id not in taken
        else:
            receipt = await channel.ask(out_id, message(number).recipient, date(2026, 1, 4))
            known = Delivered(standins.clock.at) if delay_s == 0 else Pending()
            assert receipt == (known if out_id in taken else NotFound())
