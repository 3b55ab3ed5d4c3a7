"""Signs tree heads at most once per interval, cuts tiles, and announces what is under a head.

A part of the service beside its desks. One instance at a time holds the work; when it dies
another takes over after some seconds, and announcing again changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from runtime.backoff import Backoff
from runtime.clock import named_id
from runtime.database import ConflictError, Database, DatabaseAwayError, Row
from runtime.gate import BusyError, CommandFailedError, Gate
from runtime.health import Health
from runtime.logs import logger
from schemas.envelope import Envelope
from schemas.evidence import EvidenceArchived
from schemas.rules import RefusedError
from services.evidence.domain.head import Head
from services.evidence.log import frontier_now
from services.evidence.signing import Signer
from services.evidence.sql_text import queries
from services.evidence.tree import cut_tiles

log = logger(__name__)
HELD_S = 5.0
AT_ONCE = 500
SOURCE = "aftercare/evidence"
WAITING = (DatabaseAwayError, ConflictError, BusyError, CommandFailedError)


class HeadKeeper:
    """Turns a growing log into signed heads and EvidenceArchived events."""

    def __init__(
        self,
        instance: str,
        database: Database,
        signer: Signer,
        gate: Gate,
        interval_s: float,
        health: Health,
    ) -> None:
        self._instance = instance
        self._database = database
        self._signer = signer
        self._gate = gate
        self._interval_s = interval_s
        self._progress = health.watch("heads")
        self._backoff = Backoff(0.2, 5.0)
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Remember the public key: heads name it."""
        async with self._database.transaction() as tx:
            await tx.execute(queries.know_key, self._signer.key_id, self._signer.public_key)

    async def start(self) -> None:
        """Work in the background."""
        await self.begin()
        self._task = asyncio.create_task(self._forever(), name="heads")

    async def stop(self) -> None:
        """Stop; what is not signed or announced the next holder does."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._let_go()

    async def _forever(self) -> None:
        tries = 0
        while True:
            self._progress.busy()
            try:
                await self.step()
            except WAITING as error:
                tries += 1
                if tries > 3:
                    self._progress.trouble(f"{type(error).__name__}: {error}")
                log.warning("heads wait", cause=type(error).__name__, tries=tries)
                wait = self._backoff.wait_s(tries)
            else:
                tries = 0
                self._progress.done()
                wait = self._interval_s
            await asyncio.sleep(wait)

    async def step(self) -> int:
        """One round if this instance holds the work; returns how many events it announced."""
        announced_to = await self._hold()
        if announced_to is None:
            return 0
        await self._sign()
        while await self._cut():
            await self._hold()
        announced = 0
        while (window := await self._window(announced_to)) is not None:
            head, rows = window
            await self._announce(head, rows)
            announced += len(rows)
            announced_to = head.size
            await self._mark(announced_to)
        return announced

    async def _hold(self) -> int | None:
        async with self._database.transaction() as tx:
            size: int | None = await tx.value(queries.hold_heads, self._instance, HELD_S)
            return size

    async def _let_go(self) -> None:
        try:
            async with self._database.transaction() as tx:
                await tx.execute(queries.let_go_heads, self._instance)
        except DatabaseAwayError as error:
            log.warning("heads stay held for a while", cause=str(error))

    async def _sign(self) -> None:
        async with self._database.transaction() as tx:
            log_id, frontier = await frontier_now(tx)
            if frontier.size <= await tx.value(queries.last_head_size):
                return
            at = await tx.value(queries.clock)
            signed = self._signer.sign(Head(log_id, frontier.size, frontier.root, at))
            await tx.execute(
                queries.add_head,
                frontier.size,
                frontier.root,
                at,
                signed.key_id,
                signed.signature,
            )

    async def _cut(self) -> int:
        async with self._database.transaction() as tx:
            _, frontier = await frontier_now(tx)
            return await cut_tiles(tx, frontier.size)

    async def _window(self, announced_to: int) -> tuple[Head, Sequence[Row]] | None:
        """The next signed head that is not announced, with what came under it."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch(queries.head_after, announced_to)
            if not rows:
                return None
            log_id, _ = await frontier_now(tx)
            head = Head(log_id, rows[0]["tree_size"], rows[0]["root"], rows[0]["signed_at"])
            return head, await tx.fetch(queries.archived_between, announced_to, head.size)

    async def _announce(self, head: Head, rows: Sequence[Row]) -> None:
        for at in range(0, len(rows), AT_ONCE):
            events = [_event(head, row) for row in rows[at : at + AT_ONCE]]
            await asyncio.gather(*(self._submit(event) for event in events))
            await self._hold()

    async def _submit(self, event: Envelope[EvidenceArchived]) -> None:
        try:
            await self._gate.submit(event, event.to_json())
        except RefusedError as refusal:
            # An earlier program announced the same in other bytes: it is announced.
            log.warning("announced before", code=refusal.code, event_id=str(event.id))

    async def _mark(self, size: int) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(queries.announced, size)


def _event(head: Head, row: Row) -> Envelope[EvidenceArchived]:
    """The same for the same head, ticket and kind: announcing twice is announcing once."""
    payload = EvidenceArchived(
        ticket_id=row["ticket_id"],
        kind=row["kind"],
        count=row["count"],
        first_leaf=row["first_leaf"],
        last_leaf=row["last_leaf"],
        tree_size=head.size,
        root_sha256=head.root.hex(),
        archived_at=head.signed_at,
    )
    where = (str(head.log), str(head.size), row["shop_id"], row["ticket_id"], row["kind"])
    return Envelope[EvidenceArchived](
        id=named_id("evidence-archived", *where),
        source=SOURCE,
        type=EvidenceArchived.type_name(),
        time=head.signed_at,
        subject=row["ticket_id"],
        shopid=row["shop_id"],
        correlationid=row["correlation"],
        autoorigin=True,
        data=payload,
    )
