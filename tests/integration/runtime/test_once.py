"""Every event has exactly one effect, whatever is delivered again."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.tickets import AgentReplied
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
