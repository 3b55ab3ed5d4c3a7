"""From what was seen of one fault under load to how the system came back. Pure; called by
`course`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chaos.recovery.findings import Rate, Recovery
from chaos.recovery.setting import Pace
from chaos.recovery.windows import (
    Sample,
    Span,
    gone_s,
    most_in,
    open_ones,
    window_behind,
)

ALLOWED_S = 0.5
"""The backlog is gone when no more waits than in the window before, and half a second's load."""


@dataclass(frozen=True, slots=True)
class Strike:
    """What a fault did and when it was over; seconds since 1970. `missed`: why it hit nothing."""

    struck_s: float
    healed_s: float
    seen: str = ""
    missed: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One load with a fault in it; lists of times are ascending, seconds since 1970."""

    strike: Strike
    planned_s: Sequence[float]
    """Complaints, as they were to arrive."""
    told_s: Sequence[float]
    """Tickets, when the last step was on Kafka: triaged, clock started, customer told."""
    published_s: Sequence[float]
    """All events."""
    waiting: Sequence[Sample]
    """Looks at what the services had still to do; infinite where nobody answered."""

    @property
    def events_a_ticket(self) -> float:
        """How many this load led to."""
        return len(self.published_s) / len(self.planned_s)


def recovery_of(name: str, seen: Seen, pace: Pace) -> Recovery:
    """The windows before and behind, the backlog, the gaps."""
    strike, ended_s = seen.strike, seen.planned_s[-1]
    before = Span(strike.struck_s - pace.window_s, strike.struck_s)
    gone = backlog_gone_s(seen, before, pace.per_s)
    after = window_behind(strike.healed_s, gone, pace.window_s, ended_s)
    unknown = most_in(seen.waiting, before) is None
    missed = strike.missed or ("nobody knows what waited before it" if unknown else "")
    if strike.healed_s > after.from_s:
        missed = missed or "healed when the load was nearly over"
    broken = Span(strike.struck_s, max(strike.healed_s, after.to_s))
    return Recovery(
        name=name,
        seen=strike.seen,
        offered=pace.per_s,
        before=Rate(before.rate(seen.told_s), before.rate(seen.published_s)),
        after=Rate(after.rate(seen.told_s), after.rate(seen.published_s)),
        gone_s=gone,
        gap_s=broken.gap_s(seen.published_s),
        untold_s=broken.gap_s(seen.told_s),
        missed=missed,
    )


def backlog_gone_s(seen: Seen, before: Span, per_s: float) -> float | None:
    """From the healing until no more tickets were under way, and services had no more to do, than
    before the fault; None when that never was, or nobody knows what was before."""
    healed_s = seen.strike.healed_s
    until_s = max(healed_s, seen.planned_s[-1], *seen.told_s[-1:])
    under_way = list(open_ones(Span(before.from_s, until_s), seen.planned_s, seen.told_s))
    found = []
    for samples, a_second in ((under_way, per_s), (seen.waiting, per_s * seen.events_a_ticket)):
        most = most_in(samples, before)
        if most is None:
            return None
        found.append(gone_s(samples, healed_s, most + a_second * ALLOWED_S))
    known = [each for each in found if each is not None]
    return max(known) if len(known) == len(found) else None
