"""Several messages in one call: taken together or refused together, told apart by their phones."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from devstack.standins.faults import Fault, Kind
from services.notifier.channels.aliyun_ids import MOST, joint_id
from services.notifier.channels.channel import BulkChannel, Outgoing
from services.notifier.channels.outcome import Accepted, Delivered, NotFound, Rejected, Unknown
from tests.component.notifier_channels.conftest import Start

TODAY = date(2026, 1, 4)


def sms(number: int, phone: str = "", **params: str) -> Outgoing:
    return Outgoing(
        out_id=str(UUID(int=number << 100)),
        recipient=phone or f"+86138{number:08d}",
        template_code="SMS_1",
        template_params=params or {"product": f"灯 & {number}%"},
    )


async def test_many_are_taken_with_one_call(start: Start) -> None:
    standins = await start()
    channel = standins.sms()
    assert isinstance(channel, BulkChannel)
    messages = [sms(number) for number in range(1, MOST + 1)]
    sent = await channel.send_all(messages)
    assert isinstance(sent, Accepted)
    records = standins.records()
    assert [each.place for each in records] == list(range(MOST))
    assert {each.out_id for each in records} == {joint_id(each.out_id for each in messages)}
    assert {each.provider_message_id for each in records} == {sent.provider_message_id}
    assert [each.params["product"] for each in records] == [f"灯 & {n}%" for n in range(1, 32)]
    assert len({each.recipient_hash for each in records}) == MOST


async def test_each_is_found_by_its_phone_and_id(start: Start) -> None:
    standins = await start(report_delay_s=5)
    channel = standins.sms()
    await channel.send_all([sms(1), sms(2)])
    standins.clock.forward(5)
    assert await channel.ask(sms(1).out_id, sms(1).recipient, TODAY) == Delivered(standins.clock.at)
    assert await channel.ask(sms(2).out_id, sms(1).recipient, TODAY) == Delivered(standins.clock.at)
    assert await channel.ask(sms(3).out_id, sms(1).recipient, TODAY) == NotFound()
    assert await channel.ask(sms(1).out_id, sms(3).recipient, TODAY) == NotFound()


async def test_one_bad_number_refuses_them_all(start: Start) -> None:
    standins = await start()
    sent = await standins.sms().send_all([sms(1), sms(2, phone="12"), sms(3)])
    assert isinstance(sent, Rejected)
    assert sent.code == "isv.MOBILE_NUMBER_ILLEGAL"
    assert not sent.of_provider
    assert [each.accepted for each in standins.records()] == [False] * 3


async def test_what_is_broken_off_is_unknown_for_all(start: Start) -> None:
    kinds: tuple[Kind, ...] = ("accepted_500", "accepted_timeout", "status_500")
    for kind in kinds:
        fault = Fault(provider="aliyun_sms", kind=kind, hold_s=5)
        standins = await start(fault)
        assert isinstance(await standins.in_haste().sms().send_all([sms(1), sms(2)]), Unknown)
