"""What lies on Kafka, as columns: a row for the first record of each event id of a topic.

`read_log` fills them (tests by hand through `add`), the checks read them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

Id = bytes
"""An event id: the 16 bytes of its UUID. A million of them must fit."""


class Place(NamedTuple):
    """Where a record lies."""

    topic: str
    part: int
    pos: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.part}/{self.pos}"


Offsets = dict[tuple[str, int], int]
"""One offset for each topic and partition."""


class Again(NamedTuple):
    """A later record with an id that was there before."""

    id: Id
    part: int
    pos: int
    digest: int


def content_of(value: bytes) -> int:
    """The first 8 bytes of a value's SHA-256 as a signed number."""
    return int.from_bytes(sha256(value).digest()[:8], "big", signed=True)


def id_of(text: str) -> Id:
    """The bytes of a UUID in any of its spellings. Raises ValueError."""
    try:
        found = bytes.fromhex(text.replace("-", ""))
    except ValueError:
        return UUID(text).bytes
    return found if len(found) == 16 else UUID(text).bytes


def shown(event_id: Id) -> str:
    """An id as people know it."""
    return str(UUID(bytes=event_id))


@dataclass(slots=True, repr=False)
class TopicLog:
    """One topic. `starts` and `ends` are the first offset kept and the one after the last."""

    name: str
    starts: dict[int, int] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    settled: dict[int, int] = field(default_factory=dict)
    """Of each partition, the offset after the last record that had its time to be applied."""
    row_of: dict[Id, int] = field(default_factory=dict)
    parts: array[int] = field(default_factory=lambda: array("i"))
    offsets: array[int] = field(default_factory=lambda: array("q"))
    digests: array[int] = field(default_factory=lambda: array("q"))
    """Fingerprints of the values as inboxes keep them (runtime.inbox.digest_of)."""
    contents: array[int] = field(default_factory=lambda: array("q"))
    """Fingerprints of the values as the database can make them too (`content_of`)."""
    causes: list[Id | None] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    business_s: array[float] = field(default_factory=lambda: array("d"))
    """Business time of each event, seconds since 1970."""
    wall_s: array[float] = field(default_factory=lambda: array("d"))
    """When its record was made, seconds since 1970."""
    again: dict[Id, list[Again]] = field(default_factory=dict)
    young: set[Id] = field(default_factory=set)
    """Events so young that they may still be under way."""
    unreadable: list[Place] = field(default_factory=list)
    """Records without an id that can be read."""
    headed: dict[Place, str] = field(default_factory=dict)
    """Type header of records that are no first ones (unreadable, or with an id used before), and of
    strangers' that say another type."""
    miskeyed: list[Id] = field(default_factory=list)
    """Events whose record has another key than their subject."""
    untold: list[Id] = field(default_factory=list)
    """Events whose content isn't what their type promises."""

    def add(
        self,
        event_id: Id,
        part: int,
        pos: int,
        *,
        digest: int = 0,
        content: int = 0,
        cause: Id | None = None,
        type_name: str = "",
        source: str = "",
        business_s: float = 0.0,
        wall_s: float = 0.0,
        young: bool = False,
    ) -> bool:
        """Note a record; partitions in order of offset. Whether it is the first of its id."""
        self.reach(part, pos, young=young)
        row = len(self.offsets)
        if self.row_of.setdefault(event_id, row) != row:
            self.again.setdefault(event_id, []).append(Again(event_id, part, pos, digest))
            return False
        if young:
            self.young.add(event_id)
        self.parts.append(part)
        self.offsets.append(pos)
        self.digests.append(digest)
        self.contents.append(content)
        self.causes.append(cause)
        self.types.append(type_name)
        self.sources.append(source)
        self.business_s.append(business_s)
        self.wall_s.append(wall_s)
        return True

    def reach(self, part: int, pos: int, *, young: bool = False) -> None:
        """Note that there is a record at that offset; `young`: it may still be under way."""
        if part not in self.starts:
            self.starts[part] = 0
        if pos >= self.ends.get(part, 0):
            self.ends[part] = pos + 1
        if not young:
            self.settled[part] = pos + 1

    def forget(self, event_id: Id) -> None:
        """Leave an event out, as if its records had not been there yet."""
        self.row_of.pop(event_id)
        self.again.pop(event_id, None)

    def place(self, event_id: Id) -> Place:
        """Of the first record with that id. Raises KeyError."""
        row = self.row_of[event_id]
        return Place(self.name, self.parts[row], self.offsets[row])

    def places(self, event_id: Id) -> Iterator[Place]:
        """Of all records with that id."""
        yield self.place(event_id)
        for other in self.again.get(event_id, ()):
            yield Place(self.name, other.part, other.pos)

    @property
    def records(self) -> int:
        """How many records were read."""
        return len(self.offsets) + sum(map(len, self.again.values())) + len(self.unreadable)

    @property
    def kept_since_s(self) -> float:
        """Wall time before which records may be gone; 0 while everything is still there."""
        if not any(self.starts.values()):
            return 0.0
        return min(self.wall_s, default=float("inf"))

    def gone(self, part: int, pos: int) -> bool:
        """Whether a record at that place has left the log by its age."""
        return pos < self.starts.get(part, 0)
