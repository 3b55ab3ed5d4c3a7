"""Working spans of a day as people write them: 09:00-12:00, 22:00-06:00. Read by `book`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator

DAY_S = 86_400
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Span = tuple[int, int]
"""Readings of the wall clock, seconds after the midnight at which the span's day begins; the end
is beyond DAY_S for a span across midnight. Starts belong to the span, ends don't."""

_TIME = r"(\d\d):(\d\d)(?::(\d\d))?"
_SPAN = re.compile(f"{_TIME}-{_TIME}")


def span_of(text: str) -> Span:
    """Raises ValueError. An end before the start lies on the next day; 24:00 ends a day."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no span: write 09:00-12:00, or 22:00-06:00 across midnight")
    start_s, end_s = _seconds(text, found.groups()[:3]), _seconds(text, found.groups()[3:])
    if start_s == DAY_S:
        raise ValueError(f"{text}: a span starts before 24:00")
    if start_s == end_s:
        raise ValueError(f"{text} has no length; a whole day is 00:00-24:00")
    return start_s, end_s if end_s > start_s else end_s + DAY_S


def _seconds(text: str, parts: Sequence[str | None]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in parts)
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > DAY_S:
        raise ValueError(f"{text}: no clock shows that; times go from 00:00 to 24:00")
    return total


def spans_of(texts: Sequence[str]) -> tuple[Span, ...]:
    """The spans of one day, in order."""
    return tuple(sorted(span_of(text) for text in texts))


def overlap(day: Sequence[Span], following: Sequence[Span] = ()) -> tuple[Span, Span] | None:
    """Two spans of a day, or of it and the day after, that share time; both count from its
    midnight. None if none do; to touch is not to share."""
    later = [(start_s + DAY_S, end_s + DAY_S) for start_s, end_s in following]
    row = [*sorted(day), *sorted(later)]
    for before, after in pairwise(row):
        if after[0] < before[1]:
            return before, after
    return None


def written(span: Span) -> str:
    """As people write it, whichever day it counts from."""
    return f"{_clock(span[0] % DAY_S)}-{_clock((span[1] - 1) % DAY_S + 1)}"


def _clock(second: int) -> str:
    hours, rest = divmod(second, 3600)
    shown = f"{hours:02}:{rest // 60:02}"
    return f"{shown}:{rest % 60:02}" if rest % 60 else shown


def weekdays_of(text: str) -> tuple[int, ...]:
    """Monday is 0. `daily`, one day, or a range such as mon-fri. Raises ValueError."""
    if text == "daily":
        return tuple(range(7))
    first, dash, last = text.partition("-")
    try:
        start, end = DAY_NAMES.index(first), DAY_NAMES.index(last if dash else first)
    except ValueError:
        raise ValueError(f"{text!r} is no day: write mon, mon-fri or daily") from None
    if end < start:
        raise ValueError(f"{text}: a range goes forward within Monday to Sunday")
    return tuple(range(start, end + 1))


def _hours(texts: tuple[str, ...]) -> tuple[str, ...]:
    found = overlap(spans_of(texts))
    if found:
        raise ValueError(f"overlapping spans: {written(found[0])} and {written(found[1])}")
    return texts


Hours = Annotated[tuple[str, ...], AfterValidator(_hours)]
"""The spans of one day as they are written, none of them overlapping; empty when it is off."""
