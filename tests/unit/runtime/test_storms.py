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

STORM = 3 * MOST_ALIKE


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """In one and the same second; closed at the end."""
    monkeypatch.setattr("runtime.sampling.monotonic_s", lambda: 5.0)
    made = World()
    yield made
    made.telemetry.close()


def test_of_a_storm_some_breaches_a_second_are_recorded_and_urgent_records_all(
    world: World,
) -> None:
    world.events = (BREACHED,)
    world.apply(*(message(topic=TIMER) for _ in range(STORM)))
    assert [because(span) for span in world.recorded] == ["breach"] * MOST_ALIKE
    world.spans.clear()
    world.apply(*(message(topic="sla.urgent") for _ in range(STORM)))
    assert [because(span) for span in world.recorded] == ["urgent"] * STORM


def test_of_urgent_timers_so_many_more_are_recorded(world: World) -> None:
    """A timer in the urgent lane is a breach or a warning that nobody waits for in this moment."""
    world.events, world.lane = (BREACHED,), "urgent"
    world.apply(*(message(topic=TIMER) for _ in range(STORM)))
    reasons = [because(span) for span in world.recorded]
    assert reasons == ["breach"] * MOST_ALIKE + ["urgent"] * MOST_ALIKE


def test_batches_of_one_second_share_and_the_next_second_has_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.events = (BREACHED,)
    for second in (7.0, 7.9, 8.0):
        monkeypatch.setattr("runtime.sampling.monotonic_s", lambda second=second: second)
        world.apply(*(message(topic=TIMER) for _ in range(STORM)))
    assert len(world.recorded) == 2 * MOST_ALIKE


def test_of_a_batch_of_old_events_some_are_recorded(world: World) -> None:
    old_at = wall_now() - timedelta(seconds=61)
    world.apply(*(message(at=old_at) for _ in range(STORM)))
    assert [because(span) for span in world.recorded] == ["slow"] * MOST_ALIKE


def test_of_a_slow_batch_some_are_recorded() -> None:
    world = World(sampler=replace(Sampler(0.0), slow_batch_s=1e-9))
    world.apply(*(message() for _ in range(STORM)))
    assert [because(span) for span in world.recorded] == ["slow"] * MOST_ALIKE
