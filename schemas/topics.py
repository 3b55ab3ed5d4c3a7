"""The topics, each owned by exactly one publisher. Read by the stack, the runtime and the docs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.values import Lane, Level

LANES: tuple[Lane, ...] = ("urgent", "routine")
"""Most pressing first."""
SERVICES = ("intake", "triage", "sla", "notifier", "evidence", "resolution")


HOT = {"tickets": "intake", "triage": "triage", "sla": "sla"}
"""Topics on the way from a complaint to the call, and who publishes them: these have a twin."""
_URGENT = ".urgent"


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic. `retention_h` in hours; `owner` is the only publisher.

    `lane` is urgent for the twin of a hot topic, which carries the same events about tickets that
    must not wait behind a spike.
    """

    name: str
    owner: str
    partitions: int = 6
    retention_h: int = 24 * 14
    lane: Lane = "routine"

    @property
    def family(self) -> str:
        """What a topic has in common with its twin, and all topics of dead letters."""
        return self.name.partition(".")[0]


def _twin(topic: Topic) -> Topic:
    name = topic.name + _URGENT
    return Topic(name, topic.owner, topic.partitions, topic.retention_h, lane="urgent")


_HOT = tuple(Topic(name, owner) for name, owner in HOT.items())
TOPICS: tuple[Topic, ...] = (
    Topic("orders", owner="upstream", retention_h=24 * 30),
    *(lane for hot in _HOT for lane in (hot, _twin(hot))),
    Topic("clusters", owner="triage", partitions=1, retention_h=24 * 90),
    Topic("resolution", owner="resolution"),
    Topic("notifications", owner="notifier"),
    Topic("evidence", owner="evidence"),
    *(
        Topic(f"dead-letters.{service}", owner=service, partitions=1, retention_h=24 * 90)
        for service in SERVICES
    ),
)

"""A twin stands right behind its routine topic: a ticket moves from that to the twin only."""


def lane_of_level(level: Level) -> Lane:
    """Where events about a ticket of that level travel."""
    return "urgent" if level == "L1" else "routine"


def lane_topic(topic: str, lane: Lane) -> str:
    """Where events of `topic` travel in a lane; only hot topics have an urgent one."""
    return topic + _URGENT if lane == "urgent" and topic in HOT else topic


def lane_of(topic: str) -> Lane:
    """The lane of a topic by its name."""
    return "urgent" if topic.endswith(_URGENT) else "routine"


def routine_of(topic: str) -> str:
    """A topic, or the one whose twin it is."""
    return topic.removesuffix(_URGENT)


def in_lane(topics: Iterable[str], lane: Lane) -> tuple[str, ...]:
    """Of the topics that a desk listens to (named by their routine ones) those of a lane."""
    there = (lane_topic(topic, lane) for topic in topics)
    return tuple(topic for topic in there if lane_of(topic) == lane)


def in_all_lanes(topics: Iterable[str]) -> tuple[str, ...]:
    """These topics with their twins."""
    named = tuple(topics)
    return tuple(
        dict.fromkeys(lane_topic(topic, lane) for topic in named for lane in reversed(LANES))
    )


def topic_names() -> tuple[str, ...]:
    """Names of all topics in the order of their declaration."""
    return tuple(topic.name for topic in TOPICS)
