"""Traps of partitions that change hands, and of an owner that does nothing with them."""

from __future__ import annotations

import asyncio
import signal

import pytest

from runtime.case import Message
from runtime.fence import Fence, FencedError
from tests.support import bus, probe
from tests.support.probe import Behaviour
from tests.support.probe_bench import Bench, Held, counted, ready
from tests.support.probe_child import SMALL, child

BUSY_S = 0.02


async def test_in_flight_batch_at_revoke(bench: Bench) -> None:
    """A batch in hand ends and is bookmarked before its partition goes to somebody else.

    Without the wait in `Pump.on_partitions_revoked` the next owner begins where the bookmark
    stood before: it reads all of the batch again.
    """
    ticket, held = f"{bench.schema}-T", Held()
    bench.behaviour = Behaviour(meddle=held)
    first = await bench.open()
    await bench.send(*[bus.message(ticket, str(number)) for number in range(10)])
    await held.reached.wait()
    bench.behaviour = Behaviour()
    joining = asyncio.create_task(bench.open())
    await first._pumps[0]._leaving.wait()
    held.free.set()
    second = await joining
    await bench.send(*[bus.message(ticket, str(number)) for number in range(10, 20)])
    await bus.until(bench.tallied(ticket, 20))
    assert await bench.seen(ticket) == [str(number) for number in range(20)]
    repeats = [counted(each, "events_repeated", desk="tally") for each in (first, second)]
    assert repeats == [0, 0]


async def test_frozen_process_that_wakes_after_its_partition_moved(bench: Bench) -> None:
    """A process frozen with work in hand wakes when another has done it: it changes nothing.

    Without epochs (`fence`) and inbox it would go on where it stood, over what is newer.
    """
    tickets = [f"{bench.schema}-{number}" for number in range(10)]
    words = (bench.bootstrap, bench.url, bench.schema, bench.topic, str(BUSY_S))
    async with child(*words) as frozen:
        events = [bus.message(ticket, str(n)) for n in range(15) for ticket in tickets]
        await bench.send(*events)
        await bus.until(bench.tallied(tickets[0], 2))
        sleeper = await _owners(bench)
        frozen.send_signal(signal.SIGSTOP)
        heir = await bench.open(**SMALL)
        for ticket in tickets:
            await bus.until(bench.tallied(ticket, 15))

        async def inherited() -> bool:
            return await _owners(bench) == {heir.instance}

        await bus.until(inherited)
        frozen.send_signal(signal.SIGCONT)

        async def shared_again() -> bool:
            return await _owners(bench) == sleeper | {heir.instance}

        await bus.until(shared_again)
        await bench.send(*[bus.message(ticket, str(n)) for n in (15, 16) for ticket in tickets])
        for ticket in tickets:
            await bus.until(bench.tallied(ticket, 17))
    for ticket in tickets:
        assert await bench.seen(ticket) == [str(number) for number in range(17)]
        assert await bench.replies(ticket) == [f"re-{number}" for number in range(17)]


async def _owners(bench: Bench) -> set[str]:
    rows = await bench.rows("SELECT DISTINCT instance FROM progress")
    return {row["instance"] for row in rows}


async def test_zombie_write_after_its_epoch(bench: Bench) -> None:
    """The same without a freeze: what still holds an old epoch is refused its whole batch.

    Without `Fence.hold` it would be applied: no inbox knows this message yet.
    """
    ticket = f"{bench.schema}-T"
    zombie = await bench.open()
    await bench.send(bus.message(ticket, "1"))
    await bus.until(bench.tallied(ticket, 1))
    epochs = dict(zombie._pumps[0]._epochs)
    await bench.close(zombie)
    heir = await bench.open()
    await bench.send(bus.message(ticket, "2"))
    await bus.until(bench.tallied(ticket, 2))

    late = bus.message(ticket, "from-the-grave")
    message = Message(late.id, ticket, late, 1, late.to_json(), bench.topic, 0, 99)
    fence = Fence(epochs, {(bench.topic, 0): 100})
    with pytest.raises(FencedError):
        await heir.applier(probe.desk(bench.behaviour)).records([message], [], fence, {})
    assert await bench.seen(ticket) == ["1", "2"]
    progress = {r["part"]: r["next_pos"] for r in await bench.rows(probe.queries.progress)}
    assert max(progress.values()) < 100


async def test_stuck_consumer_that_looks_alive(bench: Bench) -> None:
    """A consumer that keeps its partitions, beats and reads nothing makes its process unready.

    Without `Pump.look`, which compares the end of the log with what was read, nobody would know.
    """
    ticket = f"{bench.schema}-T"
    service = await bench.open(stall_s=0.2)
    pump = service._pumps[0]
    await bench.send(bus.message(ticket, "1"))
    await bus.until(bench.tallied(ticket, 1))
    places = pump._consumer.assignment()
    pump._consumer.pause(*places)
    await bench.send(bus.message(ticket, "2"))

    async def stuck() -> bool:
        await pump.look()
        report = service.health.report()
        return not report.ready and "no progress" in report.complaints.get("pump tally", "")

    await bus.until(stuck)
    assert pump._consumer.assignment() == places, "to Kafka it is a good member of its group"
    assert await bench.seen(ticket) == ["1"]
    pump._consumer.resume(*places)
    await bus.until(bench.tallied(ticket, 2))
    await pump.look()
    await bus.until(ready(service))
