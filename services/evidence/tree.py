"""Reads the log's hashes from the database: tiles, roots and proofs at any size.

The head keeper cuts tiles through it, the verifier asks it for proofs. Nothing read here is
believed by the verifier: a wrong hash makes a proof that fails.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from runtime.database import Tx
from services.evidence.domain.merkle import (
    HASH_BYTES,
    Node,
    Range,
    complete_root,
    consistency_ranges,
    cover,
    folded,
    inclusion_ranges,
)
from services.evidence.sql_text import queries

TILE_LEVELS = 8
TILE = 1 << TILE_LEVELS
CACHED_TILES = 512
TILES_AT_ONCE = 64


class MissingHashError(Exception):
    """The log has a gap: a hash that its size promises is not there."""


class Tree:
    """The tree of a log that has grown at least to the sizes asked for."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._tiles: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()

    async def root(self, size: int) -> bytes:
        """Merkle root over the first `size` leaves. Raises MissingHashError."""
        return await self._range_root((0, size))

    async def inclusion(self, index: int, size: int) -> list[bytes]:
        """Audit path of a leaf in the tree of that size. Raises MissingHashError."""
        return [await self._range_root(part) for part in inclusion_ranges(index, size)]

    async def consistency(self, first: int, second: int) -> list[bytes]:
        """Proof that the tree of `second` leaves continues that of `first`."""
        if first == second:
            return []
        return [await self._range_root(part) for part in consistency_ranges(first, second)]

    async def _range_root(self, leaves: Range) -> bytes:
        return folded([await self._node(node) for node in cover(leaves)])

    async def _node(self, node: Node) -> bytes:
        level, number = node
        first = number << (level % TILE_LEVELS)
        width = 1 << (level % TILE_LEVELS)
        hashes = await self._tile(level // TILE_LEVELS, first // TILE)
        part = hashes[first % TILE : first % TILE + width]
        if len(part) != width:
            raise MissingHashError(f"the hash at level {level}, number {number} is missing")
        return complete_root(part)

    async def _tile(self, level: int, number: int) -> list[bytes]:
        """Hashes of a tile; of one that is not cut yet as many as there are."""
        cached = self._tiles.get((level, number))
        if cached is not None:
            self._tiles.move_to_end((level, number))
            return cached
        raw = await self._tx.value(queries.tile_hashes, level, number)
        if raw is None:
            hashes = await self._growing(level, number)
        else:
            hashes = [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)]
        self._tiles[level, number] = hashes
        if len(self._tiles) > CACHED_TILES:
            self._tiles.popitem(last=False)
        return hashes

    async def _growing(self, level: int, number: int) -> list[bytes]:
        first = number * TILE
        hashes = await _below(self._tx, level, first, first + TILE)
        while level and len(hashes) < TILE:
            lower = await self._tile(level - 1, first + len(hashes))
            if len(lower) < TILE:
                break
            hashes.append(complete_root(lower))
        return hashes


async def _below(tx: Tx, level: int, first: int, end: int) -> list[bytes]:
    """Hashes that the tiles of a level are made of: leaves, or roots of the level below."""
    if level == 0:
        rows = await tx.fetch(queries.leaf_hashes, first, end)
    else:
        rows = await tx.fetch(queries.tile_roots, level - 1, first, end)
    return [row["hash"] for row in rows]


async def cut_tiles(tx: Tx, size: int) -> int:
    """Cut the next tiles of every level that a log of `size` leaves fills; returns how many.

    Cutting again what is cut changes nothing; call it until it returns 0.
    """
    cut = 0
    level, full = 0, size // TILE
    while full:
        number = await tx.value(queries.next_tile, level)
        end = min(full, number + TILES_AT_ONCE)
        if number < end:
            hashes = await _below(tx, level, number * TILE, end * TILE)
            cut += await _add(tx, level, number, hashes)
        level, full = level + 1, full // TILE
    return cut


async def _add(tx: Tx, level: int, number: int, hashes: Sequence[bytes]) -> int:
    """Write as many whole tiles as the hashes fill."""
    tiles = list(_whole(hashes))
    await tx.execute(
        queries.add_tiles,
        level,
        list(range(number, number + len(tiles))),
        [b"".join(tile) for tile in tiles],
        [complete_root(tile) for tile in tiles],
    )
    return len(tiles)


def _whole(hashes: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    for at in range(0, len(hashes) - TILE + 1, TILE):
        yield hashes[at : at + TILE]
