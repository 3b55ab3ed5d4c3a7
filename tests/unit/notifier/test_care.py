"""The care chain: when steps come due, what moves, silences or ends them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.notifications import CareDue
from schemas.orders import ParcelDelivered, ReceiptConfirmed, RefundCompleted
from schemas.values import Contact
from services.notifier.domain.care_policy import CarePolicies
from services.notifier.domain.order import KEY_LENGTH, order_key
from tests.support.notifier_rules import OrderStory, evening, names
from tests.support.notifier_story import (
    ORDER,
    at,
    care_policy,
    content_of,
    default_policies,
    placed,
    shipped,
)

DAY_S = 86_400
RECEIVED = ReceiptConfirmed(order_id=ORDER, received_at=at(3 * DAY_S))
DELIVERED = ParcelDelivered(order_id=ORDER, parcel_id="P-1", delivered_at=at(DAY_S))
REFUNDED = RefundCompleted(
    order_id=ORDER, refund_id="r", refunded_fen=1, refunded_at=at(), initiator="merchant"
)


def local(moment: datetime) -> str:
    """As a clock in China shows it."""
    return f"{moment.astimezone(ZoneInfo('Asia/Shanghai')):%m-%d %H:%M}"


def test_the_three_steps() -> None:
    story = OrderStory()
    story.tell(placed())
    assert story.timers == {}
    story.tell(shipped())
    assert {name: local(due) for name, due in story.timers.items()} == {
        "after_shipping": "01-04 13:00",
        "expected_delivery_day": "01-06 09:30",
    }
    assert names(story.wait("after_shipping")) == ["care:after_shipping to customer"]
    assert names(story.wait("expected_delivery_day")) == ["care:expected_delivery_day to customer"]
    story.tell(DELIVERED, RECEIVED)
    assert local(story.timers["week_after_receipt"]) == "01-14 12:00"
    (said,) = story.wait("week_after_receipt")
    assert said.about == ORDER
    assert story.steps == dict.fromkeys(
        ("after_shipping", "expected_delivery_day", "week_after_receipt"), "done"
    )
    due = [each for each in story.events if isinstance(each, CareDue)]
    assert [each.means for each in due] == ["message"] * 3
    assert due[0].due_at == at(3_600)


def test_events_in_any_order_arm_the_same() -> None:
    first, second = OrderStory(), OrderStory()
    first.tell(placed(), shipped())
    second.tell(shipped(), placed())
    assert first.timers == second.timers


def test_a_step_is_due_at_a_full_minute_and_never_early() -> None:
    story = OrderStory()
    story.tell(placed(), shipped(seconds=0.25))
    assert story.timers["after_shipping"] == at(3_660)


def test_a_step_due_at_night_waits_for_the_morning() -> None:
    story = OrderStory()
    story.tell(placed(), shipped(seconds=9.5 * 3_600))
    assert local(story.timers["after_shipping"]) == "01-05 09:00"


def test_a_timer_that_fires_in_quiet_hours_is_put_off() -> None:
    story = OrderStory()
    story.tell(placed(), shipped())
    late_s = (evening() - story.timers["after_shipping"]).total_seconds()
    assert story.wait("after_shipping", late_s=late_s) == []
    assert local(story.timers["after_shipping"]) == "01-05 09:00"
    assert names(story.wait("after_shipping")) == ["care:after_shipping to customer"]


@pytest.mark.parametrize("end", [REFUNDED, DELIVERED, RECEIVED])
def test_what_makes_the_first_steps_vanish(end: Any) -> None:
    story = OrderStory()
    story.tell(placed(), shipped(), end)
    assert set(story.timers) <= {"week_after_receipt"}
    story.tell(REFUNDED)
    assert story.timers == {}


def test_before_shipping_nothing_is_expected_today() -> None:
    story = OrderStory()
    story.tell(placed(promised_delivery_at=at(3_600)))
    assert story.timers == {}


def test_a_dispute_leaves_a_step_out_for_good() -> None:
    story = OrderStory()
    story.tell(placed(), shipped())
    story.case = replace(story.case, disputed=True)
    assert story.wait("after_shipping") == []
    assert story.steps == {"after_shipping": "dispute"}
    story.case = replace(story.case, disputed=False)
    story.tell(shipped(seconds=-60))
    assert "after_shipping" not in story.timers
    assert story.events == []


def test_a_step_that_comes_much_too_late_is_left_out() -> None:
    story = OrderStory()
    story.tell(placed(), shipped())
    assert story.wait("after_shipping", late_s=DAY_S + 1) == []
    assert story.steps == {"after_shipping": "too late"}


def test_without_a_phone_a_step_is_left_out() -> None:
    story = OrderStory()
    story.tell(placed(contact=Contact()), shipped())
    assert story.wait("after_shipping") == []
    assert story.steps == {"after_shipping": "no phone"}


@pytest.mark.parametrize("changes", [{"high_value": True}, {"paid_fen": 600_000}])
def test_high_value_customers_are_called(changes: dict[str, Any]) -> None:
    order = placed()
    if "paid_fen" in changes:
        changes |= {"lines": (order.lines[0].model_copy(update=changes),)}
    story = OrderStory()
    story.tell(placed(**changes), shipped())
    (task,) = story.wait("after_shipping")
    assert (task.way.recipient, task.template, task.way.phone) == ("regular", "care_call", None)
    (due,) = story.events
    assert isinstance(due, CareDue)
    assert due.means == "call_task"


def test_the_first_parcel_and_the_first_confirmation_count() -> None:
    story = OrderStory()
    story.tell(placed(), shipped(seconds=600), shipped(), shipped(seconds=900))
    assert story.timers["after_shipping"] == at(3_600)
    story.tell(RECEIVED)
    due = story.timers["week_after_receipt"]
    story.tell(ReceiptConfirmed(order_id=ORDER, received_at=at(9 * DAY_S)))
    assert story.timers["week_after_receipt"] == due


def test_a_step_that_the_policy_drops_is_left_out() -> None:
    story = OrderStory()
    story.tell(placed(), shipped())
    steps = content_of("care", "steps")
    del steps["after_shipping"]
    story.policies = CarePolicies(care_policy(steps=steps), default_policies().notifier)
    assert story.wait("after_shipping") == []
    assert story.steps == {"after_shipping": "not in the policy"}


def test_a_timer_of_nothing_does_nothing() -> None:
    story = OrderStory()
    story.timers["other"] = at()
    assert story.wait("other") == []
    story.timers["after_shipping"] = at() + timedelta(1)
    assert story.wait("after_shipping") == []


def test_a_key_is_never_too_long() -> None:
    assert order_key("shop", "o-1") == "shop/o-1"
    long = order_key("s" * 100, "o" * 100)
    assert len(long) <= KEY_LENGTH
    assert long != order_key("s" * 100, "o" * 101)
