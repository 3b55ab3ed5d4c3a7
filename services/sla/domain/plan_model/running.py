"""Running time of a clock: the working time of its calendar, less pauses. Both directions of one
calculation, exact; `clocks` asks for deadlines, warnings and what was used.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.sla.domain.calendar.working_time import Calendar
from services.sla.domain.running_time import Pause


def reach(
    calendar: Calendar,
    anchor_at: datetime,
    amount: timedelta,
    pauses: Sequence[Pause],
    until_at: datetime | None,
) -> datetime | None:
    """The earliest instant at which `amount` has run since `anchor_at`.

    None while a pause without end, or one that holds at `until_at`, comes before. What starts at
    or after `until_at` is left out: the clock had ended. Raises OutOfCalendarError.
    """
    at, left = anchor_at, amount
    for start_at, end_at in pauses:
        if until_at is not None and start_at >= until_at:
            break
        if end_at is not None and end_at <= at:
            continue
        run = calendar.passed(at, max(start_at, at))
        if run >= left:
            break
        if end_at is None or (until_at is not None and end_at > until_at):
            return None
        left -= run
        at = end_at
    return calendar.reach(at, left)


def paused(
    calendar: Calendar, anchor_at: datetime, until_at: datetime, pauses: Sequence[Pause]
) -> timedelta:
    """Working time that pauses took from [anchor_at, until_at)."""
    total = timedelta()
    for start_at, end_at in pauses:
        from_at = max(start_at, anchor_at)
        to_at = until_at if end_at is None else min(end_at, until_at)
        if from_at < to_at:
            total += calendar.passed(from_at, to_at)
    return total
