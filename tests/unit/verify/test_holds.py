"""In a system at rest every invariant holds, and each check has looked at something."""

from __future__ import annotations

from cli.verify.run import CHECKS, NOT_JUDGED, judged
from tests.support.small_system import SmallSystem, at
from tests.unit.verify.conftest import TICKET


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


def test_a_breach_may_come_with_the_decision_in_one_batch(system: SmallSystem) -> None:
    """What led to it was applied before the decision, and both were written after it."""
    (triaged,) = (each.id for each in system.facts.stories.triaged if each.ticket == TICKET)
    system.publish(
        "sla", "clocks", triaged, "SLABreached", TICKET, ticket_id=TICKET, clock="solution",
        generation=1, breached_at=at(240), detected_at=at(241),
    )  # fmt: skip
    (verdict,) = (v for v in judged(system.facts) if v.code == "I13")
    assert f"breached after its ticket ended: {TICKET} solution" not in verdict.offenders
    assert verdict.counted["crossed with the decision"] == 1
