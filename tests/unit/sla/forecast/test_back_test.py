"""The forecast against a simulated service: better than the base rate. The whole back-test, with
more days, tickets and seeds, is `python -m tests.simulation.forecast`."""

from __future__ import annotations

from tests.simulation.forecast.__main__ import better
from tests.simulation.forecast.days import HOUR_S, Scenario
from tests.simulation.forecast.trials import played

SMALL = Scenario(
    "small", short_night=True, tickets_a_day=150, staff=0.25, lead_days=6, days=1
)  # fmt: skip


def test_it_beats_the_base_rate() -> None:
    outcome = played(SMALL, 3, look_s=2 * HOUR_S)
    breaches = sum(case.breached for case in outcome.cases)
    assert 0 < breaches < len(outcome.cases)
    assert better(outcome.cases) > 0
    assert sum(count.came for count in outcome.counts) == breaches
