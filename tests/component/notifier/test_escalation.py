"""Ladders on the desk, in the tables, at the robots and over HTTP."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from devstack.standins.faults import Fault
from devstack.standins.records import without_phones
from runtime.clock import new_id, unix_s
from runtime.webhooks import sign
from services.notifier.domain.escalation import ladder_id
from services.notifier.policy import NotifierPolicy
from services.notifier.sql_text import queries
from tests.support.notifier_process import quick_policy
from tests.support.notifier_story import (
    SHOP,
    TICKET,
    breach,
    called,
    content_of,
    met,
    resolved,
    warning,
)
from tests.support.notifier_world import SECRET, World

LADDER = ladder_id(SHOP, TICKET, "first_contact:1")


@pytest.fixture
async def climber(idle: World) -> World:
    """A process that tells single persons as the policy that ships says."""
    await (await idle.open(climbing())).start()
    return idle


async def ack(
    world: World,
    name: object = LADDER,
    by: str = "agent-17",
    *,
    message: str = "",
    shop: str = SHOP,
) -> tuple[int, dict[str, Any]]:
    """Status and document of an acknowledgement."""
    body, message, now = json.dumps({"by": by}).encode(), message or new_id().hex, unix_s()
    secret = base64.b64decode(SECRET.removeprefix("whsec_"))
    headers = {
        "content-type": "application/json",
        "aftercare-shop": shop,
        "webhook-id": message,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, message, now, body),
    }
    url = f"http://127.0.0.1:{world.instances[0].server.port}/v1/escalations/{name}/ack"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as answer,
    ):
        document: dict[str, Any] = json.loads(await answer.read())
        return answer.status, document


def climbing() -> NotifierPolicy:
    """Short waits, and the ladders that ship."""
    return quick_policy(escalation=content_of("notifier", "escalation"))


def steps(*after_s: int) -> dict[str, Any]:
    """The section that ships, where an urgent ladder climbs faster."""
    content: dict[str, Any] = content_of("notifier", "escalation")
    for step, seconds in zip(content["levels"]["L1"]["steps"], after_s, strict=False):
        step["after_s"] = seconds
    return content


def to_people(world: World) -> list[str]:
    """What single persons were told, in order."""
    return [each.text for each in world.sends() if each.text.startswith(("紧急组", "客服", "店主"))]


async def told(world: World) -> list[tuple[Any, ...]]:
    """Events about ladders."""
    return [
        (e["type"], e["step"], e.get("role") or e.get("by") or e["cause"])
        for e in await world.published()
        if e["type"].startswith("Escalation")
    ]


async def states(world: World) -> list[str]:
    return [row["state"] for row in await world.rows("SELECT state FROM escalation")]


async def test_nobody_acknowledges_and_all_are_told_one_after_the_other(idle: World) -> None:
    idle.settings = idle.settings.model_copy(update={"time_scale": 600.0})
    await (await idle.open(climbing())).start()
    await idle.apply(breach())
    await idle.settled(*["accepted"] * 5)
    assert [text.split("：")[0] for text in to_people(idle)] == [
        "紧急组值班", "紧急组组长", "客服经理", "店主",
    ]  # fmt: skip
    roles = ("assignee", "lead", "manager", "owner")
    assert await told(idle) == [("EscalationRaised", n, r) for n, r in enumerate(roles, start=1)]
    assert "@urgent-duty" in to_people(idle)[0]
    assert await states(idle) == ["raised"]


async def test_one_ladder_however_often_it_is_told(climber: World) -> None:
    await climber.apply(warning(threshold="p90"), breach(), breach())
    await climber.settled(*["accepted"] * 3)
    assert await told(climber) == [("EscalationRaised", 1, "assignee")]
    (row,) = await climber.rows("SELECT cause, people FROM escalation")
    assert (row["cause"], list(row["people"])) == ("warned", ["urgent_duty"])


async def test_an_acknowledgement_ends_it(climber: World) -> None:
    await climber.apply(breach())
    await climber.settled("accepted", "accepted")
    (text,) = to_people(climber)
    (letter,) = [row for row in await climber.ledger() if row["rule"].startswith("escalation")]
    number = letter["notification_id"].hex[:12]
    assert without_phones(f"#{number}") in text
    status, first = await ack(climber, number, message="m-1")
    assert (status, first["state"], first["by"]) == (200, "acknowledged", "agent-17")
    reused, document = await ack(climber, message="m-1", by="agent-9")
    assert (reused, document["code"]) == (409, "id_reused")
    assert await ack(climber, number, message="m-1") == (200, first)
    assert await ack(climber, by="agent-18") == (200, first)
    assert await told(climber) == [
        ("EscalationRaised", 1, "assignee"),
        ("EscalationAcknowledged", 1, "agent-17"),
    ]
    assert await climber.rows("SELECT FROM timer WHERE name LIKE 'escalate/%'") == []


async def test_unknown_ended_and_foreign_ones_are_refused(climber: World) -> None:
    assert (await ack(climber))[0] == 404
    assert (await ack(climber, "nonsense"))[0] == 404
    await climber.apply(breach(), met())
    status, document = await ack(climber)
    assert status == 409
    assert (document["code"], document["state"]) == ("escalation_ended", "met")
    assert document["reason"] == "what the clock asks for was done"
    assert (await ack(climber, shop="shop-b"))[0] == 401


async def test_what_is_settled_is_not_sent_and_is_noted_so(idle: World) -> None:
    """Looked at once more just before sending: met, called, resolved or acknowledged meanwhile."""
    await idle.open(climbing())
    tickets = [f"t-{number}" for number in range(4)]
    await idle.apply_many([breach(ticket) for ticket in tickets])
    await idle.apply(met("t-0"), called("t-1"), resolved("t-2"))
    await idle.instances[0].start()
    await idle.until(lambda: _sent(idle, 1))
    (text,) = to_people(idle)
    assert "t-3" in text
    assert not re.search("t-[012]", text)
    ledger = [row for row in await idle.ledger() if row["rule"].startswith("escalation")]
    overtaken = {row["about"] for row in ledger if row["code"] == "local.overtaken"}
    assert overtaken == {"t-0", "t-1", "t-2"}
    assert {tuple(row["trail"]) for row in ledger if row["code"]} == {("planned", "failed")}
    failed = [e["code"] for e in await idle.published() if e["type"] == "NotificationFailed"]
    assert failed == ["local.overtaken"] * 3


async def test_a_storm_is_one_message_a_minute_to_each_person(idle: World) -> None:
    """500 breaches: three steps reached, every ticket once in what each person gets."""
    idle.settings = idle.settings.model_copy(update={"time_scale": 60.0})
    await (await idle.open(quick_policy(escalation=steps(0, 60, 120, 180)))).start()
    tickets = [f"t-{number:03}" for number in range(500)]
    await idle.apply_many([breach(ticket) for ticket in tickets])
    await idle.until(lambda: _all_told(idle, tickets, "紧急组值班"))
    for name in ("紧急组值班", "紧急组组长"):
        said = [s for s in idle.sends() if s.text.startswith(name)]
        gaps = [(later.at - before.at).total_seconds() * 60 for before, later in pairwise(said)]
        assert min(gaps, default=60) >= 59
        assert len(said) <= 5
    first = to_people(idle)[0]
    assert re.match(r"紧急组值班：\d+张工单待处理：首次致电\d+；最早期限1月4日12:15\n", first)


async def test_a_message_that_does_not_hold_all_says_how_many_there_are(idle: World) -> None:
    """300 breaches of two clocks, some of one ticket, at once for one person."""
    await idle.open(climbing())
    await idle.apply_many([breach(f"t-{number:03}") for number in range(280)])
    late = [breach(f"t-{number:03}", clock="solution") for number in range(270, 300)]
    await idle.apply_many(late)
    await idle.instances[0].start()
    await idle.until(lambda: _sent(idle, 1))
    (text,) = to_people(idle)
    heading, *lines, last, _ = text.splitlines()
    assert heading.startswith("紧急组值班：300张工单待处理：首次致电280、解决方案30；最早期限")
    assert 1 < len(lines) < 300
    assert last == f"另有{300 - len(lines)}张"


async def test_who_is_next_is_found_whatever_waits_for_them(idle: World) -> None:
    """Looked up twice for every message: 2,000 notices must not be read for it."""
    await idle.open(climbing())
    await idle.apply_many([breach(f"t-{number:04}") for number in range(2_000)])
    await idle.rows("ANALYZE")
    await idle.rows("INSERT INTO robot VALUES ('urgent_robot', 'epoch', 'epoch')")
    asked = ("people/urgent_robot", "urgent_robot", 0.0)
    (row,) = await idle.rows(queries.person_next, *asked)
    assert (row["recipient"], row["urgent"], row["calm"]) == ("person/urgent_duty", True, True)
    assert not row["overtaken"]
    explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {queries.person_next}"
    ((text,),) = await idle.rows(explained, *asked)
    plan = json.loads(text)[0]["Plan"]
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 50


def _lines(world: World, name: str) -> Sequence[str]:
    said = [s.text for s in world.sends() if s.text.startswith(name)]
    return [
        line.split("：")[0] for text in said for line in text.splitlines() if line.startswith("t-")
    ]


async def _all_told(world: World, tickets: Sequence[str], name: str) -> bool:
    found = _lines(world, name)
    assert len(found) == len(set(found)), "a ticket twice"
    return sorted(found) == tickets


async def _sent(world: World, count: int) -> bool:
    return len(to_people(world)) >= count


async def test_a_person_is_told_by_another_robot_when_the_first_does_not_take_it(
    climber: World,
) -> None:
    await climber.faults(Fault(provider="dingtalk", kind="error_code", code="300005"))
    await climber.apply(breach())
    await climber.settled("accepted", "accepted")
    said = [each for each in climber.sends("feishu") if each.text.startswith("紧急组值班")]
    assert len(said) == 1
    assert 'user_id="urgent-duty"' in said[0].text


async def test_two_at_the_same_robot_are_told_apart_and_each_in_their_pace(idle: World) -> None:
    """Two breaches within a minute: the second waits for the person, not for the group."""
    await idle.open(climbing())
    await idle.apply(breach("t-1"), breach("t-2", level="L3", clock="human_review"))
    await idle.apply(breach("t-3", level="L2", clock="closure"))
    await idle.instances[0].start()
    await idle.settled(*["accepted"] * 6)
    told = {
        s.text.split("：")[0] for s in idle.sends() if not s.text.startswith(("【", "t-", "共"))
    }
    assert told == {"紧急组值班", "争议值班主管", "常规组值班"}
    await idle.apply(breach("t-4"))
    await idle.settled(*["accepted"] * 7, "planned")
