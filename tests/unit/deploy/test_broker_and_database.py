"""The containers of Kafka and PostgreSQL are set up like the embedded ones, which tests run on."""

from __future__ import annotations

import re

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


def test_the_database_has_the_same_settings() -> None:
    given = values("deploy/postgres/postgresql.conf")
    wanted = {**SETTINGS, **OTHER_IN_CONTAINERS}
    del wanted["unix_socket_directories"]  # the image's scripts need theirs
    assert given == wanted
