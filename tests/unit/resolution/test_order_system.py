"""Refunds that the order system made by itself, in any order of arrival."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from runtime.policy import PolicyError, parse_policy
from schemas.envelope import Payload
from schemas.tickets import TicketReopened
from services.resolution.policy import ResolutionPolicy
from tests.unit.resolution.desk import PAID, START, Desk, default_policy, opened, order, refunded

LATER = START + timedelta(hours=1)
STORY: tuple[Payload, ...] = (
    order(**PAID),
    opened("T1", "L1", START),
    refunded("R1", 10_000, "L1", LATER, initiator="platform"),
)


def policy(**rule: Any) -> ResolutionPolicy:
    """The default policy with another rule for the order system's refunds."""
    body = default_policy().model_dump(mode="json", exclude={"version"})
    body["order_system_refund"] |= rule
    return parse_policy("resolution", body, ResolutionPolicy)


@pytest.mark.parametrize("events", list(permutations(STORY)))
def test_a_full_refund_ends_the_ticket_whatever_comes_first(events: tuple[Payload, ...]) -> None:
    desk = Desk()
    for event in events:
        desk.take(event)
        desk.take(event)
    (told,) = desk.told
    assert (told.ticket_id, told.decided_by, told.outcome) == ("T1", "order_system", "refund")
    assert (told.refund_fen, told.line_id, told.action_id) == (10_000, "L1", None)
    assert told.reason == default_policy().order_system_refund.reason.zh


@pytest.mark.parametrize(
    "refund",
    [
        refunded("R1", 9_999, "L1", LATER, initiator="platform"),
        refunded("R1", 5_000, "L2", LATER, initiator="platform"),
        refunded("R1", 10_000, None, LATER, initiator="platform"),
        refunded("R1", 10_000, "L1", LATER, initiator="merchant"),
        refunded("R1", 10_000, "L1", START - timedelta(minutes=1), initiator="platform"),
    ],
)
def test_what_does_not_end_it(refund: Payload) -> None:
    desk = Desk()
    for event in (*STORY[:2], refund):
        desk.take(event)
    assert desk.told == []


def test_parts_add_up_and_an_order_refund_ends_all() -> None:
    desk = Desk()
    desk.place()
    desk.open("T1", "L1")
    desk.open("T2", None)
    desk.refund("R1", 4_000, "L1", initiator="platform")
    assert desk.told == []
    desk.refund("R2", 6_000, "L1", initiator="platform")
    assert [told.ticket_id for told in desk.told] == ["T1"]
    desk.refund("R3", 5_000, None, initiator="platform")
    assert [told.ticket_id for told in desk.told] == ["T1", "T2"]
    assert sum(told.refund_fen for told in desk.told) == 15_000


def test_a_refunds_money_is_told_once() -> None:
    desk = Desk()
    desk.place()
    desk.open("T1", "L1")
    desk.open("T2", "L2")
    desk.refund("R1", 15_000, None, initiator="platform")
    assert [told.refund_fen for told in desk.told] == [15_000, 0]


def test_a_reopened_ticket_is_not_ended_by_the_old_refund() -> None:
    desk = Desk()
    for event in STORY:
        desk.take(event)
    desk.take(TicketReopened(ticket_id="T1", reason="r", reopened_at=LATER + timedelta(hours=1)))
    assert len(desk.told) == 1
    desk.resolve(outcome="rejected")
    assert len(desk.told) == 2


def test_reopening_what_is_open_or_unknown_changes_nothing() -> None:
    desk = Desk()
    reopened = TicketReopened(ticket_id="T1", reason="r", reopened_at=LATER)
    assert desk.take(reopened).case is None
    desk.open()
    assert desk.take(reopened).case is None


def test_the_policy_may_leave_it_to_people() -> None:
    desk = Desk(policy(resolves_tickets=False))
    for event in STORY:
        desk.take(event)
    assert desk.told == []


def test_the_policy_may_take_the_merchants_and_any_amount() -> None:
    desk = Desk(policy(initiators=["merchant"], from_percent=0))
    desk.open("T1", "L1", language="en")
    desk.refund("R1", 1)
    (told,) = desk.told
    assert told.reason.startswith("The platform")


def test_an_agents_refund_does_not_end_other_tickets() -> None:
    desk = Desk(policy(initiators=["merchant", "platform"]))
    desk.place()
    desk.open("T1", "L1")
    desk.open("T2", "L1")
    action = desk.resolve("T1", refund_fen=10_000)["action_id"]
    desk.refund("R1", 10_000, action_id=action)
    assert [told.ticket_id for told in desk.told] == ["T1"]


def test_a_policy_that_forgets_an_outcome_is_refused() -> None:
    body = default_policy().model_dump(mode="json", exclude={"version"})
    del body["outcomes"]["repair"]
    with pytest.raises(PolicyError, match="repair"):
        parse_policy("resolution", body, ResolutionPolicy)
