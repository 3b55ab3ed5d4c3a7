"""What changes the picture of a ticket after its triage, and who hears of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from runtime.clock import new_id
from tests.support import bus
from tests.support.shop import Shop


async def test_an_order_that_comes_late_makes_its_ticket_urgent(shop: Shop, now: datetime) -> None:
    """2,500 yuan, which nobody knew when the customer complained: L1 from that moment on."""
    order = f"O-{new_id().hex[-12:]}"
    ticket = await shop.complain("灯还没收到，什么时候能到", order_id=order)
    (triaged,) = await shop.wait_for("triage", ticket, "Triaged")
    assert triaged["level"] == "L2"
    await shop.wait_for("sla", ticket, "ClockStarted", 3)
    await shop.order(now, order_id=order, paid_fen=250_000)
    (told,) = await shop.wait_for("triage", ticket, "Retriaged")
    assert (told["cause"], told["was_level"], told["level"]) == ("order", "L2", "L1")
    assert "2500.00" in told["reasons"][0]["zh"]
    started = await shop.wait_for("sla", ticket, "ClockStarted", 5)
    (call,) = [clock for clock in started if clock["clock"] == "first_contact"]
    anchored, due = (datetime.fromisoformat(call[name]) for name in ("anchor_at", "due_at"))
    assert anchored == datetime.fromisoformat(told["triaged_at"])
    assert due - anchored == timedelta(minutes=15)

    async def called() -> bool:
        accepted = await shop.events("notifications", ticket, "NotificationAccepted")
        return any(each["rule"] == "call_task" for each in accepted)

    await bus.until(called)


async def test_a_ticket_that_nobody_could_sort(shop: Shop, now: datetime) -> None:
    """A person is asked, on a clock, and decides; a danger told afterwards still goes first."""
    ticket = await shop.complain("在吗")
    (triaged,) = await shop.wait_for("triage", ticket, "Triaged")
    assert triaged["route"] == "human_triage"
    started = await shop.wait_for("sla", ticket, "ClockStarted", 4)
    assert "human_triage" in {clock["clock"] for clock in started}
    decision = {"agent_id": "agent-7", "problem_class": "usage", "route": "second_line"}
    answer = await shop.post(f"/v1/tickets/{ticket}/triage", decision)
    assert answer.status == 200, answer.body
    (told,) = await shop.wait_for("triage", ticket, "Retriaged")
    assert (told["cause"], told["agent_id"], told["route"]) == ("person", "agent-7", "second_line")
    (met,) = await shop.wait_for("sla", ticket, "ClockMet")
    assert met["clock"] == "human_triage"
    danger = {"message_id": "m1", "text": "插上电就漏电，孩子的手被烫伤了"}
    assert (await shop.post(f"/v1/tickets/{ticket}/messages", danger)).status == 200
    told = (await shop.wait_for("triage", ticket, "Retriaged", 2))[-1]
    assert (told["cause"], told["level"], told["safety"]) == ("message", "L1", True)
