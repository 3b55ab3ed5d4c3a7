"""From an event to the providers and back into the ledger."""

from __future__ import annotations

import json

from devstack.standins.faults import Fault, Kind
from schemas.values import Contact
from tests.support.notifier_process import Record
from tests.support.notifier_story import TICKET, at, breach, event, opened, placed, triaged
from tests.support.notifier_world import World

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


async def test_an_urgent_ticket_calls_and_acknowledges(world: World) -> None:
    contact = await world.contact()
    await world.apply(opened(contact=contact), triaged(level="L1", contact=contact))
    await world.settled("accepted", "accepted")
    (sms,) = world.sends("aliyun_sms")
    assert sms.template == "SMS_100003"
    assert sms.params == {"product": "床头灯", "number": "T-0001"}
    (call,) = world.sends("dingtalk")
    assert TICKET in call.text
    assert "漏电" in call.text
    ledger = {row["rule"]: row for row in await world.ledger()}
    assert f"#{ledger['call_task']['notification_id'].hex[:12]}" in call.text
    assert sms.out_id == str(ledger["acknowledged"]["notification_id"])
    events = await world.published(TICKET)
    assert sorted(e["rule"] for e in events) == ["acknowledged", "call_task"]
    assert {e["type"] for e in events} == {"NotificationAccepted"}


async def complain(world: World, phone: str = "+8613800000001") -> None:
    """A routine complaint: one SMS to the customer is planned."""
    contact = await world.contact(phone)
    await world.apply(opened(contact=contact), triaged(contact=contact))


async def test_what_a_provider_takes_and_breaks_off_is_asked_about(hasty: World) -> None:
    kinds: tuple[Kind, ...] = ("accepted_500", "accepted_timeout", "status_500")
    ended = ["delivered", "delivered", "accepted"]
    for number, kind in enumerate(kinds, start=1):
        await hasty.faults(Fault(provider="aliyun_sms", kind=kind, times=1, hold_s=60))
        ticket, contact = f"t-{kind}", await hasty.contact()
        await hasty.apply(opened(ticket, contact=contact), triaged(ticket, contact=contact))
        await hasty.settled(*ended[:number])
    assert len(hasty.sends("aliyun_sms")) == 3
    assert hasty.asks() >= 3
    trails = {row["about"]: "/".join(row["trail"]) for row in await hasty.ledger()}
    assert trails["t-accepted_500"] == "planned/sending/unknown/delivered"
    assert trails["t-accepted_timeout"] == "planned/sending/unknown/delivered"
    assert trails["t-status_500"] == "planned/sending/unknown/planned/sending/accepted"
    told = [e["type"] for e in await hasty.published()]
    assert told.count("NotificationAccepted") == 3
    assert told.count("NotificationDelivered") == 2


async def test_a_slow_answer_within_the_time_is_an_answer(world: World) -> None:
    fault = Fault(provider="aliyun_sms", kind="slow_drip", drip_s=0.25)
    await world.faults(fault)
    await complain(world)
    await world.settled("accepted")
    assert world.asks() == 0


async def test_too_many_requests_wait_as_long_as_the_provider_says(world: World) -> None:
    await world.faults(
        Fault(provider="aliyun_sms", kind="too_many", times=1, retry_after_s=1.5),
    )
    await complain(world)
    await world.settled("accepted")
    first, second = world.tries("aliyun_sms")
    assert (second.at - first.at).total_seconds() >= 1.4
    assert first.out_id == second.out_id
    (row,) = await world.ledger()
    assert row["trail"][-1] == "accepted"


async def test_what_a_provider_refuses_for_good_has_failed(world: World) -> None:
    code = "isv.MOBILE_NUMBER_ILLEGAL"
    await world.faults(Fault(provider="aliyun_sms", kind="error_code", code=code))
    await complain(world)
    await world.settled("failed")
    (told,) = await world.published(TICKET)
    assert (told["type"], told["code"], told["tries"]) == ("NotificationFailed", code, 1)
    assert len(world.tries("aliyun_sms")) == 1


