"""What lies in the services' schemas, as columns and small tuples.

`read_stores` fills them (tests by hand), the checks read them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from cli.verify.log_facts import Id


@dataclass(slots=True, repr=False)
class Applied:
    """What one desk applied from one topic (or over HTTP), in the order of application."""

    ids: list[Id] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    parts: array[int] = field(default_factory=lambda: array("i"))
    offsets: array[int] = field(default_factory=lambda: array("q"))
    digests: array[int] = field(default_factory=lambda: array("q"))
    events: array[int] = field(default_factory=lambda: array("i"))
    """How many events each message led to."""
    wall_s: array[float] = field(default_factory=lambda: array("d"))

    def add(
        self,
        event_id: Id,
        key: str,
        part: int,
        pos: int,
        *,
        digest: int = 0,
        events: int = 0,
        wall_s: float = 0.0,
    ) -> None:
        """Note the next message that had its effect."""
        self.ids.append(event_id)
        self.keys.append(key)
        self.parts.append(part)
        self.offsets.append(pos)
        self.digests.append(digest)
        self.events.append(events)
        self.wall_s.append(wall_s)


@dataclass(slots=True, repr=False)
class Outbox:
    """What one service decided to publish, in order. `contents`: see `content_of`."""

    ids: list[Id] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    contents: array[int] = field(default_factory=lambda: array("q"))
    wall_s: array[float] = field(default_factory=lambda: array("d"))
    unpublished: int = 0

    def add(
        self, event_id: Id, topic: str, key: str, content: int = 0, wall_s: float = 0.0
    ) -> None:
        """Note the next event."""
        self.ids.append(event_id)
        self.topics.append(topic)
        self.keys.append(key)
        self.contents.append(content)
        self.wall_s.append(wall_s)


class Parked(NamedTuple):
    """A message that waits for another try, or behind one that does."""

    desk: str
    id: Id
    key: str
    topic: str
    part: int
    pos: int


class DeadLetter(NamedTuple):
    """A message that was given up. `event_id` is None where it could not be read."""

    letter: Id
    desk: str
    event_id: Id | None
    topic: str
    part: int
    pos: int
    reason: str
    replayed: bool = False
    rounds: int = 1
    """How often it was given up: once more after each replay that failed."""


Progress = dict[tuple[str, str, int], int]
"""The next offset to apply, by desk, topic and partition."""


@dataclass(slots=True, repr=False)
class Store:
    """What the runtime keeps for one service."""

    service: str
    inboxes: dict[str, dict[str, Applied]] = field(default_factory=dict)
    """By desk and topic; commands have the topic `http`."""
    outbox: Outbox = field(default_factory=Outbox)
    parked: list[Parked] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    progress: Progress = field(default_factory=dict)

    def applied(self, desk: str, topic: str) -> Applied:
        """What a desk applied from a topic; made when it is new."""
        return self.inboxes.setdefault(desk, {}).setdefault(topic, Applied())

    def lanes(self) -> Iterator[tuple[str, str, Applied]]:
        """Everything applied, by desk and topic."""
        for desk, topics in self.inboxes.items():
            for topic, applied in topics.items():
                yield desk, topic, applied

    def applied_ids(self) -> set[Id]:
        """Ids of all that any desk applied."""
        return set().union(*(applied.ids for _, _, applied in self.lanes()))

    @property
    def desks(self) -> list[str]:
        """All desks that left a trace."""
        named = {desk for desk, _, _ in self.progress} | set(self.inboxes)
        named |= {each.desk for each in self.parked} | {each.desk for each in self.dead}
        return sorted(named)

    def topics_of(self, desk: str) -> list[str]:
        """Topics whose partitions a desk has ever held."""
        return sorted({topic for name, topic, _ in self.progress if name == desk})
