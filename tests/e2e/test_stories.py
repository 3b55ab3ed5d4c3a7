"""One ticket of each level, told as the people in it would tell it."""

from __future__ import annotations

from datetime import datetime, timedelta

from devstack.standins.records import SendRecord, accepted_sends
from services.notifier.channels.aliyun_ids import reference, references
from tests.support import bus
from tests.support.shop import Shop


def name_of(record: SendRecord) -> str:
    """What stands for the message, also where several went out with one call."""
    several = references(record.out_id)
    return several[record.place] if several else reference(record.out_id)


async def test_a_lamp_in_the_wrong_colour(shop: Shop, now: datetime) -> None:
    """L2: "It is yellow, the host said white." Answered, looked at, refunded, closed."""
    order = await shop.order(now)
    ticket = await shop.complain(
        "收到的灯颜色不对，直播间说是白色的，发来是黄色，要退货退款，我电话13912345678",
        order_id=order,
        line_id=f"{order}-1",
    )
    (opened,) = await shop.wait_for("tickets", ticket, "TicketOpened")
    assert opened["order"]["paid_fen"] == 15_900
    assert "13912345678" not in str(opened), "what travels is masked"
    (triaged,) = await shop.wait_for("triage", ticket, "Triaged")
    assert (triaged["level"], triaged["problem_class"]) == ("L2", "product_mismatch")
    assert triaged["reasons"]
    started = await shop.wait_for("sla", ticket, "ClockStarted", 3)
    assert {c["clock"] for c in started} == {"first_reply", "review", "closure"}

    reply = {
        "message_id": "r1",
        "agent_id": "agent-1",
        "human": True,
        "text": "非常抱歉，马上为您处理",
    }
    assert (await shop.post(f"/v1/tickets/{ticket}/replies", reply)).status == 200
    note = {**reply, "message_id": "r2", "visibility": "internal", "milestones": ["reviewed"]}
    assert (await shop.post(f"/v1/tickets/{ticket}/replies", note)).status == 200
    met = await shop.wait_for("sla", ticket, "ClockMet", 2)
    assert {c["clock"]: c["in_time"] for c in met} == {"first_reply": True, "review": True}

    decision = {
        "outcome": "return_refund",
        "agent_id": "agent-1",
        "refund_fen": 15_900,
        "reason": "颜色不符",
    }
    path = f"/v1/tickets/{ticket}/resolution"

    async def decided() -> bool:
        return (await shop.post(path, decision, service="resolution")).status == 200

    await bus.until(decided)
    (resolved,) = await shop.wait_for("resolution", ticket, "Resolved")
    assert resolved["refund_fen"] == 15_900
    again = await shop.post(path, decision, service="resolution")
    assert again.status == 409, "a ticket ends once"
    met = await shop.wait_for("sla", ticket, "ClockMet", 3)
    assert [c["clock"] for c in met][-1] == "closure"
    assert await shop.events("sla", ticket, "SLABreached") == []

    accepted = await shop.wait_for("notifications", ticket, "NotificationAccepted", 2)
    sent = {a["notification_id"] for a in accepted if a["provider"] == "aliyun_sms"}
    got = [name_of(record) for record in accepted_sends(shop.stack.standins_path)]
    assert sent
    for number in sent:
        assert got.count(reference(number)) == 1, "each message reached the customer once"


async def test_a_leaking_battery(shop: Shop, now: datetime) -> None:
    """L1: somebody was hurt. The urgent group is told at once; nobody calls in time."""
    order = await shop.order(now)
    ticket = await shop.complain("充电宝漏电，孩子的手被烫伤了！马上给我解决", order_id=order)
    (triaged,) = await shop.wait_for("triage", ticket, "Triaged")
    assert triaged["level"] == "L1"
    assert triaged["safety"] is True
    assert triaged["route"] == "urgent_group"
    told = "notifications", ticket, "NotificationAccepted"

    async def called() -> bool:
        return any(a["rule"] == "call_task" for a in await shop.events(*told))

    await bus.until(called)
    breaches = await shop.wait_for("sla", ticket, "SLABreached", 2)
    assert {b["clock"] for b in breaches} == {"first_contact", "human_first_response"}
    breach = next(b for b in breaches if b["clock"] == "first_contact")
    due, seen = (datetime.fromisoformat(breach[k]) for k in ("breached_at", "detected_at"))
    opened = datetime.fromisoformat(triaged["opened_at"])
    assert due - opened == timedelta(minutes=15)
    assert due <= seen, "never early"
    warned = await shop.events("sla", ticket, "SLAWarning")
    assert {w["threshold"] for w in warned if w["clock"] == "first_contact"}
    (raised, *_) = await shop.wait_for("notifications", ticket, "EscalationRaised")
    assert (raised["step"], raised["role"], raised["cause"]) == (1, "assignee", "warned")
    path = f"/v1/escalations/{raised['escalation_id']}/ack"
    answer = await shop.post(path, {"by": "agent-2"}, service="notifier")
    assert (answer.status, answer.body["state"]) == (200, "acknowledged")
    (taken,) = await shop.wait_for("notifications", ticket, "EscalationAcknowledged")
    assert taken["by"] == "agent-2"
    call = {
        "call_id": "call-1",
        "agent_id": "agent-2",
        "started_at": seen.isoformat(),
        "duration_s": 120,
        "answered": True,
    }
    assert (await shop.post(f"/v1/tickets/{ticket}/calls", call)).status == 200
    met = await shop.wait_for("sla", ticket, "ClockMet", 2)
    late = {"first_contact": False, "human_first_response": False}
    assert {m["clock"]: m["in_time"] for m in met} == late, "late stays late"


