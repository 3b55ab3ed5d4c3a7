"""Urgent messages go before all others, and around what holds others up."""

from __future__ import annotations

from devstack.standins.faults import Fault
from tests.support.notifier_process import HASTY_S, quick_policy
from tests.support.notifier_story import breach, content_of, triaged, warning
from tests.support.notifier_world import World

URGENT_SMS = "SMS_100003"
CALM = {"level": "L2", "clock": "closure", "threshold": "p90"}


async def test_a_full_lane_does_not_hold_up_an_urgent_customer(idle: World) -> None:
    few = {"notifier_sends_at_once": 1, "notifier_call_timeout_s": HASTY_S}
    idle.settings = idle.settings.model_copy(update=few)
    await idle.faults(Fault(provider="aliyun_sms", kind="slow_drip", drip_s=0.3))
    instance = await idle.open(quick_policy(lease_s=6))  # what it has begun ends with the lease
    contact = await idle.contact()
    await idle.apply_many([triaged(f"t-{n:02}", contact=contact) for n in range(40)])
    await instance.start()
    await idle.until(lambda: _sent(idle, 2))
    await idle.apply(triaged("t-urgent", level="L1", contact=contact))
    await idle.until(lambda: _told(idle, "t-urgent"))
    assert [each.template for each in idle.sends("aliyun_sms")].index(URGENT_SMS) < 20
    await instance.close()
    idle.instances.clear()


async def test_an_urgent_notice_that_its_robot_holds_up_goes_through_the_next(
    idle: World,
) -> None:
    channels = content_of("notifier", "channels")
    channels["urgent_robot"] |= {"messages_per_minute": 1, "burst": 1, "kept_for_urgent": 0}
    await (await idle.open(quick_policy(channels=channels))).start()
    for number in range(3):
        await idle.apply(breach(f"t-{number}"))
        await idle.settled(*["accepted"] * (number + 1))
    assert len(idle.sends("dingtalk")) == 1
    assert len(idle.sends("feishu")) == 2


async def test_calm_notices_leave_a_message_to_urgent_ones(idle: World) -> None:
    channels = content_of("notifier", "channels")
    channels["regular_robot"] |= {"messages_per_minute": 1, "burst": 2, "calm_s": 0}
    groups = content_of("notifier", "groups")
    groups["urgent"] |= {"channels": ["regular_robot"]}
    policy = quick_policy(channels=channels, groups=groups)
    await (await idle.open(policy)).start()
    await idle.apply(warning("t-1", **CALM))
    await idle.settled("accepted")
    await idle.apply(warning("t-2", **CALM))
    await idle.apply(breach("t-3"))
    await idle.settled("accepted", "accepted", "accepted")
    (_, said) = idle.sends("feishu")
    assert said.text.index("t-3") < said.text.index("t-2")


async def test_call_tasks_that_wait_together_are_told_together_once_each(idle: World) -> None:
    instance = await idle.open()
    contact = await idle.contact()
    tickets = [f"t-{n:02}" for n in range(12)]
    await idle.apply_many([triaged(t, level="L1", contact=contact) for t in tickets])
    await instance.start()
    await idle.settled(*["accepted"] * 24)
    (said,) = idle.sends("dingtalk")
    assert [said.text.count(f"\n{ticket}：") for ticket in tickets] == [1] * 12


async def _sent(world: World, count: int) -> bool:
    return len(world.sends("aliyun_sms")) >= count


async def _told(world: World, about: str) -> bool:
    rows = [row for row in await world.ledger() if row["about"] == about]
    return all(row["state"] in ("accepted", "delivered") for row in rows) and len(rows) == 2
