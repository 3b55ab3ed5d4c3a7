"""Reads a ledger as a conversation: who waits for an answer, who has the ticket and for how long.
Called by `plan` when the policy has such clocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from schemas.triage import Route
from services.sla.domain.conversation.rules import Conversation
from services.sla.domain.conversation.watches import WATCHES, Stretch, Ticket, Watch
from services.sla.domain.ledger import Entry, What

_HEARD: frozenset[What] = frozenset(
    {"triaged", "customer_message", "agent_replied", "call_made", "solution_offered", "resolved",
     "merged", "reopened"}
)  # fmt: skip


def stretches_of(entries: Sequence[Entry], talk: Conversation) -> dict[int, list[Stretch]]:
    """The generations of each clock that the ticket ever had, by the number of its rule. `entries`
    are in order."""
    wanted, first = _wanted(entries, talk)
    if not wanted or first is None or first.level is None or first.problem_class is None:
        return {}
    opened_at = first.opened_at or first.at
    ticket = Ticket(first.level, first.problem_class, _route_of(first))
    found = {n: WATCHES[talk.rules[n].clock](talk.rules[n], ticket) for n in sorted(wanted)}
    watches = list(found.values())
    for watch in watches:
        watch.opened(opened_at)
    for entry in entries:
        if entry.what in _HEARD and entry is not first:
            _tell(ticket, watches, entry, max(entry.at, opened_at))
    return {number: watch.stretches for number, watch in found.items()}


def _wanted(entries: Sequence[Entry], talk: Conversation) -> tuple[frozenset[int], Entry | None]:
    """The rules that may have run, and the first triage. Most tickets never were where most clocks
    run, which this finds out at little cost."""
    wanted: frozenset[int] = frozenset()
    first, wrote = None, False
    for entry in entries:
        if entry.what == "triaged":
            first = first or entry
            wanted |= talk.runs_at(_route_of(entry), entry.problem_class)
        elif entry.what == "customer_message":
            wrote = True
    return wanted if wrote else wanted - talk.by_message, first


def _tell(ticket: Ticket, watches: Sequence[Watch], entry: Entry, at: datetime) -> None:
    what = entry.what
    if what == "triaged":
        _move(ticket, watches, entry, at)
    elif what == "reopened":
        if not ticket.alive:
            ticket.alive = True
            for watch in watches:
                watch.reopened(at)
    elif what in ("resolved", "merged"):
        if ticket.alive:
            ticket.alive = False
            for watch in watches:
                if what == "resolved":
                    watch.resolved(at)
                watch.close(at, "merged")  # what the end has met is not open any more
    else:  # after the end too: what is said then starts nothing, but may want an answer
        for watch in watches:
            _do(watch, entry, at)


def _do(watch: Watch, entry: Entry, at: datetime) -> None:
    what = entry.what
    if what == "customer_message":
        watch.wrote(at)
    elif what == "agent_replied":
        watch.answered(at, human=entry.human is True)
    elif what == "call_made":
        watch.answered(at, human=True)
    elif what == "solution_offered":
        watch.offered(at)


def _move(ticket: Ticket, watches: Sequence[Watch], entry: Entry, at: datetime) -> None:
    if entry.level is None or entry.problem_class is None:
        return
    was = ticket.route, ticket.problem_class
    ticket.level, ticket.problem_class = entry.level, entry.problem_class
    ticket.route = _route_of(entry)
    for watch in watches:
        if ticket.alive and was != (ticket.route, ticket.problem_class):
            watch.moved(at, was[0])
        if watch.open is not None:
            watch.open.level, watch.open.problem_class = ticket.level, ticket.problem_class


def _route_of(entry: Entry) -> Route | None:
    """Ledgers of earlier releases say only that nobody knows what it is."""
    return entry.route or ("human_triage" if entry.unsure else None)
