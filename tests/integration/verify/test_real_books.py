"""What is read from a real broker and a real database is judged right, whole and spoiled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from cli.verify import effects, inbox, order, outbox, privacy, progress
from cli.verify.canaries import Canaries
from cli.verify.facts import Facts
from cli.verify.leaks import Watch
from cli.verify.read_log import committed_offsets, read_log
from cli.verify.read_stores import read_store
from cli.verify.report import Verdict
from tests.integration.runtime.conftest import Bench
from tests.integration.runtime.conftest import bench as runtime_bench
from tests.support import bus, probe

bench = runtime_bench
NEVER = float("inf")
CHECKS: tuple[Callable[[Facts], Verdict], ...] = (
    outbox.published,
    inbox.accounted,
    effects.once,
    order.in_order,
    progress.steady,
    progress.bookmarked,
    progress.drained,
)


class UndoneError(Exception):
    """Takes back what a test did to the database."""


async def read(bench: Bench, spoil: str = "") -> Facts:
    """Facts of the probe alone; other tests use the same topics for answers.

    `spoil` is done to the database before, and undone after.
    """
    facts = Facts()
    topics = (bench.topic, "tickets", "dead-letters.probe")
    facts.logs, facts.stories = await read_log(bench.bootstrap, topics, NEVER)
    with suppress(UndoneError):
        async with bench.database.transaction() as tx:
            if spoil:
                assert await tx.execute(spoil) > 0
            facts.stores["probe"] = await read_store(tx, bench.schema, NEVER)
            raise UndoneError
    store = facts.stores["probe"]
    store.service = "probe"
    mine = set(store.outbox.ids)
    for name in topics[1:]:
        log = facts.logs[name]
        for event_id in log.row_of.keys() - mine:
            log.forget(event_id)
    group = "probe.tally"
    (offsets,) = (await committed_offsets(bench.bootstrap, [group])).values()
    facts.committed = {group: {at: end for at, end in offsets.items() if at[0] == bench.topic}}
    return facts


def broken(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Offenders by code."""
    verdicts = [check(facts) for check in CHECKS]
    return {verdict.code: verdict.offenders for verdict in verdicts if not verdict.holds}


@pytest.fixture
async def settled(bench: Bench) -> Bench:
    """A probe that met everything: poison, rubbish, repeats, a re-used id, a timer, a restart."""
    bench.behaviour.failing = frozenset({"poison"})
    sick, well = f"{bench.schema}-sick", f"{bench.schema}-well"
    first = await bench.open(max_tries=2, retry_max_ms=50)
    known = bus.message(well, "0", "timer:0.05")
    await bench.send(known, bus.message(sick, "1"), bus.message(sick, "poison"))
    await bench.send(bus.message(sick, "2", "refuse"), bus.message(sick, "3"))
    await bench.raw(b"{rubbish", partition=0)
    await bench.send(known)
    await bench.raw(known.to_json().replace(b"timer:0.05", b"other text"), key=well.encode())
    await bus.until(bench.tallied(sick, 2))
    await bench.close(first)
    await bench.open()
    await bench.send(*[bus.message(well, str(number)) for number in range(1, 20)])
    await bus.until(bench.tallied(well, 20))

    async def rung_and_buried() -> bool:
        reasons = {row["reason"] for row in await bench.rows(probe.queries.dead)}
        wanted = {"rule_failed", "refused", "not_json", "id_reused"}
        return reasons == wanted and await bench.published()

    await bus.until(rung_and_buried)
    while bench.services:
        await bench.close(bench.services[0])
    return bench


async def test_everything_that_the_runtime_does_holds(settled: Bench) -> None:
    facts = await read(settled)
    assert broken(facts) == {}
    store = facts.stores["probe"]
    assert [len(store.applied("tally", settled.topic).ids), len(store.dead)] == [22, 4]
    assert facts.committed["probe.tally"]


SPOILS = (
    ("I5", "probe.tally lost from", "DELETE FROM inbox WHERE seq = 3"),
    ("I5", "probe.tally lost", "DELETE FROM dead_letter WHERE reason = 'not_json'"),
    ("I5", "under a used id", "DELETE FROM dead_letter WHERE reason = 'id_reused'"),
    ("I6", "is missing", "UPDATE inbox SET events = events + 1 WHERE seq = 3"),
    ("I6", "applied other content", "UPDATE inbox SET digest = digest + 1 WHERE seq = 3"),
    ("I6", "announced no dead letter", "DELETE FROM dead_letter WHERE reason = 'refused'"),
    ("I6", "not announced", "DELETE FROM outbox WHERE topic LIKE 'dead-letters%'"),
    ("I7", "late for key", "UPDATE inbox SET pos = 0 WHERE pos > 0"),
    ("I3", "other content on tickets", "UPDATE outbox SET value = 'x' WHERE topic = 'tickets'"),
    ("I3", "row not on tickets", "UPDATE outbox SET id = gen_random_uuid() WHERE key LIKE '%well'"),
    ("I8", "ahead of the log", "UPDATE progress SET next_pos = next_pos + 1"),
    ("I8", "fell behind", "UPDATE progress SET next_pos = 1"),
    ("I9", "committed", "UPDATE progress SET next_pos = 1"),
    ("I10", "lag", "UPDATE progress SET next_pos = 1"),
    ("I10", "unpublished events", "UPDATE outbox_batch SET published_at = NULL"),
)


async def test_what_is_spoiled_is_found(settled: Bench) -> None:
    for code, offence, spoil in SPOILS:
        found = broken(await read(settled, spoil))
        assert any(offence in offender for offender in found.get(code, ())), (spoil, found)
    assert broken(await read(settled)) == {}


async def test_planted_data_are_found_on_kafka(bench: Bench) -> None:
    told = bus.message(f"{bench.schema}-T", "1", "please call 13120638643")
    header = [("baggage", b"caller=13127694538")]
    await bench.raw(told.to_json(), partition=1)
    await bench.raw(b"{}", key=b"13120638643", partition=0)
    await bench.raw(b"{}", headers=header, partition=0)
    watch = Watch(Canaries([("phone", "13120638643"), ("phone", "13127694538")]))
    await read_log(bench.bootstrap, (bench.topic,), NEVER, watch)
    verdict = privacy.nowhere_in_the_clear(Facts(leaks=watch.leaks))
    places = (f"{bench.topic}/{place}" for place in ("0/0", "0/1", "1/0"))
    assert sorted(verdict.offenders) == [f"phone in the clear: {place}" for place in places]


async def test_a_record_that_nobody_applies_is_lag_until_it_is_passed(settled: Bench) -> None:
    await settled.send(bus.message(f"{settled.schema}-new", "1"))
    assert list(broken(await read(settled))) == ["I10"]
    found = broken(await read(settled, "UPDATE progress SET next_pos = next_pos + 1"))
    assert any("lost from" in offender for offender in found["I5"])
