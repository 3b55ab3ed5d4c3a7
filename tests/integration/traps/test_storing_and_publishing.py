"""Traps between the database and Kafka: what is committed goes out, once decided and in order."""

from __future__ import annotations

from random import Random
from urllib.parse import urlsplit

from chaos.proxy import Proxy, Weather
from devstack.environment import through
from devstack.ports import free_port
from runtime import outbox
from runtime.case import HTTP, Draft, Message
from runtime.inbox import digest_of
from tests.support import bus, probe
from tests.support.probe_bench import Bench, counted, ready


async def test_lost_reply_to_commit(bench: Bench) -> None:
    """COMMIT arrived, its reply did not: the batch comes again and finds itself in the inbox.

    Without `look`, which asks the inbox first, it would be applied twice; without the sweep of
    the outbox nobody would publish what nobody was told of.
    """
    ticket = f"{bench.schema}-T"
    server = urlsplit(bench.url).port or 5432
    async with Proxy(free_port(), lambda: server, Random(1)).running() as proxy:
        service = await bench.open(url=through(bench.url, proxy.port))
        await bench.send(bus.message(ticket, "0"))
        await bus.until(bench.tallied(ticket, 1))
        proxy.weather = Weather(lost_commits=1.0)
        await bench.send(bus.message(ticket, "1"))

        await bus.until(bench.tallied(ticket, 2))  # not any COMMIT, this one

        async def lost() -> bool:
            return proxy.lost > 0

        await bus.until(lost)
        proxy.weather = Weather()

        async def known_again() -> bool:
            return counted(service, "events_repeated", desk="tally") >= 1

        await bus.until(known_again)
        await bench.send(bus.message(ticket, "2"))
        await bus.until(bench.tallied(ticket, 3))
        assert await bench.replies(ticket) == ["re-0", "re-1", "re-2"]
        assert await bench.seen(ticket) == ["0", "1", "2"]
        await bench.close(service)


async def test_producer_sequence_error(bench: Bench) -> None:
    """The broker refuses a producer's numbers: another producer sends the same, in order.

    Without `_drop_producer` after a failure the same one would be refused for ever.
    """
    ticket = f"{bench.schema}-T"
    service = await bench.open()
    await bench.send(bus.message(ticket, "0"))
    await bus.until(bench.tallied(ticket, 1))
    await bus.until(bench.published)
    line = service.publisher._lines["routine"]
    refused = line.producer
    assert refused is not None
    numbers = refused._txn_manager._sequence_numbers
    assert numbers
    for place in numbers:
        numbers[place] += 7
    await bench.send(*[bus.message(ticket, str(number)) for number in range(1, 6)])
    await bus.until(bench.tallied(ticket, 6))
    assert await bench.replies(ticket) == [f"re-{number}" for number in range(6)]
    assert counted(service, "publish_failed") >= 1
    assert line.producer is not refused
    await bus.until(ready(service))


async def test_outbox_visibility_out_of_sequence(bench: Bench) -> None:
    """A row that was numbered early and committed late is published all the same.

    Without `leftovers`, which asks for what is not marked, a relay that pages by the last number
    it saw passes over it for good.
    """
    late, other = f"{bench.schema}-late", f"{bench.schema}-other"
    await bench.open()
    event = bus.message(late, "late")
    draft = Draft(event.id, "tickets", late, event.type, event.to_json(), None)
    async with bench.database.transaction() as tx:
        await outbox.append(tx, "a-process-that-dies", [draft], ())
        await bench.send(bus.message(other, "1"))

        async def overtaken() -> bool:
            return bool(await tx.value("SELECT count(published_at) FROM outbox_batch"))

        await bus.until(overtaken)
    numbered = await bench.rows("SELECT key FROM outbox ORDER BY seq")
    assert [row["key"] for row in numbered] == [late, other]
    assert await bench.replies(late) == ["late"]
    assert await bench.replies(other) == ["re-1"]


async def test_newer_rows_of_a_key_before_what_a_crash_left(bench: Bench) -> None:
    """Committed but never sent: whoever decides next about the key sends it first.

    Without the look for others' rows in `outbox.append` the newer one would go at once, and the
    older ones when a sweep finds them.
    """
    ticket = f"{bench.schema}-T"
    heir, dying = await bench.open(), await bench.open()

    async def both_work() -> bool:
        return len(heir._pumps[0]._epochs) == len(dying._pumps[0]._epochs) == 1

    await bus.until(both_work)
    ((_, partition),) = dying._pumps[0]._epochs
    await dying.publisher.stop()
    await bench.send(*[bus.message(ticket, str(n)) for n in range(5)], partition=partition)
    await bus.until(bench.tallied(ticket, 5))
    event = bus.message(ticket, "5")
    raw = event.to_json()
    newer = Message(event.id, ticket, event, digest_of(raw), raw, HTTP, -1, -1)
    await heir.applier(probe.desk(bench.behaviour)).commands([newer])
    assert await bench.replies(ticket) == [f"re-{n}" for n in range(6)]
    await bus.until(ready(heir))


async def test_left_in_the_outbox_by_a_dead_process(bench: Bench) -> None:
    """The next process of the service begins with what an earlier one left unpublished.

    Without the sweep in `Publisher.start`, and without the look in `outbox.append` that makes good
    for it, its own newer events would go out before.
    """
    ticket = f"{bench.schema}-T"
    first = await bench.open()
    await first.publisher.stop()
    await bench.send(*[bus.message(ticket, str(n)) for n in range(5)])
    await bus.until(bench.tallied(ticket, 5))
    assert not await bench.published()
    heir = await bench.open()
    await bench.send(*[bus.message(ticket, str(n)) for n in range(5, 10)])
    await bus.until(bench.tallied(ticket, 10))
    assert await bench.replies(ticket) == [f"re-{n}" for n in range(10)]
    await bus.until(ready(heir))
