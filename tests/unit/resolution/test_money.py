"""Properties of money: exact splits, never more than paid, never two actions in flight."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.rules import RefusedError
from schemas.tickets import TicketReopened
from services.resolution.domain.money import (
    apportion,
    left_by_line,
    left_fen,
    paid_fen,
    refunded_fen,
)
from tests.unit.resolution.desk import PAID, Desk

WEIGHTS = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(0, 10**11))


@given(WEIGHTS, st.integers(0, 10**11))
def test_a_split_is_exact_and_within_its_weights(weights: dict[str, int], amount: int) -> None:
    parts = apportion(amount, weights)
    whole = sum(weights.values())
    assert sum(parts.values()) == (amount if whole else 0)
    assert all(part > 0 for part in parts.values())
    if amount <= whole:
        assert all(part <= weights[name] for name, part in parts.items())


LINE = st.sampled_from(["L1", "L2", None])
AMOUNT = st.sampled_from([1, 999, 2_500, 5_000, 10_000, 15_000]) | st.integers(1, 16_000)
TICKET = st.sampled_from(["T1", "T2", "T3"])
STEP = st.one_of(
    st.tuples(st.just("decide"), TICKET, AMOUNT, st.integers(0, 500)),
    st.tuples(st.just("split"), TICKET, AMOUNT, AMOUNT),
    st.tuples(st.just("pay"), st.booleans(), st.integers(1, 100)),
    st.tuples(st.just("platform"), LINE, AMOUNT),
    st.tuples(st.just("merchant"), LINE, AMOUNT),
    st.tuples(st.just("reopen"), TICKET),
    st.tuples(st.just("again"), st.integers(0, 20)),
)


class Trial:
    """Decisions and refunds on one order, with the truth kept apart."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.desk.place()
        for ticket, line in (("T1", "L1"), ("T2", "L2"), ("T3", None)):
            self.desk.open(ticket, line)
        self.refunds: list[tuple[str, int, str | None, dict[str, Any]]] = []

    def step(self, what: tuple[Any, ...]) -> None:
        """Do one thing; refusals are fine."""
        try:
            getattr(self, what[0])(*what[1:])
        except RefusedError as refusal:
            assert refusal.status in (404, 409, 422)  # noqa: PT017

    def decide(self, ticket: str, fen: int, compensation_fen: int) -> None:
        self.desk.resolve(ticket, refund_fen=fen, compensation_fen=compensation_fen)

    def split(self, ticket: str, one_fen: int, other_fen: int) -> None:
        parts = [
            {"line_id": "L1", "refund_fen": one_fen},
            {"line_id": "L2", "refund_fen": other_fen},
        ]
        self.desk.resolve(ticket, refund_lines=parts)

    def pay(self, named: bool, percent: int) -> None:
        """The order system pays what is in flight, perhaps in two goes."""
        action = self.desk.settlement.in_flight
        if action is None:
            return
        if not named:
            line = next(iter(action.parts)) if len(action.parts) == 1 else None
            self.refund(action.refund_fen, line, {})
            return
        first = max(action.refund_fen * percent // 100, 1)
        for part in (first, action.refund_fen - first):
            if part:
                self.refund(part, None, {"action_id": action.action_id})

    def platform(self, line: str | None, fen: int) -> None:
        self.refund(fen, line, {"initiator": "platform"})

    def merchant(self, line: str | None, fen: int) -> None:
        self.refund(fen, line, {})

    def refund(self, fen: int, line: str | None, fields: dict[str, Any]) -> None:
        """A refund that really happened."""
        number = f"R{len(self.refunds)}"
        self.refunds.append((number, fen, line, fields))
        self.desk.refund(number, fen, line, **fields)

    def again(self, which: int) -> None:
        """An earlier refund is told once more."""
        if self.refunds:
            number, fen, line, fields = self.refunds[which % len(self.refunds)]
            self.desk.refund(number, fen, line, **fields)

    def reopen(self, ticket: str) -> None:
        now = self.desk.now
        self.desk.take(TicketReopened(ticket_id=ticket, reason="r", reopened_at=now))


@settings(max_examples=200)
@given(st.lists(STEP, max_size=25))
def test_money_stays_right_whatever_happens(steps: list[tuple[Any, ...]]) -> None:
    trial = Trial()
    for what in steps:
        before, known = refunded_fen(trial.desk.settlement), trial.desk.settlement.actions
        trial.step(what)
        settlement = trial.desk.settlement
        flying = [a for a in settlement.actions.values() if a.completed_at is None]
        assert len(flying) <= 1
        assert 0 <= left_fen(settlement) <= (paid_fen(settlement) or 0)
        assert all(0 <= left <= PAID[line] for line, left in left_by_line(settlement).items())
        if what[0] in ("decide", "split", "reopen", "again"):
            assert refunded_fen(settlement) == before
        for fresh in settlement.actions.keys() - known.keys():
            assert before + settlement.actions[fresh].refund_fen <= sum(PAID.values())
        assert sum(r.refunded_fen for r in settlement.refunds.values()) == sum(
            fen for _, fen, _, _ in trial.refunds
        )


@settings(max_examples=200)
@given(st.lists(STEP, max_size=25))
def test_every_open_ticket_ends_once_each_time(steps: list[tuple[Any, ...]]) -> None:
    trial = Trial()
    open_tickets = {"T1", "T2", "T3"}
    for what in steps:
        told = len(trial.desk.told)
        trial.step(what)
        ended = [event.ticket_id for event in trial.desk.told[told:]]
        if what[0] == "reopen":
            open_tickets.add(what[1])
        assert len(ended) == len(set(ended))
        assert set(ended) <= open_tickets
        open_tickets -= set(ended)
        state = trial.desk.settlement.tickets
        assert {t for t, ticket in state.items() if ticket.resolved_at is None} == open_tickets


@settings(max_examples=100)
@given(st.lists(st.tuples(TICKET, AMOUNT), max_size=12))
def test_decisions_alone_never_refund_more_than_was_paid(asked: list[tuple[str, int]]) -> None:
    trial = Trial()
    for ticket, fen in asked:
        trial.step(("decide", ticket, fen, 0))
        trial.step(("pay", True, 100))
        trial.step(("reopen", ticket))
    assert sum(told.refund_fen for told in trial.desk.told) <= sum(PAID.values())
    assert refunded_fen(trial.desk.settlement) <= sum(PAID.values())
