"""Settings of the embedded broker: loopback only, one copy, the choice about the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from devstack.kafka_config import meta_properties, server_properties


def settings(*, flush_every_message: bool = False) -> dict[str, str]:
    text = server_properties(Path("data"), 19092, 19093, flush_every_message=flush_every_message)
    return dict(line.split("=", 1) for line in text.splitlines())


@pytest.mark.parametrize("name", ["listeners", "advertised.listeners", "controller.quorum.voters"])
def test_listens_on_loopback_only(name: str) -> None:
    hosts = [part.rsplit(":", 1)[0] for part in settings()[name].split(",")]

    assert all(host.endswith("127.0.0.1") for host in hosts)


def test_every_append_reaches_the_disk_only_when_asked_for() -> None:
    assert settings(flush_every_message=True)["log.flush.interval.messages"] == "1"
    assert settings()["log.flush.interval.ms"] == "1000"
    assert "log.flush.interval.messages" not in settings()


def test_nobody_creates_a_topic_by_mistake() -> None:
    assert settings()["auto.create.topics.enable"] == "false"


def test_a_formatted_folder_names_its_cluster() -> None:
    lines = meta_properties("cluster", "folder").splitlines()

    assert lines == ["version=1", "node.id=1", "cluster.id=cluster", "directory.id=folder"]
