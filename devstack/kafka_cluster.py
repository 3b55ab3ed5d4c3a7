"""Several embedded brokers as one cluster on this machine. Used by tests: the stack runs one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from devstack.kafka import EmbeddedKafka, Installation, new_id
from devstack.kafka_config import Member
from devstack.ports import free_ports

HEAP_MB = 256


class KafkaCluster:
    """Brokers that are controllers as well; what two of three have written is acknowledged."""

    def __init__(self, folder: Path, installed: Installation, count: int = 3) -> None:
        """Nothing starts yet."""
        ports = free_ports(2 * count)
        controllers = dict(enumerate(ports[count:], start=1))
        cluster_id = new_id()
        self.nodes: Sequence[EmbeddedKafka] = [
            EmbeddedKafka(
                folder / f"node-{node}",
                installed,
                ports=(port, controllers[node]),
                heap_mb=HEAP_MB,
                member=Member(node, controllers, cluster_id),
            )
            for node, port in enumerate(ports[:count], start=1)
        ]

    @property
    def bootstrap(self) -> str:
        """host:port of all nodes, for clients."""
        return ",".join(node.bootstrap for node in self.nodes)

    def node(self, number: int) -> EmbeddedKafka:
        """A broker by its number, as Kafka tells it of a leader."""
        return self.nodes[number - 1]

    async def start(self) -> None:
        """Start those that do not run, together: one alone is no majority. Raises StackError."""
        await asyncio.gather(*(node.start() for node in self.nodes))

    async def stop(self) -> None:
        """End all at once: the last ones could not hand over anything to anybody."""
        await asyncio.gather(*(node.kill() for node in self.nodes))
