"""A policy on trial beside the live one on a real database: counted, and nothing published."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiokafka import TopicPartition

from runtime.service import Service
from services.triage.app import build, desk
from services.triage.model import LinearScorer, load
from services.triage.settings import TriageSettings
from services.triage.shadow import Shadow, triager_of
from tests.component.triage.conftest import World
from tests.component.triage.test_triaging import ticket
from tests.support import bus
from tests.unit.triage.complaints import triager
from tests.unit.triage.policies import folder
from tests.unit.triage.test_shadow import counted


def everything_urgent(content: dict[str, list[object]]) -> None:
    """Every ticket is L1."""
    rule = {
        "rule": "level.all",
        "level": "L1",
        "zh": "试",
        "en": "L1: all",
        "when": {"safety": False},
    }
    content["levels"].insert(0, rule)


async def part_of(service: Service) -> Shadow:
    """The shadow, started."""
    (shadow,) = [part for part in service._parts if isinstance(part, Shadow)]
    await shadow.start()
    return shadow


async def test_it_counts_what_would_differ_and_publishes_nothing(
    world: World, tmp_path: Path
) -> None:
    place = folder(tmp_path, everything_urgent)
    named = {"triage_shadow_dir": str(place), "triage_shadow_every": 1}
    settings = world.settings.model_copy(update=named)
    service = world.service
    live = triager_of(service, settings, triager().rules, LinearScorer(load()))
    shadow = await part_of(service)
    world.pump = service.pump(service.applier(desk(live)))
    await world.pump.on_partitions_assigned([TopicPartition("tickets", 0)])
    await world.take(*(world.event(ticket("还没发货")) for _ in range(20)))

    async def counted_all() -> bool:
        return counted(service.metrics, "ticket", "differs") >= 20

    await bus.until(counted_all)
    await shadow.stop()
    assert counted(service.metrics, "level", "differs") == 20
    assert counted(service.metrics, "class", "same") == 20
    told = await world.triaged()
    assert [event["data"]["level"] for event in told] == ["L2"] * 20
    assert {event["data"]["policy_version"] for event in told} == {triager().rules.version}


async def test_a_policy_on_trial_that_is_none_leaves_the_live_one_alone(
    settings: TriageSettings, tmp_path: Path
) -> None:
    (tmp_path / "triage.yaml").write_text("levels: []\n", encoding="utf-8")
    wrong = settings.model_copy(update={"triage_shadow_dir": str(tmp_path)})
    service = await build(wrong)
    try:
        assert counted(service.metrics, "policy", "refused") == 1
        assert not any(isinstance(part, Shadow) for part in service._parts)
    finally:
        await asyncio.to_thread(service.telemetry.close)
        await service.database.close()


async def test_without_one_named_there_is_none(settings: TriageSettings) -> None:
    service = await build(settings)
    try:
        assert not any(isinstance(part, Shadow) for part in service._parts)
        assert counted(service.metrics, "policy", "refused") == 0
    finally:
        await asyncio.to_thread(service.telemetry.close)
        await service.database.close()
