"""The calendars that ship, by name, and times as a table writes them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from services.sla.calendars.files import load_book
from services.sla.domain.calendar.opening import Calendars

POLICIES = Path(__file__).resolve().parents[4] / "policies" / "default"
BOOK = load_book(POLICIES)
SHIPPED = Calendars(BOOK)


def local(text: str, calendar: str) -> datetime:
    """`2026-02-13 18:00` by the wall clock of the calendar; `+` behind it: the second time that the
    clock shows it."""
    at = datetime.fromisoformat(text.removesuffix("+"))
    return at.replace(tzinfo=ZoneInfo(SHIPPED[calendar].zone.key), fold=text.endswith("+"))


def seconds(text: str) -> int:
    """`8h`, `30m`, `1h30m`, `5s`."""
    total, number = 0, ""
    for sign in text:
        if sign.isdigit():
            number += sign
        else:
            total, number = total + int(number) * {"h": 3600, "m": 60, "s": 1}[sign], ""
    return total
