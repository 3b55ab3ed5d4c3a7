"""The order projection: any arrival of the same events ends in the same order."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import Envelope, Payload
from schemas.orders import (
    OrderPlaced,
    OrderShipped,
    ParcelDelivered,
    ParcelScanned,
    ReceiptConfirmed,
    RefundCompleted,
)
from schemas.tickets import OrderAttached
from schemas.values import ParcelState
from services.intake.domain import orders
from services.intake.domain.orders import KnownOrder, Order, Parcel, Track
from tests.unit.intake.tickets import NOW, placed, ticket, told

RULES: dict[type[Payload], Any] = {
    OrderPlaced: orders.place,
    OrderShipped: orders.ship,
    ParcelScanned: orders.scan,
    ParcelDelivered: orders.deliver,
    ReceiptConfirmed: orders.receive,
    RefundCompleted: orders.refund,
}
HOUR = timedelta(hours=1)
hours = st.integers(0, 5).map(lambda number: NOW - number * HOUR)
parcels = st.sampled_from(("P-1", "P-2"))
carriers = st.sampled_from(("sf", "zto"))
events = st.one_of(
    st.builds(
        lambda language, at: told(placed(language=language), at=at),
        st.sampled_from(("zh", "en")),
        hours,
    ),
    st.builds(
        OrderShipped, order_id=st.just("O-1"), parcel_id=parcels, carrier=carriers,
        shipped_at=hours, weight_g=st.just(5), line_ids=st.sampled_from(((), ("L1",))),
    ).map(told),
    st.builds(
        ParcelScanned, order_id=st.just("O-1"), parcel_id=parcels, carrier=carriers,
        state=st.sampled_from(("unknown", "in_transit", "problem", "signed")), scanned_at=hours,
        hub=st.sampled_from((None, "杭州", "广州")),
    ).map(told),
    st.builds(
        ParcelDelivered, order_id=st.just("O-1"), parcel_id=parcels, delivered_at=hours
    ).map(told),
    st.builds(ReceiptConfirmed, order_id=st.just("O-1"), received_at=hours).map(told),
    st.builds(
        RefundCompleted, order_id=st.just("O-1"), refund_id=st.sampled_from(("r1", "r2")),
        refunded_fen=st.integers(0, 50), refunded_at=hours, initiator=st.just("merchant"),
    ).map(told),
)  # fmt: skip


def apply(order: Order, event: Envelope[Any]) -> Order:
    return RULES[type(event.data)](order, event, None, NOW).case or order


@given(st.lists(events, max_size=12).flatmap(lambda e: st.tuples(st.just(e), st.permutations(e))))
def test_arrival_does_not_matter(both: tuple[list[Any], list[Any]]) -> None:
    first, second = (reduce(apply, told_so, Order("s", "O-1")) for told_so in both)
    assert first == second


@given(st.lists(events, max_size=12))
def test_hearing_all_of_it_again_changes_nothing(told_so: list[Any]) -> None:
    once = reduce(apply, told_so, Order("s", "O-1"))
    assert all(RULES[type(e.data)](once, e, None, NOW).case is None for e in told_so)


def test_a_scan_from_the_future_does_not_win_for_ever() -> None:
    ahead = ParcelScanned(
        order_id="O-1", parcel_id="P", carrier="sf", state="problem", scanned_at=NOW + 999 * HOUR
    )
    order = apply(Order("s", "O-1"), told(ahead))
    assert order.track.parcels["P"].seen_at == NOW
    later = ahead.model_copy(update={"state": "signed", "scanned_at": NOW + HOUR})
    order = orders.scan(order, told(later), None, NOW + HOUR).case or order
    assert order.track.parcels["P"].state == "signed"


def snapshot(line_id: str | None = None, **parcels: Parcel) -> tuple[ParcelState, bool]:
    found = KnownOrder(placed(), Track(parcels=parcels)).snapshot(line_id)
    return found.parcel_state, found.delivered_at is not None


ARRIVED = Parcel(shipped_at=NOW - 9 * HOUR, state="signed", seen_at=NOW, delivered_at=NOW)
STALLED = Parcel(shipped_at=NOW - 9 * HOUR, state="in_transit", seen_at=NOW - 8 * HOUR)
MOVING = Parcel(shipped_at=NOW - 9 * HOUR, state="out_for_delivery", seen_at=NOW - HOUR)


def test_the_parcel_that_is_furthest_behind_speaks() -> None:
    assert snapshot() == ("unknown", False)
    assert snapshot(a=ARRIVED) == ("signed", True)
    assert snapshot(a=ARRIVED, b=MOVING) == ("out_for_delivery", False)
    assert snapshot(a=ARRIVED, b=MOVING, c=STALLED) == ("in_transit", False)


def test_the_parcel_that_speaks_names_its_carrier_and_the_last_hub() -> None:
    scan = ParcelScanned(
        order_id="O-1", parcel_id="P", carrier="sf", state="in_transit", hub="杭州",
        scanned_at=NOW - 2 * HOUR,
    )  # fmt: skip
    silent = scan.model_copy(update={"hub": None, "scanned_at": NOW - HOUR})
    order = reduce(apply, map(told, (silent, scan)), Order("s", "O-1"))
    found = KnownOrder(placed(), order.track).snapshot(None)
    assert (found.carrier, found.hub, found.parcel_seen_at) == ("sf", "杭州", NOW - HOUR)
    assert KnownOrder(placed(), Track()).snapshot(None).carrier is None


def test_parcels_with_the_line_speak_for_it() -> None:
    first = ARRIVED.model_copy(update={"line_ids": ("L1",)})
    second = MOVING.model_copy(update={"line_ids": ("L2",)})
    assert snapshot("L1", a=first, b=second) == ("signed", True)
    assert snapshot("L2", a=first, b=second) == ("out_for_delivery", False)
    assert snapshot("L3", a=first, b=second) == ("out_for_delivery", False)


def test_tickets_that_waited_for_their_order_are_told_of_it_once() -> None:
    waiting = tuple(ticket(ticket_id=f"t-{n}", order_id="O-1", line_id=f"L{n}") for n in (1, 2))
    decision = orders.place(Order("s", "O-1", asked_for=waiting), told(placed()), None, NOW)
    assert [event.subject for event in decision.events] == ["t-1", "t-2"]
    (first, _) = decision.events
    assert isinstance(first, OrderAttached)
    assert (first.order.paid_fen, first.known_at, decision.lane) == (100, NOW, "routine")
    assert decision.case is not None
    again = told(placed(language="en"), at=NOW + HOUR)
    assert orders.place(decision.case, again, None, NOW).events == ()


def test_of_tickets_in_both_lanes_those_are_told_that_may_become_urgent() -> None:
    urgent = ticket(ticket_id="t-1", lane="urgent")
    alone = orders.place(Order("s", "O-1", asked_for=(urgent,)), told(placed()), None, NOW)
    assert ([event.subject for event in alone.events], alone.lane) == (["t-1"], "urgent")
    both = Order("s", "O-1", asked_for=(urgent, ticket(ticket_id="t-2")))
    decision = orders.place(both, told(placed()), None, NOW)
    assert ([event.subject for event in decision.events], decision.lane) == (["t-2"], "routine")
