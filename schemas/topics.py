"""The topics, each owned by exactly one publisher. Read by the stack, the runtime and the docs."""

from __future__ import annotations

from dataclasses import dataclass

SERVICES = ("intake", "triage", "sla", "notifier", "evidence", "resolution")


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic. `retention_h` in hours; `owner` is the only publisher."""

    name: str
    owner: str
    partitions: int = 6
    retention_h: int = 24 * 14


TOPICS: tuple[Topic, ...] = (
    Topic("orders", owner="upstream", retention_h=24 * 30),
    Topic("tickets", owner="intake"),
    Topic("triage", owner="triage"),
    Topic("sla", owner="sla"),
    Topic("resolution", owner="resolution"),
    Topic("notifications", owner="notifier"),
    Topic("evidence", owner="evidence"),
    *(
        Topic(f"dead-letters.{service}", owner=service, partitions=1, retention_h=24 * 90)
        for service in SERVICES
    ),
)


def topic_names() -> tuple[str, ...]:
    """Names of all topics in the order of their declaration."""
    return tuple(topic.name for topic in TOPICS)
