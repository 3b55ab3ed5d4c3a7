"""The clocks of a told ticket, as the plan command answers them: the engine's own plan, with all
that can be said of a clock. Called by `services.sla.planning`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.sla.domain.calendar.working_time import Calendar
from services.sla.domain.clock import Clock, State
from services.sla.domain.plan import plan
from services.sla.domain.plan_model.ticket import Ticket
from services.sla.domain.policy import SlaRules

Due = tuple[str, datetime | None]
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PlannedClock:
    """One clock of one generation, as it stands.

    `due_at` is None while it pauses without an end. `breached_at` is `due_at`; `met_at` then says
    that it was done after all. `used`, `paused` and `overdue` are working time of its calendar:
    what ran, what pauses took, and what ran beyond the target. `warnings` are the instants at
    which so much has run, known as `due_at` is; one after the clock has ended is not spoken.
    `provisional`: it rests on holidays that are expected, not known.
    """

    clock: str
    generation: int
    state: State
    anchor_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    breached_at: datetime | None
    used: timedelta
    paused: timedelta
    overdue: timedelta
    warnings: tuple[Due, ...]
    provisional: bool = False

    def as_json(self) -> dict[str, Any]:
        """The form of the contract: times in UTC, whole seconds."""
        return {
            "clock": self.clock,
            "generation": self.generation,
            "state": self.state,
            "anchor_at": shown(self.anchor_at),
            "due_at": shown(self.due_at),
            "met_at": shown(self.met_at),
            "breached_at": shown(self.breached_at),
            "used_s": self.used // SECOND,
            "paused_s": self.paused // SECOND,
            "overdue_s": self.overdue // SECOND,
            "warnings": [{"threshold": name, "at": shown(at)} for name, at in self.warnings],
        }


def planned_clocks(
    ticket: Ticket,
    policy: SlaRules,
    calendar: Calendar | None = None,
    *,
    conversation: bool = False,
) -> list[PlannedClock]:
    """The clocks of each generation, in the order of the policy, those of the conversation if they
    are wanted, then those with a date. Each counts by its own calendar, or all but the dated by
    `calendar`. Raises OutOfCalendarError."""
    clocks = plan(ticket.ledger(), policy, ticket.now, count_by=calendar, conversation=conversation)
    return [planned(clock, ticket.now) for clock in clocks]


def planned(clock: Clock, now: datetime) -> PlannedClock:
    """All that can be said of a clock of the engine at `now`."""
    used = clock.used(now)
    breached = clock.state == "breached"
    return PlannedClock(
        clock=clock.term.clock,
        generation=clock.generation,
        state=clock.state,
        anchor_at=clock.anchor_at,
        due_at=clock.due_at,
        met_at=clock.met_at,
        breached_at=clock.breached_at,
        used=used,
        paused=clock.lost(now),
        overdue=max(used - clock.term.target, timedelta()) if breached else timedelta(),
        warnings=tuple([(each.name, clock.warns_at(each)) for each in clock.term.thresholds]),
        provisional=clock.is_provisional(now),
    )


def shown(at: datetime | None) -> str | None:
    """2026-03-02T01:00:00Z, with a fraction only where there is one."""
    return None if at is None else at.isoformat().removesuffix("+00:00") + "Z"