async def test_tries_are_bounded(world: World) -> None:
    code = "isp.SYSTEM_ERROR"
    await world.faults(Fault(provider="aliyun_sms", kind="error_code", code=code))
    await complain(world)
    await world.settled("failed")
    (told,) = await world.published(TICKET)
    assert (told["code"], told["tries"]) == (code, 4)
    assert len({each.out_id for each in world.tries("aliyun_sms")}) == 1


async def test_the_next_channel_takes_over_when_a_robot_refuses(world: World) -> None:
    await world.faults(Fault(provider="dingtalk", kind="error_code", code="300005"))
    contact = await world.contact()
    await world.apply(triaged(level="L1", contact=contact))
    await world.settled("accepted", "accepted")
    (call,) = world.sends("feishu")
    assert TICKET in call.text
    (told,) = [e for e in await world.published(TICKET) if e["rule"] == "call_task"]
    assert (told["provider"], told["tries"]) == ("feishu", 2)


async def test_an_open_breaker_hands_over_what_waits(world: World) -> None:
    await world.faults(Fault(provider="dingtalk", kind="too_many", retry_after_s=60))
    for number in range(3):
        await world.apply(breach(f"t-{number}"))
        await world.settled(*["accepted"] * (number + 1))
    assert len(world.tries("dingtalk")) == 1
    assert len(world.sends("feishu")) == 3


async def test_a_customer_without_a_phone_is_told_of(world: World) -> None:
    await world.apply(
        opened(contact=Contact(), order_id=None, order=None),
        triaged(contact=Contact(), order_id=None),
    )
    await world.settled("failed")
    (told,) = await world.published(TICKET)
    assert (told["code"], told["tries"]) == ("local.no_phone", 0)


async def test_the_phone_of_the_order_serves_a_ticket_without_one(world: World) -> None:
    await world.apply(placed(contact=await world.contact()))
    await world.apply(triaged(contact=Contact(), customer_id=None))
    await world.settled("accepted")


async def test_a_phone_sealed_for_somebody_else_is_not_opened(world: World) -> None:
    contact = await world.contact(ticket_id="t-other")
    await world.apply(triaged("t-2", contact=await world.contact()), triaged(contact=contact))
    await world.settled("accepted", "failed")
    (told,) = await world.published(TICKET)
    assert told["code"] == "local.seal_broken"


async def test_events_name_where_they_come_from(world: World) -> None:
    contact = await world.contact()
    told = world.record(event(triaged(contact=contact), at()))
    traced = Record(
        told.topic, 0, told.offset, told.key, told.value, (("traceparent", TRACE.encode()),)
    )
    await world.instances[-1].pumps["triage"].handle((traced,))
    await world.settled("accepted")
    (row,) = await world.rows("SELECT value, traceparent FROM outbox")
    assert row["traceparent"] == TRACE
    published, cause = json.loads(row["value"]), json.loads(told.value)
    assert published["correlationid"] == cause["correlationid"]
    assert published["autoorigin"] is True


async def test_a_thousand_tickets_are_told_once_each(world: World) -> None:
    contact = await world.contact()
    tickets = [f"t-{number}" for number in range(1000)]
    await world.apply_many([triaged(ticket, contact=contact) for ticket in tickets])
    await world.until(lambda: _all_told(world, 1000))
    sent = [each.out_id for each in world.sends("aliyun_sms")]
    assert len(sent) == len(set(sent)) == 1000


async def _all_told(world: World, count: int) -> bool:
    """On a busy machine a call may outlast its time: asking finds that it was delivered."""
    return sum(row["state"] in {"accepted", "delivered"} for row in await world.ledger()) == count


async def test_a_clean_stop_leaves_nothing_in_doubt(world: World) -> None:
    contact = await world.contact()
    tickets = [f"t-{number}" for number in range(300)]
    await world.apply_many([triaged(ticket, contact=contact) for ticket in tickets])
    await world.until(lambda: _sent(world, 20))
    await world.instances[0].close()
    world.instances.clear()
    states = {row["state"] for row in await world.ledger()}
    assert states <= {"planned", "accepted"}
    assert len(world.sends()) == len([r for r in await world.ledger() if r["tries"]])


async def _sent(world: World, count: int) -> bool:
    return len(world.sends()) >= count
