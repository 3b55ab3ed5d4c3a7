"""Polls: a lone record never waits, many gather; offsets are bookmarked beside the work."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from runtime import bookmark
from runtime.bookmark import Bookmark
from runtime.metrics import Metrics
from runtime.polls import Gathering, wait_for_records

PLACE = TopicPartition("tickets", 0)


def polls(gathering: Gathering, per_s: float, seconds: float, each_s: float) -> float:
    """Records at a steady rate, polled so often; the time at the end."""
    now = 100.0
    while now < 100.0 + seconds:
        now += each_s
        gathering.taken(max(1, round(per_s * each_s)), now)
    return now


def test_lone_records_never_wait() -> None:
    gathering = Gathering(0.2, 500)
    now = polls(gathering, per_s=5, seconds=5, each_s=0.2)
    assert gathering.wait_s(now) == 0.0


def test_a_few_a_second_do_not_wait_for_each_other() -> None:
    gathering = Gathering(0.2, 500)
    now = polls(gathering, per_s=40, seconds=5, each_s=1 / 40)
    assert gathering.wait_s(now) == 0.0


def test_many_records_gather_until_the_pause_is_over() -> None:
    gathering = Gathering(0.2, 500)
    now = polls(gathering, per_s=500, seconds=2, each_s=0.05)
    assert gathering.wait_s(now) == pytest.approx(0.2)
    assert gathering.wait_s(now + 0.15) == pytest.approx(0.05)
    assert gathering.wait_s(now + 1) == 0.0


def test_a_stream_that_dries_up_is_forgotten() -> None:
    gathering = Gathering(0.2, 500)
    now = polls(gathering, per_s=500, seconds=2, each_s=0.05)
    gathering.taken(1, now + 2)
    assert gathering.wait_s(now + 2) == 0.0


def test_behind_a_full_poll_nothing_waits() -> None:
    gathering = Gathering(0.2, 500)
    now = polls(gathering, per_s=500, seconds=2, each_s=0.05)
    gathering.taken(500, now)
    assert gathering.wait_s(now) == 0.0


def test_without_a_pause_nothing_waits() -> None:
    gathering = Gathering(0.0, 500)
    assert gathering.wait_s(polls(gathering, per_s=5_000, seconds=1, each_s=0.01)) == 0.0


async def test_an_empty_poll_is_followed_by_the_next_at_once() -> None:
    answers: list[dict[Any, list[str]]] = [{}, {}, {PLACE: ["a"], TopicPartition("t", 1): ["b"]}]
    asked: list[dict[str, Any]] = []

    async def getmany(**how: Any) -> dict[Any, list[str]]:
        asked.append(how)
        return answers.pop(0)

    subscriber = SimpleNamespace(batch_timeout_ms=1000, max_records=7)
    patient = wait_for_records(subscriber, 0.0)
    assert await patient.get_msg(SimpleNamespace(getmany=getmany)) == ("a", "b")
    assert asked == [{"timeout_ms": 1000, "max_records": 7}] * 3


class Consumer:
    """Takes offsets, or fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.done = asyncio.Event()
        self.committed: list[dict[TopicPartition, int]] = []

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """As aiokafka's."""
        if self.failures:
            self.failures -= 1
            raise KafkaConnectionError
        self.committed.append(dict(offsets))
        self.done.set()


def made(consumer: Consumer | None) -> Bookmark:
    """A bookmark of a desk."""
    return Bookmark("desk", Metrics("triage"), lambda: consumer)


async def test_what_is_noted_is_committed_soon_and_together() -> None:
    consumer = Consumer()
    mark = made(consumer)
    for offset in (1, 2, 3):
        mark.note(PLACE, offset)
    async with asyncio.timeout(60):
        await consumer.done.wait()
    assert consumer.committed == [{PLACE: 3}]


async def test_closing_commits_what_is_left_and_forgets_it() -> None:
    consumer = Consumer()
    mark = made(consumer)
    mark.note(PLACE, 4)
    await mark.close()
    await mark.close()
    assert consumer.committed == [{PLACE: 4}]


async def test_a_lost_partition_is_not_committed() -> None:
    consumer = Consumer()
    mark = made(consumer)
    mark.note(PLACE, 4)
    mark.drop(PLACE)
    await mark.close()
    assert consumer.committed == []


async def test_a_failed_commit_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookmark, "RETRY_S", 0.0)
    monkeypatch.setattr(bookmark, "EVERY_S", 0.0)
    consumer = Consumer(failures=2)
    mark = made(consumer)
    mark.note(PLACE, 9)
    async with asyncio.timeout(60):
        await consumer.done.wait()
    assert consumer.committed == [{PLACE: 9}]


async def test_without_a_consumer_there_is_nothing_to_bookmark() -> None:
    mark = made(None)
    mark.note(PLACE, 1)
    await mark.close()
