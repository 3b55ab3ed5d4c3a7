"""Growth is told round by round, and no table that grows is forgotten."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from benchmarks.growth.cost import OURS, Cost, Reading, between
from benchmarks.growth.findings import told
from benchmarks.growth.tables import TABLES
from schemas.topics import SERVICES

CREATED = re.compile(r"^CREATE TABLE (\w+) ", re.MULTILINE)
BOUNDED = {
    ("intake", "uploaded_file"): "grows with files, not with tickets",
    ("notifier", "robot"): "one row a robot",
    ("evidence", "log_head"): "one row",
    ("evidence", "head_keeper"): "one row",
    ("evidence", "tile"): "one row for 256 leaves, read by number",
    ("evidence", "signing_key"): "one row a key",
    ("evidence", "signed_head"): "one row a second at most",
    ("evidence", "wanted_file"): "grows with files, not with tickets",
    ("triage", "second_opinion_question"): "only while a call is under way, and only if asked for",
    ("triage", "second_opinion_spent"): "one row for five minutes, for a day",
    ("triage", "cluster_sighting"): "gone within seconds",
    ("triage", "cluster_shop"): "one row a shop",
    ("triage", "cluster_name"): "one row a batch, host …, dropped when it is quiet",
    ("triage", "cluster_mark"): "photos and long texts of two weeks",
    ("resolution", "money_action"): "the load decides nothing",
    ("resolution", "refund"): "the load decides nothing",
}


def cost(cpu_s: float, span_s: float, tickets: int = 100) -> Cost:
    return Cost(tickets, cpu_s / 2, cpu_s / 4, cpu_s / 4, 1000.0 * tickets, span_s)


def test_growth_is_the_ratio_of_each_round() -> None:
    report = told([cost(1.0, 2.0), cost(2.0, 2.0)], [cost(1.1, 2.0), cost(3.0, 2.0)])
    found = {figure.name: figure for figure in report.figures}
    assert found["CPU, little history"].value == pytest.approx(15_000)
    growth = found["CPU, growth"]
    assert [growth.low, growth.high] == pytest.approx([1.1, 1.5])
    assert growth.reached is False
    assert found["time, growth"].reached is True
    assert found["database log, growth"].target is None


def test_a_side_without_a_cost_gives_no_ratio() -> None:
    report = told([Cost(1, 0.0, 0.0, 0.0, 1.0, 1.0)], [cost(1.0, 1.0)])
    assert math.isnan(next(f.value for f in report.figures if f.name == "CPU, growth"))


def test_only_what_was_used_in_between_counts() -> None:
    before = Reading(1.0, 1.0, {1: 5.0, 2: 1.0}, 100.0)
    after = Reading(3.0, 1.5, {2: 1.5, 3: 0.25}, 400.0)
    used = between(before, after, tickets=10, span_s=1.0)
    assert (used.python_s, used.kafka_s, used.postgres_s) == (2.0, 0.5, 0.75)
    assert (used.log_bytes, used.cpu_s) == (300.0, 3.25)
    assert used.us_each(used.cpu_s) == pytest.approx(325_000)


@pytest.mark.parametrize(
    ("title", "counts"),
    [
        ("postgres: aftercare_sla aftercare 127.0.0.1(4711) idle", True),
        ("postgres: walwriter ", True),
        ("postgres: postgres aftercare 127.0.0.1(4712) SELECT", False),
    ],
)
def test_the_benchmarks_own_sessions_are_left_out(title: str, counts: bool) -> None:
    assert bool(OURS.match(title)) is counts


def test_every_table_that_grows_is_filled() -> None:
    there = {
        (service, name)
        for service in SERVICES
        for path in sorted(Path("services", service, "sql").glob("schema.sql"))
        for name in CREATED.findall(path.read_text(encoding="utf-8"))
    }
    filled = {(table.service, table.name) for table in TABLES}
    assert there - filled - set(BOUNDED) == set()
    assert {(service, "inbox") for service in SERVICES} <= filled
