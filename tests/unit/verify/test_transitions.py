"""What I16 allows of a ticket."""

from __future__ import annotations

import pytest

from cli.verify.transitions import CLOCK, MERGED, TICKET


@pytest.mark.parametrize("state", ["open", "waiting"])
@pytest.mark.parametrize(
    "event",
    [
        "TicketClassified",
        "OrderAttached",
        "CustomerMessageReceived",
        "PromiseMade",
        "PlatformDeadlineSet",
    ],
)
def test_what_is_told_of_a_ticket_leaves_it_where_it_is(state: str, event: str) -> None:
    assert TICKET[state, event] == state


def test_nothing_is_told_of_a_ticket_before_it_opens() -> None:
    assert {event for state, event in TICKET if state == "new"} == {"TicketOpened"}


def test_a_merged_ticket_hears_of_nothing_but_what_was_done() -> None:
    assert TICKET["open", "TicketMerged"] == TICKET["waiting", "TicketMerged"] == MERGED
    assert {event for state, event in TICKET if state == MERGED} == {"AgentReplied", "CallMade"}


def test_a_clock_that_moved_runs_again() -> None:
    assert {state for state, event in CLOCK if event == "ClockMoved"} == {"running", "breached"}
    assert CLOCK["breached", "ClockMoved"] == "running"
