"""The rule for complaints: open, join, repeat, refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schemas.rules import Decision, RefusedError
from schemas.tickets import CustomerMessageReceived, TicketOpened, TicketResumed
from services.intake.domain.commands import OpenTicket
from services.intake.domain.openings import Openings, key_of, open_ticket
from tests.unit.intake.tickets import NOW, RULES, box, complaint, known, phone_of, ticket, told

EMPTY = Openings("k")


def decide(case: Openings, asked: OpenTicket) -> Decision[Openings]:
    return open_ticket(case, told(asked), RULES, NOW)


def after(case: Openings, *asked: OpenTicket) -> Openings:
    for one in asked:
        case = decide(case, one).case or case
    return case


def refused(case: Openings, asked: OpenTicket) -> RefusedError:
    with pytest.raises(RefusedError) as refusal:
        decide(case, asked)
    return refusal.value


def test_orders_of_two_shops_with_one_id_are_two_keys() -> None:
    asked = complaint(order_id="b")
    assert key_of("a", asked) != key_of("c", asked)
    assert key_of("a/b", complaint(order_id="c")) != key_of("a", complaint(order_id="b/c"))
    assert key_of("a", complaint()) == "t-c-1"


def test_opening_stores_ticket_and_complaint() -> None:
    decision = decide(EMPTY, complaint(order_id="O-1", line_id="L1"))
    assert decision.case is not None
    assert list(decision.case.moved) == ["t-c-1"]
    assert [c.ticket_id for c in decision.case.taken] == ["t-c-1"]
    assert decision.answer == {
        "ticket_id": "t-c-1", "created": True, "joined": False, "attempt": "a-1",
    }  # fmt: skip
    (opened,) = decision.events
    assert isinstance(opened, TicketOpened)
    assert opened.opened_at == opened.received_at == NOW
    assert opened.order is None


def test_a_repeat_differs_from_a_re_use() -> None:
    case = after(EMPTY, complaint())
    again = decide(case, complaint(attempt="a-2", original=box(), contact=phone_of("x")))
    assert (again.case, again.events) == (None, ())
    assert again.answer is not None
    assert again.answer["created"] is False
    assert refused(case, complaint(text="other")).code == "id_reused"
    assert refused(case, complaint(order_id="O-1")).code == "id_reused"


def test_a_repeat_is_answered_however_old_it_is() -> None:
    old = complaint(opened_at=NOW - timedelta(days=364))
    case = after(EMPTY, old)
    later = NOW + timedelta(days=30)
    assert open_ticket(case, told(old), RULES, later).answer is not None


def test_joining_hears_the_customer() -> None:
    waiting = ticket(
        order_id="O-1", state="waiting", wait_cause="customer", wait_since=NOW - timedelta(hours=1)
    )
    case = replace(EMPTY, tickets={None: waiting})
    decision = decide(case, complaint("c-2", order_id="O-1"))
    message, resumed = decision.events
    assert isinstance(message, CustomerMessageReceived)
    assert (message.ticket_id, message.repeat_of) == ("t-1", "c-2")
    assert isinstance(resumed, TicketResumed)
    assert decision.case is not None
    assert decision.case.moved["t-1"].state == "open"


def test_within_one_batch_the_second_joins_the_first() -> None:
    case = after(EMPTY, complaint("c-1", order_id="O-1"), complaint("c-2", order_id="O-1"))
    assert [c.joined for c in case.taken] == [False, True]
    assert list(case.moved) == ["t-c-1"]


def test_without_an_order_nothing_is_joined() -> None:
    case = after(EMPTY, complaint("c-1"), complaint("c-2"))
    assert len(case.moved) == 2


def test_an_id_that_the_batch_also_holds_elsewhere_is_refused() -> None:
    case = replace(EMPTY, elsewhere=frozenset({("inbox", "c-1")}))
    assert refused(case, complaint()).code == "id_reused"
    assert decide(case, complaint("c-2")).case is not None


def test_lines_are_checked_against_a_known_order_only() -> None:
    case = replace(EMPTY, order=known())
    refusal = refused(case, complaint(order_id="O-1", line_id="L9"))
    assert (refusal.code, refusal.status) == ("unknown_line", 422)
    assert decide(EMPTY, complaint(order_id="O-1", line_id="L9")).case is not None


@pytest.mark.parametrize(
    ("asked", "customer", "contact"),
    [
        ({}, "C-1", "order"),
        ({"customer_id": "C-1"}, "C-1", "order"),
        ({"customer_id": "C-2"}, "C-2", None),
        ({"customer_id": "C-2", "contact": phone_of("own")}, "C-2", "own"),
        ({"contact": phone_of("own")}, "C-1", "own"),
    ],
)
def test_who_the_customer_is(asked: dict[str, Any], customer: str, contact: str | None) -> None:
    case = replace(EMPTY, order=known(contact=phone_of("order")))
    (opened,) = decide(case, complaint(order_id="O-1", **asked)).events
    assert isinstance(opened, TicketOpened)
    assert opened.customer_id == customer
    assert opened.contact == (phone_of(contact) if contact else opened.contact)
    assert (opened.contact.phone is None) == (contact is None)


@pytest.mark.parametrize(
    ("case", "sealed_for", "fits"),
    [
        (EMPTY, "ticket:t-c-1", True),
        (replace(EMPTY, order=known()), "ticket:t-c-1", False),
        (replace(EMPTY, order=known()), "C-1", True),
        (replace(EMPTY, tickets={None: ticket(order_id="O-1")}), "ticket:t-c-1", False),
        (replace(EMPTY, tickets={None: ticket(order_id="O-1")}), "ticket:t-1", True),
    ],
)
def test_boxes_must_be_sealed_for_the_tickets_person(
    case: Openings, sealed_for: str, fits: bool
) -> None:
    asked = complaint(order_id="O-1", original=box(), sealed_for=sealed_for)
    if fits:
        assert decide(case, asked).case is not None
    else:
        assert refused(case, asked).code == "person_changed"


def test_refunds_beyond_all_bounds_do_not_stop_a_ticket() -> None:
    refunds = {
        f"r-{n}": {"refunded_fen": 100_000_000_000, "refunded_at": NOW.isoformat()}
        for n in range(3)
    }
    order = known()
    order = replace(order, track=order.track.model_validate({"refunds": refunds}))
    (opened,) = decide(replace(EMPTY, order=order), complaint(order_id="O-1")).events
    assert isinstance(opened, TicketOpened)
    assert opened.order is not None
    assert opened.order.refunded_fen == 100_000_000_000
