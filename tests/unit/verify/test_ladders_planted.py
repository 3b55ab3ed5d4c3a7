"""I16 finds ladders that climb after their end, twice to one step, or end without a word."""

from __future__ import annotations

import pytest

from cli.verify.domain_facts import Ladder
from runtime.clock import named_id
from tests.support.small_system import SmallSystem
from tests.unit.verify.conftest import TICKET
from tests.unit.verify.planted import offenders

LADDER = str(named_id("ladder"))


def tell(system: SmallSystem, *told: tuple[str, int]) -> None:
    """Events about the ladder: kind and step."""
    for kind, step in told:
        cause = system.command("notifier", "notices", f"more-{system.tick_s}", TICKET)
        data = {"ticket_id": TICKET, "escalation_id": LADDER, "step": step}
        system.publish("notifier", "notices", cause, f"Escalation{kind}", TICKET, **data)


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ([("Raised", 1), ("Raised", 3), ("Ended", 3)], ""),
        ([("Raised", 1), ("Acknowledged", 1)], ""),
        ([("Acknowledged", 0)], ""),
        ([("Ended", 0)], "EscalationEnded while new"),
        ([("Raised", 1), ("Ended", 1), ("Raised", 2)], "EscalationRaised while ended"),
        ([("Raised", 1), ("Acknowledged", 1), ("Ended", 1)], "EscalationEnded while ended"),
        ([("Raised", 1), ("Raised", 1)], "steps told: 1, 1"),
        ([("Raised", 2), ("Raised", 1)], "steps told: 2, 1"),
    ],
)
def test_the_way_of_a_ladder(
    system: SmallSystem, told: list[tuple[str, int]], complaint: str
) -> None:
    tell(system, *told)
    assert offenders(system, "I16") == ((f"{complaint}: {LADDER}",) if complaint else ())


@pytest.mark.parametrize(
    ("kept", "complaint"),
    [
        (("raised", 1), ""),
        (("met", 1), "met and not told"),
        (("acknowledged", 1), "acknowledged and not told"),
        (("raised", 2), "step 2 and not told"),
        (("raised", 0), ""),
    ],
)
def test_a_ladder_in_the_table(system: SmallSystem, kept: tuple[str, int], complaint: str) -> None:
    assert system.facts.notifier is not None
    tell(system, ("Raised", 1))
    system.facts.notifier.ladders.append(Ladder(LADDER, *kept))
    assert offenders(system, "I16") == ((f"{complaint}: {LADDER}",) if complaint else ())


def test_one_that_told_nobody_ends_without_a_word(system: SmallSystem) -> None:
    assert system.facts.notifier is not None
    system.facts.notifier.ladders.append(Ladder(LADDER, "met", 0))
    assert offenders(system, "I16") == ()


def test_what_waits_for_the_pace_of_a_person_is_no_work_in_hand(system: SmallSystem) -> None:
    assert system.facts.notifier is not None
    deliveries = system.facts.notifier.deliveries
    letter = deliveries[0]._replace(id=LADDER, state="planned", trail=("planned",), open=True)
    deliveries.append(letter._replace(waits=True))
    assert offenders(system, "I10") == ()
    deliveries.append(letter)
    assert offenders(system, "I10") == (f"still to be sent or asked about: {LADDER}",)
