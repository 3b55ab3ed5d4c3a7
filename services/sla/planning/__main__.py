"""`python -m services.sla.planning --input FILE --output FILE`: reads tickets, one JSON object a
line, and answers each with its clocks as they stand. Started by `aftercare sla plan`.

Needs neither broker nor database nor variables. Exit code 0: all answered; 1: some lines were no
ticket, their answer has an `error`; 2: it could not be done.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from runtime.lines import Answering, BadLineError
from runtime.policy import load_policy
from services.sla.calendars.files import load_book
from services.sla.domain.calendar.opening import Calendars
from services.sla.domain.calendar.working_time import Calendar, OutOfCalendarError
from services.sla.domain.plan_model.clocks import level_clocks
from services.sla.domain.plan_model.dated import dated_clocks
from services.sla.domain.plan_model.ticket import Ticket
from services.sla.domain.policy import SlaRules
from services.sla.policy import SlaPolicy
from services.sla.program import run

EVERY_SECOND = "always"


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    about = "Reads tickets, one JSON object a line, and answers each with its clocks."
    return run("aftercare sla plan", about, answering_by, words)


def answering_by(policies: Path) -> Answering:
    """Answers by the clocks and calendars of that set of policies. Raises PolicyError."""
    rules = load_policy(policies, "sla", SlaPolicy)
    calendars = Calendars(load_book(policies))

    def answering(content: dict[str, object]) -> dict[str, object]:
        return answer(content, rules, calendars)

    return answering


def answer(
    content: Mapping[str, object], rules: SlaRules, calendars: Mapping[str, Calendar]
) -> dict[str, object]:
    """The answer to one line. Raises ValidationError, BadLineError."""
    ticket = Ticket.model_validate(content)
    calendar = calendars.get(ticket.calendar or EVERY_SECOND)
    if calendar is None:
        known = ", ".join(sorted(calendars))
        raise BadLineError(f"calendar: there is none of that name; known are {known}")
    try:
        clocks = [*level_clocks(ticket, rules, calendar), *dated_clocks(ticket, rules)]
    except OutOfCalendarError as error:
        raise BadLineError(str(error)) from error
    return {"id": ticket.id, "clocks": [clock.as_json() for clock in clocks]}


if __name__ == "__main__":
    sys.exit(main())
