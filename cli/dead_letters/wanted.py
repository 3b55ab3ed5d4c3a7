"""Which dead letters a command means, and what state each is in. Pure; used by `command`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal
from uuid import UUID

ID_REUSED = "id_reused"
State = Literal["dead", "asked back", "parked", "replayed", "dropped"]
_SPAN = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A choice of letters; what is empty or None does not narrow it."""

    services: tuple[str, ...] = ()
    ids: tuple[UUID, ...] = ()
    """Of letters, or of the events in them."""
    key: str | None = None
    reason: str | None = None
    desk: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    ended: bool = False
    """Also those that were replayed or dropped."""

    @property
    def narrows(self) -> bool:
        """Whether anything is chosen at all: nobody replays or drops everything by mistake."""
        chosen = (self.services, self.ids, self.key, self.reason, self.desk, self.since, self.until)
        return any(chosen)


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter as its service's table has it. Times are wall times in UTC."""

    service: str
    id: UUID
    desk: str
    event_id: UUID | None
    key: str
    topic: str
    part: int
    pos: int
    reason: str
    detail: str
    tries: int
    round: int
    dead_at: datetime
    requested_at: datetime | None
    replayed_at: datetime | None
    dropped_at: datetime | None
    dropped_because: str | None
    applied: bool
    parked: bool

    @property
    def state(self) -> State:
        """What became of it so far."""
        if self.dropped_at is not None:
            return "dropped"
        if self.replayed_at is not None:
            return "parked" if self.parked else "replayed"
        asked = self.requested_at is not None and self.requested_at >= self.dead_at
        return "asked back" if asked else "dead"

    @property
    def died_again(self) -> bool:
        """Whether it was brought back, or could not be, and had no effect."""
        return self.state == "dead" or (self.state == "replayed" and not self.applied)

    @property
    def place(self) -> str:
        """Where its record lies."""
        return self.topic if self.pos < 0 else f"{self.topic}/{self.part}/{self.pos}"

    @property
    def hindrance(self) -> str:
        """Why it can't be brought back; empty when it can."""
        if self.reason == ID_REUSED:
            return "its id was applied with other content: the sender must send it with an own id"
        if self.event_id is None:
            return "it could not be read: the sender must send it again"
        return ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Letters that died for the same reason at the same desk."""

    service: str
    desk: str
    reason: str
    letters: tuple[Letter, ...]

    @property
    def details(self) -> Sequence[str]:
        """The different details, most frequent first."""
        told = [letter.detail for letter in self.letters]
        return sorted(set(told), key=lambda detail: (-told.count(detail), detail))


def by_cause(letters: Iterable[Letter]) -> list[Cause]:
    """Grouped, the largest group first."""

    def cause(letter: Letter) -> tuple[str, str, str]:
        return letter.service, letter.desk, letter.reason

    groups = [
        Cause(*where, tuple(some)) for where, some in groupby(sorted(letters, key=cause), cause)
    ]
    return sorted(groups, key=lambda each: -len(each.letters))


def moment(text: str, now: datetime) -> datetime:
    """`30m`, `2h`, `3d` before `now`, or an ISO time with its zone. Raises ValueError."""
    span = _SPAN.fullmatch(text.strip())
    if span:
        return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("the time needs a zone, as in 2026-11-11T20:00+08:00")
    return at
