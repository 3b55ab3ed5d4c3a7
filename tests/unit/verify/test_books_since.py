"""Clocks that were brought in from another system: their beginning is on no topic, all else is."""

from __future__ import annotations

import pytest

from cli.verify.domain_facts import Clock, Clocks, Told
from runtime.clock import named_id
from tests.support.small_system import SmallSystem, at
from tests.unit.verify.planted import broken_codes, offenders

OLD = "brought-in"
ABOUT = {"ticket_id": OLD, "clock": "first_reply", "generation": 1}


@pytest.fixture
def clocks(system: SmallSystem) -> Clocks:
    """With a clock that was started, and has warned, before the books began."""
    clocks = system.facts.clocks
    assert clocks is not None
    clocks.clocks.append(Clock(OLD, "first_reply", 1, "pending", at(600), target_s=36_000))
    clocks.told.append(Told(OLD, "first_reply", 1, "started", "", before=True))
    clocks.told.append(Told(OLD, "first_reply", 1, "warning", "p50", before=True))
    clocks.timers[OLD] = clocks.armed[OLD] = at(540)
    return clocks


def warn(system: SmallSystem, threshold: str, minute: float) -> None:
    system.publish(
        "sla", "clocks", named_id("timer", threshold).bytes, "SLAWarning", OLD,
        **ABOUT, due_at=at(600), detected_at=at(minute), threshold=threshold,
    )  # fmt: skip


def test_its_beginning_is_missed_by_nobody(system: SmallSystem, clocks: Clocks) -> None:
    warn(system, "p75", 451)
    clocks.told.append(Told(OLD, "first_reply", 1, "warning", "p75"))
    assert broken_codes(system) == []


def test_without_a_note_of_before_it_was_never_told(system: SmallSystem, clocks: Clocks) -> None:
    clocks.told[:] = [each._replace(before=False) for each in clocks.told]
    assert f"in the table, never told: {OLD} first_reply 1" in offenders(system, "I11")
    assert f"noted, not on Kafka: {OLD} first_reply 1" in offenders(system, "I11")


def test_what_it_says_since_must_be_on_kafka(system: SmallSystem, clocks: Clocks) -> None:
    clocks.told.append(Told(OLD, "first_reply", 1, "warning", "p75"))
    assert f"noted, not on Kafka: {OLD} first_reply 1" in offenders(system, "I11")


def test_it_must_not_speak_early_either(system: SmallSystem, clocks: Clocks) -> None:
    warn(system, "p75", 449)
    clocks.told.append(Told(OLD, "first_reply", 1, "warning", "p75"))
    assert "I12" in broken_codes(system)
