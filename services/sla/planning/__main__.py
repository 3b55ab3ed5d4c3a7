"""`python -m services.sla.planning --input FILE --output FILE`: reads tickets, one JSON object a
line, and answers each with its clocks as they stand. Started by `aftercare sla plan`.

Needs neither broker nor database nor variables. Exit code 0: all answered; 1: some lines were no
ticket, their answer has an `error`; 2: it could not be done.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from runtime.lines import Answering, BadLineError
from services.sla.calendars.files import load_book
from services.sla.domain.calendar.opening import Calendars
from services.sla.domain.calendar.working_time import Calendar, OutOfCalendarError
from services.sla.domain.plan_model.clocks import PlannedClock, planned_clocks
from services.sla.domain.plan_model.ticket import Ticket
from services.sla.domain.policy import SlaRules
from services.sla.policy import load
from services.sla.program import run

ALL_CLOCKS = "--all-clocks"


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    about = (
        f"Reads tickets, one JSON object a line, and answers each with its clocks; {ALL_CLOCKS} "
        "adds those of the conversation."
    )
    given = sys.argv[1:] if words is None else list(words)
    answering = partial(answering_by, conversation=ALL_CLOCKS in given)
    rest = [word for word in given if word != ALL_CLOCKS]
    return run("aftercare sla plan", about, answering, rest)


def answering_by(policies: Path, *, conversation: bool = False) -> Answering:
    """Answers by the clocks and calendars of that set of policies. Raises PolicyError."""
    rules, book = load(policies)
    calendars = Calendars(book or load_book(policies))

    def answering(content: dict[str, object]) -> dict[str, object]:
        return answer(content, rules, calendars, conversation=conversation)

    return answering


def answer(
    content: Mapping[str, object],
    rules: SlaRules,
    calendars: Mapping[str, Calendar],
    *,
    conversation: bool = False,
) -> dict[str, object]:
    """The answer to one line. Raises ValidationError, BadLineError."""
    ticket = Ticket.model_validate(content)
    calendar = calendars.get(ticket.calendar) if ticket.calendar else None
    if calendar is None and ticket.calendar:
        known = ", ".join(sorted(calendars))
        raise BadLineError(f"calendar: there is none of that name; known are {known}")
    try:
        clocks = planned_clocks(ticket, rules, calendar, conversation=conversation)
    except OutOfCalendarError as error:
        raise BadLineError(str(error)) from error
    return {"id": ticket.id, "clocks": [_shown(clock, whole=conversation) for clock in clocks]}


def _shown(clock: PlannedClock, *, whole: bool) -> dict[str, object]:
    """`provisional` stands there only where it applies, and only beside all clocks."""
    flag = {"provisional": True} if whole and clock.provisional else {}
    return {**clock.as_json(), **flag}


if __name__ == "__main__":
    sys.exit(main())
