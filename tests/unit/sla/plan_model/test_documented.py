"""The examples of docs/clocks.md are true."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.sla_story import policy_with
from tests.unit.sla.plan_model.told import RULES, clocks

PAGE = Path(__file__).resolve().parents[4] / "docs" / "clocks.md"
BLOCKS = re.findall(r"```json\n(.*)\n(.*)\n```", PAGE.read_text(encoding="utf-8"))

HOLD = {"clock": "group_hold", "target_s": 28_800, "routes": ["urgent_group", "regular_group"]}
WITH_GROUP_HOLD = policy_with(
    conversation=[*(rule.model_dump(exclude_none=True) for rule in RULES.conversation), HOLD]
)


@pytest.mark.parametrize(("asked", "answered"), BLOCKS)
def test_an_example_is_true(asked: str, answered: str) -> None:
    expected = json.loads(answered)
    named = clocks(json.loads(asked), WITH_GROUP_HOLD, conversation=True)
    found = named[f"{expected['clock']}/{expected['generation']}"]
    assert {name: found[name] for name in expected} == expected


def test_every_clock_of_the_plan_has_one() -> None:
    shown = [json.loads(answered)["clock"] for _, answered in BLOCKS]
    assert sorted(shown) == sorted({*shown})
    assert len(shown) == 13
