"""The goal of the forecast on simulated days, at night: a fifth better than the base rate."""

from __future__ import annotations

import pytest

from tests.simulation.forecast.__main__ import GOAL, SCENARIOS, better
from tests.simulation.forecast.days import HOUR_S, Scenario
from tests.simulation.forecast.trials import played


@pytest.mark.nightly
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_fifth_better_than_the_base_rate(scenario: Scenario) -> None:
    cases = [
        case for seed in (2_000, 2_001, 2_002) for case in played(scenario, seed, HOUR_S).cases
    ]
    assert better(cases) >= GOAL
