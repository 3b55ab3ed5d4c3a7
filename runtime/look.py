"""What a batch must know before it decides, in one statement. Called by `batch`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from runtime.database import Tx
from runtime.inbox import Seen
from runtime.sql_text import queries


@dataclass(frozen=True, slots=True)
class Look:
    """`now` is the business time; `parked` counts the desk's parked keys; `blocked` are those
    asked for that have parked messages; `seen` the ids that were applied, parked or given up."""

    now: datetime
    parked: int
    blocked: frozenset[str]
    seen: dict[UUID, Seen]


async def look(tx: Tx, desk: str, ids: Sequence[UUID], keys: Collection[str] = ()) -> Look:
    """Look once the fence is held: what an earlier holder of the partitions wrote shows then."""
    rows = await tx.fetch(queries.look, desk, ids, list(keys))
    return Look(
        now=rows[0]["now"],
        parked=rows[0]["parked"],
        blocked=frozenset(row["key"] for row in rows if row["place"] == "blocked"),
        seen={
            row["id"]: Seen(row["digest"], row["place"], row["answer"])
            for row in rows
            if row["id"] is not None
        },
    )
