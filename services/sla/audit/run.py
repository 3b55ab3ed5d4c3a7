"""Runs an audit, or the account of pauses, over a whole database: parts of it in processes of their
own, all in one snapshot. Called by `__main__`.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from runtime.clock import monotonic_s
from runtime.database import Tx
from services.sla.audit import reading
from services.sla.audit.case import Findings, Moment, StoredCase
from services.sla.audit.judge import judge
from services.sla.audit.reading import NothingStoredError, Range, Source
from services.sla.audit.waits import Paused, paused_by

TICKETS_AT_ONCE = 2_000
T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Told how many parts are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted. Without `ticket` all of them. `by_youngest`: now is when anything was told
    last, for a system that stands still or whose business clock is not known. `grace_s` is for what
    time alone brings, `overlap_s` as in `Moment`; business seconds."""

    source: Source
    ticket: str | None = None
    by_youngest: bool = False
    grace_s: float = 60.0
    overlap_s: float = 10.0
    processes: int = 2
    most: int = 1_000
    since_at: datetime | None = None


async def audit(order: Order, progress: Progress) -> dict[str, Any]:
    """The findings as a document. Raises DatabaseAwayError, NothingStoredError."""
    began_s = monotonic_s()
    whole = Findings(most=order.most)
    moment = await _whole(order, progress, _judged, whole.add)
    if order.ticket is not None and not whole.tickets:
        raise NothingStoredError(f"there is no clock of a ticket {order.ticket}")
    return {
        "now": moment.now.isoformat(),
        **whole.as_json(),
        "took_s": round(monotonic_s() - began_s, 3),
    }


async def pauses(order: Order, progress: Progress) -> dict[str, Any]:
    """What each agent paused, as a document. Raises as `audit`."""
    agents: dict[str, Paused] = {}

    def add(found: Mapping[str, Paused]) -> None:
        for agent, paused in found.items():
            agents.setdefault(agent, Paused()).add(paused)

    moment = await _whole(order, progress, _paused, add)
    ordered = sorted(agents.items(), key=lambda pair: (-pair[1].illegitimate, pair[0]))
    return {
        "now": moment.now.isoformat(),
        "since": order.since_at.isoformat() if order.since_at else None,
        "agents": [{"agent": agent, **paused.as_json()} for agent, paused in ordered],
    }


Part = Callable[[Order, Moment, Range | None], T]


async def _whole(
    order: Order, progress: Progress, work: Part[T], add: Callable[[T], None]
) -> Moment:
    """Adds what each part comes to. The first transaction stays open: the others share what it
    sees."""
    async with reading.reading(order.source) as tx:
        now, youngest = await reading.time_of(tx)
        seen_at = youngest or now if order.by_youngest else now
        grace, overlap = timedelta(seconds=order.grace_s), timedelta(seconds=order.overlap_s)
        moment = Moment(seen_at, grace, overlap)
        shared = order.source._replace(snapshot=await reading.share(tx))
        ordered = replace(order, source=shared)
        if order.ticket is not None:
            add(await asyncio.to_thread(work, ordered, moment, None))
            return moment
        ranges = await reading.ranges_of(tx, TICKETS_AT_ONCE)
        progress(0, len(ranges))
        loop = asyncio.get_running_loop()
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(order.processes, mp_context=context) as pool:
            waiting = [loop.run_in_executor(pool, work, ordered, moment, each) for each in ranges]
            for done, each in enumerate(asyncio.as_completed(waiting), 1):
                add(await each)
                progress(done, len(ranges))
    return moment


def _judged(order: Order, moment: Moment, wanted: Range | None) -> Findings:
    return asyncio.run(_judge(order, moment, wanted))


async def _judge(order: Order, moment: Moment, wanted: Range | None) -> Findings:
    found = Findings(most=order.most)
    async with reading.reading(order.source) as tx:
        versions = await reading.versions_of(tx)
        cases = await _cases(tx, order, wanted)
    for case in cases:
        judge(case, versions, moment, found)
    return found


def _paused(order: Order, moment: Moment, wanted: Range | None) -> dict[str, Paused]:
    return asyncio.run(_pause(order, moment, wanted))


async def _pause(order: Order, moment: Moment, wanted: Range | None) -> dict[str, Paused]:
    found: dict[str, Paused] = {}
    async with reading.reading(order.source) as tx:
        cases = await _cases(tx, order, wanted)
    for case in cases:
        own = paused_by(case.ticket, case.ledger, order.since_at, moment.now)
        for agent, paused in own.items():
            found.setdefault(agent, Paused()).add(paused)
    return found


async def _cases(tx: Tx, order: Order, wanted: Range | None) -> list[StoredCase]:
    if order.ticket is not None:
        return await reading.case_of(tx, order.ticket)
    return [] if wanted is None else await reading.cases_of(tx, wanted)
