"""How long agents paused clocks, and how much of it they must not have: waiting for a customer
whose last word nobody had answered. Reads ledgers as plain JSON. Called by `run`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from services.sla.audit.story import ORDER, instant

Json = Mapping[str, Any]
NOBODY = "-"
"""Who set a wait, where the ledger does not say."""
SECOND = timedelta(seconds=1)


class Wait(NamedTuple):
    """A wait that somebody set, up to its end. `illegitimate`: it is for the customer, whose last
    word was not answered."""

    by: str
    cause: str
    from_at: datetime
    to_at: datetime
    illegitimate: bool


@dataclass(slots=True)
class Paused:
    """What one agent paused. A stretch for which several of their waits go on counts once."""

    waits: int = 0
    tickets: int = 0
    paused: timedelta = timedelta()
    illegitimate: timedelta = timedelta()
    illegitimate_tickets: list[str] = field(default_factory=list)

    def add(self, other: Paused) -> None:
        """Take over what another part found."""
        self.waits += other.waits
        self.tickets += other.tickets
        self.paused += other.paused
        self.illegitimate += other.illegitimate
        self.illegitimate_tickets += other.illegitimate_tickets

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "waits": self.waits,
            "tickets": self.tickets,
            "paused_s": self.paused // SECOND,
            "illegitimate_s": self.illegitimate // SECOND,
            "illegitimate_tickets": sorted(self.illegitimate_tickets),
        }


def paused_by(
    ticket: str, ledger: Sequence[Json], since_at: datetime | None, now: datetime
) -> dict[str, Paused]:
    """By agent, of what lies between `since_at` and `now`."""
    found: dict[str, Paused] = {}
    cut = [_cut(wait, since_at) for wait in waits_of(ledger, now)]
    waits = [wait for wait in cut if wait.from_at < wait.to_at]
    for agent in {wait.by for wait in waits}:
        own = [wait for wait in waits if wait.by == agent]
        wrong = _length([wait for wait in own if wait.illegitimate])
        tickets = [ticket] if wrong else []
        found[agent] = Paused(len(own), 1, _length(own), wrong, tickets)
    return found


def waits_of(ledger: Sequence[Json], now: datetime) -> Iterator[Wait]:
    """The waits of a ticket, in the order of their ends. Who says again what is waited for already
    sets nothing; what goes on lasts until `now`."""
    open_waits: dict[str, tuple[str, datetime, bool]] = {}
    alive, unanswered = True, False
    for each in sorted((e for e in ledger if e["what"] in ORDER), key=_place):
        what, at = each["what"], instant(each["at"])
        over: Sequence[str] = ()
        if what == "reopened":
            alive = True
        elif not alive:
            continue
        elif what == "customer_message":
            over, unanswered = ("customer",), True
        elif what == "agent_replied" or (what == "call_made" and each.get("answered")):
            unanswered = False
        elif what in ("resumed", "resolved"):
            over, alive = tuple(open_waits), what == "resumed"
        elif what == "waiting":
            cause = each["cause"]
            wrong = cause == "customer" and unanswered
            open_waits.setdefault(cause, (each.get("by") or NOBODY, at, wrong))
        yield from _ended(open_waits, over, at)
    yield from _ended(open_waits, tuple(open_waits), now)


def _ended(
    open_waits: dict[str, tuple[str, datetime, bool]], causes: Sequence[str], at: datetime
) -> Iterator[Wait]:
    for cause in causes:
        found = open_waits.pop(cause, None)
        if found is not None:
            by, from_at, wrong = found
            yield Wait(by, cause, from_at, at, wrong)


def _cut(wait: Wait, since_at: datetime | None) -> Wait:
    return wait if since_at is None else wait._replace(from_at=max(wait.from_at, since_at))


def _length(waits: Sequence[Wait]) -> timedelta:
    """How long any of them went on."""
    total, covered_at = timedelta(), None
    for wait in sorted(waits, key=lambda each: each.from_at):
        from_at = wait.from_at if covered_at is None else max(wait.from_at, covered_at)
        if wait.to_at > from_at:
            total += wait.to_at - from_at
            covered_at = wait.to_at
    return total


def _place(each: Json) -> tuple[datetime, int, datetime, str]:
    return instant(each["at"]), ORDER[each["what"]], instant(each["told_at"]), each["source"]
