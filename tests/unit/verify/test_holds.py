"""In a system at rest every invariant holds, and each check has looked at something."""

from __future__ import annotations

from cli.verify.run import CHECKS, NOT_JUDGED, judged
from tests.support.small_system import SmallSystem


def test_nothing_is_broken(system: SmallSystem) -> None:
    assert [verdict for verdict in judged(system.facts) if not verdict.holds] == []


def test_every_check_counts_something(system: SmallSystem) -> None:
    verdicts = [check(system.facts) for check in CHECKS]
    assert [verdict.code for verdict in verdicts if not sum(verdict.counted.values())] == [
        "I10",
        "I24",
    ]
    assert {verdict.outcome for verdict in verdicts} == {"holds"}


def test_codes_come_in_order_and_say_why_not(system: SmallSystem) -> None:
    verdicts = judged(system.facts)
    assert [verdict.code for verdict in verdicts] == [f"I{n}" for n in range(1, 29)]
    assert {v.code for v in verdicts if v.outcome == "not_applicable"} == set(NOT_JUDGED)
    for verdict in verdicts:
        if verdict.outcome == "not_applicable":
            assert verdict.note.startswith(("not yet: ", "elsewhere: "))
