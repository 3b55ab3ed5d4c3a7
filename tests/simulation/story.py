"""What happens to the simulated service in a seed: its input, and how rough the world is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID
from zlib import crc32

from aiokafka import TopicPartition

from tests.simulation.broker import PARTITIONS
from tests.simulation.ground import instant
from tests.support import bus

TOPICS = ("told", "told.urgent")
"""Input, by lane."""
LASTS_S = 2.4
"""Virtual seconds in which the input arrives."""
ODD = {
    "fail:1": 4, "fail:2": 2, "poison": 3, "refuse": 2, "bad": 2, "load:1": 2, "load:3": 1,
}  # fmt: skip
"""Messages that do not go through at once, and how common they are."""
FAULTS = (
    "crash", "crash", "crash after", "crash after", "stop", "stop after", "lost", "lost after",
    "lost", "lost after", "database restart", "rewind", "forget", "rebalance", "restart", "join",
    "ask back",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One record of the input."""

    at_s: float
    place: TopicPartition
    key: str
    value: bytes
    id: UUID | None
    """None: nobody can read it."""
    message_id: str
    words: str
    again: bool = False
    """The same id was told before; with the same content, or with other content."""


@dataclass
class Story:
    """A seed's input and faults."""

    told: list[Told] = field(default_factory=list)
    processes: int = 2
    faults: int = 0
    kinds: tuple[str, ...] = ()
    rate: float = 0.0
    """How likely a fault is at each choice, while some are left."""
    batch_records: int = 5
    pool: int = 4


def story_of(random: Random) -> Story:
    """Made from the seed."""
    story = Story(
        processes=random.choice((1, 2, 2, 2, 3)),
        faults=random.randint(1, 9),
        kinds=tuple(random.sample(FAULTS, random.randint(2, 8))),
        rate=random.choice((0.01, 0.02, 0.04)),
        batch_records=random.choice((2, 4, 8)),
        pool=random.choice((2, 4, 6)),
    )
    keys = [f"T{number}" for number in range(random.randint(2, 5))]
    urgent: set[str] = set()
    times = sorted(
        round(random.choice((0.0, 0.4, 0.8, 1.6)) + random.random() * LASTS_S / 4, 6)
        for _ in range(random.randint(8, 20))
    )
    for number, at_s in enumerate(times):
        key = random.choice(keys)
        if random.random() < 0.1:
            urgent.add(key)
        story.told.append(_told(random, f"m{number}", at_s, key, key in urgent))
        if random.random() < 0.1:
            story.told.append(_again(random, random.choice(story.told), at_s + 1e-6))
    return story


def _told(random: Random, number: str, at_s: float, key: str, is_urgent: bool) -> Told:
    words = ["urgent"] if is_urgent else []
    dice = random.random()
    if dice < 0.2:
        words.append(random.choices(list(ODD), list(ODD.values()))[0])
    elif dice < 0.5:
        timer = f"{random.choice('ab')}{random.choice((0, 0, 0, 1))}"
        wait_s = round(random.random() * 1.5, 6)
        words.append(f"arm:{timer}:{wait_s}" if random.random() < 0.8 else f"off:{timer}")
    part = crc32(key.encode()) % PARTITIONS
    place = TopicPartition(TOPICS[is_urgent], part)
    if random.random() < 0.03:
        return Told(at_s, place, key, b"[%d]" % random.randrange(1000), None, number, "")
    event_id = UUID(int=random.getrandbits(128), version=4)
    text = " ".join(words) or "hello"
    value = _event(event_id, key, number, text, at_s)
    return Told(at_s, place, key, value, event_id, number, " ".join(words))


def _again(random: Random, earlier: Told, at_s: float) -> Told:
    """Told twice; now and then with other content."""
    value = earlier.value
    is_plain = earlier.id is not None and not ODD.keys() & set(earlier.words.split())
    if is_plain and random.random() < 0.2:
        value = _event(earlier.id, earlier.key, earlier.message_id, "other words", earlier.at_s)
    return Told(
        at_s, earlier.place, earlier.key, value, earlier.id, earlier.message_id, earlier.words, True
    )


def _event(event_id: UUID | None, key: str, number: str, text: str, at_s: float) -> bytes:
    assert event_id is not None
    sent_at = instant(at_s) - timedelta(seconds=1)
    return bus.message(key, number, text, event_id=event_id, sent_at=sent_at).to_json()
