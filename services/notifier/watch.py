"""Looks after all lanes with one statement: rings for those that have something due which nobody
announced. One per process, run by `sender`.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.notifier import ledger
from services.notifier.bell import FLOOR_S, Rest
from services.notifier.kit import Kit


class Watch:
    """Rings the bell for what fell due by itself, or was planned by another instance."""

    name = "watch"

    def __init__(self, lanes: Sequence[str], doubts: str, kit: Kit) -> None:
        """`doubts` is the lane of the questions."""
        self._lanes = lanes
        self._doubts = doubts
        self._kit = kit

    async def step(self) -> Rest:
        """Look once; see Loop."""
        async with self._kit.database.single() as tx:
            due = await ledger.due(tx, self._lanes, self._doubts)
        self._kit.bell.ring(due, [lane for lane, urgent in due.items() if urgent])
        return Rest(FLOOR_S, FLOOR_S)
