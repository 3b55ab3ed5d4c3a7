"""A deadline costs microseconds, however far ahead: nothing is stepped through."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time

import pytest

from tests.unit.sla.calendar.shipped import SHIPPED

CALLS = 5_000
MOST_US = 10
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.mark.parametrize("name", sorted(SHIPPED))
@pytest.mark.parametrize("ahead_s", [600, 1_000_000, 300_000_000])
def test_due_costs_microseconds(name: str, ahead_s: int) -> None:
    calendar = SHIPPED[name]
    calendar.due(NOON, ahead_s + CALLS)  # works out the years
    rounds = []
    for _ in range(5):
        started_s = process_time()
        for more_s in range(CALLS):
            calendar.due(NOON, ahead_s + more_s)
        rounds.append((process_time() - started_s) / CALLS * 1e6)
    assert min(rounds) <= MOST_US
