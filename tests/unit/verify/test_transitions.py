"""What I16 allows of a ticket."""

from __future__ import annotations

import pytest

from cli.verify.transitions import TICKET


@pytest.mark.parametrize("state", ["open", "waiting"])
@pytest.mark.parametrize("event", ["TicketClassified", "OrderAttached", "CustomerMessageReceived"])
def test_what_is_told_of_a_ticket_leaves_it_where_it_is(state: str, event: str) -> None:
    assert TICKET[state, event] == state


def test_nothing_is_told_of_a_ticket_before_it_opens() -> None:
    assert {event for state, event in TICKET if state == "new"} == {"TicketOpened"}
