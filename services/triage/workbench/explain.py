"""`python -m services.triage.workbench.explain`: takes one recorded ticket, or one message, through
every layer of the reading. Started by `aftercare triage explain`.

Exit code 0: explained; 1: the line holds no ticket; 2: not done.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from runtime.clock import wall_now
from runtime.policy import PolicyError
from services.triage.model import ModelError
from services.triage.workbench.layers import layers_of
from services.triage.workbench.readers import Ready, not_done, options, ready, told
from services.triage.workbench.recorded import STANDARD, NoTicketError, Recorded, recorded, source


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    parser = options("explain", "Takes one ticket through every layer of the reading.")
    parser.add_argument("--input", default=STANDARD, help="Recorded tickets; - is standard input.")
    parser.add_argument("--ticket", default=None, help="Which one; default: the first.")
    given = parser.parse_args(words)
    try:
        by = ready(given.policy, given.model)
        with source(given.input) as lines:
            answer = explained(iter(lines), given.ticket, wall_now(), by)
    except (OSError, PolicyError, ModelError) as error:
        return not_done(str(error))
    except NoTicketError as error:
        told({"error": str(error)})
        return 1
    told(answer)
    return 0


def explained(
    lines: Iterable[bytes], wanted: str | None, now: datetime, by: Ready
) -> dict[str, Any]:
    """The ticket of that id, or the first one. Raises NoTicketError, with the first bad line's
    reason where there is no such ticket."""
    found = _wanted(recorded(iter(lines), now), wanted)
    return {"id": found.id, **by.named, **layers_of(found, by)}


def _wanted(tickets: Iterable[Recorded | NoTicketError], wanted: str | None) -> Recorded:
    problem = f"there is no ticket {wanted}" if wanted else "there is no ticket"
    for ticket in tickets:
        if isinstance(ticket, NoTicketError):
            problem = str(ticket) if wanted is None else problem
        elif wanted in (None, ticket.id):
            return ticket
    raise NoTicketError(problem)


if __name__ == "__main__":
    sys.exit(main())
