"""The rule that ends tickets: times decide between decisions, messages and reopenings."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from schemas.resolution import Resolved
from schemas.rules import RefusedError
from schemas.tickets import TicketReopened
from services.intake.domain.closing import end_ticket
from tests.unit.intake.tickets import NOW, ticket, told

HOUR = timedelta(hours=1)


def resolved(at: datetime) -> Resolved:
    return Resolved(ticket_id="t-1", outcome="refund", decided_by="agent", resolved_at=at)


def test_a_wait_ends_with_the_ticket() -> None:
    case = ticket(state="waiting", wait_cause="carrier", wait_since=NOW - HOUR)
    decision = end_ticket(case, told(resolved(NOW)), None, NOW)
    assert decision.case is not None
    assert (decision.case.state, decision.case.wait_cause) == ("closed", None)
    assert (decision.case.closed_at, decision.events) == (NOW, ())


def test_a_later_message_keeps_it_open() -> None:
    case = ticket(messaged_at=NOW - HOUR)
    decision = end_ticket(case, told(resolved(NOW - 2 * HOUR)), None, NOW)
    assert decision.case is not None
    assert decision.case.state == "open"
    assert isinstance(decision.events[0], TicketReopened)
    assert end_ticket(case, told(resolved(NOW)), None, NOW).events == ()


def test_stale_decisions() -> None:
    reopened = ticket(reopened_at=NOW - HOUR)
    assert end_ticket(reopened, told(resolved(NOW - 2 * HOUR)), None, NOW).case is None
    closed = ticket(state="closed", closed_at=NOW - HOUR)
    assert end_ticket(closed, told(resolved(NOW - HOUR)), None, NOW).case is None
    later = end_ticket(closed, told(resolved(NOW)), None, NOW).case
    assert later is not None
    assert later.closed_at == NOW


def test_unknown_and_foreign_tickets() -> None:
    assert end_ticket(None, told(resolved(NOW)), None, NOW).case is None
    with pytest.raises(RefusedError, match="another shop"):
        end_ticket(ticket(), told(resolved(NOW), shop="shop-b"), None, NOW)
