"""Every event has exactly one effect, whatever is delivered again, crashes or wakes too late."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from runtime.batch import Applier
from runtime.case import Message
from runtime.database import DatabaseAwayError
from runtime.fence import Fence, FencedError
from runtime.inbox import digest_of
from runtime.workshop import Workshop
from schemas.tickets import AgentReplied
from schemas.values import Lane
from tests.integration.runtime.conftest import Bench
from tests.support import bus, probe


async def test_records_sent_again_have_one_effect(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    events = [bus.message(ticket, str(n)) for n in range(50)]
    await bench.send(*events, *events)
    await bench.open()
    await bench.send(*events[:10], bus.message(ticket, "last"))
    await bus.until(bench.tallied(ticket, 51))
    assert await bench.seen(ticket) == [str(n) for n in range(50)] + ["last"]
    assert await bench.replies(ticket) == [f"re-{n}" for n in range(50)] + ["re-last"]


async def test_offsets_set_back_have_no_second_effect(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    await bench.send(*[bus.message(ticket, str(n)) for n in range(30)])
    first = await bench.open()
    await bus.until(bench.tallied(ticket, 30))
    await bench.close(first)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bench.bootstrap, group_id="probe.tally", enable_auto_commit=False
    )
    await consumer.start()
    consumer.assign([TopicPartition(bench.topic, n) for n in (0, 1)])
    await consumer.commit({TopicPartition(bench.topic, n): 0 for n in (0, 1)})
    await consumer.stop()
    await bench.open()
    await bench.send(bus.message(ticket, "after"))
    await bus.until(bench.tallied(ticket, 31))
    assert await bench.seen(ticket) == [str(n) for n in range(30)] + ["after"]


async def test_first_start_takes_what_is_already_there(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    await bench.send(bus.message(ticket, "early"))
    await bench.open()
    await bus.until(bench.tallied(ticket, 1))
    assert await bench.seen(ticket) == ["early"]


async def test_a_commit_whose_reply_is_lost_counts_once(bench: Bench) -> None:
    """The transaction happened, the process only saw an error: the same batch comes again."""
    ticket = f"{bench.schema}-T"
    service = await bench.open()
    applier = service.applier(probe.desk(bench.behaviour))
    event = bus.message(ticket, "1")
    message = Message(
        event.id, ticket, event, digest_of(event.to_json()), event.to_json(), bench.topic, 0, 0
    )
    published = service.publisher
    real_enqueue = published.enqueue

    class LostReply:
        """A publisher that never hears of the commit, as if the connection had broken."""

        pending = published.pending

        async def room(self, lane: Lane) -> None:
            await published.room(lane)

        def enqueue(self, _: object) -> None:
            raise DatabaseAwayError("the reply to COMMIT was lost")

    broken = type(applier)(_with(applier, LostReply()), probe.desk(bench.behaviour), applier._limit)
    with pytest.raises(DatabaseAwayError):
        await broken.commands([message])
    applied = await applier.commands([message])
    assert [m.id for m, _ in applied.repeats] == [event.id]
    assert published.enqueue == real_enqueue
    assert await bench.seen(ticket) == ["1"]
    assert await bench.replies(ticket) == ["re-1"], "the sweep publishes what nobody published"


def _with(applier: Applier, publisher: Any) -> Workshop:
    return replace(applier._shop, publisher=publisher)


async def test_a_zombie_is_fenced_off(bench: Bench) -> None:
    """A process that slept through a rebalance writes nothing when it wakes."""
    ticket = f"{bench.schema}-T"
    zombie = await bench.open()
    await bench.send(bus.message(ticket, "1"))
    await bus.until(bench.tallied(ticket, 1))
    pump = zombie._pumps[0]
    epochs = dict(pump._epochs)
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


async def test_an_id_with_other_content_is_given_up_not_applied(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    event = bus.message(ticket, "1")
    other = event.model_copy(
        update={"data": event.data.model_copy(update={"message_id": "forged"})}
    )
    await bench.open()
    await bench.send(event, other, bus.message(ticket, "2"))
    await bus.until(bench.tallied(ticket, 2))
    assert await bench.seen(ticket) == ["1", "2"]
    dead = await bench.rows(probe.queries.dead)
    assert [(r["reason"], r["event_id"]) for r in dead] == [("id_reused", event.id)]


async def test_answers_follow_the_order_of_their_causes(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    await bench.open()
    for start in range(0, 60, 20):
        await bench.send(*[bus.message(ticket, str(n)) for n in range(start, start + 20)])
    await bus.until(bench.tallied(ticket, 60))
    assert await bench.replies(ticket) == [f"re-{n}" for n in range(60)]
    assert AgentReplied.type_name() == "aftercare.tickets.AgentReplied"
