"""A bookmark gives its partitions up at once, whatever a commit is doing then."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from runtime.bookmark import Bookmark
from runtime.metrics import Metrics

PLACE = TopicPartition("tickets", 3)
LONG_S = 20.0


class Refusing:
    """A consumer that was thrown out of its group: the first commit fails when it is told to."""

    def __init__(self) -> None:
        self.answer = asyncio.get_running_loop().create_future()
        self.committing = asyncio.Event()
        self.asked: list[Mapping[TopicPartition, int]] = []

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.asked.append(offsets)
        self.committing.set()
        await self.answer
        raise CommitFailedError


async def test_a_commit_that_fails_as_it_is_cancelled_holds_up_nobody() -> None:
    consumer = Refusing()
    bookmark = Bookmark("tickets", Metrics("bookmark-test"), lambda: consumer)
    bookmark.note(PLACE, 7)
    async with asyncio.timeout(LONG_S):
        await consumer.committing.wait()
        consumer.answer.set_result(None)
        await asyncio.sleep(0)  # it has failed, and whoever waits for it does not know yet
        await bookmark.close()
    assert consumer.asked == [{PLACE: 7}] * 2, "tried once more, as it closes"
