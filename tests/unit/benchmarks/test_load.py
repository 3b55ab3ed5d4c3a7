"""The load: planned arrivals, complaints that are all new, answers told apart."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import pytest

from benchmarks.load.arrivals import planned
from benchmarks.load.complaints import cases
from benchmarks.load.plan import Stream
from benchmarks.load.sender import answers_of, parcels
from simulator.orders import HIGH_VALUE_FEN

NOW_AT = datetime(2026, 3, 6, 6, tzinfo=UTC)


def test_arrivals_come_at_random_around_the_rate() -> None:
    stream = Stream(count=5_000, per_s=100.0)
    times = [at_s for at_s, size in planned(stream, Random("x")) if size == 1]
    assert len(times) == 5_000
    assert times == sorted(times)
    assert 45 < times[-1] < 55
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) < 0.001 < 0.04 < max(gaps)


def test_batches_keep_the_rate_and_the_last_one_is_smaller() -> None:
    found = planned(Stream(count=1_025, per_s=1_000.0, batch=50, after_s=3.0), Random("x"))
    assert [size for _, size in found] == [50] * 20 + [25]
    assert 3.0 < found[0][0]
    assert 3.5 < found[-1][0] < 5.0


def test_a_spike_arrives_in_one_moment() -> None:
    assert planned(Stream(count=5, batch=2, after_s=1.5), Random("x")) == [
        (1.5, 2), (1.5, 2), (1.5, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("way", "sizes"), [("batch", [2, 2, 1]), ("single", [1] * 5)])
def test_what_arrives_as_one_goes_as_one_or_singly(way: str, sizes: list[int]) -> None:
    made = cases(1, "shop", NOW_AT, 5, "all", orders=True)
    stream = Stream.model_validate({"count": 5, "batch": 2, "way": way})
    found = parcels(stream, made, Random("x"))
    assert [len(parcel.cases) for parcel in found] == sizes
    assert [case for parcel in found for case in parcel.cases] == made


def test_complaints_are_new_tickets_and_the_same_for_the_same_seed() -> None:
    made = cases(3, "shop", NOW_AT, 300, "all", orders=True)
    assert made == cases(3, "shop", NOW_AT, 300, "all", orders=True)
    bodies = [json.loads(case.body) for case in made]
    assert len({body["external_id"] for body in bodies}) == 300
    lines = [body["line_id"] for body in bodies if "line_id" in body]
    assert len(set(lines)) == len(lines) > 250
    assert all("contact" in body for body in bodies if "order_id" not in body)
    others = cases(4, "shop", NOW_AT, 300, "all", orders=True)
    assert not {case.external_id for case in others} & {case.external_id for case in made}


def test_without_orders_each_brings_its_contact() -> None:
    made = cases(1, "shop", NOW_AT, 20, "all", orders=False)
    assert all(case.order is None and b'"contact"' in case.body for case in made)


def test_urgent_and_routine_ones_are_apart() -> None:
    urgent = cases(1, "shop", NOW_AT, 20, "urgent", orders=True)
    routine = cases(1, "shop", NOW_AT, 200, "routine", orders=True)
    assert (len(urgent), len(routine)) == (20, 200)
    assert not any(case.order and case.order.gift for case in routine)
    assert not any(case.order and case.order.paid_fen > HIGH_VALUE_FEN for case in routine)


def test_answers_to_each_complaint() -> None:
    assert answers_of(201, b'{"ticket_id":"t1"}', 1) == [(201, {"ticket_id": "t1"})]
    burst = {
        "answers": [
            {"status": 201, "ticket_id": "t1"},
            {"status": 422, "problem": {"code": "invalid"}},
        ]
    }
    told = answers_of(200, json.dumps(burst).encode(), 2)
    assert [status for status, _ in told] == [201, 422]
    assert told[1][1] == {"code": "invalid"}
    assert answers_of(503, b"busy", 2) == [(503, {}), (503, {})]
