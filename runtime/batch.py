"""Applies a batch: load cases, fold, save state + inbox + outbox + timers in one transaction.

The pump, the gate, the ticker and the parking's retry all end here; nothing else writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from runtime import dead_letters, inbox, outbox, parking, timers
from runtime.backoff import Backoff
from runtime.case import Desk, Failure, Folded, Message
from runtime.database import ConflictError, Database, Tx
from runtime.dead_letters import DeadLetterLimit, DeadRecord, LineStoppedError
from runtime.fence import Fence
from runtime.fold import fold
from runtime.graves import grave, of_final, of_reused
from runtime.inbox import Seen
from runtime.metrics import Metrics
from runtime.outbox import OutboxBatch
from runtime.publisher import Publisher
from runtime.sealed import Sealer
from runtime.sql_text import queries
from runtime.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Limits:
    """How failures of a desk are treated."""

    backoff: Backoff
    max_tries: int
    parked_keys: int


@dataclass(slots=True)
class Applied:
    """What became of a batch. `repeats` have the answer of their first occurrence."""

    folded: Folded = field(default_factory=Folded)
    repeats: list[tuple[Message, Seen]] = field(default_factory=list)
    reused: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What an applier works with, shared by all desks of a service."""

    service: str
    automatic: bool
    instance: str
    database: Database
    publisher: Publisher
    sealer: Sealer
    telemetry: Telemetry
    metrics: Metrics
    limits: Limits

    @property
    def source(self) -> str:
        """The `source` attribute of events that this service publishes."""
        return f"aftercare/{self.service}"


class Applier:
    """Applies batches for one desk."""

    def __init__(self, shop: Workshop, desk: Desk[Any], limit: DeadLetterLimit) -> None:
        self._shop = shop
        self.desk = desk
        self._limit = limit

    @property
    def has_room(self) -> bool:
        """Whether the outbox takes more right now."""
        return self._shop.publisher.has_room

    async def room(self) -> None:
        """Wait until the outbox takes more."""
        await self._shop.publisher.room()

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
        """
        applied = Applied()
        await self._shop.publisher.room()
        with self._shop.telemetry.processing(self.desk.name, messages):
            async with self._shop.database.transaction() as tx:
                await fence.hold(tx, self.desk.name)
                if await self._over_parked(tx):
                    raise LineStoppedError("too many keys are parked")
                now = await tx.value(queries.now)
                fresh = await self._sift(tx, messages, applied)
                keys = sorted({m.key for m in fresh})
                blocked = await parking.parked_keys(tx, self.desk.name, keys)
                applied.folded = await self._fold(tx, fresh, blocked, broken, now)
                graves = [
                    *dead,
                    *of_reused(applied.reused),
                    *of_final(applied.folded.failures),
                ]
                await self._park(tx, applied.folded)
                out = await self._store(tx, applied.folded, graves, now)
        self._done(applied, out, len(graves))
        return applied

    async def commands(self, messages: Sequence[Message]) -> Applied:
        """Apply HTTP commands. What a rule refuses or fails is reported, never parked."""
        applied = Applied()
        await self._shop.publisher.room()
        with self._shop.telemetry.processing(self.desk.name, messages):
            async with self._shop.database.transaction() as tx:
                now = await tx.value(queries.now)
                fresh = await self._sift(tx, messages, applied)
                applied.folded = await self._fold(tx, fresh, frozenset(), {}, now)
                out = await self._store(tx, applied.folded, [], now)
        self._done(applied, out, 0)
        return applied

    async def parked(self, keys: int, limit: int, refused: str = "") -> int:
        """Try due parked messages again; returns how many were taken up.

        With `refused` they count as failed for that reason, without asking the rule.
        """
        applied = Applied()
        await self._shop.publisher.room()
        async with self._shop.database.transaction() as tx:
            messages = await parking.take_due(tx, self.desk.name, keys, limit)
            if not messages:
                return 0
            now = await tx.value(queries.now)
            broken = {m.id: refused for m in messages} if refused else {}
            applied.folded = await self._fold(tx, messages, frozenset(), broken, now)
            graves = self._give_up(applied.folded)
            await self._park(tx, applied.folded, behind=False)
            buried = {each.event_id for each in graves}
            done = [m for m in messages if m.id in applied.folded.counts or m.id in buried]
            await parking.release(tx, self.desk.name, done)
            out = await self._store(tx, applied.folded, graves, now)
        self._done(applied, out, len(graves))
        return len(messages)

    async def timers(self, limit: int, refused: str = "") -> int:
        """Fire due timers; returns how many were due. `refused` as in `parked`."""
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
            now = await tx.value(queries.now)
            fired = [t.message for t in taken]
            broken = {m.id: refused for m in fired} if refused else {}
            applied.folded = self._folded(fired, cases, frozenset(), now, broken)
            graves = self._give_up(applied.folded)
            buried = {each.event_id for each in graves}
            failed = [f for f in applied.folded.failures if f.message.id not in buried]
            waiting = [Failure(m, parking.BEHIND, "") for m in applied.folded.behind]
            await timers.hold(
                tx, self.desk.name, taken, [*failed, *waiting], self._shop.limits.backoff
            )
            out = await self._store(tx, applied.folded, graves, now, note=False)
        self._done(applied, out, len(graves))
        self._shop.metrics.timers_fired.labels(self.desk.name).inc(len(taken))
        return len(due)

    async def _over_parked(self, tx: Tx) -> bool:
        return await parking.count(tx, self.desk.name) > self._shop.limits.parked_keys

    async def _sift(self, tx: Tx, messages: Sequence[Message], applied: Applied) -> list[Message]:
        """Keep what was never seen; note repeats and ids that come back with other content."""
        known = await inbox.seen(tx, self.desk.name, [m.id for m in messages])
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
        return self._folded(messages, cases, blocked, now, broken)

    def _folded(
        self,
        messages: Sequence[Message],
        cases: dict[str, Any],
        blocked: frozenset[str],
        now: datetime,
        broken: dict[UUID, str] | None = None,
    ) -> Folded:
        return fold(
            self.desk, self._shop.source, self._shop.automatic, messages, cases, blocked, now,
            broken or {},
        )  # fmt: skip

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
        batch = await outbox.append(tx, shop.instance, drafts)
        if batch is None:
            return []
        earlier = await outbox.predecessors(tx, [*shop.publisher.pending, batch.id], drafts)
        return [earlier, batch] if earlier else [batch]

    def _done(self, applied: Applied, out: Sequence[OutboxBatch], dead: int) -> None:
        self._shop.publisher.enqueue(out)
        self._limit.count(len(applied.folded.applied), dead)
        metrics, name = self._shop.metrics, self.desk.name
        metrics.events_applied.labels(name).inc(len(applied.folded.applied))
        metrics.events_repeated.labels(name).inc(len(applied.repeats))
        metrics.events_parked.labels(name).inc(
            len(applied.folded.failures) + len(applied.folded.behind)
        )
        metrics.dead_letters.labels(name).inc(dead)
