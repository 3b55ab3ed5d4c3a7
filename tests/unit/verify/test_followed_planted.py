"""I28 sees what followed the complaints: a message, a reply or a decision that is lost, doubled, or
answered in two ways."""

from __future__ import annotations

import pytest

from cli.verify.history import DECISIONS, SEVERAL
from cli.verify.run import judged
from tests.support.small_system import SmallSystem, at
from tests.unit.verify.conftest import OPEN_TICKET, TICKET
from tests.unit.verify.planted import forget, offenders


def test_it_counts_where_order_and_money_are_at_stake(system: SmallSystem) -> None:
    (verdict,) = (each for each in judged(system.facts) if each.code == "I28")
    assert verdict.outcome == "holds"
    assert verdict.counted[SEVERAL] == 2
    assert verdict.counted[DECISIONS] == 1


@pytest.mark.parametrize(
    ("service", "desk", "name"),
    [
        ("intake", "conversation", "messages messages-1"),
        ("intake", "conversation", "replies replies-1"),
        ("resolution", "settlements", "resolution close-1"),
    ],
)
def test_what_was_acknowledged_is_gone_from_the_books(
    system: SmallSystem, service: str, desk: str, name: str
) -> None:
    applied = system.store(service).applied(desk, "http")
    before = len(applied.ids)
    for row in reversed(range(before)):
        forget(applied, row)
    assert f"acknowledged and lost: {name}" in offenders(system, "I28")


def test_a_decision_is_told_twice(system: SmallSystem) -> None:
    again = system.command("resolution", "settlements", "close-again", TICKET)
    system.publish(
        "resolution", "settlements", again, "Resolved", TICKET,
        ticket_id=TICKET, resolved_at=at(30),
    )  # fmt: skip
    assert f"2 events instead of one: Resolved {TICKET}" in offenders(system, "I28")


def test_a_decision_that_was_acknowledged_is_told_nowhere(system: SmallSystem) -> None:
    system.command("resolution", "settlements", "close-2", OPEN_TICKET)
    answer = {"resolved_at": at(40).isoformat()}
    system.promise("resolution", "close-2", OPEN_TICKET, answer=answer)
    lost = f"0 events instead of one: Resolved {OPEN_TICKET}"
    assert lost in offenders(system, "I28")


def test_the_same_request_is_answered_otherwise_when_it_comes_again(system: SmallSystem) -> None:
    answer = {"resolved_at": at(30).isoformat()}
    system.promise("resolution", "close-1", TICKET, answer=answer)
    assert offenders(system, "I28") == ()
    system.promise("resolution", "close-1", TICKET, answer=answer | {"action_id": "another"})
    assert offenders(system, "I28") == (
        "answered otherwise when it came again: resolution close-1",
    )
