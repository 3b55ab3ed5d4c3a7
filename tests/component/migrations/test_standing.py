"""Tickets from before `0003_standing` take the places that the service gives them."""

from __future__ import annotations

from runtime.clock import new_id
from runtime.database import Database
from runtime.migrations import migrate, migrations_of
from tests.support.sla_story import Payloads
from tests.support.sla_world import sla_world

NOW_S = 4_000_000
CASE = "ticket_id, shop_id, policy_version, ledger, told, armed_at, version"
CLOCK = (
    "ticket_id, clock, generation, shop_id, level, problem_class, state, target_s, anchor_at, "
    "due_at, met_at, breached_at, cancelled_at, cause, used_s"
)
PLACES = "SELECT ticket_id, level, binding_clock, binding_due_at FROM {}.queue ORDER BY ticket_id"
late, ended, again = Payloads("t-late"), Payloads("t-ended"), Payloads("t-again")
partly, waits, fresh = Payloads("t-partly"), Payloads("t-waits"), Payloads("t-fresh")
STORIES = (
    late.triaged(60, "L2"),
    ended.triaged(60, "L2"),
    ended.resolved(NOW_S - 60),
    again.triaged(60, "L2"),
    again.resolved(NOW_S - 600),
    again.reopened(NOW_S - 60),
    partly.triaged(60, "L2"),
    partly.reply(NOW_S - 600),
    waits.triaged(60, "L2"),
    waits.reply(120),
    waits.waiting(180, "customer"),
    fresh.triaged(NOW_S - 60, "L3", opened=NOW_S - 60),
)


async def test_open_tickets_stand_where_their_clocks_say(database_url: str) -> None:
    schema, files = f"older_{new_id().hex[-8:]}", migrations_of("sla")
    older = [each for each in files if each.origin != "sla" or each.version < "0003"]
    database = await Database.connect(database_url, name="setup")
    try:
        async with sla_world(database_url, start_s=NOW_S) as world:
            await world.open()
            await world.apply(*STORIES)
            await migrate(database, schema, older, None, "")
            for table, columns in (("sla_case", CASE), ("clock", CLOCK)):
                rows = f"SELECT {columns} FROM sla.{table}"
                await world.rows(f"INSERT INTO {schema}.{table} ({columns}) {rows}")
            await migrate(database, schema, files, None, "")
            placed = await world.rows(PLACES.format(schema))
            assert placed == await world.rows(PLACES.format("sla"))
            assert [row["ticket_id"] for row in placed] == [
                "t-again", "t-fresh", "t-late", "t-partly", "t-waits",
            ]  # fmt: skip
            states = [row["state"] for row in (await world.clocks()).values()
                      if row["ticket_id"] == "t-late"]  # fmt: skip
            assert set(states) == {"breached"}
    finally:
        await database.close()
