"""Applies a batch: load cases, fold, save state + inbox + outbox + timers in one transaction.

The pump, the gate, the ticker and the parking's retry all end here; nothing else writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from runtime import dead_letters, inbox, outbox, parking, replay, timers
from runtime.alarm import Alarm
from runtime.case import Desk, Failure, Folded, Message
from runtime.clock import monotonic_s
from runtime.database import ConflictError, Tx
from runtime.dead_letters import DeadLetterLimit, DeadRecord, LineStoppedError
from runtime.fence import Fence
from runtime.fold import Folding
from runtime.graves import grave, of_final, of_reused
from runtime.inbox import Seen
from runtime.look import look
from runtime.outbox import OutboxBatch
from runtime.sql_text import queries
from runtime.telemetry import Processing
from runtime.workshop import Workshop
from schemas.values import Lane


@dataclass(slots=True)
class Applied:
    """What became of a batch. `repeats` have the answer of their first occurrence."""

    folded: Folded = field(default_factory=Folded)
    repeats: list[tuple[Message, Seen]] = field(default_factory=list)
    reused: list[Message] = field(default_factory=list)
    begun_s: float = field(default_factory=monotonic_s)
    """By the process's clock, before its time was asked for."""


class Applier:
    """Applies batches for one desk."""

    def __init__(self, shop: Workshop, desk: Desk[Any], limit: DeadLetterLimit) -> None:
        self._shop = shop
        self.way = shop.way
        self.desk = desk
        self.heard = frozenset(kind.type_name() for kind in desk.rules)
        """Types that the desk has a rule for."""
        self._limit = limit
        self.alarm = Alarm(shop.time_scale)
        """Rings for timers that are due soon."""

    def has_room(self, lane: Lane = "routine") -> bool:
        """Whether the outbox takes more of a lane right now."""
        return self._shop.publisher.has_room(lane)

    async def room(self, lane: Lane = "routine") -> None:
        """Wait until the outbox takes more of a lane."""
        await self._shop.publisher.room(lane)

    async def records(
        self,
        messages: Sequence[Message],
        dead: Sequence[DeadRecord],
        fence: Fence,
        broken: dict[UUID, str],
    ) -> Applied:
        """Apply Kafka records and move the partitions' progress.

        `dead` are undecodable records; `broken` names messages that are parked without asking
        the rule (the database refused what it made of them). Raises FencedError,
        LineStoppedError, ConflictError, BadDataError, DatabaseAwayError; then nothing happened.
        Wait for `room` in their lane before.
        """
        applied = Applied()
        if not messages and not dead:
            async with self._shop.database.single() as tx:
                await fence.hold(tx, self.desk.name)
            return applied
        with self._shop.telemetry.processing(self.desk.name, messages) as hops:
            async with self._shop.database.transaction() as tx:
                await fence.hold(tx, self.desk.name)
                ids, keys = [m.id for m in messages], {m.key for m in messages}
                known = await look(tx, self.desk.name, ids, keys)
                if known.parked > self._shop.limits.parked_keys:
                    raise LineStoppedError("too many keys are parked")
                now = known.now
                fresh = _sifted(messages, known.seen, applied)
                applied.folded = await self._fold(tx, fresh, known.blocked, broken, now)
                graves = [
                    *hops.bury(dead),
                    *of_reused(applied.reused),
                    *of_final(applied.folded.failures),
                ]
                await self._park(tx, applied.folded)
                out = await self._store(tx, applied.folded, graves, now)
        self._done(applied, out, len(graves), now)
        return applied

    async def commands(self, messages: Sequence[Message], lane: Lane = "routine") -> Applied:
        """Apply HTTP commands. What a rule refuses or fails is reported, never parked."""
        applied = Applied()
        await self.room(lane)
        with self._shop.telemetry.processing(self.desk.name, messages):
            async with self._shop.database.transaction() as tx:
                known = await look(tx, self.desk.name, [m.id for m in messages])
                fresh = _sifted(messages, known.seen, applied)
                applied.folded = await self._fold(tx, fresh, frozenset(), {}, known.now)
                out = await self._store(tx, applied.folded, [], known.now)
        self._done(applied, out, 0, known.now)
        return applied

    async def results(self, messages: Sequence[Message]) -> Applied:
        """Apply news that the case itself knows again: told twice it changes nothing, so that
        no inbox keeps it. Otherwise as `commands`."""
        applied = Applied()
        await self._shop.publisher.room()
        with self._shop.telemetry.processing(self.desk.name, messages):
            async with self._shop.database.transaction() as tx:
                now = await tx.value(queries.now)
                applied.folded = await self._fold(tx, messages, frozenset(), {}, now)
                out = await self._store(tx, applied.folded, [], now, note=False)
        self._done(applied, out, 0, now)
        return applied

    async def bring_back(self, limit: int) -> int:
        """Park dead letters that somebody asked back; returns how many were asked for."""
        return await replay.bring_back(self._shop.database, self._shop.sealer, self.desk, limit)

    async def parked(self, keys: int, limit: int, refused: str = "") -> int:
        """Try due parked messages again; returns how many were taken up.

        With `refused` they count as failed for that reason, without asking the rule.
        """
        with self._shop.telemetry.processing(self.desk.name) as hops:
            return await self._parked(hops, keys, limit, refused)

    async def _parked(self, hops: Processing, keys: int, limit: int, refused: str) -> int:
        applied = Applied()
        await self._shop.publisher.room()
        async with self._shop.database.transaction() as tx:
            messages = await parking.take_due(tx, self.desk.name, keys, limit)
            if not messages:
                return 0
            hops.take(messages)
            now = await tx.value(queries.now)
            broken = {m.id: refused for m in messages} if refused else {}
            applied.folded = await self._fold(tx, messages, frozenset(), broken, now)
            graves = self._give_up(applied.folded)
            await self._park(tx, applied.folded, behind=False)
            buried = {each.event_id for each in graves}
            done = [m for m in messages if m.id in applied.folded.counts or m.id in buried]
            await parking.release(tx, self.desk.name, done)
            out = await self._store(tx, applied.folded, graves, now)
        self._done(applied, out, len(graves), now)
        return len(messages)

    async def timers(self, limit: int, refused: str = "") -> int:
        """Fire due timers; returns how many were due. `refused` as in `parked`."""
        with self._shop.telemetry.processing(self.desk.name) as hops:
            return await self._timers(hops, limit, refused)

    async def _timers(self, hops: Processing, limit: int, refused: str) -> int:
        applied = Applied()
        await self._shop.publisher.room()
        async with self._shop.database.transaction() as tx:
            due = await timers.due(tx, self.desk.name, limit)
            if not due:
                return 0
            messages = [t.message for t in due]
            keys = sorted({m.key for m in messages})
            cases = {} if refused else await self.desk.load(tx, keys, messages)
            taken = await timers.take(tx, self.desk.name, due)
            if taken is None:
                return len(due)
            fired, now = [t.message for t in taken.timers], taken.now
            hops.take(fired)
            broken = {m.id: refused for m in fired} if refused else {}
            applied.folded = await self._folded(
                fired, cases, frozenset(), now, broken, gives_way=False
            )
            graves = self._give_up(applied.folded)
            buried = {each.event_id for each in graves}
            failed = [f for f in applied.folded.failures if f.message.id not in buried]
            waiting = [Failure(m, parking.BEHIND, "") for m in applied.folded.behind]
            await timers.hold(
                tx, self.desk.name, taken.timers, [*failed, *waiting], self._shop.limits.backoff
            )
            out = await self._store(tx, applied.folded, graves, now, note=False)
        self._done(applied, out, len(graves), now)
        self._shop.metrics.timers_fired.labels(self.desk.name).inc(len(fired))
        return len(due)

    async def _fold(
        self,
        tx: Tx,
        messages: Sequence[Message],
        blocked: frozenset[str],
        broken: dict[UUID, str],
        now: datetime,
    ) -> Folded:
        if not messages:
            return Folded()
        keys = sorted({m.key for m in messages if m.id not in broken} - blocked)
        cases = await self.desk.load(tx, keys, messages) if keys else {}
        return await self._folded(messages, cases, blocked, now, broken)

    async def _folded(
        self,
        messages: Sequence[Message],
        cases: dict[str, Any],
        blocked: frozenset[str],
        now: datetime,
        broken: dict[UUID, str],
        *,
        gives_way: bool = True,
    ) -> Folded:
        """Breathes in between: what is urgent must not wait for a whole batch."""
        shop, lately = self._shop, self._shop.telemetry.sampler.lately
        work = Folding(self.desk, shop.source, shop.automatic, cases, blocked, now, broken, lately)
        async for some in self.way.slices(messages, gives_way=gives_way):
            work.take(some)
        return work.folded

    async def _park(self, tx: Tx, folded: Folded, *, behind: bool = True) -> None:
        failures = [f for f in folded.failures if not f.final]
        waiting = folded.behind if behind else []
        await parking.park(tx, self.desk.name, failures, waiting, self._shop.limits.backoff)

    def _give_up(self, folded: Folded) -> list[DeadRecord]:
        """Failures that had all their tries, as far as the limit leaves room."""
        most = self._shop.limits.max_tries
        ended = [f for f in folded.failures if f.final or f.message.tries + 1 >= most]
        ended = ended[: self._limit.room(len(folded.applied))]
        gone = {f.message.id for f in ended}
        left = [f for f in folded.failures if f.message.id not in gone]
        folded.failures = [replace(f, final=False) for f in left]
        return [grave(f) for f in ended]

    async def _store(
        self,
        tx: Tx,
        folded: Folded,
        graves: Sequence[DeadRecord],
        now: datetime,
        *,
        note: bool = True,
    ) -> list[OutboxBatch]:
        if graves and len(graves) > self._limit.room(len(folded.applied)):
            raise LineStoppedError("the dead-letter limit is reached")
        shop, desk = self._shop, self.desk
        if folded.cases:
            cases = [folded.cases[key] for key in sorted(folded.cases)]
            if await desk.save(tx, cases) != len(cases):
                raise ConflictError(f"{desk.name}: a case changed meanwhile")
        await timers.change(tx, desk.name, folded.timers.values())
        if note:
            await inbox.record(tx, desk.name, folded)
        drafts = list(folded.drafts)
        drafts += await dead_letters.bury(tx, shop.sealer, shop.service, desk.name, graves, now)
        if not drafts:
            return []
        return await outbox.append(tx, shop.instance, drafts, shop.publisher.pending)

    def _done(self, applied: Applied, out: Sequence[OutboxBatch], dead: int, now: datetime) -> None:
        self._shop.publisher.enqueue(out)
        self.alarm.armed(applied.folded.timers.values(), now, monotonic_s() - applied.begun_s)
        self._limit.count(len(applied.folded.applied), dead)
        metrics, name = self._shop.metrics, self.desk.name
        metrics.events_applied.labels(name).inc(len(applied.folded.applied))
        metrics.events_repeated.labels(name).inc(len(applied.repeats))
        metrics.events_parked.labels(name).inc(
            len(applied.folded.failures) + len(applied.folded.behind)
        )
        metrics.dead_letters.labels(name).inc(dead)


def _sifted(
    messages: Sequence[Message], known: Mapping[UUID, Seen], applied: Applied
) -> list[Message]:
    """Keep what was never seen; note repeats and ids that come back with other content."""
    fresh: dict[UUID, Message] = {}
    for message in messages:
        earlier = known.get(message.id)
        if earlier is None and message.id in fresh:
            earlier = Seen(fresh[message.id].digest, "applied", None)
        if earlier is None:
            fresh[message.id] = message
        elif earlier.place != "dead" and earlier.digest != message.digest:
            applied.reused.append(message)
        else:
            applied.repeats.append((message, earlier))
    return list(fresh.values())
