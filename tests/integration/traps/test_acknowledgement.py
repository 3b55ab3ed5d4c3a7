"""Traps of acknowledging: what Kafka is told must never run ahead of what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition

from runtime.case import Message
from runtime.database import DatabaseAwayError
from runtime.dead_letters import LineStoppedError
from runtime.service import Service
from tests.support import bus
from tests.support.probe_bench import Bench, Held, counted

GROUP = "probe.tally"


def _consumer(service: Service) -> Any:
    return service._pumps[0]._consumer


async def _filled(bench: Bench, held: Held, service: Service, tickets: Sequence[str]) -> None:
    """Ten records on each partition, all read ahead while a first batch is held; then it goes."""
    await bench.send(bus.message(tickets[0], "first"), partition=0)
    await held.reached.wait()
    for partition, ticket in enumerate(tickets):
        events = [bus.message(ticket, str(number)) for number in range(10)]
        await bench.send(*events, partition=partition)

    async def read_ahead() -> bool:
        return len(_consumer(service)._fetcher._records) == len(tickets)

    await bus.until(read_ahead)
    held.free.set()


async def test_batch_nack_on_two_partitions(bench: Bench) -> None:
    """A poll of two partitions that fails is worked on again, both of it.

    Without `Pump._work`, which keeps a failed poll in hand, it would have to be asked for again:
    a nack that seeks back the first partition only skips what was polled of the second.
    """
    tickets = [f"{bench.schema}-{name}" for name in ("one", "two")]
    held, failed = Held(), 0

    async def fails_twice(messages: Sequence[Message]) -> None:
        nonlocal failed
        await held(messages)
        if len({message.partition for message in messages}) == 2 and failed < 2:
            failed += 1
            raise DatabaseAwayError("told to fail")

    bench.behaviour.meddle = fails_twice
    service = await bench.open()
    await _filled(bench, held, service, tickets)
    for ticket, first in zip(tickets, (["first"], []), strict=True):
        await bus.until(bench.tallied(ticket, 10 + len(first)))
        assert await bench.seen(ticket) == [*first, *(str(number) for number in range(10))]
    assert failed == 2
    assert counted(service, "batches_failed", desk="tally", cause="DatabaseAway") >= 2


async def test_acknowledge_on_error_policies(bench: Bench) -> None:
    """What failed is not acknowledged, also not by the end of the process.

    Without `AckPolicy.MANUAL` in `polls.subscription` the framework commits what it handed over,
    done or not: the next process begins behind it.
    """
    ticket, tries = f"{bench.schema}-T", 0

    async def away(_: Sequence[Message]) -> None:
        nonlocal tries
        tries += 1
        raise DatabaseAwayError("told to fail")

    bench.behaviour.meddle = away
    first = await bench.open()
    await bench.send(*[bus.message(ticket, str(number)) for number in range(5)])

    async def tried() -> bool:
        return tries >= 3

    await bus.until(tried)
    await bench.close(first)
    assert await _marked(bench) == {}
    bench.behaviour.meddle = None
    await bench.open()
    await bus.until(bench.tallied(ticket, 5))
    assert await bench.seen(ticket) == [str(number) for number in range(5)]


async def test_commit_of_foreign_partitions(bench: Bench) -> None:
    """One partition of a poll is done, the other is not: only the first is bookmarked.

    Without the explicit offsets in `Bookmark._commit` the position of every partition would be
    committed, and what was polled of the second be lost with the process.
    """
    tickets = [f"{bench.schema}-{name}" for name in ("one", "two")]
    held = Held()
    order: list[int] = []

    async def second_fails(messages: Sequence[Message]) -> None:
        await held(messages)
        partitions = [message.partition for message in messages]
        if len(set(partitions)) == 2:
            order[:] = partitions[0], partitions[-1]
            raise LineStoppedError("in smaller parts, please")
        if order and partitions[0] == order[1]:
            raise DatabaseAwayError("told to fail")

    bench.behaviour.meddle = second_fails
    service = await bench.open()
    await _filled(bench, held, service, tickets)
    ends = await _ends(service)

    async def first_done() -> bool:
        marked = await _marked(bench)
        return bool(order) and marked.get(order[0]) == ends[order[0]]

    await bus.until(first_done)
    await bench.close(service)
    assert (await _marked(bench)).get(order[1], 0) <= ends[order[1]] - 10
    bench.behaviour.meddle = None
    await bench.open()
    await bus.until(bench.tallied(tickets[0], 11))
    await bus.until(bench.tallied(tickets[1], 10))


async def test_commit_failures_only_logged(bench: Bench) -> None:
    """An offset commit that the broker refuses is counted, made good, and has no effect.

    Without the retry in `Bookmark._commit` the broker would keep the old offset until the next
    record comes, and lag would stand there that is none.
    """
    ticket = f"{bench.schema}-T"
    service = await bench.open()
    await bench.send(bus.message(ticket, "0"), partition=0)
    await bus.until(bench.tallied(ticket, 1))
    consumer = _consumer(service)
    commit = consumer.commit

    async def of_too_many_bytes(offsets: dict[TopicPartition, int]) -> None:
        consumer.commit = commit
        await commit({place: (offset, "x" * 10_000) for place, offset in offsets.items()})

    consumer.commit = of_too_many_bytes
    await bench.send(bus.message(ticket, "1"), partition=0)

    async def refused() -> bool:
        return counted(service, "batches_failed", desk="tally", cause="offset_commit") >= 1

    await bus.until(refused)

    async def made_good() -> bool:
        return (await _marked(bench)).get(0) == 2

    await bus.until(made_good)
    await bench.send(bus.message(ticket, "2"))
    await bus.until(bench.tallied(ticket, 3))
    assert await bench.seen(ticket) == ["0", "1", "2"]


async def test_first_start_with_existing_messages(bench: Bench) -> None:
    """What was there before anybody listened is worked on.

    Without `auto_offset_reset=earliest` in `polls.subscription` a first start begins at the end.
    """
    ticket = f"{bench.schema}-T"
    await bench.send(bus.message(ticket, "early"))
    await bench.open()
    await bus.until(bench.tallied(ticket, 1))
    assert await bench.seen(ticket) == ["early"]


async def _marked(bench: Bench) -> dict[int, int]:
    """The broker's bookmark by partition of the bench's topic."""
    kept = await bus.committed(bench.bootstrap, GROUP)
    return {place.partition: at for place, at in kept.items() if place.topic == bench.topic}


async def _ends(service: Service) -> dict[int, int]:
    consumer = _consumer(service)
    places: list[TopicPartition] = sorted(consumer.assignment())
    return {place.partition: end for place, end in (await consumer.end_offsets(places)).items()}
