"""Which clocks a level starts, read from `sla.yaml` as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.triage.classify import POLICIES
from services.triage.workbench.clocks import ClocksError, clocks_of

FILE = """
targets:
  - level: L1
    clocks: [{clock: first_contact, target_s: 900}]
  - level: L1
    classes: [usage]
    clocks: [{clock: second_line, target_s: 600}]
routes:
  - route: human_triage
    clocks: [{clock: human_triage, target_s: 300}]
"""


def test_a_class_of_its_own_goes_before_the_level_and_a_route_comes_on_top(tmp_path: Path) -> None:
    (tmp_path / "sla.yaml").write_text(FILE, encoding="utf-8")
    clocks = clocks_of(tmp_path)
    assert clocks is not None
    assert clocks.of("L1", "logistics", "bot") == {"first_contact": 900}
    assert clocks.of("L1", "usage") == {"second_line": 600}
    assert clocks.of("L1", "usage", "human_triage") == {"second_line": 600, "human_triage": 300}
    assert clocks.of("L2", "usage") == {}


def test_every_level_of_the_shipped_file_has_clocks() -> None:
    clocks = clocks_of(POLICIES)
    assert clocks is not None
    assert clocks.of("L1", "usage")["first_contact"] == 900
    assert clocks.of("L3", "special").keys() == {"human_review", "joint_resolution"}
    assert "human_triage" in clocks.of("L2", "usage", "human_triage")


@pytest.mark.parametrize(
    "text", ["targets: [", "targets: 3", "{}", "targets: [{level: L1}]", "- 1"]
)
def test_what_can_not_be_read_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "sla.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ClocksError, match=r"sla\.yaml"):
        clocks_of(tmp_path)


def test_where_there_is_no_file_there_are_none(tmp_path: Path) -> None:
    assert clocks_of(tmp_path) is None
