"""The ledger of a ticket: what happened and when, only ever added to. Everything else about its
clocks is computed from it; `rules` appends, `timeline` reads, the store keeps it as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from schemas.tickets import WaitCause
from schemas.topics import lane_of_level
from schemas.triage import Route
from schemas.values import Lane, Level, ProblemClass

What = Literal[
    "triaged", "call_made", "agent_replied", "reviewed", "flagged_for_review",
    "solution_offered", "customer_message", "waiting", "resumed", "resolved", "reopened",
    "classified", "promise_made", "platform_deadline", "merged",
]  # fmt: skip

# What comes first when several things carry the same instant: a person's decision, which ends what
# was waited for, and the level that everything else is judged by; then work done, then waits (as
# they were told), then the end, then the new beginning.
_WAITS = 2
_RANK: dict[What, int] = {
    "classified": -1,
    "triaged": 0,
    "call_made": 1,
    "agent_replied": 1,
    "reviewed": 1,
    "flagged_for_review": 1,
    "solution_offered": 1,
    "promise_made": 1,
    "platform_deadline": 1,
    "customer_message": _WAITS,
    "waiting": _WAITS,
    "resumed": _WAITS,
    "resolved": 3,
    "merged": 3,
    "reopened": 4,
}
OPENERS: frozenset[What] = frozenset({"triaged", "resolved", "merged", "reopened"})
"""What decides which generations of clocks there are; nothing else does."""
DATES: frozenset[What] = frozenset({"platform_deadline", "promise_made"})
"""What sets a date."""
_OF_KINDS = (
    "level",
    "problem_class",
    "cause",
    "human",
    "answered",
    "unsure",
    "by",
    "route",
    "costs_fen",
)


class Entry(NamedTuple):
    """One thing that happened.

    `at` is when it happened, `told_at` when its event was published, `seen_at` when it was
    entered here (all business time, UTC); `source` is the event's id. The rest belongs to single
    kinds: level, class and opening to `triaged`, and `unsure` where a person has to sort it;
    `cause` to `waiting`, and `by`, the agent who said so; `human` to `agent_replied`, `answered` to
    `call_made`; `route` to `triaged`; `due_at` to what sets a date, `costs_fen`, what silence
    costs, to `platform_deadline`.
    """

    at: datetime
    what: What
    source: str
    told_at: datetime
    seen_at: datetime
    level: Level | None = None
    problem_class: ProblemClass | None = None
    opened_at: datetime | None = None
    cause: WaitCause | None = None
    human: bool | None = None
    answered: bool | None = None
    unsure: bool | None = None
    by: str | None = None
    route: Route | None = None
    due_at: datetime | None = None
    costs_fen: int | None = None

    @property
    def place(self) -> tuple[datetime, int, datetime, str]:
        """Sort key: the order in which things happened, however they arrived."""
        return (self.at, _RANK[self.what], self.told_at, self.source)

    def as_json(self) -> dict[str, Any]:
        """JSON-compatible form; fields of other kinds are left out."""
        value: dict[str, Any] = {
            "at": self.at.isoformat(),
            "what": self.what,
            "source": self.source,
            "told_at": self.told_at.isoformat(),
            "seen_at": self.seen_at.isoformat(),
        }
        if self.opened_at is not None:
            value["opened_at"] = self.opened_at.isoformat()
        if self.due_at is not None:
            value["due_at"] = self.due_at.isoformat()
        for name in _OF_KINDS:
            part = getattr(self, name)
            if part is not None:
                value[name] = part
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Entry:
        """The entry that `as_json` wrote."""
        of_kind, instant = value.get, datetime.fromisoformat
        opened, due = of_kind("opened_at"), of_kind("due_at")
        return cls(
            at=instant(value["at"]),
            what=value["what"],
            source=value["source"],
            told_at=instant(value["told_at"]),
            seen_at=instant(value["seen_at"]),
            level=of_kind("level"),
            problem_class=of_kind("problem_class"),
            opened_at=None if opened is None else instant(opened),
            cause=of_kind("cause"),
            human=of_kind("human"),
            answered=of_kind("answered"),
            unsure=of_kind("unsure"),
            by=of_kind("by"),
            route=of_kind("route"),
            due_at=None if due is None else instant(due),
            costs_fen=of_kind("costs_fen"),
        )


def in_order(ledger: Iterable[Entry]) -> list[Entry]:
    """Entries as they happened; the same for any order of arrival. What is said to lie before the
    complaint counts as of then, in the order of one instant."""
    entries = list(ledger)
    if len(entries) < 2:
        return entries
    entries.sort(key=_place)
    first = next((entry for entry in entries if entry.what == "triaged"), None)
    if first is None or entries[0].at >= (opened_at := first.opened_at or first.at):
        return entries
    return sorted(entries, key=lambda each: max(each.place, (opened_at, *each.place[1:])))


def lane_of_ledger(ledger: Iterable[Entry]) -> Lane:
    """Urgent once a ticket was ever found urgent: a ledger only grows, so it never falls."""
    levels = {entry.level for entry in ledger if entry.level is not None}
    return "urgent" if "urgent" in map(lane_of_level, levels) else "routine"


def _place(entry: Entry) -> tuple[datetime, int, datetime, str]:
    return entry.place
