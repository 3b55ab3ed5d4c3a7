"""What the queue says of an open ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cli.sla.places import Place
from cli.sla.queue import table
from services.sla.domain.standing import Standing, standing
from tests.support.sla_story import Payloads, Story, at

make = Payloads()
HOUR = 3_600


def place(now: float = 0, **fields: Any) -> Place:
    values: dict[str, Any] = {
        "ticket_id": "t-1", "shop_id": "shop-a", "level": "L2", "group": "regular_group",
        "clock": "first_reply", "due_at": at(HOUR), "platform_due_at": at(2 * HOUR),
        "silence_costs_fen": 10_000, "now": at(now), **fields,
    }  # fmt: skip
    return Place(**values)


def stands(*told: Any, now: float = 1_000) -> Standing | None:
    ticket = Story()
    for payload in told:
        ticket.tell(payload)
    ledger = ticket.case.ledger if ticket.case else ()
    return standing(ledger, tuple(ticket.clocks(now).values()))


@pytest.mark.parametrize(
    ("now", "fields", "risk"),
    [
        (0, {}, 5_000),
        (HOUR, {}, 10_000),
        (2 * HOUR - 1, {}, 36_000_000),
        (2 * HOUR, {}, 36_000_000),
        (2 * HOUR + 1, {}, None),
        (0, {"silence_costs_fen": None}, None),
        (0, {"silence_costs_fen": 0}, 0),
        (0, {"platform_due_at": None}, None),
    ],
)
def test_money_at_risk_per_hour(now: float, fields: dict[str, Any], risk: int | None) -> None:
    assert place(now, **fields).at_risk_fen_per_h == risk


def test_a_place_for_programs() -> None:
    assert place(HOUR + 60).as_json() == {
        "ticket_id": "t-1",
        "shop_id": "shop-a",
        "level": "L2",
        "group": "regular_group",
        "binding": {"clock": "first_reply", "due_at": "2026-01-04T10:00:00Z", "due_in_s": -60},
        "platform_due_at": "2026-01-04T11:00:00Z",
        "silence_costs_fen": 10_000,
        "at_risk_fen_per_h": 10_000 * HOUR // (HOUR - 60),
        "overdue": True,
    }
    assert place(due_at=None, clock=None).as_json()["binding"] is None


def test_a_place_for_people() -> None:
    late, passed = place(HOUR + 3_723), place(2 * HOUR + 1)
    far = place(due_at=at(0) + timedelta(days=2, hours=3), silence_costs_fen=1_234_567)
    columns = {str(c.header): list(c.cells) for c in table((late, passed, far)).columns}
    assert columns["due in"] == ["[red]-01:02:03[/]", "[red]-01:00:01[/]", "2 d 03:00:00"]
    assert columns["silence"][2] == "12,345.67"
    assert columns["risk / h"][1] == "passed"


def test_the_earliest_open_deadline_binds() -> None:
    assert stands() is None
    first = stands(make.triaged(1, "L3", route="supervisor_legal"), make.note(2, "reviewed"))
    assert first is not None
    assert (first.level, first.group, first.platform_due_at) == ("L3", "supervisor_legal", None)
    assert first.due_at is not None
    later = stands(make.triaged(1, "L3", route="supervisor_legal"), make.platform(2, 9 * HOUR, 700))
    assert later is not None
    assert (later.due_at, later.platform_due_at) == (first.due_at, at(9 * HOUR))
    sooner = stands(make.triaged(1, "L3"), make.platform(2, 60, 700), make.platform(3, 30))
    assert sooner is not None
    assert (sooner.clock, sooner.due_at, sooner.silence_costs_fen) == ("platform", at(30), 700)


def test_at_one_instant_the_platform_binds() -> None:
    ours = stands(make.triaged(1, "L3"))
    assert ours is not None
    assert ours.due_at is not None
    due = (ours.due_at - at(0)).total_seconds()
    both = stands(make.triaged(1, "L3"), make.platform(2, due))
    assert both is not None
    assert (both.clock, both.due_at) == ("platform", ours.due_at)


def test_a_ticket_stands_nowhere_once_it_has_ended() -> None:
    story = (make.triaged(1, "L2"), make.platform(2, HOUR, 700))
    assert stands(*story, make.resolved(10)) is None
    assert stands(*story, make.merged(10)) is None
    again = stands(*story, make.resolved(10), make.reopened(20))
    assert again is not None
    assert (again.platform_due_at, again.silence_costs_fen) == (None, None)
