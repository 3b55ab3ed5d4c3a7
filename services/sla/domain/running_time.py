"""Running time of a clock: wall time less pauses. The two directions of one calculation, both
exact; `plan` asks them for deadlines and for what was used.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

Pause = tuple[datetime, datetime | None]
"""A stretch [from, to) that does not count; without end while it lasts. Given in order, apart."""


def reach(
    anchor_at: datetime, amount: timedelta, pauses: Sequence[Pause], until_at: datetime | None
) -> datetime | None:
    """The first instant at which `amount` has run since `anchor_at`.

    That is the end of a running stretch, never the start of the next one. None while a pause
    without end, or one that holds at `until_at`, comes before. What starts at or after `until_at`
    is left out: the clock had ended.
    """
    at, left = anchor_at, amount
    for start_at, end_at in pauses:
        if until_at is not None and start_at >= until_at:
            break
        if end_at is not None and end_at <= at:
            continue
        run = max(start_at - at, timedelta())
        if run >= left:
            break
        if end_at is None or (until_at is not None and end_at > until_at):
            return None
        left -= run
        at = end_at
    return at + left


def used(anchor_at: datetime, until_at: datetime, pauses: Sequence[Pause]) -> timedelta:
    """How much has run in [anchor_at, until_at); nothing when that is empty."""
    total = max(until_at - anchor_at, timedelta())
    for start_at, end_at in pauses:
        if start_at >= until_at:
            break
        stop_at = until_at if end_at is None else min(end_at, until_at)
        total -= max(stop_at - max(start_at, anchor_at), timedelta())
    return total
