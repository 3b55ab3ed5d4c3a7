"""Checks the whole log: every record, the tree rebuilt from its leaves, each head and tile.

Called by `verify`; reads everything once, in the order of the leaves.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from runtime.clock import monotonic_s
from services.evidence.archive import Archive, LogState, StoredTile
from services.evidence.domain.checks import StoredItem, linked_dossiers
from services.evidence.domain.head import SignedHead
from services.evidence.domain.merkle import Frontier, complete_root
from services.evidence.report import Report
from services.evidence.tree import TILE
from services.evidence.verification import Verifier

AT_ONCE = TILE * 16


class Audit:
    """One pass over the log of an archive."""

    def __init__(
        self, archive: Archive, verifier: Verifier, *, key_pinned: bool, patience_s: float = 0.0
    ) -> None:
        self._archive = archive
        self._verifier = verifier
        self._patience_s = patience_s
        self.report = Report(key_pinned=key_pinned)
        self._frontier = Frontier()
        self._ahead: deque[SignedHead] = deque()
        self._intact = True

    async def run(self) -> Report:
        """The whole check; only what is wrong is listed."""
        heads = await self._archive.heads((await self._archive.state()).log)
        state = await self._archive.state()  # after the heads: it covers them
        self._ahead.extend(signed for signed in heads if signed.head.size > 0)
        self.report.newest = heads[-1] if heads else None
        while self._frontier.size < state.size and self._intact:
            await self._stretch(min(self._frontier.size + AT_ONCE, state.size))
        if self._intact and self._frontier.to_bytes() != state.frontier:
            self.report.problem("log", "its frontier is not that of its leaves")
        for signed in [signed for signed in heads if signed.head.size < 1] + [*self._ahead]:
            self.report.problem(f"head {signed.head.size}", "covers leaves that are not there")
        await self._verifier.signatures(self.report, heads)
        await self._upper_tiles(state.size)
        await self._signed(state)
        for event_id, times in await self._archive.archived_twice():
            self.report.problem(f"event {event_id}", f"archived {times} times")
        return self.report

    async def _signed(self, state: LogState) -> None:
        """Wait a little for the newest leaves to come under a head: that needs an interval."""
        end = monotonic_s() + self._patience_s
        while True:
            newest = await self._archive.newest_head(state.log)
            unsigned = state.size - (newest.head.size if newest else 0)
            if unsigned <= 0:
                return
            if monotonic_s() >= end:
                self.report.problem("log", f"{unsigned} leaves are under no signed head")
                return
            await asyncio.sleep(0.25)

    async def _stretch(self, end: int) -> None:
        start = self._frontier.size
        items = await self._archive.items(start, end)
        for expected, item in enumerate(items, start):
            if item.leaf_index != expected:
                items = items[: expected - start]
                break
        leaves = [item.leaf_hash for item in items]
        self._grow(leaves)
        await self._records(items)
        await self._tiles(0, start // TILE, leaves)
        if len(items) < end - start:
            self._intact = False
            self.report.problem(f"leaf {start + len(items)}", "missing")

    def _grow(self, leaves: Sequence[bytes]) -> None:
        """Extend the rebuilt tree, stopping at every signed size to compare the roots."""
        at, base = 0, self._frontier.size
        while self._ahead and self._ahead[0].head.size <= base + len(leaves):
            head = self._ahead.popleft().head
            self._frontier = self._frontier.extended(leaves[at : head.size - base])
            at = head.size - base
            if self._frontier.root != head.root:
                self.report.problem(f"head {head.size}", "its root is not that of the leaves")
        self._frontier = self._frontier.extended(leaves[at:])

    async def _records(self, items: Sequence[StoredItem]) -> None:
        named: dict[str, set[str]] = {}
        for item in items:
            result, record = await self._verifier.item(item)
            self.report.leaves += 1
            self.report.files += item.kind == "file"
            if result.problems:
                self.report.add(result)
            if item.ticket_id is not None:
                must, _ = linked_dossiers(item.ticket_id, (record,))
                named.setdefault(item.ticket_id, set()).update(must)
        linked = await self._archive.links_of_tickets([t for t, must in named.items() if must])
        for ticket, must in named.items():
            for dossier in sorted(must):
                if (ticket, dossier) not in linked:
                    self.report.problem(f"ticket {ticket}", f"link to {dossier} is gone")

    async def _tiles(self, level: int, first: int, hashes: Sequence[bytes]) -> None:
        """Compare stored tiles with the hashes they are made of. A tile not cut yet is no fault."""
        for tile in await self._archive.tiles(level, first, first + len(hashes) // TILE):
            at = (tile.number - first) * TILE
            self._tile(tile, hashes[at : at + TILE])

    def _tile(self, tile: StoredTile, hashes: Sequence[bytes]) -> None:
        if tile.hashes != b"".join(hashes) or tile.root != complete_root(hashes):
            self.report.problem(f"tile {tile.level}/{tile.number}", "is not that of the leaves")

    async def _upper_tiles(self, size: int) -> None:
        level, below = 0, size // TILE
        while below >= TILE:
            for start in range(0, below - TILE + 1, TILE):
                lower = await self._archive.tiles(level, start, start + TILE)
                if len(lower) == TILE:
                    await self._tiles(level + 1, start // TILE, [tile.root for tile in lower])
            level, below = level + 1, below // TILE
