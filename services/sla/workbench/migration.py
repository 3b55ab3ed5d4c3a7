"""`python -m services.sla.workbench.migration`: tells what would become of the open tickets of a
running system if they moved to another version of the policy. Started by `aftercare sla migrate
--preview`. Changes and publishes nothing.

Exit code 0: told; 1: told, but some lines held no ticket; 2: not done.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from runtime.lines import BadLineError
from services.sla.domain.timeline import read
from services.sla.policy import Loaded, load
from services.sla.workbench.moves import Preview
from services.sla.workbench.readers import Planner, Refused, answered, options, shown
from services.sla.workbench.recorded import Tickets, Versions


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    parser = options("migrate", "What would become of open tickets under another policy.")
    parser.add_argument("--from", dest="version", help="Only tickets of that version.")
    given = parser.parse_args(words)

    def answering(tickets: Tickets) -> dict[str, Any]:
        return previewed(tickets, load(given.policy), given.version, given.most)

    return answered(given.input, answering)


def previewed(
    tickets: Tickets, new: Loaded, version: str | None = None, most: int | None = None
) -> dict[str, Any]:
    """The preview, as one document, with `most` of the changed tickets or all. Tickets that have
    ended, that have the new version already, or another than `version`, stay."""
    versions, planner, refused = Versions(tickets, new), Planner(new), Refused()
    found = Preview(most)
    count = {"read": 0, "ended": 0, "have_it": 0, "other_versions": 0}
    for ticket in tickets:
        if isinstance(ticket, BadLineError):
            refused.take(ticket)
            continue
        count["read"] += 1
        try:
            if ticket.version is None:
                raise BadLineError(f"ticket {ticket.id}: the line names no version of the policy")
            story = read(ticket.ledger, new.rules.urgency)
            if story is None or story.life is None:
                count["ended"] += 1
            elif ticket.version == new.rules.version:
                count["have_it"] += 1
            elif version is not None and ticket.version != version:
                count["other_versions"] += 1
            else:
                before = planner.clocks(ticket, versions.of(ticket.version))
                after = planner.clocks(ticket, new.rules)
                found.take(ticket, (story.level, story.problem_class), before, after)
        except BadLineError as error:
            refused.take(error)
    now = tickets.head.now if tickets.head else None
    return {
        "to": new.rules.version,
        "now": shown(now),
        **count,
        **refused.told(),
        **found.told(),
    }


if __name__ == "__main__":
    sys.exit(main())
