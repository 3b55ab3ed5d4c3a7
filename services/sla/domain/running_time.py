"""Running time of a clock: the working time of its calendar, less pauses. The directions of one
calculation, all exact; `plan` asks them for deadlines, warnings and what was used.

No calendar means every second: most clocks, and much cheaper.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.sla.domain.calendar.working_time import Calendar

Pause = tuple[datetime, datetime | None]
"""A stretch [from, to) that does not count; without end while it lasts. Given in order, apart."""
NOTHING = timedelta()


def reach(
    calendar: Calendar | None,
    anchor_at: datetime,
    amount: timedelta,
    pauses: Sequence[Pause],
    until_at: datetime | None,
) -> datetime | None:
    """The earliest instant at which `amount` has run since `anchor_at`.

    That is the end of a running stretch, never the start of the next one. None while a pause
    without end, or one that holds at `until_at`, comes before. What starts at or after `until_at`
    is left out: the clock had ended. Raises OutOfCalendarError.
    """
    at, left = anchor_at, amount
    for start_at, end_at in pauses:
        if until_at is not None and start_at >= until_at:
            break
        if end_at is not None and end_at <= at:
            continue
        run = NOTHING
        if start_at > at:
            run = start_at - at if calendar is None else calendar.passed(at, start_at)
        if run >= left:
            break
        if end_at is None or (until_at is not None and end_at > until_at):
            return None
        left -= run
        at = end_at
    return at + left if calendar is None else calendar.reach(at, left)


def used(
    calendar: Calendar | None, anchor_at: datetime, until_at: datetime, pauses: Sequence[Pause]
) -> timedelta:
    """How much has run in [anchor_at, until_at); nothing when that is empty."""
    whole = passed(calendar, anchor_at, until_at)
    return whole - lost(calendar, anchor_at, until_at, pauses) if pauses else whole


def lost(
    calendar: Calendar | None, anchor_at: datetime, until_at: datetime, pauses: Sequence[Pause]
) -> timedelta:
    """Working time that pauses took from [anchor_at, until_at)."""
    total = NOTHING
    for start_at, end_at in pauses:
        if start_at >= until_at:
            break
        stop_at = until_at if end_at is None else min(end_at, until_at)
        total += passed(calendar, max(start_at, anchor_at), stop_at)
    return total


def passed(calendar: Calendar | None, from_at: datetime, to_at: datetime) -> timedelta:
    """Working time in [from_at, to_at); nothing when that is empty."""
    if to_at <= from_at:
        return NOTHING
    return to_at - from_at if calendar is None else calendar.passed(from_at, to_at)
