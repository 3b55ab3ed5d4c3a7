"""What `replay` and `migration` have in common: their options, the policies that they plan by, and
how they end.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from runtime.lines import STANDARD, BadLineError, input_from
from runtime.policy import PolicyError
from services.sla.domain.calendar.opening import Calendars
from services.sla.domain.calendar.working_time import Calendar, OutOfCalendarError
from services.sla.domain.clock import Clock
from services.sla.domain.plan import plan
from services.sla.domain.policy import SlaRules
from services.sla.policy import Loaded
from services.sla.program import DONE, NOT_DONE, POLICIES, SOME_REFUSED
from services.sla.workbench.recorded import Recorded, Tickets

MOST_ERRORS = 20
Clocks = dict[tuple[str, int], Clock]
"""By name and generation."""


class Planner:
    """Plans recorded tickets. Calendars that a ticket itself names are those of `book`."""

    def __init__(self, book: Loaded) -> None:
        self._calendars: Mapping[str, Calendar] = (
            Calendars(book.calendars) if book.calendars else {}
        )

    def clocks(self, ticket: Recorded, rules: SlaRules) -> Clocks:
        """Its clocks under that policy. Raises BadLineError."""
        count_by = None
        if ticket.calendar is not None:
            count_by = self._calendars.get(ticket.calendar)
            if count_by is None:
                raise BadLineError(f"ticket {ticket.id}: no calendar is called {ticket.calendar}")
        try:
            found = plan(
                ticket.ledger,
                rules,
                ticket.now,
                count_by=count_by,
                conversation=ticket.conversation,
            )
        except OutOfCalendarError as error:
            raise BadLineError(f"ticket {ticket.id}: {error}") from error
        return {clock.key: clock for clock in found}


class Refused:
    """Lines that held no ticket: how many, and why the first of them."""

    def __init__(self) -> None:
        self.count, self.why = 0, list[str]()

    def take(self, error: BadLineError) -> None:
        """One more."""
        self.count += 1
        if len(self.why) < MOST_ERRORS:
            self.why.append(str(error))

    def told(self) -> dict[str, Any]:
        """As it stands in an answer."""
        return {"unreadable": self.count, "errors": self.why}


def options(name: str, about: str) -> argparse.ArgumentParser:
    """Options that these programs share."""
    parser = argparse.ArgumentParser(prog=f"aftercare sla {name}", description=about)
    parser.add_argument("--input", default=STANDARD, help="Recorded tickets; - is standard input.")
    parser.add_argument("--policy", type=Path, default=POLICIES, help="Folder of the new policy.")
    parser.add_argument("--most", type=int, default=None, help="Changed tickets told; or all.")
    return parser


def answered(
    name: str, answering: Callable[[Tickets], dict[str, Any]], *, all_clocks: bool = False
) -> int:
    """Read the tickets of a file, tell the answer as one document; the exit code."""
    try:
        with input_from(name) as lines:
            answer = answering(Tickets(lines, all_clocks=all_clocks))
    except (OSError, PolicyError) as error:
        return not_done(str(error))
    except KeyboardInterrupt:
        return not_done("it was ended early")
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return SOME_REFUSED if answer["unreadable"] else DONE


def not_done(reason: str) -> int:
    """Tell why, instead of a document."""
    sys.stdout.write(json.dumps({"error": reason}) + "\n")
    return NOT_DONE


def shown(at: datetime | None) -> str | None:
    """2026-03-02T01:00:00Z, with a fraction only where there is one."""
    return None if at is None else at.isoformat().removesuffix("+00:00") + "Z"
