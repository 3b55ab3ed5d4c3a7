"""Tickets as the plan command is told of them, by seconds after nine o'clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from runtime.policy import load_policy
from services.sla.calendars.files import load_book
from services.sla.domain.calendar.opening import Calendars
from services.sla.planning.__main__ import answer
from services.sla.policy import SlaPolicy
from tests.support.sla_story import POLICIES, at

RULES = load_policy(POLICIES, "sla", SlaPolicy)
CALENDARS = Calendars(load_book(POLICIES))


def z(second: float | None) -> str | None:
    """As the answer writes it."""
    return None if second is None else at(second).isoformat().replace("+00:00", "Z")


def event(second: float, what: str, **more: Any) -> dict[str, Any]:
    """Something that happened."""
    return {"at": z(second), "type": what, **more}


def ticket(level: str, now: float, *events: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Opened at nine."""
    return {
        "id": "t",
        "opened_at": z(0),
        "level": level,
        "class": "product_mismatch",
        "now": z(now),
        "events": list(events),
        **more,
    }


def clocks(
    line: dict[str, Any], rules: SlaPolicy = RULES, *, conversation: bool = False
) -> dict[str, dict[str, Any]]:
    """Its clocks by name and generation: `solution/1`."""
    found: Any = answer(line, rules, CALENDARS, conversation=conversation)["clocks"]
    named = {f"{each['clock']}/{each['generation']}": each for each in found}
    assert len(named) == len(found)
    return named


def second(text: str | None) -> float | None:
    """Of an answer's time."""
    return None if text is None else (datetime.fromisoformat(text) - at(0)).total_seconds()


def brief(clock: dict[str, Any]) -> tuple[str, float | None, float | None]:
    """State, deadline and deed, in seconds after nine."""
    return clock["state"], second(clock["due_at"]), second(clock["met_at"])
