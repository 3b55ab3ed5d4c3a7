"""Starts a service without one of its safeguards: `python -m chaos.defective DEFECT services.X`.

Chaos must be able to fail. Its tests run the system with each of these and see it told. Nothing of
this is in the services: a defect is put over the runtime before the service begins.
"""

from __future__ import annotations

import asyncio
import runpy
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from runtime import batch, inbox
from runtime.look import Look, look
from runtime.outbox import OutboxBatch
from runtime.publisher import Publisher
from runtime.pump import Pump

WINDOW_S = 0.3
"""What goes wrong between two steps needs time to go wrong in."""


def no_inbox() -> None:
    """What was applied before is applied again: nobody looks, nothing is noted."""

    async def blind(tx: Any, desk: str, ids: Any, keys: Any = ()) -> Look:
        return replace(await look(tx, desk, ids, keys), seen={})

    async def forgetful(*_: object) -> None:
        """Notes nothing."""

    _put(batch, "look", blind)
    _put(inbox, "record", forgetful)


def offsets_first() -> None:
    """Offsets are committed before the work is done."""
    work = Pump._work

    async def hasty(self: Any, records: Sequence[Any]) -> None:
        self._applied(records)
        await self._bookmark.close()
        await asyncio.sleep(WINDOW_S)
        await work(self, records)

    _put(Pump, "_work", hasty)


def mark_first() -> None:
    """Events are marked as published before they are sent."""
    send = Publisher._until_sent

    async def boastful(self: Any, run: Sequence[OutboxBatch], line: Any) -> None:
        self._marks.note(one.id for one in run if not one.partial)
        await self._marks.close()
        await asyncio.sleep(WINDOW_S)
        await send(self, run, line)

    _put(Publisher, "_until_sent", boastful)


DEFECTS: dict[str, Callable[[], None]] = {
    "no-inbox": no_inbox,
    "offsets-first": offsets_first,
    "mark-first": mark_first,
}


def _put(there: object, name: str, instead: Callable[..., Any]) -> None:
    """Raises AttributeError when the safeguard has another name by now."""
    getattr(there, name)
    setattr(there, name, instead)


def main(words: Sequence[str]) -> None:
    """Put the defect in and run the service as it would run itself."""
    defect, service = words
    DEFECTS[defect]()
    sys.argv = [service]
    runpy.run_module(service, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
