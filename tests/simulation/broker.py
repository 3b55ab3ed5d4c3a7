"""Kafka in memory: logs, consumer groups with their rounds of joining, and committed offsets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from tests.simulation.books import Books
from tests.simulation.lives import Life

PARTITIONS = 2


@dataclass(frozen=True, slots=True)
class Record:
    """As much of a consumer record as is read."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


@dataclass(eq=False)
class Member:
    """A consumer of a group, as its coordinator knows it."""

    life: Life | None
    topics: Sequence[str]
    called: Callable[[], None]
    """Told, with the next heartbeat, that it must join again."""
    joined: bool = False
    generation: int = -1
    places: list[TopicPartition] = field(default_factory=list)


class Group:
    """A consumer group. Whoever is in must join each round before anybody gets partitions."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.generation = 0
        self.offsets: dict[TopicPartition, int] = {}
        self._is_gathering = False

    def enter(self, member: Member) -> None:
        """Join a round; the others are called to it."""
        if member not in self.members:
            self.members.append(member)
        member.joined = True
        if not self._is_gathering:
            self._gather([one for one in self.members if one is not member])

    def leave(self, member: Member) -> None:
        """Gone, by itself or because it was silent for too long."""
        if member in self.members:
            self.members.remove(member)
            member.joined = False
            member.called()
            if not self._is_gathering:
                self._gather(self.members)

    def call_again(self) -> None:
        """A round for no particular reason."""
        if not self._is_gathering:
            self._gather(self.members)

    def _gather(self, missing: Sequence[Member]) -> None:
        self._is_gathering = True
        for member in missing:
            member.joined = False
            member.called()

    def knows(self, member: Member) -> bool:
        """Whether there is an answer for one who joined: its partitions, or that it must again."""
        return not member.joined or all(one.joined for one in self.members)

    def take(self, member: Member) -> list[TopicPartition] | None:
        """Its partitions in this round; None: it must join again."""
        if not member.joined:
            return None
        if self._is_gathering:
            self._assign()
        return member.places

    def _assign(self) -> None:
        self._is_gathering = False
        self.generation += 1
        for member in self.members:
            member.generation, member.places = self.generation, []
        for topic in sorted({topic for member in self.members for topic in member.topics}):
            for part in range(PARTITIONS):
                taker = self.members[min(part, len(self.members) - 1)]
                taker.places.append(TopicPartition(topic, part))

    def commit(self, member: Member, offsets: dict[TopicPartition, int], books: Books) -> None:
        """Keep offsets. Raises CommitFailedError when the member is none any more."""
        if member not in self.members or member.generation != self.generation:
            raise CommitFailedError("the group has rebalanced")
        self.offsets.update(offsets)
        for place, offset in offsets.items():
            books.bookmarked((place.topic, place.partition), offset)


class Broker:
    """Everything that Kafka keeps."""

    def __init__(self) -> None:
        self.logs: dict[TopicPartition, list[Record]] = defaultdict(list)
        self.groups: dict[str, Group] = defaultdict(Group)

    def append(
        self, place: TopicPartition, key: bytes | None, value: bytes | None, headers: Any
    ) -> Record:
        """One record more."""
        log = self.logs[place]
        record = Record(place.topic, place.partition, len(log), key, value, tuple(headers))
        log.append(record)
        return record

    def silent(self, life: Life) -> None:
        """Nothing was heard of a process for longer than its sessions last."""
        for group in self.groups.values():
            for member in [one for one in group.members if one.life is life]:
                group.leave(member)

    def end(self, place: TopicPartition) -> int:
        """Offset of the next record."""
        return len(self.logs[place])
