"""Whose waits count as during the burst, and what a call that never came does to them."""

from __future__ import annotations

import json
import math
from random import Random

from benchmarks.load.arrivals import planned
from benchmarks.load.complaints import Case, crowd
from benchmarks.load.plan import Arrival, Outcome, Stream
from benchmarks.pipeline.measured import Bytes, Measured
from benchmarks.pipeline.milestones import Milestones
from benchmarks.spike.findings import Urgent, drained_s, told


def life(at_s: float, level: str) -> Milestones:
    return Milestones(at_s, at_s + 1, at_s + 2, 0.0, at_s + 3, at_s + 4, level)


def measured() -> Measured:
    arrivals = (
        Arrival(stream="routine", ticket_id="r", planned_s=100, acknowledged_s=102),
        Arrival(stream="urgent", ticket_id="a", planned_s=101, acknowledged_s=101.1),
        Arrival(stream="urgent", ticket_id="b", planned_s=102, acknowledged_s=102.1),
        Arrival(stream="urgent", ticket_id="c", planned_s=103, acknowledged_s=103.1),
        Arrival(stream="urgent", ticket_id="d", planned_s=150, acknowledged_s=150.1),
    )
    lives = {
        "r": life(106, "L2"), "a": life(101, "L1"), "b": life(102, "L1"), "c": life(103, "L2"),
        "d": life(150, "L1"),
    }  # fmt: skip
    outcome = Outcome(
        started_s=100, arrivals=arrivals, tries=5, statuses={201: 5}, cpu_s=1, orders=0
    )
    return Measured(outcome, lives, {"intake": 1.0, "standins": 5.0}, {}, Bytes(0, 0, 0), 10)


def test_only_urgent_tickets_that_arrived_during_the_burst_count() -> None:
    run = measured()
    assert drained_s(run) == 110
    urgent = Urgent.of(run, {"a": 102.5, "d": 150.25})
    assert urgent.during == (1.5, math.inf)
    assert urgent.steps["triaged"] == (1.0, 1.0)


def test_a_call_that_never_came_fails_the_target() -> None:
    run = measured()
    report = told(run, Urgent.of(run, {"a": 102.5, "d": 150.25}), 0.7)
    (p99,) = [each for each in report.figures if each.target is not None]
    assert p99.reached is False
    assert "1 never" in p99.note
    found = {each.name: each.value for each in report.figures}
    assert (found["burst, worked off"], found["CPU"]) == (10, 1)


def test_breaches_are_counted_by_stream_and_the_burst_is_one_round() -> None:
    run = measured()
    run.lives["r"].breached_s = 130.0
    report = told(run, Urgent.of(run, {}), 0.7)
    found = {each.name: each.value for each in report.figures}
    assert found["routine tickets with a breach"] == 1
    assert found["urgent tickets with a breach"] == 0
    assert report.conditions["rounds"] == 1


def test_even_arrivals_keep_their_distance() -> None:
    stream = Stream(count=4, per_s=2, even=True)
    assert [at_s for at_s, _ in planned(stream, Random(1))] == [0.5, 1.0, 1.5, 2.0]


def test_a_crowd_tells_the_same_under_other_names_and_phones() -> None:
    body = {"external_id": "x", "origin": "inbox", "customer_id": "c",
            "contact": {"phone": "+8613800000001", "name": "n"}}  # fmt: skip
    found = crowd([Case("inbox", "x", json.dumps(body).encode(), None)], 4)
    bodies = [json.loads(each.body) for each in found]
    for name in ("external_id", "customer_id"):
        assert len({each[name] for each in bodies}) == 4
    assert len({each["contact"]["phone"] for each in bodies}) == 4
    assert {each["contact"]["phone"][:6] for each in bodies} == {"+86138"}
