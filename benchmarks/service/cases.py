"""What each service is measured with: topics, how many messages a round. Read by `run`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from benchmarks.service.events import Record, Tickets

End = Literal["published", "applied"]


@dataclass(frozen=True, slots=True)
class Case:
    """One service. `messages` is a round's load at full size.

    `end` says when a message is done: `published`, when the events that it led to are on Kafka
    and marked so; `applied`, when its effect is committed (what follows waits for an interval of
    its own, or for other people's systems, and is drained outside the measured time).
    """

    service: str
    messages: int
    end: End
    events_per_ticket: int

    def records(self, tickets: Tickets, count: int, dice: Random) -> list[Record]:
        """So many messages for a service, all about tickets and orders never seen before."""
        made: list[Record] = []
        while len(made) < count:
            made += _of_ticket(self.service, tickets, dice)
        return made[:count]


def _of_ticket(service: str, tickets: Tickets, dice: Random) -> Sequence[Record]:
    """What one ticket brings to a service, in the order in which it comes."""
    ticket = tickets.next(dice)
    match service:
        case "triage":
            return (ticket.opened(),)
        case "sla":
            return (ticket.triaged(),)
        case "notifier":
            return (ticket.opened(), ticket.triaged())
        case "evidence":
            return (ticket.placed(), ticket.opened(), ticket.triaged(), *ticket.clocks())
        case "resolution":
            return (ticket.placed(), ticket.opened())
    return (ticket.placed(), *ticket.parcel())


CASES = (
    Case("triage", 4_500, "published", 1),
    Case("sla", 4_500, "published", 1),
    Case("notifier", 3_000, "applied", 2),
    Case("evidence", 4_500, "applied", 6),
    Case("resolution", 4_500, "published", 2),
    Case("intake", 4_500, "published", 5),
)
