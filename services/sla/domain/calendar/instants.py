"""From readings of a wall clock to real instants, through every change of a zone's offset. Called
by `working_time` alone.

A clock that is put forward never shows the readings it skips: nothing of a span lies there. One
that is put back shows some readings twice: a span that has them counts both times. So an instant
is working time exactly if the wall clock, at that instant, shows a reading inside a span.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STEP_S = 86_400
"""No zone changes its offset twice within a day."""
_SECOND = timedelta(seconds=1)

Stretch = tuple[int, int, int]
"""From, to (seconds since 1970) and the offset of the wall clock meanwhile, seconds."""


def stretches(zone: tzinfo, from_s: int, to_s: int) -> list[Stretch]:
    """[from_s, to_s) cut where the zone changes its offset."""
    found: list[Stretch] = []
    begin_s = at_s = from_s
    offset_s = _offset_s(zone, at_s)
    while at_s < to_s:
        next_s = min(at_s + STEP_S, to_s)
        if _offset_s(zone, next_s) == offset_s:
            at_s = next_s
            continue
        at_s = _change(zone, at_s, next_s, offset_s)
        found.append((begin_s, at_s, offset_s))
        begin_s, offset_s = at_s, _offset_s(zone, at_s)
    if begin_s < to_s:
        found.append((begin_s, to_s, offset_s))
    return found


def instants(
    readings: Iterable[tuple[int, int]], pieces: Iterable[Stretch]
) -> list[tuple[int, int]]:
    """The instants in `pieces` at which the wall clock shows one of the `readings`, in order,
    apart. Both are given in order."""
    shown = list(readings)
    found: list[tuple[int, int]] = []
    for from_s, to_s, offset_s in pieces:
        for start_s, end_s in shown:
            begin_s, stop_s = max(start_s - offset_s, from_s), min(end_s - offset_s, to_s)
            if begin_s >= stop_s:
                continue
            if found and found[-1][1] == begin_s:
                found[-1] = (found[-1][0], stop_s)
            else:
                found.append((begin_s, stop_s))
    return found


def _offset_s(zone: tzinfo, at_s: int) -> int:
    offset = (EPOCH + timedelta(seconds=at_s)).astimezone(zone).utcoffset()
    return (offset or timedelta()) // _SECOND


def _change(zone: tzinfo, before_s: int, after_s: int, offset_s: int) -> int:
    """The first second at which the offset is no longer `offset_s`."""
    while after_s - before_s > 1:
        middle_s = (before_s + after_s) // 2
        if _offset_s(zone, middle_s) == offset_s:
            before_s = middle_s
        else:
            after_s = middle_s
    return after_s
