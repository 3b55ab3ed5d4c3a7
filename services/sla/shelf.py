"""The versions of the policy, each counting by the holidays known today. A ticket keeps the hours
of its version; what is a holiday is a fact, and a notice moves the deadlines of open tickets too.
Built by `app.py`, asked by the rules.
"""

from __future__ import annotations

from datetime import datetime

from runtime import timers
from runtime.case import TimerChange
from runtime.clock import new_id
from runtime.database import Database
from runtime.logs import logger
from runtime.policy import PolicyShelf
from services.sla.domain.case import TIMER
from services.sla.domain.policy import SlaRules
from services.sla.domain.problems import UnusableError
from services.sla.policy import Loaded
from services.sla.store import queries

log = logger(__name__)
TICKETS_AT_ONCE = 2_000


class RulesShelf:
    """The rules by version, and the calendars by version: what a deadline was counted by can be
    looked up for ever."""

    def __init__(self, loaded: Loaded) -> None:
        self._rules = PolicyShelf("sla", loaded.rules)
        self._calendars = loaded.calendars
        self._today: dict[str, SlaRules] = {}

    async def open(self, database: Database) -> None:
        """Store the current versions (once) and read the older ones."""
        await self._rules.open(database)
        if self._calendars is not None:
            await PolicyShelf("calendars", self._calendars).open(database)

    @property
    def current(self) -> SlaRules:
        """The version that new tickets get."""
        return self.version(self._rules.current.version)

    def version(self, name: str) -> SlaRules:
        """The rules of that version with today's holidays. Raises PolicyError."""
        rules = self._today.get(name)
        if rules is None:
            rules = self._today[name] = self._with_holidays(self._rules.version(name))
        return rules

    async def recount(self, database: Database, desk: str) -> int:
        """Arm the timer of every open ticket whose deadlines rest on other holidays than today's,
        so that they are counted anew at once; how many there were. A second call finds those that
        have not fired yet."""
        versions = [name for name in self._rules.names if self.version(name).counted_by]
        if not versions or self._calendars is None:
            return 0
        total, last = 0, ""
        while True:
            async with database.transaction() as tx:
                found = await tx.fetch(
                    queries.counted_otherwise,
                    versions,
                    self._calendars.version,
                    last,
                    TICKETS_AT_ONCE,
                )
                changes = [
                    _at_once(row["ticket_id"], row["shop_id"], row["now"])
                    for row in found
                    if row["otherwise"]
                ]
                await timers.change(tx, desk, changes)
            total += len(changes)
            if len(found) < TICKETS_AT_ONCE:
                break
            last = found[-1]["ticket_id"]
        if total:
            log.info("deadlines are counted anew", tickets=total, by=self._calendars.version)
        return total

    def _with_holidays(self, rules: SlaRules) -> SlaRules:
        if self._calendars is None:
            return rules
        try:
            return rules.counting_by(self._calendars, self._calendars.version)
        except UnusableError as error:
            log.warning("policy version keeps its holidays", version=rules.version, why=str(error))
            return rules


def _at_once(ticket_id: str, shop_id: str, now: datetime) -> TimerChange:
    """Its own cause: nothing that happened to the ticket led to it."""
    event_id = new_id()
    return TimerChange(ticket_id, TIMER, now, shop_id, event_id, event_id, None)
