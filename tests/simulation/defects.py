"""Safeguards that a campaign can do without, to see that the simulation finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from chaos import defective
from chaos.puppet.hooks import put
from runtime import batch, inbox, outbox, timers
from runtime.fence import Fence, FencedError
from runtime.publisher import Publisher
from runtime.pump import Pump

SAFEGUARDS: tuple[tuple[object, str], ...] = (
    (batch, "look"),
    (batch.Applier, "_timers"),
    (inbox, "record"),
    (timers, "due"),
    (timers, "take"),
    (outbox, "append"),
    (Pump, "_work"),
    (Pump, "_claims_done"),
    (Publisher, "_until_sent"),
    (Fence, "hold"),
)
"""All that a defect may replace."""


def epochs_unchecked() -> None:
    """Who lost its partitions writes all the same."""
    hold = Fence.hold

    async def held_anyway(self: Fence, tx: Any, desk: str) -> None:
        with suppress(FencedError):
            await hold(self, tx, desk)

    put("runtime.fence:Fence.hold", lambda _: held_anyway)


def predecessors_later() -> None:
    """What another process left unpublished of a key does not go out first."""
    append = outbox.append

    async def only_own(*given: Any) -> list[outbox.OutboxBatch]:
        return [batch for batch in await append(*given) if not batch.partial]

    put("runtime.outbox:append", lambda _: only_own)


def claims_not_awaited() -> None:
    """Records of partitions whose epoch is not begun yet are not kept waiting."""

    async def at_once(_: Pump) -> bool:
        return True

    put("runtime.pump:Pump._claims_done", lambda _: at_once)


DEFECTS: dict[str, Callable[[], None]] = {
    **defective.DEFECTS,
    "epochs-unchecked": epochs_unchecked,
    "predecessors-later": predecessors_later,
    "claims-not-awaited": claims_not_awaited,
}


@contextmanager
def without(defect: str) -> Iterator[None]:
    """While this is open a safeguard is missing; with an empty name none is."""
    own = [(there, name, getattr(there, name)) for there, name in SAFEGUARDS]
    if defect:
        DEFECTS[defect]()
    try:
        yield
    finally:
        for there, name, safeguard in own:
            setattr(there, name, safeguard)
