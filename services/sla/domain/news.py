"""What has to be told: the difference between the clocks as they are and what was told before.
Called by `rules` after every plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from schemas.sla import (
    ClockCancelled,
    ClockEvent,
    ClockMet,
    ClockMoved,
    ClockStarted,
    SLABreached,
    SLAWarning,
)
from services.sla.domain.clock import Clock

Kind = Literal["started", "moved", "warning", "breached", "met", "cancelled"]
_SECOND = timedelta(seconds=1)


class Mark(NamedTuple):
    """Something that is told at most once: of a ticket's clock, generation, kind, threshold.

    Equals the plain tuple of its parts, which is what is looked up.
    """

    clock: str
    generation: int
    kind: Kind
    threshold: str = ""


class News(NamedTuple):
    """An event to publish and the mark that it leaves."""

    mark: Mark
    event: ClockEvent


_Parts = tuple[str, int, Kind, str]


def news(
    head: dict[str, Any], clocks: Sequence[Clock], told: Set[Mark], now: datetime
) -> list[News]:
    """What is new about `clocks` beyond what was told, in the order of publication.

    `head` has what all events carry: ticket and policy version.
    """
    return [
        News(Mark(*parts), _event(head | _about(clock), clock, parts, now))
        for clock in clocks
        for parts in _sayings(clock, told, now)
        if parts not in told
    ]


def withdrawn(
    head: dict[str, Any], gone: Sequence[Clock], told: Set[Mark], now: datetime
) -> list[News]:
    """Ends clocks that were started but, as is known now, never should have been.

    Happens when something older than a re-triage or reopening arrives after it.
    """
    return [
        News(
            Mark(*clock.key, "cancelled"),
            ClockCancelled(
                **head, **_about(clock), cause=clock.ending or "retriaged", cancelled_at=now
            ),
        )
        for clock in gone
        if not {Mark(*clock.key, "met"), Mark(*clock.key, "cancelled")} & told
    ]


def moves(
    head: dict[str, Any],
    before: Sequence[Clock],
    clocks: Sequence[Clock],
    told: Set[Mark],
    now: datetime,
) -> list[News]:
    """What is to be told of open clocks whose date was set anew, against `before`."""
    dates = {clock.key: clock.due_at for clock in before if clock.term.dated}
    found = []
    for clock in clocks:
        was_due_at = dates.get(clock.key)
        if was_due_at in (None, clock.due_at) or clock.stopped_at is not None:
            continue
        number = 1 + sum(mark[:3] == (*clock.key, "moved") for mark in told)
        event = ClockMoved(
            **head,
            **_about(clock),
            move=number,
            was_due_at=was_due_at,
            due_at=clock.deadline(now),
            target_s=clock.term.target_s,
            moved_at=now,
        )
        found.append(News(Mark(*clock.key, "moved", str(number)), event))
    return found


def _sayings(clock: Clock, told: Set[Any], now: datetime) -> Iterator[_Parts]:
    """All that is to be told of a clock by now, in order."""
    name, generation = clock.key
    yield (name, generation, "started", "")
    if clock.breached_at is not None:
        yield (name, generation, "breached", _date(clock))
    elif clock.state == "pending":
        yield from _warning(clock, told, now)
    if clock.met_at is not None:
        yield (name, generation, "met", "")
    elif clock.state == "cancelled":
        yield (name, generation, "cancelled", "")


def _warning(clock: Clock, told: Set[Any], now: datetime) -> Iterator[_Parts]:
    """The last threshold passed, unless a later one was told: late warnings collapse into one."""
    left = clock.left(now)
    name, generation = clock.key
    for threshold in reversed(clock.term.thresholds):
        parts: _Parts = (name, generation, "warning", threshold.name + _date(clock))
        if left <= threshold.left:
            yield parts
            return
        if parts in told:
            return


def _date(clock: Clock) -> str:
    """Which date is spoken of, where a clock may have several: each is warned of and breached once,
    also when it is set a second time."""
    return f"@{clock.due_at.isoformat()}" if clock.term.dated and clock.due_at is not None else ""


def _about(clock: Clock) -> dict[str, Any]:
    return {
        "clock": clock.term.clock,
        "generation": clock.generation,
        "level": clock.level,
        "problem_class": clock.problem_class,
    }


def _event(about: dict[str, Any], clock: Clock, parts: _Parts, now: datetime) -> ClockEvent:
    _, _, kind, threshold = parts
    if kind == "started":
        anchor_at, due_at = clock.anchor_at, clock.deadline(now)
        return ClockStarted(
            **about, anchor_at=anchor_at, due_at=due_at, target_s=clock.term.target_s
        )
    if kind == "warning":
        due_at = clock.deadline(now)
        left_s = max(clock.left(now) // _SECOND, 0)
        return SLAWarning(
            **about,
            threshold=threshold.partition("@")[0],
            due_at=due_at,
            detected_at=now,
            left_s=left_s,
        )
    if kind == "breached":
        return _breach(about, clock, now)
    if kind == "met":
        return ClockMet(
            **about,
            met_at=clock.met_at or now,
            due_at=clock.due_at,
            in_time=clock.breached_at is None,
            used_s=clock.used_s or 0,
        )
    return ClockCancelled(
        **about, cause=clock.ending or "resolved", cancelled_at=clock.cancelled_at or now
    )


def _breach(about: dict[str, Any], clock: Clock, now: datetime) -> SLABreached:
    breached_at = clock.breached_at or now
    return SLABreached(
        **about,
        breached_at=breached_at,
        detected_at=now,
        overdue_working_s=clock.overdue(now) // _SECOND,
        overdue_wall_s=max((now - breached_at) // _SECOND, 0),
    )
