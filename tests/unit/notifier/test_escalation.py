"""A ladder: who is told when, within whose hours, and never after the end."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.escalation import (
    TRANSITIONS,
    Ladder,
    State,
    climb,
    end,
    ladder_id,
)
from services.notifier.domain.escalation_policy import EscalationPolicy, Reach
from tests.support.notifier_story import POLICIES, at, default_policies, notifier_policy

POLICY = default_policies().notifier.escalation
NIGHT = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
"""Half past midnight in Shanghai, on a Tuesday."""


def ladder(level: str = "L1", raised_at: datetime | None = None, **changes: Any) -> Ladder:
    """A ladder of the policy that ships, just begun."""
    begun = at() if raised_at is None else raised_at
    values: dict[str, Any] = {
        "id": ladder_id("shop-a", "t-1", "solution:1"),
        "clock": "solution",
        "generation": 1,
        "level": level,
        "problem_class": "product_mismatch",
        "cause": "breached",
        "due_at": begun,
        "since_at": begun,
        "raised_at": begun,
    }
    return Ladder(**(values | changes))


def climbed(case: Ladder, policy: EscalationPolicy = POLICY) -> list[tuple[float, str]]:
    """Seconds after its beginning and people of each step, if nobody ever acknowledges."""
    told: list[tuple[float, str]] = []
    now: datetime | None = case.raised_at
    while now is not None:
        found = climb(case, policy, None, now)
        if found.step is not None:
            told.append(((now - case.raised_at).total_seconds(), ",".join(found.people)))
        assert found.again_at is None or found.again_at > now
        case, now = found.ladder, found.again_at
    return told


def test_an_urgent_ladder_climbs_at_any_time() -> None:
    steps = [
        (0, "urgent_duty"), (300, "urgent_lead"), (900, "service_manager"), (1_800, "shop_owner"),
    ]  # fmt: skip
    assert climbed(ladder()) == steps
    assert climbed(ladder(raised_at=NIGHT)) == steps


def test_nobody_is_told_at_midnight_of_a_routine_ticket() -> None:
    told = climbed(ladder("L2", NIGHT))
    moments = [(NIGHT + timedelta(seconds=s)).astimezone().astimezone(UTC) for s, _ in told]
    assert [f"{m + timedelta(hours=8):%a %H:%M}" for m in moments] == [
        "Tue 08:00", "Tue 09:00", "Tue 12:00", "Wed 09:00",
    ]  # fmt: skip
    assert [who for _, who in told] == [
        "regular_duty",
        "regular_lead",
        "service_manager",
        "shop_owner",
    ]


def test_outside_its_hours_a_step_lets_the_next_one_go_before() -> None:
    saturday = datetime(2026, 3, 7, 4, 0, tzinfo=UTC)
    told = climbed(ladder("L3", saturday))
    assert told[:2] == [(0, "dispute_duty"), (1_800, "service_manager")]
    assert "legal_lead" not in [who for _, who in told]


def test_while_none_may_be_told_whoever_opens_first_is() -> None:
    hours = {
        "late": Reach.model_validate({"zone": "UTC", "opens": "12:00", "closes": "13:00"}),
        "early": Reach.model_validate({"zone": "UTC", "opens": "08:00", "closes": "09:00"}),
    }
    steps = [
        {"role": "lead", "after_s": 0, "people": ["a"], "hours": "late"},
        {"role": "owner", "after_s": 60, "people": ["b"], "hours": "early"},
    ]
    people = dict.fromkeys(("a", "b"), POLICY.people["shop_owner"])
    policy = EscalationPolicy.model_validate(
        {"hours": hours, "people": people, "levels": {"L1": {"steps": steps}}}
    )
    assert climbed(ladder(raised_at=NIGHT), policy) == [(15.5 * 3_600, "b")]
    assert climbed(ladder(raised_at=NIGHT.replace(hour=10, minute=0)), policy)[0] == (
        2 * 3_600,
        "a",
    )


def test_the_agent_who_answered_last_is_the_assignee() -> None:
    duty = POLICY.people["urgent_duty"].model_copy(update={"agent": "agent-17"})
    policy = POLICY.model_copy(update={"people": {**POLICY.people, "wang": duty}})
    assert climb(ladder(), policy, "agent-17", at()).people == ("wang",)
    assert climb(ladder(), policy, "agent-18", at()).people == ("urgent_duty",)


def test_who_was_told_already_is_passed_over() -> None:
    case = climb(ladder(), POLICY, None, at()).ladder
    lead = POLICY.people["urgent_lead"].model_copy(update={"agent": "agent-17"})
    policy = POLICY.model_copy(update={"people": {**POLICY.people, "urgent_lead": lead}})
    again = climb(ladder(), policy, "agent-17", at()).ladder
    assert again.people == ("urgent_lead",)
    found = climb(again, policy, "agent-17", at(300))
    assert found.people == ("service_manager",)
    assert climb(case, POLICY, None, at(299)).again_at == at(300)


def test_after_an_outage_everybody_still_has_their_time() -> None:
    case = climb(ladder(), POLICY, None, at()).ladder
    found = climb(case, POLICY, None, at(7_200))
    assert found.people == ("urgent_lead",)
    assert found.again_at == at(7_200 + 600)


@pytest.mark.parametrize(
    ("zone", "opens", "closes", "days", "given", "found"),
    [
        ("Asia/Shanghai", "22:00", "06:00", None, "2026-03-02T15:00", "2026-03-02T15:00"),
        ("Asia/Shanghai", "22:00", "06:00", None, "2026-03-02T22:00", "2026-03-03T14:00"),
        ("Asia/Shanghai", "22:00", "06:00", ["mon"], "2026-03-02T21:59", "2026-03-02T21:59"),
        ("Asia/Shanghai", "22:00", "06:00", ["mon"], "2026-03-02T22:00", "2026-03-09T14:00"),
        ("Asia/Shanghai", "09:00", "18:00", ["fri"], "2026-03-07T00:00", "2026-03-13T01:00"),
        ("America/New_York", "09:00", "17:00", None, "2026-03-08T05:00", "2026-03-08T13:00"),
        ("America/New_York", "09:00", "17:00", None, "2026-03-07T05:00", "2026-03-07T14:00"),
    ],
)
def test_hours(zone: str, opens: str, closes: str, days: Any, given: str, found: str) -> None:
    content = {"zone": zone, "opens": opens, "closes": closes} | ({"days": days} if days else {})
    reach = Reach.model_validate(content)
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (given, found)]
    assert reach.next_open(moments[0]) == moments[1]


NEWS = st.one_of(
    st.tuples(st.just("look"), st.integers(0, 90_000)),
    st.tuples(
        st.sampled_from(["acknowledged", "met", "cancelled", "answered", "resolved"]),
        st.integers(0, 90_000),
    ),
)


@given(st.sampled_from(["L1", "L2", "L3"]), st.lists(NEWS, max_size=12), st.integers(0, 7 * 24))
def test_whatever_comes_in_whatever_order(
    level: str, news: list[tuple[str, int]], hour: int
) -> None:
    """Never a step after the end, each at most once and upwards, nobody twice or at night."""
    begun = NIGHT + timedelta(hours=hour)
    case, states, told = ladder(level, begun), ["raised"], []
    for what, seconds in sorted(news, key=lambda each: each[1]):
        now = begun + timedelta(seconds=seconds)
        if what == "look":
            found = climb(case, POLICY, None, now)
            if found.step is not None:
                assert case.is_open
                assert POLICY.open_from(found.step, now) == now
                told.append(found.step)
            case = found.ladder
            continue
        state: State = what  # type: ignore[assignment]
        if case.is_open:
            case = end(case, state, now)
            states.append(state)
            continue
        with pytest.raises(ValueError, match="no transition"):
            end(case, state, now)
    assert all(pair in TRANSITIONS for pair in pairwise(states))
    steps = [POLICY.steps_of(case.level).index(step) for step in told]
    assert steps == sorted(set(steps))
    assert len(case.people) == len(set(case.people))
    assert (case.ended_at is None) == case.is_open


def test_the_documented_ladder_is_sound() -> None:
    page = (POLICIES.parents[1] / "docs" / "clocks.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(escalation:.*?)```", page, re.DOTALL)
    section = yaml.safe_load(block)["escalation"]
    assert notifier_policy(escalation=section).escalation.begins("L1", "first_contact", "p90")
