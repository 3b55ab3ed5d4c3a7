"""Proves that the loader makes the rows that the service makes: tickets that the service began are
filled in again under other names, and compared. Called by `run`.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from benchmarks.clocks.events import numbered
from benchmarks.clocks.loader import RESTING, Loader, queries

TWIN = "twin-"
COMPARED = 5


async def differences(loader: Loader, prefix: str, opened_at: datetime) -> list[str]:
    """What differs between tickets that the service began at `opened_at` and filled ones.

    Left out: names and ids, and the moments at which the service came to see and to say things.
    The twins go away again, for the service is not to fire both.
    """
    await loader.fill(TWIN, COMPARED, RESTING, opened_at, 0.0)
    pairs = zip(numbered(prefix, COMPARED), numbered(TWIN, COMPARED), strict=True)
    found = []
    for real, twin in pairs:
        (made,), (filled,) = [await loader.rows(queries.rows_of, each) for each in (real, twin)]
        found += [f"{real}: {name}" for name in made if plain(made[name]) != plain(filled[name])]
    await loader.remove(list(numbered(TWIN, COMPARED)))
    return found


def plain(value: Any) -> Any:
    """JSON columns come as Python values; the moment of seeing differs by nature."""
    content = json.loads(value) if isinstance(value, str) else value
    if isinstance(content, dict):
        for entry in content["ledger"]:
            entry.pop("seen_at")
    return content
