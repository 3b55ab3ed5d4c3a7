"""Takes one of its safeguards from a service, before it begins. Called by `chaos.puppet`.

Chaos must be able to fail. Its tests run the system with each of these and see it told. Nothing of
this is in the services: a defect is put over the runtime from outside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from chaos.puppet.hooks import put
from runtime import inbox, timers
from runtime.case import Folded
from runtime.look import Look, look
from runtime.outbox import OutboxBatch
from runtime.publisher import Publisher
from runtime.pump import Pump

WINDOW_S = 0.3
"""A missing safeguard shows only if something breaks between two steps. So many seconds are put
there: it would take many more kills to hit the gap as it is."""


def no_inbox() -> None:
    """Nobody looks whether a message was applied before. The inbox is kept all the same: a message
    that comes once leaves everything as it should be."""
    record = inbox.record

    async def blind(tx: Any, desk: str, ids: Any, keys: Any = ()) -> Look:
        return replace(await look(tx, desk, ids, keys), seen={})

    async def lenient(tx: Any, desk: str, folded: Folded) -> None:
        seen = (await look(tx, desk, [message.id for message in folded.applied])).seen
        noted = {event_id for event_id, earlier in seen.items() if earlier.place == "applied"}
        fresh = [message for message in folded.applied if message.id not in noted]
        await record(tx, desk, replace(folded, applied=fresh))

    put("runtime.batch:look", lambda _: blind)
    put("runtime.inbox:record", lambda _: lenient)


def offsets_first() -> None:
    """Offsets are committed before the work is done."""
    work = Pump._work

    async def hasty(self: Any, records: Sequence[Any]) -> None:
        self._applied(records)
        await self._bookmark.close()
        await asyncio.sleep(WINDOW_S)
        await work(self, records)

    put("runtime.pump:Pump._work", lambda _: hasty)


def mark_first() -> None:
    """Events are marked as published before they are sent."""
    send = Publisher._until_sent

    async def boastful(self: Any, run: Sequence[OutboxBatch], line: Any) -> None:
        self._marks.note(one.id for one in run if not one.partial)
        await self._marks.close()
        await asyncio.sleep(WINDOW_S)
        await send(self, run, line)

    put("runtime.publisher:Publisher._until_sent", lambda _: boastful)


def timer_without_lock() -> None:
    """Due timers are taken in a transaction of their own: no lock is held while they fire, and
    who dies meanwhile has them in hand."""
    due, take = timers.due, timers.take
    in_hand: ContextVar[timers.Taken | None] = ContextVar("in_hand")

    async def found(*_: object) -> Sequence[timers.DueTimer]:
        taken = in_hand.get()
        return taken.timers if taken else ()

    async def still_there(tx: Any, desk: str, _: object) -> timers.Taken | None:
        taken = in_hand.get()
        return replace(taken, now=(await look(tx, desk, [])).now) if taken else None

    def around(fire: Callable[..., Any]) -> Callable[..., Any]:
        async def hasty(self: Any, hops: Any, limit: int, refused: str) -> Any:
            async with self._shop.database.transaction() as tx:
                in_hand.set(await take(tx, self.desk.name, await due(tx, self.desk.name, limit)))
            await asyncio.sleep(WINDOW_S if in_hand.get() else 0.0)
            return await fire(self, hops, limit, refused)

        return hasty

    put("runtime.timers:due", lambda _: found)
    put("runtime.timers:take", lambda _: still_there)
    put("runtime.batch:Applier._timers", around)


DEFECTS: dict[str, Callable[[], None]] = {
    "no-inbox": no_inbox,
    "offsets-first": offsets_first,
    "mark-first": mark_first,
    "timer-without-lock": timer_without_lock,
}
