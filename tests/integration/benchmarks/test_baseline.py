"""The textbook design does the whole chain: a ticket is triaged, has clocks and evidence, and its
customer is told; once, however often its messages come."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from benchmarks.baseline.design import Baseline
from benchmarks.baseline.read_topics import read_to_end
from benchmarks.service.events import Tickets
from benchmarks.service.feeder import Feeder
from benchmarks.service.stories import stories_of
from benchmarks.setting import durable
from cli.demo.options import ORIGIN_AT
from cli.verify.read_log import committed_offsets, log_ends
from devstack.standins.records import read
from devstack.supervisor import Stack
from runtime.clock import monotonic_s
from simulator.pace import Pace

TICKETS = 3
PATIENCE_S = 120.0


async def until(ready: Callable[[], Awaitable[bool]]) -> None:
    end_s = monotonic_s() + PATIENCE_S
    while not await ready():
        assert monotonic_s() < end_s
        await asyncio.sleep(0.1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack() -> AsyncIterator[Stack]:
    """What both settings lean on: neither has a topic or a table of the other."""
    made_of = replace(durable(()), time_origin_at=ORIGIN_AT)
    with tempfile.TemporaryDirectory(prefix="aftercare-test-") as folder:
        async with Stack(Path(folder) / "run", made_of) as running:
            yield running


@pytest.mark.timeout(600)
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("workers", [1, 4])
async def test_the_chain_once(stack: Stack, workers: int) -> None:
    design = Baseline(stack, workers)
    try:
        await design.start()
        await _told_twice(stack, design)
    finally:
        await design.stop()


async def _told_twice(stack: Stack, design: Baseline) -> None:
    variables = design.variables("triage")
    tickets = Tickets(await stories_of(variables), Pace.of(variables).now())
    dice = Random(1)
    opened = [tickets.next(dice).opened() for _ in range(TICKETS)]

    async def customers_told() -> bool:
        return len(_sms(design)) >= TICKETS

    async def read_to_the_end() -> bool:
        group = f"{design.prefix}triage.tickets.tickets"
        offsets = (await committed_offsets(stack.kafka_bootstrap, [group]))[group]
        ends = await log_ends(stack.kafka_bootstrap, [design.topic("tickets")])
        return all(offsets.get(place, 0) == end for place, end in ends.items())

    async with Feeder(stack.kafka_bootstrap) as feeder:
        await feeder.put(opened, design.prefix, lanes=False)
        await until(customers_told)
        await feeder.put(opened, design.prefix, lanes=False)
        await until(read_to_the_end)

    async def all_services_have_it() -> bool:
        kinds = await _kinds(stack, design)
        return (
            await design.handled("sla") >= TICKETS
            and await design.handled("evidence") >= 2 * TICKETS
            and min(kinds["ClockStarted"], kinds["NotificationAccepted"]) >= TICKETS
        )

    await until(all_services_have_it)
    assert await design.handled("triage") == TICKETS
    assert set(_sms(design).values()) == {1}
    assert await design.doubled() == 0
    assert (await _kinds(stack, design))["Triaged"] == TICKETS


def _sms(design: Baseline) -> Counter[str]:
    """How often each message to a customer was taken by the provider."""
    sends = [each for each in read(design.standins_path) if each.kind == "send" and each.accepted]
    return Counter(each.out_id for each in sends if each.provider == "aliyun_sms")


async def _kinds(stack: Stack, design: Baseline) -> Counter[str]:
    topics = [design.topic(name) for name in ("triage", "sla", "notifications")]
    found: Counter[str] = Counter()
    async for record in read_to_end(stack.kafka_bootstrap, topics):
        found[dict(record.headers)["ce_type"].decode().rpartition(".")[2]] += 1
    return found
