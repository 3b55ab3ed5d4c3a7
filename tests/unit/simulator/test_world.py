"""The world is the same for the same seed, and it is the world that the domain describes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import phonenumbers
import pytest

from runtime.redaction import mask_text
from schemas.orders import (
    OrderPlaced,
    OrderShipped,
    ParcelDelivered,
    ParcelScanned,
    RefundCompleted,
)
from simulator.orders import apportion
from simulator.plan import Plan, Text
from simulator.world import World, build_world
from tests.unit.simulator.conftest import BEGIN_AT, plan

HOUR = timedelta(hours=1)


def test_the_same_seed_makes_the_same_world(small: World) -> None:
    again = build_world(small.plan)
    assert again == small
    assert again.fingerprint() == small.fingerprint()
    assert build_world(replace(small.plan, seed=2)).fingerprint() != small.fingerprint()


def test_it_is_as_large_as_the_plan_says(world: World) -> None:
    first = [complaint for complaint in world.complaints if complaint.repeat_of is None]
    assert len(world.orders) == 3_000
    assert len(first) == 400
    assert len({complaint.external_id for complaint in world.complaints}) == len(world.complaints)
    lines = Counter(complaint.line.line_id for complaint in first)
    assert max(lines.values()) == 1


def test_everything_is_told_within_the_span_and_in_order(world: World) -> None:
    told = [fact.told_at for fact in world.facts]
    assert told == sorted(told)
    assert all(fact.happened_at <= fact.told_at for fact in world.facts)
    assert all(
        BEGIN_AT <= complaint.at < world.plan.end_at and complaint.opened_at <= complaint.at
        for complaint in world.complaints
    )
    assert all(
        complaint.at + timedelta(seconds=note.after_s) < world.plan.end_at
        for complaint in world.complaints
        for note in complaint.notes
    )


def test_most_orders_are_of_todays_stream(world: World) -> None:
    live = [order for order in world.orders if order.course == "live"]
    assert len(live) == 2_400
    assert all(BEGIN_AT <= order.placed_at < world.plan.end_at for order in live)
    trails = {
        fact.payload.subject for fact in world.facts if isinstance(fact.payload, OrderShipped)
    }
    assert not trails & {order.order_id for order in live}


def test_the_shares_of_the_classes_are_those_of_the_domain(world: World) -> None:
    classes: Counter[str] = Counter(
        c.problem_class for c in world.complaints if c.repeat_of is None
    )
    wanted = {
        "product_mismatch": 35, "logistics": 28, "usage": 20, "service_attitude": 10, "special": 7,
    }  # fmt: skip
    for name, percent in wanted.items():
        assert classes[name] * 100 / 400 == pytest.approx(percent, abs=3), name


def test_a_complaint_fits_its_order(world: World) -> None:
    for complaint in world.complaints:
        course = complaint.order.course
        assert complaint.line in complaint.order.lines
        if complaint.story == "stalled":
            assert course == "stalled"
        if complaint.story in ("leaking", "quality", "size", "connect"):
            assert course in ("arrived", "week_ago")


def test_money_sums_up(world: World) -> None:
    for fact in world.facts:
        if isinstance(fact.payload, OrderPlaced):
            assert sum(line.paid_fen for line in fact.payload.lines) == fact.payload.paid_fen
    paid = {line.line_id: line.paid_fen for order in world.orders for line in order.lines}
    refunds = [f.payload for f in world.facts if isinstance(f.payload, RefundCompleted)]
    assert refunds
    assert all(refund.refunded_fen <= paid[refund.line_id or ""] for refund in refunds)


def test_apportioned_parts_sum_to_the_whole() -> None:
    assert apportion(100, [1, 1, 1]) == [34, 33, 33]
    assert apportion(1, [5, 5]) == [1, 0]
    assert sum(apportion(99_999, [890, 15_900, 7, 1])) == 99_999


def test_care_steps_come_due_during_the_stream(world: World) -> None:
    confirmed = [
        fact.happened_at + timedelta(days=7)
        for fact in world.facts
        if fact.order and fact.order.course == "week_ago"
        if type(fact.payload).__name__ == "ReceiptConfirmed"
    ]
    assert confirmed
    assert all(BEGIN_AT < due_at < world.plan.end_at for due_at in confirmed)


def test_a_parcel_at_the_stalled_hub_has_not_moved_for_two_days(world: World) -> None:
    seen = [
        fact.happened_at
        for fact in world.facts
        if fact.order and fact.order.course == "stalled"
        if isinstance(fact.payload, ParcelScanned)
    ]
    assert max(seen) < BEGIN_AT - 48 * HOUR
    assert not any(
        isinstance(fact.payload, ParcelDelivered)
        for fact in world.facts
        if fact.order and fact.order.course == "stalled"
    )


def test_upstream_repeats_itself_and_comes_out_of_order(world: World) -> None:
    assert any(fact.twice for fact in world.facts)
    assert any(complaint.twice_after_s for complaint in world.complaints)
    assert any(complaint.resent_after_s for complaint in world.complaints)
    assert any(complaint.repeat_of for complaint in world.complaints)
    last: dict[str, datetime] = {}
    swapped = 0
    for fact in world.facts:
        if fact.order is not None:
            swapped += fact.happened_at < last.get(fact.order.order_id, fact.happened_at)
            last[fact.order.order_id] = fact.happened_at
    assert swapped


def test_the_blackmailer_writes_the_same_about_each_order() -> None:
    big = build_world(plan(orders=1_500, tickets=400))
    threats = [c for c in big.complaints if c.story == "blackmail"]
    assert len(threats) >= 3
    assert len({c.text for c in threats}) == 1
    assert len({c.person.customer_id for c in threats}) == 1
    assert len({c.order.order_id for c in threats}) == len(threats)


def test_phones_are_numbers_that_are_taken_and_masked(world: World) -> None:
    phones = {order.person.phone for order in world.orders}
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone)) for phone in phones)
    planted = [c for c in world.complaints if c.person.spoken_phone in c.text]
    assert planted
    assert not any(c.person.spoken_phone in mask_text(c.text) for c in planted)


def test_planted_persons_are_listed(world: World) -> None:
    listed = {person.customer_id for person in world.canaries}
    complaining = {complaint.person.customer_id for complaint in world.complaints}
    assert 100 < len(listed) <= 200
    assert listed <= complaining


def test_given_texts_take_the_place_of_ours() -> None:
    texts = (Text("the lamp flickers", "en"), Text("灯一直闪", "zh"))
    given = build_world(replace(plan(orders=300, tickets=40), texts=texts))
    said = {c.text for c in given.complaints if c.repeat_of is None}
    assert said == {text.text for text in texts}
    languages = {(c.text, c.language) for c in given.complaints if c.repeat_of is None}
    assert languages == {(text.text, text.language) for text in texts}


def test_a_plan_that_can_not_be_played_is_refused() -> None:
    with pytest.raises(ValueError, match="three orders"):
        Plan(BEGIN_AT, ("shop-a",), orders=300, tickets=200)
    with pytest.raises(ValueError, match="needs a shop"):
        Plan(BEGIN_AT, ())
