"""The rows that `bench clocks` fills in are those that the service makes itself."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from benchmarks.clocks.likeness import plain
from benchmarks.clocks.loader import BREACH, SHOP, WARNING, Loader, Shape, queries
from tests.support.sla_story import Payloads, at
from tests.support.sla_world import World, sla_world

make = Payloads()


def _of_one_shop(value: Any) -> str:
    return json.dumps(value, sort_keys=True).replace(SHOP, "shop-a")


async def _warned(world: World, threshold: str) -> bool:
    return any(each.get("threshold") == threshold for each in await world.published())


async def compared(world: World, url: str, shape: Shape) -> None:
    """What the service keeps of its ticket is what the loader keeps of a twin."""
    loader = await Loader.open(url)
    try:
        await loader.fill("twin-", 1, shape, at(0), 0.0)
        (made,) = await loader.rows(queries.rows_of, "t-1")
        (filled,) = await loader.rows(queries.rows_of, "twin-0000000")
        for name in made:
            assert _of_one_shop(plain(made[name])) == _of_one_shop(plain(filled[name])), name
        await loader.remove(["twin-0000000"])
    finally:
        await loader.close()


async def test_before_its_first_warning_and_before_its_breach(database_url: str) -> None:
    async with sla_world(database_url) as world:
        await world.open()
        await world.apply(make.triaged(0, "L1"))
        await compared(world, database_url, WARNING)
        for second, threshold in ((451, "p50"), (676, "p75"), (811, "p90")):
            instance = await world.open(at_s=second)
            instance.ticker.start()
            await world.until(partial(_warned, world, threshold))
            await instance.ticker.stop()
        await compared(world, database_url, BREACH)
