"""Where a ticket stands among others: which deadline binds, and what silence would cost. Made by
`rules` with every plan, kept by the store, read by the queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from schemas.sla import ClockName
from schemas.triage import Route
from schemas.values import Level
from services.sla.domain.clock import Clock
from services.sla.domain.ledger import OPENERS, Entry, What, in_order

_SAYS: frozenset[What] = frozenset({"platform_deadline", *OPENERS})


class Standing(NamedTuple):
    """Of an open ticket. The binding clock is the open one with the earliest deadline, also when
    that has passed; the platform's where two fall together; none while all wait or are done.

    `silence_costs_fen` is what the platform said last since the ticket was opened or reopened.
    """

    level: Level
    group: Route | None
    clock: ClockName | None = None
    due_at: datetime | None = None
    platform_due_at: datetime | None = None
    silence_costs_fen: int | None = None

    def as_json(self) -> dict[str, Any]:
        """JSON-compatible form; what is not known is left out."""
        due_at, platform_due_at = self.due_at, self.platform_due_at
        value: dict[str, Any] = {"level": self.level}
        if self.group is not None:
            value["group"] = self.group
        if due_at is not None:
            value |= {"clock": self.clock, "due_at": due_at.isoformat()}
        if platform_due_at is not None:
            value["platform_due_at"] = platform_due_at.isoformat()
        if self.silence_costs_fen is not None:
            value["silence_costs_fen"] = self.silence_costs_fen
        return value


def standing(ledger: Sequence[Entry], clocks: Sequence[Clock]) -> Standing | None:
    """None before the first triage, and when the ticket has ended."""
    if not clocks:
        return None
    level, group, costs_fen, is_open = clocks[0].level, None, None, True
    for entry in in_order([entry for entry in ledger if entry.what in _SAYS]):
        if entry.what == "triaged":
            level, group = entry.level or level, entry.route
        elif entry.what == "platform_deadline":
            costs_fen = costs_fen if entry.costs_fen is None else entry.costs_fen
        elif entry.what in ("resolved", "merged"):
            is_open = False
        elif entry.what == "reopened":
            costs_fen, is_open = (costs_fen if is_open else None), True
    if not is_open:
        return None
    binding, platform_due_at = _binding(clocks)
    return Standing(
        level=level,
        group=group,
        clock=binding.term.clock if binding else None,
        due_at=binding.due_at if binding else None,
        platform_due_at=platform_due_at,
        silence_costs_fen=costs_fen,
    )


def _binding(clocks: Sequence[Clock]) -> tuple[Clock | None, datetime | None]:
    """The clock that binds, and the platform's deadline."""
    binding: Clock | None = None
    platform_due_at = None
    for clock in clocks:
        if clock.stopped_at is not None or clock.due_at is None:
            continue
        if clock.term.clock == "platform":
            platform_due_at = clock.due_at
        if binding is None or _binds_before(clock, binding):
            binding = clock
    return binding, platform_due_at


def _binds_before(clock: Clock, other: Clock) -> bool:
    if clock.due_at != other.due_at:
        return clock.due_at is not None and other.due_at is not None and clock.due_at < other.due_at
    mine = clock.term.clock != "platform", clock.key
    return mine < (other.term.clock != "platform", other.key)
