"""A storm of breaches or of slow events is recorded in part, and what is urgent always."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.case import TIMER
from runtime.clock import wall_now
from runtime.sampling import MOST_ALIKE, Sampler
from tests.unit.runtime.hops_world import BREACHED, World, because, message


@pytest.fixture
def world() -> Iterator[World]:
    """Closed at the end."""
    made = World()
    yield made
    made.telemetry.close()


def test_of_a_storm_of_breaches_the_first_of_a_batch_and_all_urgent_ones_are_recorded(
    world: World,
) -> None:
    world.events = (BREACHED,)
    world.apply(*(message(topic=TIMER) for _ in range(50)))
    assert [because(span) for span in world.recorded] == ["breach"] * MOST_ALIKE
    world.spans.clear()
    world.apply(*(message(topic="sla.urgent") for _ in range(50)))
    assert [because(span) for span in world.recorded] == ["urgent"] * 50
    world.spans.clear()
    world.lane = "urgent"
    world.apply(*(message(topic=TIMER) for _ in range(50)))
    reasons = [because(span) for span in world.recorded]
    assert reasons == ["breach"] * MOST_ALIKE + ["urgent"] * (50 - MOST_ALIKE)


def test_the_next_batch_has_its_own_share(world: World) -> None:
    world.events = (BREACHED,)
    for _ in range(2):
        world.apply(*(message(topic=TIMER) for _ in range(50)))
    assert len(world.recorded) == 2 * MOST_ALIKE


def test_of_a_batch_of_old_events_some_are_recorded(world: World) -> None:
    old_at = wall_now() - timedelta(seconds=61)
    world.apply(*(message(at=old_at) for _ in range(50)))
    assert [because(span) for span in world.recorded] == ["slow"] * MOST_ALIKE


def test_of_a_slow_batch_some_are_recorded() -> None:
    world = World(sampler=replace(Sampler(0.0), slow_batch_s=1e-9))
    world.apply(*(message() for _ in range(50)))
    assert [because(span) for span in world.recorded] == ["slow"] * MOST_ALIKE
