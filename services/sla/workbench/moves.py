"""What becomes of the open clocks of tickets that move to another version of the policy. Filled
by `migration`.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Literal, NamedTuple

from services.sla.domain.clock import Clock
from services.sla.workbench.readers import Clocks, shown
from services.sla.workbench.recorded import Recorded

What = Literal[
    "breached_at_once", "in_time_again", "starts", "ends", "earlier", "later"
]  # fmt: skip
COUNTED: tuple[What, ...] = (
    "earlier", "later", "starts", "ends", "breached_at_once", "in_time_again",
)  # fmt: skip
Group = tuple[str, str]
"""Level and class."""
SECOND = timedelta(seconds=1)


class Move(NamedTuple):
    """What becomes of one clock. `shift`: by how much its deadline moves, later if above 0; None
    where one of the policies does not start it."""

    before: Clock | None
    after: Clock | None
    shift: timedelta | None
    whats: tuple[What, ...]

    @property
    def clock(self) -> Clock:
        """One of the two."""
        found = self.after or self.before
        if found is None:
            raise AssertionError("a move is that of a clock")
        return found

    def told(self, now: datetime) -> dict[str, Any]:
        """As it stands among the moves of a ticket."""
        return {
            "clock": self.clock.term.clock,
            "generation": self.clock.generation,
            "what": list(self.whats),
            "due_before": None if self.before is None else shown(self.before.due_at),
            "due_after": None if self.after is None else shown(self.after.due_at),
            "left_s": None if self.after is None else self.after.left(now) // SECOND,
        }


def moves_of(before: Clocks, after: Clocks, now: datetime) -> Iterator[Move]:
    """Each clock that is open under either policy and does not stay as it is.

    A paused clock has no deadline: that which it would have if it went on now is compared.
    """
    for key in before | after:
        was, will = before.get(key), after.get(key)
        if not (_is_open(was) or _is_open(will)):
            continue
        shift = will.deadline(now) - was.deadline(now) if was and will else None
        whats = tuple(_whats(was, will, shift))
        if whats:
            yield Move(was, will, shift, whats)


def _whats(was: Clock | None, will: Clock | None, shift: timedelta | None) -> Iterator[What]:
    if was is None:
        yield "starts"
    elif will is None:
        yield "ends"
    elif shift:
        yield "later" if shift > timedelta() else "earlier"
    was_late, is_late = _is_late(was), _is_late(will)
    if is_late and not was_late:
        yield "breached_at_once"
    elif was_late and will is not None and not is_late:
        yield "in_time_again"


def _is_open(clock: Clock | None) -> bool:
    return clock is not None and clock.stopped_at is None


def _is_late(clock: Clock | None) -> bool:
    return clock is not None and clock.state == "breached"


@dataclass(slots=True)
class Shifts:
    """Clocks of one name: what becomes of how many, and how far deadlines move, seconds."""

    counts: Counter[What] = field(default_factory=Counter)
    earlier_s: array[int] = field(default_factory=lambda: array("q"))
    later_s: array[int] = field(default_factory=lambda: array("q"))

    def take(self, move: Move) -> None:
        """One more."""
        self.counts.update(move.whats)
        if move.shift is not None and move.shift != timedelta():
            ahead = move.shift > timedelta()
            (self.later_s if ahead else self.earlier_s).append(abs(move.shift) // SECOND)

    def told(self) -> dict[str, Any]:
        """Counts, and the medians of both directions."""
        return {
            **{what: self.counts[what] for what in COUNTED},
            "earlier_median_s": _median(self.earlier_s),
            "later_median_s": _median(self.later_s),
        }


@dataclass(slots=True)
class Preview:
    """All tickets that would be moved. Of those that change `most` are kept, or all, those first in
    which a clock would be breached at once."""

    most: int | None = None
    moving: Counter[str] = field(default_factory=Counter)
    groups: defaultdict[Group, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    clocks: defaultdict[str, Shifts] = field(default_factory=lambda: defaultdict(Shifts))
    changed: int = 0
    breached_tickets: int = 0
    breached: list[dict[str, Any]] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)

    def take(self, ticket: Recorded, group: Group, before: Clocks, after: Clocks) -> None:
        """One ticket, which is of that level and class now."""
        counts = self.groups[group]
        self.moving[str(ticket.version)] += 1
        counts["tickets"] += 1
        moves = list(moves_of(before, after, ticket.now))
        for move in moves:
            counts.update(move.whats)
            self.clocks[move.clock.term.clock].take(move)
        if not moves:
            return
        self.changed += 1
        counts["changed"] += 1
        at_once = any("breached_at_once" in move.whats for move in moves)
        self.breached_tickets += at_once
        kept = self.breached if at_once else self.others
        if self.most is None or len(kept) < self.most:
            told = [move.told(ticket.now) for move in moves]
            head = {"id": ticket.id, "version": ticket.version}
            kept.append({**head, "level": group[0], "class": group[1], "clocks": told})

    def told(self) -> dict[str, Any]:
        """Everything, for people and programs."""
        return {
            "moving": self.moving.total(),
            "from": dict(sorted(self.moving.items())),
            "changed": self.changed,
            "breached_at_once": self.breached_tickets,
            "by_level_and_class": [
                {
                    "level": level,
                    "class": problem_class,
                    **{name: count[name] for name in ("tickets", "changed", *COUNTED)},
                }
                for (level, problem_class), count in sorted(self.groups.items())
            ],
            "by_clock": [
                {"clock": clock, **shifts.told()} for clock, shifts in sorted(self.clocks.items())
            ],
            "tickets_changed": (self.breached + self.others)[: self.most],
        }


def _median(found: array[int]) -> int | None:
    return int(median(found)) if found else None
