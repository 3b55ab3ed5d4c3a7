"""I24 finds dead letters that were brought back and got lost, or had their effect twice."""

from __future__ import annotations

import pytest

from cli.verify.log_facts import shown
from cli.verify.store_facts import DeadLetter, Parked
from tests.support.small_system import SmallSystem
from tests.unit.verify.conftest import TICKET
from tests.unit.verify.planted import STRANGE, forget, offenders


@pytest.fixture
def letter(system: SmallSystem) -> DeadLetter:
    """Of the archive's last message of the clocks, brought back and applied since."""
    applied = system.store("evidence").applied("archive", "sla")
    made = DeadLetter(
        STRANGE, "archive", applied.ids[-1], "sla", 0, applied.offsets[-1], "rule_failed", True
    )
    system.store("evidence").dead.append(made)
    return made


def named(letter: DeadLetter) -> str:
    assert letter.event_id is not None
    return shown(letter.event_id)


def test_once_is_right(system: SmallSystem, letter: DeadLetter) -> None:
    assert offenders(system, "I24") == ()


def test_it_was_brought_back_and_is_nowhere(system: SmallSystem, letter: DeadLetter) -> None:
    forget(system.store("evidence").applied("archive", "sla"), -1)
    lost = f"evidence.archive brought back and lost: {named(letter)}"
    assert offenders(system, "I24") == (lost,)
    assert letter.event_id is not None
    parked = Parked("archive", letter.event_id, TICKET, "sla", 0, letter.pos)
    system.store("evidence").parked.append(parked)
    assert offenders(system, "I24") == (), "it waits in the line"


def test_it_had_its_effect_twice(system: SmallSystem, letter: DeadLetter) -> None:
    assert letter.event_id is not None
    system.store("evidence").applied("archive", "sla").add(letter.event_id, TICKET, 0, letter.pos)
    twice = f"evidence.archive applied more than once: {named(letter)}"
    assert offenders(system, "I24") == (twice,)


def test_one_message_has_two_letters(system: SmallSystem, letter: DeadLetter) -> None:
    system.store("evidence").dead.append(letter)
    assert offenders(system, "I24") == (f"evidence.archive has 2 letters for: {named(letter)}",)


def test_what_left_the_log_may_have_left_the_inbox(system: SmallSystem, letter: DeadLetter) -> None:
    forget(system.store("evidence").applied("archive", "sla"), -1)
    system.facts.logs["sla"].starts[0] = letter.pos + 1
    assert offenders(system, "I24") == ()
