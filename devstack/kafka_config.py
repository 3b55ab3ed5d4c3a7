"""Settings of the embedded broker and of its Java machine, as text. Used by devstack.kafka."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devstack.ports import HOST

NODE = 1


@dataclass(frozen=True, slots=True)
class Member:
    """Which node of which cluster a broker is."""

    node: int = NODE
    controllers: Mapping[int, int] = field(default_factory=dict)
    """Controller port of every node by its number; none: it is the only one."""
    cluster_id: str = ""
    """As Kafka writes ids; empty: a new one."""


ALONE = Member()

BROKER = {
    # one process is broker and controller
    "process.roles": "broker,controller",
    "node.id": str(NODE),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # one copy of everything: there is one broker
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # small: a few groups, two cores
    "num.partitions": "4",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "2",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    "log.segment.bytes": str(128 * 1024 * 1024),
    # topics are created by those who own them
    "auto.create.topics.enable": "false",
    # groups: no waiting for more members, short sessions allowed
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # after kill -9 the same broker is let in again only when its old session has ended
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}

OF_SEVERAL = {
    # three copies of everything; what two of them have is acknowledged
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    # a node that is gone is replaced within seconds
    "replica.lag.time.max.ms": "3000",
}

LOG = """status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""
"""Warnings and errors only; standard output is the log file."""


def server_properties(
    folder: Path,
    port: int,
    controller_port: int,
    *,
    flush_every_message: bool,
    member: Member = ALONE,
) -> str:
    """The broker's settings file.

    With one broker there is no second copy, so what an acknowledged record survives depends on
    the disk: a killed broker loses nothing either way (the pages belong to the system), a power
    cut loses up to the last second, or nothing with `flush_every_message`. That costs an fsync
    per append and partition: on two cores 500-record appends fall from about 75,000 to 18,000
    records a second, and one append alone takes 0.9 ms in place of 0.3 ms.
    """
    listeners = f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}"
    if flush_every_message:
        flush = {"log.flush.interval.messages": "1"}
    else:
        flush = {"log.flush.interval.ms": "1000", "log.flush.scheduler.interval.ms": "1000"}
    controllers = member.controllers or {member.node: controller_port}
    voters = ",".join(f"{node}@{HOST}:{at}" for node, at in controllers.items())
    settings = {
        **BROKER,
        **(OF_SEVERAL if len(controllers) > 1 else {}),
        **flush,
        "node.id": str(member.node),
        "listeners": listeners,
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "controller.quorum.voters": voters,
        "log.dirs": str(folder),
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def meta_properties(cluster_id: str, directory_id: str, node: int = NODE) -> str:
    """The file that marks a log folder as formatted (both ids: 16 bytes in URL-safe base64)."""
    return f"version=1\nnode.id={node}\ncluster.id={cluster_id}\ndirectory.id={directory_id}\n"


def java_flags(heap_mb: int, log_config: Path) -> list[str]:
    """Flags of the Java machine.

    The serial collector and the first compiler only: measured on two cores over minutes, this
    boots twice as fast, moves a third more records and needs half the processor time of the
    defaults, because nothing compiles or collects in the background beside the services.
    """
    return [
        f"-Xms{heap_mb // 2}m",
        f"-Xmx{heap_mb}m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        f"-Dlog4j2.configurationFile={log_config}",
    ]
