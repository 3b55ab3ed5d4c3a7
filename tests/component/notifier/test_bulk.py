"""Many customers are told with few calls, each exactly once, whatever becomes of a call."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from devstack.standins.faults import Fault
from devstack.standins.records import SendRecord
from schemas.values import Contact
from services.notifier.channels.aliyun_ids import reference, references
from tests.support.notifier_process import quick_policy
from tests.support.notifier_story import triaged
from tests.support.notifier_world import World, notifier_world

MANY = 100


async def complain(world: World, phones: list[str]) -> list[str]:
    """A routine complaint from each phone, all in one poll; their tickets."""
    tickets = [f"t-{number:03}" for number in range(len(phones))]
    contacts: list[Contact] = [
        await world.contact(phone, ticket) for phone, ticket in zip(phones, tickets, strict=True)
    ]
    await world.apply_many(
        [
            triaged(ticket, contact=contact, customer_id=None)
            for ticket, contact in zip(tickets, contacts, strict=True)
        ]
    )
    return tickets


def phones(count: int) -> list[str]:
    return [f"+86138{number:08d}" for number in range(count)]


def names(records: list[SendRecord]) -> list[str]:
    """Which notification each record is about."""
    return [
        references(each.out_id)[each.place] if references(each.out_id) else reference(each.out_id)
        for each in records
    ]


async def told_once(world: World) -> None:
    """Every notification was taken by the provider exactly once."""
    wanted = Counter(reference(str(row["notification_id"])) for row in await world.ledger())
    assert Counter(names(world.sends("aliyun_sms"))) == wanted


async def test_few_calls_tell_many_and_their_reports_find_them(
    database_url: str, tmp_path: Path
) -> None:
    async with notifier_world(database_url, tmp_path, reports=True) as world:
        await (await world.open()).start()
        await complain(world, phones(MANY))
        await world.settled(*["delivered"] * MANY)
        calls = {each.out_id for each in world.sends("aliyun_sms")}
        assert len(calls) < MANY / 4
        await told_once(world)
        assert world.asks() == 0
        told = Counter(e["type"] for e in await world.published())
        assert told == {"NotificationAccepted": MANY, "NotificationDelivered": MANY}


async def test_a_bad_number_costs_its_own_message_only(world: World) -> None:
    await complain(world, [*phones(20), "+8612"])
    await world.settled(*["accepted"] * 20, "failed")
    assert len(world.sends("aliyun_sms")) == 20
    assert len(set(names(world.sends("aliyun_sms")))) == 20
    (failed,) = [row for row in await world.ledger() if row["state"] == "failed"]
    assert failed["code"] == "isv.MOBILE_NUMBER_ILLEGAL"
    assert failed["tries"] == 1


async def test_a_missing_right_to_send_many_leaves_the_right_to_send_one(world: World) -> None:
    await world.faults(
        Fault(provider="aliyun_sms", kind="error_code", code="NoPermission", times=1)
    )
    await complain(world, phones(10))
    await world.settled(*["accepted"] * 10)
    await told_once(world)


@pytest.mark.parametrize("kind", ["accepted_500", "accepted_timeout", "status_500"])
async def test_a_call_without_verdict_is_asked_about_message_by_message(
    hasty: World, kind: str
) -> None:
    fault = {"provider": "aliyun_sms", "kind": kind, "times": 1, "hold_s": 60}
    await hasty.faults(Fault.model_validate(fault))
    await complain(hasty, phones(12))
    ended = "accepted" if kind == "status_500" else "delivered"
    await hasty.settled(*[ended] * 12)
    assert hasty.asks() >= 12
    await told_once(hasty)


async def test_a_busy_provider_is_not_asked_message_by_message(idle: World) -> None:
    await idle.faults(Fault(provider="aliyun_sms", kind="too_many", times=1, retry_after_s=1))
    await (await idle.open(quick_policy())).start()
    await complain(idle, phones(10))
    await idle.settled(*["accepted"] * 10)
    await told_once(idle)
    refused = [each for each in idle.tries("aliyun_sms") if not each.accepted]
    assert len({each.out_id for each in refused}) == 1
