"""Whoever looks for open tickets does not read all there ever were."""

from __future__ import annotations

from cli.sla.places import queries as of_queue
from services.sla.store import queries
from tests.support.sla_story import Payloads, at
from tests.support.sla_world import World, sla_world

ENDED = """
INSERT INTO sla_case (ticket_id, shop_id, policy_version, ledger, told, version)
SELECT 'ended-' || n, 'shop-a', 'sla-1', '[]', '[]', 1 FROM generate_series(1, 20000) AS n
"""


async def plan_of(world: World, text: str, *values: object) -> str:
    """How the database goes about it."""
    return "\n".join(row[0] for row in await world.rows(f"EXPLAIN {text}", *values))


async def test_of_ended_tickets_none_is_looked_at(database_url: str) -> None:
    async with sla_world(database_url) as world:
        await world.open()
        await world.apply(*(Payloads(f"t-{number}").triaged(0, "L2") for number in range(10)))
        await world.rows(ENDED)
        await world.rows("ANALYZE sla_case, clock")
        for text, values in (
            (queries.counted_otherwise, (["sla-1"], "calendars-1", "", 2_000)),
            (of_queue.by_due, (None, 50, at(60))),
            (of_queue.by_risk, (None, 50, at(60))),
            (of_queue.counts, ("regular_group", at(60))),
        ):
            plan = await plan_of(world, text, *values)
            assert "sla_case_open" in plan
            assert "Seq Scan on sla_case" not in plan
