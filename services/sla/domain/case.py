"""What the service keeps of a ticket. Loaded and saved by `store.py`, changed by `rules`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.sla.domain.clock import Clock
from services.sla.domain.ledger import Entry
from services.sla.domain.news import Mark
from services.sla.domain.policy import SlaRules
from services.sla.domain.standing import Standing

TIMER = "next"
"""The one timer of a ticket."""


class Policies(Protocol):
    """The versions of the policy, as the runtime's shelf keeps them."""

    @property
    def current(self) -> SlaRules:
        """The version that new tickets get."""

    def version(self, name: str) -> SlaRules:
        """The policy of that version; raises when it is not known."""


@dataclass(frozen=True, slots=True)
class Case:
    """One ticket. Truth is `ledger`; `told` says which events were published about its clocks.

    `armed_at` is when its timer is due, `counted_by` the version of the calendars by whose holidays
    it was counted last, `recounted` that this batch changed it. `new_entries`, `new_marks`,
    `clocks` and `gone` are what has to be written: empty when just loaded, filled by the rules of
    one batch. `clocks` are those that may have changed.
    """

    ticket_id: str
    shop_id: str
    policy_version: str
    ledger: tuple[Entry, ...] = ()
    told: frozenset[Mark] = frozenset()
    armed_at: datetime | None = None
    new_entries: tuple[Entry, ...] = ()
    new_marks: tuple[tuple[Mark, datetime], ...] = ()
    clocks: tuple[Clock, ...] = ()
    gone: frozenset[tuple[str, int]] = frozenset()
    version: int = 0
    counted_by: str | None = None
    recounted: bool = False
    standing: Standing | None = None
    """As of the last plan; what is stored of it is not loaded again."""
