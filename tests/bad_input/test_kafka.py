"""The corpus through Kafka: each desk ends with each record as its case says, and goes on."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from schemas.topics import SERVICES
from tests.bad_input.cases import Record
from tests.bad_input.kafka_corpus import RECORDS
from tests.bad_input.outsider import Outsider, Place, counted, put, queries
from tests.support.small_system import DESKS

MOST_TRIES = 6


@dataclass(frozen=True)
class Ended:
    """What became of the whole corpus."""

    places: dict[str, Place]
    """By the name of the case."""
    letters: dict[Place, dict[str, str]]
    before: dict[str, dict[str, float]]
    after: dict[str, dict[str, float]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ended(stranger: Outsider) -> Ended:
    """All records at once, among them those that have to come first."""
    await stranger.at_rest()
    before = {name: await stranger.metrics(name) for name in SERVICES}
    sent: list[Record] = []
    for case in RECORDS:
        sent += [case] if case.first is None else [case.first, case]
    places = await put(stranger, sent, stranger.words)
    await stranger.at_rest()
    after = {name: await stranger.metrics(name) for name in SERVICES}
    named = {str(case): place for case, place in zip(sent, places, strict=True)}
    return Ended(named, await stranger.letters(), before, after)


def readers(topic: str) -> list[str]:
    """Desks that read a topic."""
    return [
        f"{service}.{desk}"
        for service, desks in DESKS.items()
        for desk, topics in desks.items()
        if topic in topics
    ]


@pytest.mark.parametrize("case", RECORDS, ids=str)
async def test_a_bad_record(ended: Ended, case: Record) -> None:
    wanted = {desk: case.reason(desk) for desk in readers(case.topic)}
    found = ended.letters.get(ended.places[str(case)], {})
    assert found == {desk: reason for desk, reason in wanted.items() if reason}


async def test_every_letter_is_explained_and_counted(stranger: Outsider, ended: Ended) -> None:
    rows = await stranger.rows(queries.letters)
    mine = [row for row in rows if (row["topic"], row["part"], row["pos"]) in ended.letters]
    assert all(row["reason"] and row["detail"] for row in mine)
    assert max(row["tries"] for row in mine) <= MOST_TRIES
    for service in SERVICES:
        letters = sum(row["desk"].startswith(f"{service}.") for row in mine)
        before, after = ended.before[service], ended.after[service]
        assert counted({}, after, "aftercare_dead_letters_total") == letters
        assert counted(before, after, "aftercare_batches_failed_total") <= MOST_TRIES
        assert counted({}, after, "aftercare_line_stopped") == 0


async def test_the_broker_takes_no_record_of_ten_megabytes(stranger: Outsider) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=stranger.stack.kafka_bootstrap, max_request_size=20_000_000
    )
    await producer.start()
    try:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait("orders", b" " * 10_000_000)
    finally:
        await producer.stop()
