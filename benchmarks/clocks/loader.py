"""Fills the tables of sla with open clocks by set-based SQL: the rows that the service itself would
have made, had the tickets come one by one over the past hours. Called by `rounds` and `run`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from runtime.database import UNHURRIED_S, Database
from runtime.queries import Queries
from schemas.values import Level, ProblemClass

queries = Queries.load(Path(__file__).parent / "sql" / "fill.sql")
SHOP = "shop-bench"
PROBLEM: ProblemClass = "logistics"
_INSTANT = timedelta(microseconds=1)
PATIENT = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}


@dataclass(frozen=True, slots=True)
class Told:
    """Something that was told of a clock, and how long after the complaint."""

    clock: str
    kind: str
    threshold: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Shape:
    """How the tickets of one filling stand: what was told, and when they speak next."""

    level: Level
    targets_s: Mapping[str, int]
    told: tuple[Told, ...]
    speaks_after: timedelta
    """From the complaint to the moment that the timer stands at."""
    version: int

    @property
    def clocks(self) -> int:
        """Open clocks of each ticket."""
        return len(self.targets_s)

    @property
    def first(self) -> str:
        """The clock that is due first."""
        return min(self.targets_s, key=lambda clock: self.targets_s[clock])


def _shape(level: Level, targets_s: Mapping[str, int], clock: str, percent: int | None) -> Shape:
    """A ticket whose `clock` speaks next: its warning at `percent`, or its breach."""
    target = timedelta(seconds=targets_s[clock])
    earlier = [each for each in (50, 75, 90) if percent is None or each < percent]
    started = [Told(name, "started", "", timedelta()) for name in targets_s]
    warned = [Told(clock, "warning", f"p{each}", target * each / 100) for each in earlier]
    speaks_after = target + _INSTANT if percent is None else target * percent / 100
    return Shape(level, targets_s, (*started, *warned), speaks_after, 1 + len(warned))


_L1 = {"first_contact": 900, "solution": 14_400}
_L2 = {"first_reply": 3_600, "review": 86_400, "closure": 172_800}
RESTING = _shape("L2", _L2, "first_reply", 50)
"""Fresh tickets: the next word is half an hour away."""
WARNING = _shape("L1", _L1, "first_contact", 50)
BREACH = _shape("L1", _L1, "first_contact", None)


class Loader:
    """An owner's way into the tables of sla."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._policy_version = ""
        self.brought_in: dict[str, datetime] = {}
        """Beginnings of ticket ids, and when they were all there: no event says what was told of
        them before."""

    @classmethod
    async def open(cls, url: str) -> Loader:
        """A loader for the policy that the service uses, which has started by now."""
        variables = {"search_path": "sla", **PATIENT}
        opened = await Database.connect(
            url, name="loader", pool=2, variables=variables, patience_s=UNHURRIED_S
        )
        loader = cls(opened)
        loader._policy_version = await loader.value(queries.policy_in_force)
        return loader

    async def close(self) -> None:
        """Give the connections back."""
        await self._database.close()

    async def now(self) -> datetime:
        """The database's clock."""
        async with self._database.transaction() as tx:
            moment: datetime = await tx.value(queries.wall_clock)
            return moment

    async def fill(
        self, prefix: str, count: int, shape: Shape, opened_at: datetime, step_us: float
    ) -> None:
        """Put in `count` tickets, `prefix` and seven digits, one transaction."""
        told = [[each.clock, 1, each.kind, each.threshold] for each in shape.told]
        async with self._database.transaction() as tx:
            await tx.script(queries.stage)
            await tx.execute(queries.stage_tickets, prefix, count, opened_at, step_us)
            await tx.execute(
                queries.fill_cases,
                SHOP,
                self._policy_version,
                shape.level,
                PROBLEM,
                json.dumps(told),
                shape.speaks_after,
                shape.version,
                shape.first,
                shape.targets_s[shape.first],
            )
            names, targets = list(shape.targets_s), list(shape.targets_s.values())
            await tx.execute(queries.fill_clocks, SHOP, shape.level, PROBLEM, names, targets)
            columns = [(e.clock, e.kind, e.threshold, e.after) for e in shape.told]
            await tx.execute(queries.fill_events, *map(list, zip(*columns, strict=True)))
            await tx.execute(queries.fill_timers, SHOP, shape.speaks_after)
            self.brought_in[prefix] = await tx.value(queries.wall_clock)

    async def fill_due(
        self, prefix: str, count: int, shape: Shape, first_at: datetime, step_us: float
    ) -> None:
        """The same, so that the first speaks at `first_at` and each other a step later."""
        await self.fill(prefix, count, shape, first_at - shape.speaks_after, step_us)

    async def remove(self, tickets: list[str]) -> None:
        """Take tickets out again, with all that belongs to them."""
        async with self._database.transaction() as tx:
            await tx.execute(queries.remove_timers, tickets)
            await tx.execute(queries.remove_events, tickets)
            await tx.execute(queries.remove_clocks, tickets)
            await tx.execute(queries.remove_cases, tickets)

    async def settle(self) -> None:
        """Refresh the planner's statistics."""
        async with self._database.transaction() as tx:
            await tx.script(queries.settle)

    async def value(self, sql: str, *values: Any) -> Any:
        """First column of the first row of a named query."""
        async with self._database.transaction() as tx:
            return await tx.value(sql, *values)

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """All rows of a named query."""
        async with self._database.transaction() as tx:
            return [dict(row) for row in await tx.fetch(sql, *values)]
