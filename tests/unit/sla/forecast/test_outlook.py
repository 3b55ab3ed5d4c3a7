"""The forecast of a queue: how many, which, and from where to where."""

from __future__ import annotations

import pytest

from services.sla.domain.forecast.course import course_of
from services.sla.domain.forecast.learning import learn
from services.sla.domain.forecast.outlook import outlooks, within
from tests.unit.sla.forecast.courses import HORIZON_S, at, second, watched


def test_queues_with_the_clocks_most_at_risk_first() -> None:
    model = learn([], second(0), HORIZON_S)
    stored = [
        watched("pending", 4),
        watched("pending", 5, ticket_id="t-2"),
        watched("pending", 9, ticket_id="t-3"),
        watched("breached", 1, ticket_id="t-4", target_s=3600),
        watched("met", 4, ticket_id="t-5", met_at=at(1)),
        watched("pending", 6, ticket_id="t-6", level="L3", clock="joint_resolution"),
    ]
    pairs = [(each, course_of(each, at(2))) for each in stored]
    urgent, disputed = outlooks(model, pairs[:4], pairs[4:], at(2))
    assert (urgent.queue, urgent.still_open, urgent.overdue, urgent.due) == (
        "urgent_group",
        4,
        1,
        2,
    )
    assert [risk.clock.ticket_id for risk in urgent.risks] == ["t-1", "t-2"]
    assert urgent.expected == pytest.approx(0.2)
    assert urgent.at_least_one == pytest.approx(1 - 0.9 * 0.9)
    assert (disputed.queue, disputed.due) == ("supervisor_legal", 1)


def test_of_a_sample_each_stands_for_several() -> None:
    model = learn([], second(0), HORIZON_S, weight=10.0)
    pairs = [(w, course_of(w, at(2))) for w in (watched("pending", 4), watched("pending", 9))]
    [found] = outlooks(model, pairs[:1], pairs[1:], at(2))
    assert (found.still_open, found.due) == (10, 1)


@pytest.mark.parametrize(
    ("chances", "spread", "expected"),
    [([], 1.0, (0, 0)), ([0.0] * 9, 1.0, (0, 0)), ([1.0] * 9, 1.0, (9, 9)),
     ([0.5] * 100, 1.0, (44, 56)), ([0.5] * 100, 4.0, (37, 63)), ([0.5], 9.0, (0, 1))],
)  # fmt: skip
def test_the_interval(chances: list[float], spread: float, expected: tuple[int, int]) -> None:
    """A hundred at one half: 50 ± 1.28 × 5; four times the variance, twice as wide."""
    assert within(chances, spread) == expected
