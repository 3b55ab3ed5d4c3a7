"""A policy that can't be kept is refused, with file, place and reason."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.policy import PolicyError
from tests.support.sla_story import default_policy, policy_with

L1 = {"clock": "first_contact", "target_s": 900}
L1_RESULT = {"clock": "solution", "target_s": 14_400}
L2 = {"level": "L2", "clocks": [{"clock": "first_reply", "target_s": 3_600}]}
L3 = {"level": "L3", "clocks": [{"clock": "human_review", "target_s": 1_800}]}


def targets(*sets: dict[str, Any]) -> list[dict[str, Any]]:
    return [*sets, L2, L3]


def test_the_version_follows_from_the_content() -> None:
    assert default_policy().version == policy_with().version
    assert default_policy().version != policy_with(warnings=[{"percent": 60}]).version


def test_a_set_for_a_class_goes_before_the_level_s() -> None:
    special = {"level": "L1", "classes": ["special"], "clocks": [{**L1, "target_s": 60}]}
    for order in (
        [special, {"level": "L1", "clocks": [L1]}],
        [{"level": "L1", "clocks": [L1]}, special],
    ):
        policy = policy_with(targets=targets(*order))
        assert [term.target_s for term in policy.terms("special", "L1")] == [60]
        assert [term.target_s for term in policy.terms("usage", "L1")] == [900]


def test_warnings_by_percent_and_by_seconds_before() -> None:
    own = {**L1, "warnings": [{"before_s": 60}, {"percent": 10}]}
    policy = policy_with(targets=targets({"level": "L1", "clocks": [own]}))
    [term] = policy.terms("usage", "L1")
    assert [(t.name, t.left.total_seconds()) for t in term.thresholds] == [
        ("p10", 810),
        ("b60", 60),
    ]


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ([], "targets: Value error, L1 has no clocks for product_mismatch, logistics, usage"),
        (
            [{"level": "L1", "classes": ["special"], "clocks": [L1]}],
            "targets: Value error, L1 has no clocks for product_mismatch",
        ),
        ([{"level": "L1", "clocks": []}], "targets.0.clocks: Value error, no clocks"),
        (
            [{"level": "L1", "clocks": [L1, L1]}],
            "targets.0.clocks: Value error, first_contact is stated twice",
        ),
        (
            [{"level": "L1", "clocks": [L1]}, {"level": "L1", "clocks": [L1]}],
            "targets: Value error, L1 of all others is stated twice (first in 0)",
        ),
        (
            [
                {"level": "L1", "clocks": [L1]},
                {"level": "L1", "classes": ["usage", "special", "usage"], "clocks": [L1]},
            ],
            "targets: Value error, L1 of usage is stated twice (first in 1)",
        ),
        (
            [{"level": "L1", "clocks": [L1, {**L1_RESULT, "target_s": 899}]}],
            "targets: Value error, L1 of all others: the reply first_contact (900 s) may take",
        ),
        (
            [{"level": "L1", "clocks": [{**L1, "warnings": [{"before_s": 901}]}]}],
            "targets: Value error, L1 of all others: first_contact would warn 901 s before",
        ),
        (
            [{"level": "L1", "clocks": [{**L1, "warnings": [{"percent": 5}, {"percent": 5}]}]}],
            "targets.0.clocks.0.warnings: Value error, p5 is stated twice",
        ),
        (
            [{"level": "L1", "clocks": [{**L1, "warnings": [{"percent": 100}]}]}],
            "targets.0.clocks.0.warnings.0.percent: ",
        ),
        (
            [{"level": "L1", "clocks": [{**L1, "warnings": [{"percent": 5, "before_s": 5}]}]}],
            "targets.0.clocks.0.warnings.0: Value error, say either percent or before_s",
        ),
        ([{"level": "L1", "clocks": [{**L1, "target_s": 0}]}], "targets.0.clocks.0.target_s: "),
        ([{"level": "L1", "clocks": [{**L1, "targets": 9}]}], "targets.0.clocks.0.targets: Extra"),
        ([{"level": "L9", "clocks": [L1]}], "targets.0.level: "),
    ],
)
def test_unusable_targets(sets: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(PolicyError) as refused:
        policy_with(targets=targets(*sets))
    assert str(refused.value).startswith(f"sla.yaml: {message}")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"urgency": ["L1", "L2"]}, "urgency: Value error, name each of L1, L2, L3 once"),
        ({"urgency": ["L1", "L2", "L2"]}, "urgency: Value error, name each of L1, L2, L3 once"),
        ({"warnings": [{"percent": 50}] * 2}, "warnings: Value error, p50 is stated twice"),
        ({"warnings": [{"before_s": 7_200}]}, "targets: Value error, L1 of all others: first_"),
        ({"clocks": []}, "targets: Value error, L1 of all others: first_contact is not among"),
        (
            {"clocks": [{"clock": "review", "kind": "resolution", "met_by": ["reviewed"]}] * 2},
            "clocks: Value error, review is stated twice",
        ),
        (
            {"clocks": [{"clock": "first_reply", "kind": "reply", "met_by": ["call_made"],
                         "pauses_for": ["customer"]}]},
            "clocks.0: Value error, first_reply is a reply clock: it can't pause",
        ),
        (
            {"clocks": [{"clock": "first_reply", "kind": "reply", "met_by": []}]},
            "clocks.0.met_by: ",
        ),
        ({"clocks": [{"clock": "promise", "kind": "reply", "met_by": ["call_made"]}]}, "clocks.0."),
        ({"calendar": "always"}, "calendar: Extra inputs"),
    ],
)  # fmt: skip
def test_unusable_policies(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(PolicyError) as refused:
        policy_with(**changes)
    assert str(refused.value).startswith(f"sla.yaml: {message}")