async def test_a_birthday_present_and_a_dear_watch(shop: Shop, now: datetime) -> None:
    """L1 by the order's facts: a present with a day, and more than 2,000 yuan; 2,000 is not."""
    gift = {"occasion": "生日", "needed_by": (now + timedelta(days=1)).isoformat()}
    present = await shop.order(now, gift=gift)
    dear = await shop.order(now, paid_fen=200_001)
    just = await shop.order(now, paid_fen=200_000)
    levels = []
    for order in (present, dear, just):
        ticket = await shop.complain("物流一直没有更新", order_id=order)
        (triaged,) = await shop.wait_for("triage", ticket, "Triaged")
        levels.append(triaged["level"])
    assert levels == ["L1", "L1", "L2"]


async def test_opened_goods_that_nobody_takes_back(shop: Shop, now: datetime) -> None:
    """L3: the dispute goes to the supervisor and legal, and is flagged in time."""
    order = await shop.order(now)
    ticket = await shop.complain(
        "拆封了就不给退？你们凭什么拒绝退货", order_id=order, opened_goods=True
    )
    (triaged,) = await shop.wait_for("triage", ticket, "Triaged")
    assert (triaged["level"], triaged["route"]) == ("L3", "supervisor_legal")
    started = await shop.wait_for("sla", ticket, "ClockStarted", 3)
    assert {c["clock"] for c in started} == {
        "human_review", "joint_resolution", "human_first_response",
    }  # fmt: skip
    flag = {
        "message_id": "f1",
        "agent_id": "lead-1",
        "human": True,
        "visibility": "internal",
        "text": "需人工复核",
        "milestones": ["flagged_for_review"],
    }
    assert (await shop.post(f"/v1/tickets/{ticket}/replies", flag)).status == 200
    (met,) = await shop.wait_for("sla", ticket, "ClockMet")
    assert (met["clock"], met["in_time"]) == ("human_review", True)


async def test_the_same_complaint_twice_and_a_second_one_about_the_same_line(
    shop: Shop, now: datetime
) -> None:
    """Nobody has two tickets for one broken lamp."""
    order = await shop.order(now)
    about = {"order_id": order, "line_id": f"{order}-1"}
    ticket = await shop.complain("灯罩碎了", external_id=f"E-{order}", **about)
    body = {
        "origin": "inbox",
        "external_id": f"E-{order}",
        "channel": "douyin",
        "text": "灯罩碎了",
        **about,
    }
    repeat = await shop.post("/v1/tickets", body)
    assert (repeat.status, repeat.body["ticket_id"]) == (200, ticket)
    second = await shop.post(
        "/v1/tickets", {**body, "external_id": f"E2-{order}", "text": "怎么还没人理我"}
    )
    assert (second.status, second.body["ticket_id"]) == (200, ticket)
    (joined,) = await shop.wait_for("tickets", ticket, "CustomerMessageReceived")
    assert joined["repeat_of"] == f"E2-{order}"
    assert len(await shop.events("tickets", ticket, "TicketOpened")) == 1


async def test_the_evidence_of_a_ticket_is_complete(shop: Shop, now: datetime) -> None:
    """Everything about the ticket and its order is in the archive, and can be checked."""
    order = await shop.order(now)
    ticket = await shop.complain("少发了一个配件", order_id=order)
    await shop.wait_for("sla", ticket, "ClockStarted", 3)

    async def archived() -> bool:
        found = await shop.events("evidence", ticket, "EvidenceArchived")
        kinds = {e["kind"]: e["count"] for e in found}
        return {"ticket_event", "order_event"} <= kinds.keys()

    await bus.until(archived)
