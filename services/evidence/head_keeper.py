"""Signs tree heads at most once per interval, cuts tiles, and has announced what is under a head.

A part of the service beside its desks. One instance at a time holds the work; when it dies
another takes over after some seconds, and announcing again changes nothing.
"""

from __future__ import annotations

from uuid import UUID

from runtime.batch import Applier
from runtime.clock import monotonic_s
from runtime.database import Database, DatabaseAwayError
from runtime.health import Health
from runtime.logs import logger
from runtime.steady import Steady
from services.evidence.announcer import Announcer
from services.evidence.domain.dossier import EvidenceRules
from services.evidence.domain.head import Head
from services.evidence.domain.pace import is_time
from services.evidence.log import log_now
from services.evidence.signing import Signer
from services.evidence.sql_text import queries
from services.evidence.tree import TILE, cut_tiles

log = logger(__name__)
HELD_S = 5.0


class HeadKeeper:
    """Turns a growing log into signed heads and EvidenceArchived events."""

    def __init__(
        self,
        instance: str,
        database: Database,
        signer: Signer,
        applier: Applier,
        rules: EvidenceRules,
        health: Health,
    ) -> None:
        self._instance = instance
        self._database = database
        self._signer = signer
        self._announcer = Announcer(instance, database, applier, self._hold)
        self._rules = rules
        self._seen_size = 0
        self._tiles = -1
        """Of the lowest level, as far as this instance has cut."""
        self._nothing_waited_s = monotonic_s()
        self._steady = Steady("heads", self._round, health)

    async def begin(self) -> None:
        """Remember the public key: heads name it."""
        async with self._database.single() as tx:
            await tx.execute(queries.know_key, self._signer.key_id, self._signer.public_key)

    async def start(self) -> None:
        """Work in the background."""
        await self.begin()
        self._steady.start()

    async def stop(self) -> None:
        """Stop; what is not signed or announced the next holder does."""
        await self._steady.stop()
        await self._let_go()

    async def _round(self) -> float:
        await self.step()
        return self._rules.head_interval_s

    async def step(self) -> int:
        """One round if this instance holds the work; returns how many events it announced."""
        announced_to = await self._hold()
        if announced_to is None:
            return 0
        log_id, size = await self._sign()
        await self._cut(size)
        if size == announced_to:
            self._seen_size, self._nothing_waited_s = size, monotonic_s()
            return 0
        grown, self._seen_size = size - self._seen_size, size
        now_s = monotonic_s()
        if not is_time(grown, now_s - self._nothing_waited_s, self._rules):
            return 0
        announced = await self._announcer.all(log_id)
        self._nothing_waited_s = now_s
        return announced

    async def _hold(self) -> int | None:
        async with self._database.single() as tx:
            size: int | None = await tx.value(queries.hold_heads, self._instance, HELD_S)
            return size

    async def _let_go(self) -> None:
        try:
            async with self._database.single() as tx:
                await tx.execute(queries.let_go_heads, self._instance)
        except DatabaseAwayError as error:
            log.warning("heads stay held for a while", cause=str(error))

    async def _sign(self) -> tuple[UUID, int]:
        """Sign the log as it is, unless it is signed; returns its id and size."""
        async with self._database.single() as tx:
            now = await log_now(tx)
        log_id, frontier = now.log, now.frontier
        if frontier.size <= now.signed_size:
            return log_id, frontier.size
        async with self._database.transaction() as tx:
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
        return log_id, frontier.size

    async def _cut(self, size: int) -> None:
        """Cut the tiles that a log of that size fills, unless this instance has cut them."""
        if size // TILE == self._tiles:
            return
        while True:
            async with self._database.transaction() as tx:
                if not await cut_tiles(tx, size):
                    break
            await self._hold()
        self._tiles = size // TILE
