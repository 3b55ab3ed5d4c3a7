"""All faults can be aimed at one service; those that can't strike it choose as ever."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from chaos.run import Chaos
from chaos.verdict import Verdict
from chaos.world import World
from devstack.problems import StackError
from schemas.topics import SERVICES


@dataclass(frozen=True)
class Running:
    """A stack as far as a choice needs it."""

    services: tuple[str, ...] = SERVICES


def world(at: str = "") -> World:
    return World(cast(Any, Running()), cast(Any, None), print, at=at)


def test_whoever_is_aimed_at_is_struck() -> None:
    aimed = world("sla")
    assert {aimed.one(Random(seed)) for seed in range(20)} == {"sla"}
    assert {aimed.one(Random(seed), {"sla", "triage"}) for seed in range(20)} == {"sla"}


def test_a_fault_that_can_not_strike_it_strikes_another() -> None:
    found = {world("intake").one(Random(seed), {"sla", "triage"}) for seed in range(20)}
    assert found == {"sla", "triage"}


def test_without_an_aim_every_service_has_its_turn() -> None:
    assert {world().one(Random(seed)) for seed in range(100)} == set(SERVICES)


def test_a_service_that_there_is_not_is_refused() -> None:
    Chaos(Path(), seed=1, at="sla").check()
    with pytest.raises(StackError, match="no such service: clocks"):
        Chaos(Path(), seed=1, at="clocks").check()


def test_the_command_that_repeats_a_run_names_the_aim() -> None:
    verdict = Verdict(1, 60.0, (), 0, 0, 0, (), at="sla")
    assert verdict.replay.endswith("--at sla")
    assert verdict.as_line()["at"] == "sla"
