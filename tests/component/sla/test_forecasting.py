"""The forecast of a running system: what is read from a real database, and what is answered."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from runtime.clock import wall_now
from schemas.envelope import Payload
from services.sla.forecasting import reading
from services.sla.forecasting.reading import Source, read
from tests.support.sla_story import Payloads, at
from tests.support.sla_world import sla_world

NOW_S = 50_000
AS_STORED = ("level", "state", "target_s", "anchor_at", "due_at", "met_at", "cancelled_at")
FOUR_HOURS = timedelta(hours=4)
FILLED = """
INSERT INTO clock (ticket_id, clock, generation, shop_id, level, problem_class, state, target_s,
                   anchor_at, due_at, met_at, used_s)
SELECT 'f-' || n, 'first_reply', 1, 'shop-a', 'L2', 'usage',
       CASE WHEN n % 50 = 0 THEN 'pending' ELSE 'met' END, 3600 + n * 20, t.at,
       t.at + (3600 + n * 20) * interval '1 s',
       CASE WHEN n % 50 > 0 THEN t.at + interval '5 min' END, CASE WHEN n % 50 > 0 THEN 300 END
FROM (SELECT n, $1::timestamptz - n * interval '20 s' AS at FROM generate_series(1, 30000) AS n)
     AS t
"""


def stories() -> list[Payload]:
    """One waits for the customer, one waited and was answered, one is urgent and nearly late."""
    waits, waited, urgent = Payloads("t-waits"), Payloads("t-waited"), Payloads("t-urgent")
    return [
        waits.triaged(60, "L2"), waits.waiting(7_200, "customer"),
        waited.triaged(60, "L2"), waited.reply(600),
        waited.waiting(3_600, "carrier"), waited.resumed(10_800),
        urgent.triaged(39_000, "L1", opened=39_000),
    ]  # fmt: skip


def source_of(url: str) -> Source:
    variables = {
        "aftercare.time_scale": "1.0",
        "aftercare.time_origin": at(NOW_S).isoformat(),
        "aftercare.time_started_at": wall_now().isoformat(),
    }
    return Source(url, variables)


async def test_clocks_are_read_with_their_waits(database_url: str) -> None:
    async with sla_world(database_url, start_s=NOW_S) as world:
        await world.open()
        await world.apply(*stories())
        found = await read(source_of(database_url), FOUR_HOURS)
        clocks = {f"{w.ticket_id}/{w.clock}": w for w in found.sampled}
        stored = await world.clocks()
        assert {f"{name}/1" for name in clocks} == set(stored)
        assert (found.besides, found.parts, found.cut) == ([], 1, False)
        for name, watched in clocks.items():
            row = stored[f"{name}/1"]
            assert [row[part] for part in AS_STORED] == [getattr(watched, p) for p in AS_STORED]
        assert clocks["t-waited/closure"].paused_at == at(3_600)
        assert clocks["t-waited/first_reply"].paused_at is None
        assert clocks["t-waits/closure"].state == "paused"
        assert clocks["t-waits/closure"].used_s == 7_200


async def test_the_program_answers_with_one_document(database_url: str) -> None:
    async with sla_world(database_url, start_s=NOW_S) as world:
        await world.open()
        await world.apply(*stories())
        source = source_of(database_url)
        given = {"database_url": source.url, "variables": dict(source.variables)}
        answer, code = program(given, "--hours", "4")
        assert (code, answer["basis"], answer["cut"]) == (0, "base rates", False)
        queues = {each["queue"]: each for each in answer["queues"]}
        [risk] = queues["urgent_group"]["at_risk"]
        assert (risk["ticket_id"], risk["clock"]) == ("t-urgent", "solution")
        assert queues["urgent_group"]["overdue"] == 1  # the call
        assert queues["regular_group"]["due"] == 0
        answer, code = program(given, "--queue", "urgent_group", "--limit", "0")
        assert [(each["queue"], each["at_risk"]) for each in answer["queues"]] == [
            ("urgent_group", [])
        ]


async def test_of_many_clocks_a_part_is_read_and_all_that_are_due(
    database_url: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(reading, "HISTORY_CLOCKS", 6_000)
    async with sla_world(database_url, start_s=NOW_S) as world:
        await world.open()
        await world.rows(FILLED, at(NOW_S))
        await world.rows("ANALYZE clock")
        found = await read(source_of(database_url), FOUR_HOURS)
        assert found.parts == 5
        assert 4_500 < len(found.sampled) < 7_500
        pending = [w for w in (*found.sampled, *found.besides) if w.state == "pending"]
        assert len({w.ticket_id for w in pending}) == len(pending) == 600
        monkeypatch.setattr(reading, "TICKETS_SOON", 100)
        assert (await read(source_of(database_url), FOUR_HOURS)).cut


async def test_a_part_is_read_of_a_table_that_nobody_has_counted(
    database_url: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(reading, "HISTORY_CLOCKS", 6_000)
    async with sla_world(database_url, start_s=NOW_S) as world:
        await world.open()
        await world.rows(FILLED, at(NOW_S))  # no ANALYZE: the database knows of no rows
        found = await read(source_of(database_url), FOUR_HOURS)
        assert 3 <= found.parts <= 8
        assert 30_000 / 10 < len(found.sampled) < 30_000 / 2


async def test_without_clocks_it_says_so(database_url: str) -> None:
    elsewhere = urlunsplit(urlsplit(database_url)._replace(path="/template1"))
    answer, code = program({"database_url": elsewhere})
    assert code == 2
    assert "no clocks" in answer["error"]


def program(source: dict[str, Any], *words: str) -> tuple[dict[str, Any], int]:
    done = subprocess.run(
        [sys.executable, "-m", "services.sla.forecasting", *words],
        input=json.dumps(source).encode(),
        stdout=subprocess.PIPE,
        check=False,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer, done.returncode
