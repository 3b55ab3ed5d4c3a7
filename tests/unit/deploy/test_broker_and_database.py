"""The containers of Kafka and PostgreSQL are set up like the embedded ones, which tests run on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from devstack.kafka import ROOM_MB
from devstack.kafka_config import BROKER
from devstack.postgres import SETTINGS
from tests.support.compose import ROOT, Compose

LINE = re.compile(r"^(\w+) ?= ?(.*)$", re.MULTILINE)
LISTENERS = {"inter.broker.listener.name", "listener.security.protocol.map"}
OTHER_IN_CONTAINERS = {
    "listen_addresses": "*",
    "max_wal_senders": "4",
    "wal_compression": "lz4",
}


def values(path: str) -> dict[str, str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    return {name: value.strip().strip("'") for name, value in LINE.findall(text)}


def test_the_broker_has_the_same_settings() -> None:
    given = values("deploy/kafka/broker.env")
    for name, value in BROKER.items():
        if name not in LISTENERS:
            assert given["KAFKA_" + name.upper().replace(".", "_")] == value, name


def test_the_broker_is_reached_by_containers_and_by_this_machine(compose: Compose) -> None:
    given, container = values("deploy/kafka/broker.env"), compose.containers["kafka"]
    told = dict(part.split("://") for part in given["KAFKA_ADVERTISED_LISTENERS"].split(","))
    assert all(
        service.variables["AFTERCARE_KAFKA_BOOTSTRAP"] == told["INSIDE"]
        for service in compose.services.values()
    )
    address, port = container.ports[19092]
    assert told["OUTSIDE"] == f"{address}:{port}"
    assert container.entry["env_file"] == ["deploy/kafka/broker.env"]
    assert f"kafka:{given['KAFKA_LOG_DIRS']}" in container.entry["volumes"]


@pytest.mark.parametrize(("free_mb", "starts"), [(ROOM_MB - 1, False), (ROOM_MB, True)])
def test_the_broker_does_not_start_on_a_full_disk(
    compose: Compose, tmp_path: Path, free_mb: int, starts: bool
) -> None:
    entry = compose.containers["kafka"].entry
    shell, script, data, _ = entry["command"]
    assert f"./deploy/kafka{script}:{script}:ro" in entry["volumes"]
    (tmp_path / "df").write_text(
        f"#!/bin/sh\n[ \"$3\" = {data} ] && printf 'head\\na 9 9 {free_mb * 1024} 9%% /\\n'\n"
    )
    (tmp_path / "df").chmod(0o755)
    done = subprocess.run(
        [shell, str(ROOT / "deploy/kafka" / script[1:]), data, "echo", "runs"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0, "runs" in done.stdout) == (starts, starts)
    assert starts or "make room" in done.stderr


def test_the_database_has_the_same_settings() -> None:
    given = values("deploy/postgres/postgresql.conf")
    wanted = {**SETTINGS, **OTHER_IN_CONTAINERS}
    del wanted["unix_socket_directories"]  # the image's scripts need theirs
    assert given == wanted
