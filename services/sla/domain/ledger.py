"""The ledger of a ticket: what happened and when, only ever added to. Everything else about its
clocks is computed from it; `rules` appends, `timeline` reads, the store keeps it as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from schemas.tickets import WaitCause
from schemas.topics import lane_of_level
from schemas.values import Lane, Level, ProblemClass

What = Literal[
    "triaged", "call_made", "agent_replied", "reviewed", "flagged_for_review",
    "solution_offered", "customer_message", "waiting", "resumed", "resolved", "reopened",
    "classified",
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
    "customer_message": _WAITS,
    "waiting": _WAITS,
    "resumed": _WAITS,
    "resolved": 3,
    "reopened": 4,
}
OPENERS: frozenset[What] = frozenset({"triaged", "resolved", "reopened"})
"""What decides which generations of clocks there are; nothing else does."""
_OF_KINDS = ("level", "problem_class", "cause", "human", "answered", "unsure")


class Entry(NamedTuple):
    """One thing that happened.

    `at` is when it happened, `told_at` when its event was published, `seen_at` when it was
    entered here (all business time, UTC); `source` is the event's id. The rest belongs to single
    kinds: level, class and opening to `triaged`, and `unsure` where a person has to sort it;
    `cause` to `waiting`, `human` to `agent_replied`, `answered` to `call_made`.
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
        for name in _OF_KINDS:
            part = getattr(self, name)
            if part is not None:
                value[name] = part
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Entry:
        """The entry that `as_json` wrote."""
        of_kind, instant = value.get, datetime.fromisoformat
        opened = of_kind("opened_at")
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
        )


def in_order(ledger: Iterable[Entry]) -> list[Entry]:
    """Entries as they happened; the same for any order of arrival."""
    return sorted(ledger, key=_place)


def lane_of_ledger(ledger: Iterable[Entry]) -> Lane:
    """Urgent once a ticket was ever found urgent: a ledger only grows, so it never falls."""
    levels = {entry.level for entry in ledger if entry.level is not None}
    return "urgent" if "urgent" in map(lane_of_level, levels) else "routine"


def _place(entry: Entry) -> tuple[datetime, int, datetime, str]:
    return entry.place
