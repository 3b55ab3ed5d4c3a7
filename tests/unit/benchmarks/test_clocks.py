"""The arithmetic of `bench clocks`: rates, lateness, what was lost, doubled or early."""

from __future__ import annotations

import math

import pytest

from benchmarks.clocks.cost import Cost
from benchmarks.clocks.findings import Outcome, Round, Shared, fired_per_s, ran_per_s, told
from benchmarks.clocks.firing import Applied, Fired
from benchmarks.clocks.heard import Heard
from benchmarks.clocks.loader import BREACH, RESTING, WARNING
from benchmarks.clocks.rival import Ran

COST = Cost(120.0, 80.0, 20.0)


def warning(ticket: str, detected: str) -> dict[str, object]:
    data = {"ticket_id": ticket, "due_at": "2026-01-04T09:15:00Z", "detected_at": detected}
    return {"data": data}


def breach(ticket: str, detected: str) -> dict[str, object]:
    data = {"ticket_id": ticket, "breached_at": "2026-01-04T09:15:00Z", "detected_at": detected}
    return {"data": data}


def heard(*late_s: float) -> Heard:
    return Heard(list(late_s), list(late_s), {str(n) for n in range(len(late_s))})


def fired(*late_s: float, took_s: float = 2.0) -> Fired:
    return Fired(len(late_s), heard(*late_s), took_s, COST)


def test_lateness_counts_from_the_threshold_and_from_the_deadline() -> None:
    said = Heard()
    kept_s = 1767517650.25  # a quarter of a second after 09:07:30, half of 15 minutes
    said.note(warning("t-1", "2026-01-04T09:07:30.100000Z"), kept_s)
    said.note(breach("t-2", "2026-01-04T09:15:00.000001Z"), kept_s + 450)
    assert said.seen_late_s == [0.1, 0.000001]
    assert said.kept_late_s == [0.25, 0.25]
    assert said.early == 0
    assert said.last_kept_s == kept_s + 450


def test_what_speaks_at_its_deadline_or_before_is_early() -> None:
    said = Heard()
    said.note(breach("t-1", "2026-01-04T09:15:00Z"), 0.0)
    said.note(warning("t-2", "2026-01-04T09:07:29.999999Z"), 0.0)
    assert said.early == 2


def test_lost_and_doubled_words() -> None:
    said = heard(0.1, 0.1, 0.2)
    said.tickets = {"1", "2"}
    load = Fired(4, said, 2.0, COST)
    assert (load.lost, load.doubled) == (2, 1)
    assert fired_per_s(load) == 2.0


def test_jobs_count_to_the_last_start() -> None:
    assert ran_per_s(Ran([0.0, 0.0, 0.0, 1.0], COST), 2.0) == 4 / 2.5


def test_a_share_of_one_is_no_sharing() -> None:
    assert Shared(fired(0.1), {"a": 10}).smaller_share == 0.0
    assert Shared(fired(0.1), {"a": 30, "b": 10}).smaller_share == 25.0


def test_shapes_stand_where_the_service_would_have_left_them() -> None:
    assert [each.threshold for each in BREACH.told if each.kind == "warning"] == [
        "p50", "p75", "p90",
    ]  # fmt: skip
    assert (WARNING.version, BREACH.version) == (1, 4)
    assert BREACH.speaks_after.total_seconds() == pytest.approx(900.000001)
    assert WARNING.speaks_after.total_seconds() == 450
    assert (RESTING.clocks, RESTING.speaks_after.total_seconds()) == (3, 1800)


def test_the_report_names_each_target() -> None:
    one = Round()
    one.calm = fired(0.01, 0.02)
    one.busy = fired(0.1, 0.1, took_s=0.0004)
    one.calm_rival = one.busy_rival = Ran([0.0, 0.05], COST)
    one.begun = one.ended = Applied(2_000.0, COST)
    outcome = Outcome(1_000_000, 20.0, [], [one], memory_mb=100.0)
    outcome.flood, outcome.shared = fired(0.5, 1.0), Shared(fired(0.1), {"a": 1, "b": 1})
    found = {each.name: each for each in told(outcome).figures}
    assert found["late at 2,000 due/s, on Kafka, p99"].value == 20
    assert found["late at 2,000 due/s, on Kafka, p99"].reached is True
    assert found["late at 2,000 due/s, pgqueuer, p99"].value == 50
    assert found["fired at 5,000 due/s"].value == pytest.approx(5_000)
    assert found["100,000 due at once, drained"].value == pytest.approx(100_000)
    assert found["spoke too early"].reached is True
    assert not [name for name, each in found.items() if math.isnan(each.value)]
