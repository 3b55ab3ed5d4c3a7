"""`python -m services.triage.workbench.replay`: reads recorded tickets by two policies (and models)
and tells what would change. Started by `aftercare triage replay`. Changes and publishes nothing.

Exit code 0: compared; 1: compared, but some lines held no ticket; 2: not done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.clock import monotonic_s, wall_now
from runtime.policy import PolicyError
from services.triage.classify import POLICIES
from services.triage.model import ModelError
from services.triage.model.file import SHIPPED
from services.triage.workbench.clocks import ClocksError, clocks_of
from services.triage.workbench.compare import Comparison, Side
from services.triage.workbench.readers import Ready, not_done, options, ready, told
from services.triage.workbench.recorded import STANDARD, NoTicketError, Recorded, recorded, source

EVERY_S = 1.0
"""Seconds between two lines of progress."""
MOST_ERRORS = 20
Tell = Callable[[int], None]


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    parser = options("replay", "Reads recorded tickets by two policies, and compares.")
    parser.add_argument("--input", default=STANDARD, help="Recorded tickets; - is standard input.")
    parser.add_argument("--against", type=Path, default=POLICIES, help="Policy that is live.")
    parser.add_argument("--against-model", type=Path, default=SHIPPED, help="Model that is live.")
    parser.add_argument("--most", type=int, default=None, help="Changed tickets told; or all.")
    given = parser.parse_args(words)
    try:
        old, new = ready(given.against, given.against_model), ready(given.policy, given.model)
        with source(given.input) as lines:
            progress = Progress()
            tickets = recorded(iter(lines), wall_now())
            answer = replayed(tickets, old, new, progress, given.most)
            progress.end()
    except (OSError, PolicyError, ModelError, ClocksError) as error:
        return not_done(str(error))
    except KeyboardInterrupt:
        return not_done("it was ended early")
    told(answer)
    return 1 if answer["unreadable"] else 0


def replayed(
    tickets: Iterable[Recorded | NoTicketError],
    old: Ready,
    new: Ready,
    tell: Tell,
    most: int | None = None,
) -> dict[str, Any]:
    """The comparison, as one document, with `most` of the changed tickets or all. Clocks come from
    the `sla.yaml` beside each policy; where one has none the other's counts for both. Raises
    ClocksError."""
    old_clocks, new_clocks = clocks_of(old.folder), clocks_of(new.folder)
    both = Comparison(
        Side(old.triager.rules, old_clocks or new_clocks),
        Side(new.triager.rules, new_clocks or old_clocks),
        most=most,
    )
    errors: list[str] = []
    unreadable = 0
    for ticket in tickets:
        if isinstance(ticket, NoTicketError):
            unreadable += 1
            errors += [str(ticket)] if len(errors) < MOST_ERRORS else []
            continue
        both.take(ticket, *(by.triager.verdict(ticket.ticket, ticket.dated) for by in (old, new)))
        tell(both.read)
    return {
        "before": old.named,
        "after": new.named,
        "unreadable": unreadable,
        "errors": errors,
        **both.told(),
    }


@dataclass(slots=True)
class Progress:
    """Says on a terminal, now and then, how many tickets were read."""

    said_at_s: float = 0.0

    def __call__(self, read: int) -> None:
        """So many by now."""
        if not sys.stderr.isatty() or monotonic_s() - self.said_at_s < EVERY_S:
            return
        self.said_at_s = monotonic_s()
        sys.stderr.write(f"\r{read} tickets read …")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line empty, as it was."""
        if self.said_at_s:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
