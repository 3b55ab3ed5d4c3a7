"""The arithmetic of `bench service`, and the messages that it measures with."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest

from benchmarks.figures import Report
from benchmarks.service.cases import CASES, Case
from benchmarks.service.events import Story, Tickets
from benchmarks.service.summary import Turn, add_figures
from devstack.layout import DEMO_SHOP
from schemas.flows import CONSUMES
from schemas.registry import read_event
from schemas.topics import SERVICES
from schemas.values import Contact
from simulator.plan import Plan
from simulator.world import build_world

NOON = datetime(2026, 3, 6, 6, 0, tzinfo=UTC)
CASE = Case("triage", 8_000, "published", 1)


def turn(name: str, wall_s: float, messages: int = 1_000, **cpu_s: float) -> Turn:
    used = {"service": 0.1, "postgres": 0.2, "kafka": 0.3} | cpu_s
    return Turn(name, messages, wall_s, wall_s * 2, used)


@pytest.fixture(scope="module")
def tickets() -> Tickets:
    world = build_world(Plan(NOON, (DEMO_SHOP,), orders=300, tickets=50))
    return Tickets([Story(each, Contact()) for each in world.complaints], NOON)


def test_a_rate_per_core_counts_the_service_s_own_processor_time() -> None:
    report = Report("service")
    add_figures(report, CASE, [turn("ours", 0.5), turn("bare", 0.25)])
    found = {figure.name: figure.value for figure in report.figures}
    assert found["triage: rate"] == 2_000
    assert found["triage: rate per core"] == pytest.approx(10_000)
    assert found["triage: CPU postgres"] == pytest.approx(200)
    assert found["triage: of the bare pass-through"] == pytest.approx(0.5)
    assert found["triage: bare, CPU of all"] == pytest.approx(600)


def test_the_baseline_counts_at_its_better_setting_of_each_round() -> None:
    rounds = [
        turn("ours", 1.0), turn("bare", 1.0),
        turn("one", 1.0, 100), turn("four", 0.5, 100),
        turn("ours", 1.0), turn("bare", 1.0),
        turn("one", 0.25, 100), turn("four", 1.0, 100),
    ]  # fmt: skip
    report = Report("service")
    add_figures(report, CASE, rounds)
    (ratio,) = (figure for figure in report.figures if figure.name == "triage: of the baseline")
    assert (ratio.low, ratio.value, ratio.high) == (2.5, 3.75, 5.0)


def test_what_waits_for_others_has_a_rate_of_its_own() -> None:
    report = Report("service")
    add_figures(report, Case("notifier", 1, "applied", 2), [turn("ours", 0.5), turn("bare", 0.5)])
    found = {figure.name: figure.value for figure in report.figures}
    assert found["notifier: rate with all that follows"] == 1_000


def test_every_service_is_measured() -> None:
    assert sorted(case.service for case in CASES) == sorted(SERVICES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.service)
def test_messages_are_as_the_contract_says_and_heard_by_the_service(
    case: Case, tickets: Tickets
) -> None:
    records = case.records(tickets, 200, Random(1))
    assert len({record.id for record in records}) == len(records) == 200
    for record in records:
        event = read_event(record.value, dict(record.headers)["ce_type"].decode())
        assert (event.id, event.subject.encode()) == (record.id, record.key)
        assert record.topic in CONSUMES[case.service]
