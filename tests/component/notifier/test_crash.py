"""A process that died between the begin of a try and its record: nobody sends blindly again."""

from __future__ import annotations

from services.notifier import ledger
from services.notifier.channels.outcome import Accepted
from services.notifier.composing import Composer
from services.notifier.ledger import Letter
from tests.support.notifier_process import Instance, quick_policy
from tests.support.notifier_story import TICKET, triaged
from tests.support.notifier_world import World

LEASE_S = 0.2
RULES = quick_policy()
PATIENT_S = 25.0
PATIENT = quick_policy(lease_s=60)
UNASKED = quick_policy(ask_after_s=600)
"""What is unknown stays so: nobody asks before the late news comes."""


async def begun(dead: Instance, lane: str) -> list[Letter]:
    """What a process had begun when it died."""
    async with dead.service.database.transaction() as tx:
        return await ledger.take(tx, lane, 10, "dead", LEASE_S)


async def test_what_never_left_is_sent_after_asking(idle: World) -> None:
    dead = await idle.open()
    await idle.apply(triaged(contact=await idle.contact()))
    assert len(await begun(dead, "sms")) == 1
    await (await idle.open()).start()
    await idle.settled("accepted")
    assert idle.asks() >= 1
    assert len(idle.sends("aliyun_sms")) == 1
    (row,) = await idle.ledger()
    assert row["trail"] == ["planned", "sending", "unknown", "planned", "sending", "accepted"]


async def test_what_had_left_is_found_by_asking(idle: World) -> None:
    dead = await idle.open()
    await idle.apply(triaged(contact=await idle.contact()))
    (letter,) = await begun(dead, "sms")
    message = Composer(RULES).sms(letter, "+8613800000001")
    channel = dead.sender.channels["sms"]
    async with dead.sender.transport:
        assert isinstance(await channel.send(message), Accepted)
    await (await idle.open()).start()
    await idle.settled("delivered")
    assert len(idle.tries("aliyun_sms")) == 1
    assert [e["type"] for e in await idle.published(TICKET)] == [
        "NotificationAccepted",
        "NotificationDelivered",
    ]


async def test_a_robot_says_it_again_as_a_marked_step(idle: World) -> None:
    dead = await idle.open()
    await idle.apply(triaged(level="L3", contact=await idle.contact()))
    assert len(await begun(dead, "legal_robot")) == 1
    await (await idle.open()).start()
    await idle.settled("accepted", "accepted", "unknown")
    (said,) = idle.sends("wecom")
    assert "可能重复" in said.text
    first, second = [r for r in await idle.ledger() if r["rule"] == "review_task"]
    assert (first["step"], first["state"], first["code"]) == (1, "unknown", "local.no_verdict")
    assert (second["step"], second["state"]) == (2, "accepted")
    told = [(e["step"], e["type"]) for e in await idle.published() if e["rule"] == "review_task"]
    assert told == [(1, "NotificationFailed"), (2, "NotificationAccepted")]


async def test_late_news_of_a_process_thought_dead_is_taken(idle: World) -> None:
    dead = await idle.open(UNASKED)
    await idle.apply(triaged(contact=await idle.contact()))
    (letter,) = await begun(dead, "sms")
    other = await idle.open(UNASKED)
    await other.start()
    await idle.until(lambda: _is(idle, "unknown"))
    await other.sender.results.sent(letter, Accepted("late"))
    await idle.settled("accepted")
    assert idle.tries("aliyun_sms") == []


async def test_two_processes_send_each_once(idle: World) -> None:
    """Nobody dies here, and on a slow machine nobody is to be thought dead: a try whose lease
    ended would rightly be asked about, and said again by a robot."""
    idle.settings = idle.settings.model_copy(update={"notifier_call_timeout_s": PATIENT_S})
    first = await idle.open(PATIENT)
    contact = await idle.contact()
    tickets = [f"t-{number}" for number in range(400)]
    await idle.apply_many([triaged(ticket, level="L1", contact=contact) for ticket in tickets])
    second = await idle.open(PATIENT)
    await first.start()
    await second.start()
    await idle.settled(*["accepted"] * 800)
    sent = [each.out_id for each in idle.sends("aliyun_sms")]
    assert len(sent) == len(set(sent)) == 400
    lines = [line for said in idle.sends("dingtalk") for line in said.text.splitlines()]
    told = [line.split("：")[0] for line in lines if line.startswith("t-")]
    assert sorted(told) == sorted(tickets)


async def _is(world: World, state: str) -> bool:
    return {row["state"] for row in await world.ledger()} == {state}
