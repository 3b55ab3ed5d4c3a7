"""One small and one full world for all tests of the simulator."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulator.plan import Plan
from simulator.world import World, build_world

BEGIN_AT = datetime(2026, 3, 6, 6, 0, tzinfo=UTC)


def plan(seed: int = 1, orders: int = 3_000, tickets: int = 400) -> Plan:
    return Plan(BEGIN_AT, ("shop-a", "shop-b"), seed=seed, orders=orders, tickets=tickets)


@pytest.fixture(scope="session")
def world() -> World:
    return build_world(plan())


@pytest.fixture(scope="session")
def small() -> World:
    return build_world(plan(orders=300, tickets=40))
