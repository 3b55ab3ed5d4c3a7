"""`python -m services.sla.calendars --input FILE --output FILE`: reads questions about working
time, one JSON object a line, and answers each. Started by `aftercare calendar`.

Needs neither broker nor database nor variables. Exit code 0: all answered; 1: some lines were no
question, their answer has an `error`; 2: it could not be done.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from runtime.lines import Answering
from services.sla.calendars.files import load_book
from services.sla.calendars.questions import answer
from services.sla.domain.calendar.opening import Calendars
from services.sla.program import run


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    about = "Reads questions about working time, one JSON object a line, and answers each."
    return run("aftercare calendar", about, answering_by, words)


def answering_by(policies: Path) -> Answering:
    """Answers by the calendars of that set of policies. Raises PolicyError."""
    return partial(answer, calendars=Calendars(load_book(policies)))


if __name__ == "__main__":
    sys.exit(main())
