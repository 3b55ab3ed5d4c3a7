"""An agent's decision: what it makes, what it is refused for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.rules import RefusedError
from schemas.tickets import TicketReopened
from services.resolution.domain import ResolutionRequest
from tests.unit.resolution.desk import PAID, Desk, snapshot


@pytest.fixture
def desk() -> Desk:
    """A paid order with an open ticket on its first line."""
    made = Desk()
    made.place()
    made.open()
    return made


def code_of(desk: Desk, ticket: str = "T1", **decision: Any) -> tuple[str, int]:
    """Code and status of a refusal, which must change nothing."""
    before, told = desk.case, list(desk.told)
    with pytest.raises(RefusedError) as refusal:
        desk.resolve(ticket, **decision)
    assert desk.case is before
    assert desk.told == told
    return refusal.value.code, refusal.value.status


def flying(desk: Desk) -> int | None:
    """Refund of the action in flight, fen."""
    action = desk.settlement.in_flight
    return None if action is None else action.refund_fen


def test_a_refund_becomes_a_money_action_and_ends_the_ticket(desk: Desk) -> None:
    answer = desk.resolve(refund_fen=4_000, reason="broken on arrival")
    (told,) = desk.told
    assert told.decided_by == "agent"
    assert (told.refund_fen, told.line_id, told.order_id) == (4_000, "L1", "O1")
    assert told.action_id == answer["action_id"]
    assert told.reason == "broken on arrival"
    assert answer["refund_lines"] == [{"line_id": "L1", "refund_fen": 4_000}]
    assert answer["left_fen"] == 11_000
    action = desk.settlement.in_flight
    assert action is not None
    assert action.action_id == told.action_id


def test_the_same_request_makes_the_same_action() -> None:
    ids = []
    for _ in range(2):
        desk = Desk()
        desk.place()
        desk.open()
        ids.append(desk.resolve(refund_fen=1)["action_id"])
    assert ids[0] == ids[1]


def test_a_second_decision_is_refused_until_the_ticket_is_reopened(desk: Desk) -> None:
    desk.resolve(outcome="explanation")
    assert code_of(desk, outcome="explanation") == ("already_resolved", 409)
    desk.take(TicketReopened(ticket_id="T1", reason="again", reopened_at=desk.now))
    desk.resolve(outcome="reship")
    assert [told.outcome for told in desk.told] == ["explanation", "reship"]


def test_money_waits_for_the_money_before(desk: Desk) -> None:
    desk.open("T2", "L2")
    action = desk.resolve(refund_fen=1_000)["action_id"]
    assert code_of(desk, "T2", refund_fen=1) == ("money_in_flight", 409)
    desk.resolve("T2", outcome="explanation")
    desk.open("T3", "L2")
    desk.refund("R1", 1_000, action_id=action)
    desk.resolve("T3", refund_fen=1)
    assert len(desk.told) == 3


@pytest.mark.parametrize("fields", [{"action_id": None}, {"action_id": None, "line": None}])
def test_a_merchants_refund_that_fits_carries_the_action_out(
    desk: Desk, fields: dict[str, Any]
) -> None:
    desk.resolve(refund_fen=1_000)
    desk.refund("R1", 999, **fields)
    assert flying(desk) == 1_000
    desk.refund("R2", 1_000, **fields)
    assert flying(desk) is None
    assert desk.settlement.refunds["R2"].action_id is not None
    assert desk.settlement.refunds["R1"].action_id is None


def test_a_platforms_refund_carries_no_action_out(desk: Desk) -> None:
    desk.resolve(refund_fen=1_000)
    desk.refund("R1", 1_000, initiator="platform")
    assert desk.settlement.in_flight is not None


def test_an_action_is_over_when_all_its_refund_is_reported(desk: Desk) -> None:
    parts = [{"line_id": line, "refund_fen": 2_000} for line in PAID]
    action = desk.resolve(refund_lines=parts, compensation_fen=300)["action_id"]
    desk.refund("R1", 2_000, "L1", action_id=action)
    assert flying(desk) == 4_000
    desk.refund("R2", 2_000, "L2", action_id=action)
    assert flying(desk) is None


def test_compensation_alone_is_over_when_it_is_reported(desk: Desk) -> None:
    answer = desk.resolve(outcome="compensation", compensation_fen=500)
    assert answer["left_fen"] == 15_000
    desk.refund("R1", 500, None, action_id=answer["action_id"])
    assert desk.settlement.in_flight is None
    desk.open("T2", None)
    assert desk.resolve("T2", refund_fen=15_000)["left_fen"] == 0


def test_what_was_paid_for_a_line_is_the_most(desk: Desk) -> None:
    assert code_of(desk, refund_fen=10_001) == ("more_than_paid", 422)
    desk.refund("R1", 4_000, initiator="platform")
    assert code_of(desk, refund_fen=6_001) == ("more_than_paid", 422)
    assert desk.resolve(refund_fen=6_000)["left_fen"] == 5_000


def test_what_is_left_of_the_order_is_the_most_too(desk: Desk) -> None:
    desk.refund("R1", 14_000, None, initiator="platform")
    assert code_of(desk, refund_fen=1_001) == ("more_than_paid", 422)
    assert desk.resolve(refund_fen=1_000)["left_fen"] == 0


def test_an_amount_for_the_order_is_split_over_its_lines(desk: Desk) -> None:
    desk.open("T2", None)
    answer = desk.resolve("T2", refund_fen=10_001)
    parts = {part["line_id"]: part["refund_fen"] for part in answer["refund_lines"]}
    assert parts == {"L1": 6_667, "L2": 3_334}
    assert desk.told[-1].line_id is None


def test_what_a_snapshot_says_was_refunded_counts() -> None:
    desk = Desk()
    desk.open(order=snapshot(refunded_fen=9_500, **PAID))
    assert code_of(desk, refund_fen=5_501) == ("more_than_paid", 422)
    desk.refund("R1", 9_500)
    assert code_of(desk, refund_fen=501) == ("more_than_paid", 422)
    assert desk.resolve(refund_fen=500)["left_fen"] == 5_000


def test_without_the_order_money_has_to_wait() -> None:
    desk = Desk()
    desk.open()
    assert code_of(desk, refund_fen=1) == ("order_not_known", 409)
    desk.place()
    desk.resolve(refund_fen=1)


def test_without_an_order_no_money_moves() -> None:
    desk = Desk()
    desk.open("T1", None, order_id=None)
    assert code_of(desk, outcome="compensation", compensation_fen=1) == ("no_order", 422)
    assert desk.resolve(outcome="rejected")["left_fen"] is None


@pytest.mark.parametrize(
    ("decision", "code"),
    [
        ({"outcome": "refund"}, "money_missing"),
        ({"outcome": "compensation"}, "money_missing"),
        ({"outcome": "rejected", "refund_fen": 1}, "money_not_allowed"),
        ({"outcome": "exchange", "refund_fen": 1}, "money_not_allowed"),
        ({"outcome": "withdrawn", "compensation_fen": 1}, "money_not_allowed"),
        ({"outcome": "compensation", "compensation_fen": 500_001}, "compensation_too_high"),
        ({"refund_lines": [{"line_id": "L9", "refund_fen": 1}]}, "unknown_line"),
    ],
)
def test_amounts_fit_the_outcome(desk: Desk, decision: dict[str, Any], code: str) -> None:
    assert code_of(desk, **decision) == (code, 422)


def test_an_unknown_ticket_may_still_arrive(desk: Desk) -> None:
    assert code_of(desk, "T9", outcome="rejected") == ("unknown_ticket", 404)
    assert code_of(Desk(), outcome="rejected") == ("unknown_ticket", 404)


@pytest.mark.parametrize(
    "wrong",
    [
        {"refund_fen": 1.5},
        {"refund_fen": "100"},
        {"refund_fen": -1},
        {"refund_fen": True},
        {"refund_lines": [{"line_id": "L1", "refund_fen": 0}]},
        {"refund_lines": [{"line_id": "L1", "refund_fen": 1}] * 2},
        {"refund_lines": [{"line_id": "L1", "refund_fen": 1}], "refund_fen": 1},
        {"outcome": "gift"},
        {"agent_id": ""},
        {"refunds": 1},
        {"reason": "x" * 2_001},
    ],
)
def test_what_is_no_decision(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ResolutionRequest.model_validate({"outcome": "refund", "agent_id": "a", **wrong})
