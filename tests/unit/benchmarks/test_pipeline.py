"""The pipeline's figures: rates, waits from the plan, cost a ticket, what is missing counts."""

from __future__ import annotations

import math

import pytest

from benchmarks.figures import Figure
from benchmarks.load.plan import Arrival, Outcome
from benchmarks.pipeline.findings import Rounds, told
from benchmarks.pipeline.measured import Bytes, Measured
from benchmarks.pipeline.milestones import Milestones
from benchmarks.pipeline.textbook import Turn


def life(at_s: float) -> Milestones:
    return Milestones(
        opened_s=at_s + 0.01,
        triaged_s=at_s + 0.03,
        clock_s=at_s + 0.05,
        accepted_s=at_s + 0.08,
        told_s=at_s + 0.10,
        archived_s=at_s + 0.09,
        level="L2",
        records=7,
    )


def measured(tickets: int, *, missing: int = 0, per_s: float = 10.0) -> Measured:
    plans = [100 + number / per_s for number in range(tickets)]
    arrivals = [
        Arrival(stream="tickets", ticket_id=f"t{n}", planned_s=at_s, acknowledged_s=at_s + 0.005)
        for n, at_s in enumerate(plans)
    ]
    lives = {f"t{number}": life(at_s) for number, at_s in enumerate(plans)}
    for number in range(missing):
        lives[f"t{number}"].archived_s = 0.0
    cpu_s = {"postgres": 0.002, "kafka": 0.003, "standins": 0.5, "intake": 0.004, "sla": 0.001}
    return Measured(
        outcome=Outcome(
            started_s=100.0,
            arrivals=tuple(arrivals),
            tries=tickets,
            statuses={201: tickets},
            cpu_s=0.001,
            orders=tickets,
        ),
        lives=lives,
        cpu_s=cpu_s,
        memory_mb={"intake": 100.0, "sla": 90.0, "kafka": 400.0},
        grown=Bytes(kafka=1000 * tickets, database=2000 * tickets, log=3000 * tickets),
        span_s=2.0,
    )


def rounds(overload: list[Measured]) -> Rounds:
    turns = {1: [Turn(5, 2.0, 30_000.0)], 4: [Turn(5, math.nan, math.nan)]}
    ten = measured(10)
    return Rounds(
        overload=overload, single=[ten], steady=[ten], idle=[ten] * len(overload),
        textbook={workers: turn * len(overload) for workers, turn in turns.items()},
    )  # fmt: skip


def figures(found: Rounds) -> dict[str, Figure]:
    return {each.name: each for each in told(found).figures}


def test_the_rate_counts_from_the_first_plan_to_the_last_step() -> None:
    assert measured(10).per_s == pytest.approx(10 / (0.9 + 0.10))


def test_waits_count_from_the_plan_or_from_a_step() -> None:
    run = measured(3)
    assert run.waits_ms("triaged_s") == pytest.approx([30, 30, 30])
    assert run.waits_ms("accepted_s", "opened_s") == pytest.approx([70, 70, 70])


def test_a_ticket_that_did_not_get_there_spoils_the_rate_and_is_infinitely_late() -> None:
    run = measured(3, missing=1)
    assert run.incomplete == 1
    assert math.isnan(run.per_s)
    assert run.waits_ms("archived_s")[0] == math.inf
    report = told(rounds([run]))
    assert any(note.startswith("1 tickets without") for note in report.notes)


def test_cost_a_ticket_leaves_out_what_is_not_ours() -> None:
    found = figures(rounds([measured(10)]))
    assert found["CPU a ticket, all of ours"].value == pytest.approx(1_000)
    assert found["CPU a ticket, all of ours"].reached
    assert found["CPU python"].value == pytest.approx(500)
    assert found["CPU a ticket, beyond being idle as long"].value == pytest.approx(0)
    assert found["  CPU standins"].note == "not ours"
    assert found["Kafka a ticket"].value == 1_000
    assert found["memory intake"].value == 100
    assert "memory kafka" not in found


def test_the_textbook_is_taken_at_its_better_setting_of_the_round() -> None:
    found = figures(rounds([measured(10), measured(10)]))
    assert found["sustained, times the textbook"].value == pytest.approx(5)
    assert not found["sustained, times the textbook"].reached
    assert math.isnan(found["textbook, 4 at once: sustained"].value)


def test_idle_targets_are_judged() -> None:
    found = figures(rounds([measured(10)]))
    assert found["idle opened → triaged p99"].reached
    assert found["idle arrival → notified p99"].value == pytest.approx(80)
