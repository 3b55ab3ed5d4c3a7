"""`python -m services.sla.workbench.replay`: plans recorded tickets by two policies and tells what
would have been otherwise. Started by `aftercare sla replay`. Changes and publishes nothing.

Exit code 0: compared; 1: compared, but some lines held no ticket; 2: not done.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from runtime.lines import BadLineError
from schemas.sla import ClockName
from services.sla.domain.policy import SlaRules
from services.sla.policy import Loaded, load
from services.sla.program import POLICIES
from services.sla.workbench.compare import Comparison
from services.sla.workbench.readers import Planner, Refused, answered, not_done, options
from services.sla.workbench.recorded import Recorded, Tickets, Versions
from services.sla.workbench.staffing import DEFAULT_S, Handling


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    parser = options("replay", "Plans recorded tickets by two policies, and compares.")
    parser.add_argument("--against", type=Path, help="Folder of the old policy.")
    parser.add_argument("--since", type=_instant, help="Only tickets opened since then.")
    parser.add_argument("--handling-s", action="append", default=[], help="SECONDS, CLOCK=SECONDS")
    parser.add_argument(
        "--all-clocks", action="store_true", help="Of tickets told, those of the conversation too."
    )
    given = parser.parse_args(words)
    try:
        handling = handling_of(given.handling_s)
    except ValueError as error:
        return not_done(str(error))

    def answering(tickets: Tickets) -> dict[str, Any]:
        old = load(given.against) if given.against else None
        return replayed(tickets, load(given.policy), old, handling, given.since, given.most)

    return answered(given.input, answering, all_clocks=given.all_clocks)


def replayed(
    tickets: Tickets,
    new: Loaded,
    old: Loaded | None,
    handling: Handling,
    since: datetime | None = None,
    most: int | None = None,
) -> dict[str, Any]:
    """The comparison, as one document, with `most` of the changed tickets or all. Without `old`
    each ticket counts by the version that it keeps; where its line names none, by the shipped."""
    before, planner, refused = _Before(tickets, new, old), Planner(new), Refused()
    costs_fen = new.rules.breach_costs_fen or (old.rules.breach_costs_fen if old else {})
    both = Comparison(handling, {str(clock): fen for clock, fen in costs_fen.items()}, most)
    passed_over = 0
    for ticket in tickets:
        if isinstance(ticket, BadLineError):
            refused.take(ticket)
            continue
        opened_at = ticket.opened_at
        if opened_at is None or (since is not None and opened_at < since):
            passed_over += 1
            continue
        try:
            was = planner.clocks(ticket, before.rules_of(ticket))
            both.take(ticket, was, planner.clocks(ticket, new.rules))
        except BadLineError as error:
            refused.take(error)
    return {
        "before": before.told(),
        "after": {"versions": [new.rules.version], "own": False},
        "passed_over": passed_over,
        **refused.told(),
        **both.told(),
    }


class _Before:
    """By which policy tickets count before: one for all, or the version that each keeps."""

    def __init__(self, tickets: Tickets, new: Loaded, old: Loaded | None) -> None:
        self._old, self._versions = old, Versions(tickets, new)

    def rules_of(self, ticket: Recorded) -> SlaRules:
        """Raises BadLineError for a version that is unknown."""
        if self._old is None and ticket.version is not None:
            return self._versions.of(ticket.version)
        return self._one.rules

    @cached_property
    def _one(self) -> Loaded:
        return load(POLICIES) if self._old is None else self._old

    def told(self) -> dict[str, Any]:
        """As it stands in the answer."""
        own = self._versions.asked
        return {"versions": own or [self._one.rules.version], "own": bool(own)}


def handling_of(given: Sequence[str]) -> Handling:
    """From `600` for all and `first_contact=300` for one clock. Raises ValueError."""
    others, of_clocks = DEFAULT_S, dict[str, int]()
    for each in given:
        clock, named, seconds = each.rpartition("=")
        amount = int(seconds) if seconds.isdecimal() else 0
        if not amount or (named and clock not in get_args(ClockName)):
            raise ValueError(f"--handling-s {each}: whole seconds, as 600 or first_contact=300")
        if named:
            of_clocks[clock] = amount
        else:
            others = amount
    return Handling(others, of_clocks)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("the time needs a zone")
    return at


if __name__ == "__main__":
    sys.exit(main())
