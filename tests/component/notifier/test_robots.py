"""Staff hears of a storm in few messages, in which every ticket stands once."""

from __future__ import annotations

import re

from devstack.standins.faults import Fault
from tests.support.notifier_process import quick_policy
from tests.support.notifier_story import breach, content_of, triaged, warning
from tests.support.notifier_world import World

REFERENCE = re.compile(r"#[0-9a-f*]{12}")


def lines_of(text: str) -> list[str]:
    """Lines about tickets."""
    return [line for line in text.splitlines() if line.startswith("t-")]


async def test_a_storm_becomes_few_messages(world: World) -> None:
    tickets = [f"t-{number:03}" for number in range(500)]
    await world.apply_many([breach(ticket) for ticket in tickets])
    await world.settled(*["accepted"] * 500)
    said = world.sends("dingtalk")
    assert len(said) <= 4
    assert sorted(line.split("：")[0] for each in said for line in lines_of(each.text)) == tickets
    for each in said:
        assert each.text.startswith(f"共{len(lines_of(each.text))}条")
        assert len(REFERENCE.findall(each.text)) == len(lines_of(each.text))


async def test_one_line_tells_all_about_a_ticket(world: World) -> None:
    await world.apply_many([warning("t-1"), warning("t-2"), breach("t-1")])
    await world.settled("accepted", "accepted", "accepted")
    (said,) = world.sends("dingtalk")
    first, second = lines_of(said.text)
    assert "时限预警" in first
    assert "时限超时" in first
    assert len(REFERENCE.findall(first)) == 2
    assert second.startswith("t-2")


async def test_calm_notices_wait_for_more_and_urgent_ones_do_not(world: World) -> None:
    calm = {"level": "L2", "clock": "closure", "threshold": "p90"}
    await world.apply(warning("t-1", **calm))
    await world.settled("accepted")
    await world.apply(warning("t-2", **calm))
    await world.apply(warning("t-3", **calm))
    await world.apply(breach("t-4"))
    await world.settled("accepted", "accepted", "planned", "planned")
    assert len(world.sends("feishu")) == 1


async def test_the_pace_of_the_provider_is_kept(idle: World) -> None:
    channels = content_of("notifier", "channels")
    channels["urgent_robot"] |= {"messages_per_minute": 60, "burst": 2}
    instance = await idle.open(quick_policy(channels=channels))
    await instance.start()
    for number in range(2):
        await idle.apply(breach(f"t-{number}"))
        await idle.settled(*["accepted"] * (number + 1))
    await idle.apply_many([breach("t-2"), breach("t-3")])
    await idle.settled(*["accepted"] * 4)
    said = idle.sends("dingtalk")
    assert len(said) == 3
    assert len(lines_of(said[2].text)) == 2
    assert (said[2].at - said[0].at).total_seconds() >= 0.9, "two at once, then one a second"


async def test_a_long_message_is_cut_between_tickets(world: World) -> None:
    tickets = [f"t-{number:03}" for number in range(60)]
    contact = await world.contact()
    await world.apply_many([triaged(t, level="L3", contact=contact) for t in tickets])
    await world.until(lambda: _wecom(world, 2))
    said = world.sends("wecom")
    for each in said:
        assert len(each.text.encode()) <= 4096
    told = [line.split("：")[0] for each in said for line in lines_of(each.text)]
    assert len(told) == len(set(told))


async def test_an_unclear_answer_is_repeated_as_marked_steps_and_no_further(world: World) -> None:
    await world.faults(Fault(provider="dingtalk", kind="status_500"))
    await world.apply(breach("t-1"))
    await world.settled(*["unknown"] * 4)
    assert len(world.tries("dingtalk")) == 4
    told = await world.published()
    assert [e["step"] for e in told] == [1, 2, 3, 4]
    assert {e["code"] for e in told} == {"local.no_verdict"}


async def _wecom(world: World, count: int) -> bool:
    return len(world.sends("wecom")) >= count
