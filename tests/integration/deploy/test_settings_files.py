"""Kafka and PostgreSQL take the settings that docker-compose.yml gives them: the very versions of
the images read them here, with other addresses."""

from __future__ import annotations

import re
from pathlib import Path

from devstack.kafka import prepare
from devstack.ports import HOST
from devstack.postgres import EmbeddedPostgres
from devstack.processes import Command, run
from devstack.settings import StackSettings
from runtime.database import Database
from tests.support.compose import ROOT

LINE = re.compile(r"^(\w+) ?= ?(.*)$", re.MULTILINE)
NOT_IN_THIS_BUILD = {"wal_compression": "off"}
"""The embedded server is built without lz4."""


def values(path: str) -> dict[str, str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    return {name: value.strip().strip("'") for name, value in LINE.findall(text)}


async def test_the_image_of_kafka_makes_its_settings_from_them(run_dir: Path) -> None:
    settings = StackSettings()
    installed = await prepare(settings.cache, repository=settings.maven_repository)
    data, made = run_dir / "data", run_dir / "made"
    variables = {**values("deploy/kafka/broker.env"), "KAFKA_LOG_DIRS": str(data)}
    for folder in ("defaults", "mounted", "made"):
        (run_dir / folder).mkdir()
    for name in ("server.properties", "log4j2.yaml", "tools-log4j2.yaml"):
        (run_dir / "defaults" / name).touch()
    words = ["--default-configs-dir", str(run_dir / "defaults")]
    words += ["--mounted-configs-dir", str(run_dir / "mounted"), "--final-configs-dir", str(made)]
    # What the image runs before it starts the broker: settings from KAFKA_*, data folder laid out.
    command = installed.java([], "kafka.docker.KafkaDockerWrapper", "setup", *words)

    code = await run(Command(tuple(command), run_dir / "setup.log", variables))

    assert code == 0, (run_dir / "setup.log").read_text(encoding="utf-8")
    assert (data / "meta.properties").exists()
    text = (made / "server.properties").read_text(encoding="utf-8")
    assert "advertised.listeners=INSIDE://kafka:9092,OUTSIDE://127.0.0.1:19092" in text
    assert "auto.create.topics.enable=false" in text


async def test_postgresql_starts_with_them(run_dir: Path) -> None:
    wanted = {**values("deploy/postgres/postgresql.conf"), **NOT_IN_THIS_BUILD}
    server = EmbeddedPostgres(run_dir / "postgres", settings={**wanted, "listen_addresses": HOST})
    await server.start()
    try:
        database = await Database.connect(server.url, name="test", pool=2)
        async with database.transaction() as tx:
            rows = await tx.fetch("SELECT name, setting FROM pg_settings WHERE source <> 'default'")
        await database.close()
    finally:
        await server.stop()
    taken = {row["name"].lower() for row in rows}
    assert {name.lower() for name in wanted} - taken - {"listen_addresses"} == set()
