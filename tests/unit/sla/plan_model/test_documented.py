"""The examples of docs/clocks.md are true."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.unit.sla.plan_model.told import clocks

PAGE = Path(__file__).resolve().parents[4] / "docs" / "clocks.md"
BLOCKS = re.findall(r"```json\n(.*)\n(.*)\n```", PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("asked", "answered"), BLOCKS)
def test_an_example_is_true(asked: str, answered: str) -> None:
    expected = json.loads(answered)
    found = clocks(json.loads(asked))[f"{expected['clock']}/{expected['generation']}"]
    assert {name: found[name] for name in expected} == expected


def test_every_clock_of_the_plan_has_one() -> None:
    shown = [json.loads(answered)["clock"] for _, answered in BLOCKS]
    assert sorted(shown) == sorted({*shown})
    assert len(shown) == 9
