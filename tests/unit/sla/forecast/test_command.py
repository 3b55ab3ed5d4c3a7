"""What `aftercare sla forecast` shows on a terminal."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from cli.sla.forecast import show

RISK = {
    "ticket_id": "t-1", "clock": "solution", "generation": 1, "level": "L1",
    "problem_class": "usage", "due_at": "2026-03-02T09:00:00Z", "probability": 0.83,
}  # fmt: skip
QUEUE = {
    "queue": "urgent_group", "open": 1_204, "overdue": 3, "due": 40, "expected": 12.34,
    "from": 8, "to": 17, "at_least_one": 0.998, "at_risk": [RISK, {**RISK, "due_at": None}],
}  # fmt: skip


def shown(**changes: Any) -> str:
    learned = {"since": "2026-02-16T05:00:00Z", "clocks": 58_226, "moments": 9, "one_ticket_in": 36}
    answer = {
        "now": "2026-03-02T05:00:00Z", "until": "2026-03-02T09:00:00Z", "basis": "measured",
        "learned_from": learned, "cut": False, "queues": [QUEUE],
    }  # fmt: skip
    text = StringIO()
    show({**answer, **changes}, Console(file=text, width=120))
    return text.getvalue()


def test_queues_and_the_clocks_most_at_risk() -> None:
    lines = shown().splitlines()
    expected = ["urgent_group", "1,204", "3", "40", "12.3", "8", "to", "17", "100%"]
    assert lines[1].split() == expected
    assert lines[3].split() == ["t-1", "L1", "solution", "2026-03-02", "09:00:00Z", "83%"]
    assert lines[4].split()[3] == "paused"
    assert lines[5] == (
        "until 2026-03-02 09:00:00Z; learned from 58,226 clocks since 2026-02-16, one ticket in 36"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"basis": "base rates"}, "too little is known for more than base rates"),
        ({"basis": "nothing", "queues": []}, "one in ten is assumed"),
        ({"cut": True}, "more tickets are due than were looked at"),
    ],
)
def test_it_says_what_it_does_not_know(changes: dict[str, Any], said: str) -> None:
    assert said in shown(**changes)
