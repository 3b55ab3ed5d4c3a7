"""Fault plans: seeded, counted, refused when they make no sense."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from devstack.standins.faults import Fault, FaultPlan, Faults


def drawn(plan: FaultPlan, count: int = 200) -> list[str]:
    faults = Faults(plan)
    found = (faults.next("aliyun_sms") for _ in range(count))
    return [each.kind if each is not None else "" for each in found]


def plan(*faults: Fault, seed: int = 7) -> FaultPlan:
    return FaultPlan(seed=seed, faults=faults)


def test_nothing_happens_without_a_plan() -> None:
    assert set(drawn(FaultPlan())) == {""}


def test_a_seed_replays() -> None:
    some = Fault(provider="aliyun_sms", kind="status_500", share=0.3)
    assert drawn(plan(some)) == drawn(plan(some))
    assert drawn(plan(some)) != drawn(plan(some, seed=8))
    assert 30 < drawn(plan(some)).count("status_500") < 90


def test_a_second_fault_does_not_shift_the_first() -> None:
    first = Fault(provider="aliyun_sms", kind="status_500", share=0.3)
    second = Fault(provider="aliyun_sms", kind="too_many", share=0.5)
    alone = [each == "status_500" for each in drawn(plan(first))]
    assert [each == "status_500" for each in drawn(plan(first, second))] == alone


def test_a_fault_for_so_many_times() -> None:
    twice = Fault(provider="aliyun_sms", kind="status_500", times=2)
    assert drawn(plan(twice), 4) == ["status_500", "status_500", "", ""]


def test_providers_are_kept_apart_and_hits_counted() -> None:
    faults = Faults(plan(Fault(provider="wecom", kind="status_500")))
    assert faults.next("aliyun_sms") is None
    assert faults.next("wecom") is not None
    assert faults.hits == {"wecom.status_500": 1}


@pytest.mark.parametrize(
    "bad",
    [
        {"provider": "wecom", "kind": "duplicate_callback"},
        {"provider": "aliyun_query", "kind": "accepted_500"},
        {"provider": "aliyun_sms", "kind": "unheard_of"},
        {"provider": "aliyun_sms", "kind": "status_500", "share": 0},
        {"provider": "aliyun_sms", "kind": "status_500", "shere": 1},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FaultPlan.model_validate({"faults": [bad]})
