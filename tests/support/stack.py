"""A broker and a database for the whole test run. A pytest plugin: conftest.py names it.

`kafka_bootstrap` and `database_url` come from AFTERCARE_KAFKA_BOOTSTRAP and
AFTERCARE_DATABASE_URL where they are set; with AFTERCARE_TEST_STACK=containers from
testcontainers where a Docker engine answers; else they are started here and end with the run.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest
from pydantic_settings import BaseSettings, SettingsConfigDict

from devstack import jars
from devstack.kafka import EmbeddedKafka, prepare
from devstack.kafka_config import BROKER
from devstack.keeper import Part
from devstack.ports import HOST, free_port
from devstack.postgres import EmbeddedPostgres
from devstack.settings import StackSettings

Result = TypeVar("Result")
Runner = Callable[[Coroutine[Any, Any, Result]], Result]


class SupportSettings(BaseSettings):
    """Where broker and database come from when the environment names none."""

    model_config = SettingsConfigDict(env_prefix="AFTERCARE_", extra="ignore")

    test_stack: Literal["embedded", "containers"] = "embedded"


@pytest.fixture(scope="session")
def kafka_bootstrap() -> Iterator[str]:
    """host:port of a broker with nothing on it that a test relies on: name topics uniquely."""
    given = StackSettings().kafka_bootstrap
    if given:
        yield given
        return
    with _kafka_container() if _containers() else _embedded_kafka() as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """postgresql:// of a database with an owner's rights."""
    given = StackSettings().database_url.get_secret_value()
    if given:
        yield given
        return
    with _postgres_container() if _containers() else _embedded_postgres() as url:
        yield url


@pytest.fixture
def run_dir() -> Iterator[Path]:
    """A folder for a stack or a database of the test's own, removed afterwards."""
    with _scratch() as folder:
        yield folder


@contextmanager
def _embedded_kafka() -> Iterator[str]:
    with _own_thread() as run, _scratch() as folder:
        settings = StackSettings()
        installed = run(prepare(settings.cache, repository=settings.maven_repository))
        broker = EmbeddedKafka(folder, installed)
        with _running(broker, run):
            yield broker.bootstrap


@contextmanager
def _embedded_postgres() -> Iterator[str]:
    with _own_thread() as run, _scratch() as folder:
        server = EmbeddedPostgres(folder)
        with _running(server, run):
            yield server.url


@contextmanager
def _running(part: Part, run: Runner[None]) -> Iterator[None]:
    run(part.start())
    try:
        yield
    finally:
        run(part.stop())


@contextmanager
def _scratch() -> Iterator[Path]:
    """Beside pytest's folders: those are closed to the account that PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="aftercare-test-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@contextmanager
def _own_thread() -> Iterator[Runner[Any]]:
    """Runs coroutines on a loop of its own, out of the way of the tests' loops."""
    with ThreadPoolExecutor(1) as pool, asyncio.Runner() as runner:
        yield lambda work: pool.submit(runner.run, work).result()
        pool.submit(runner.close).result()


@cache
def _containers() -> bool:
    if SupportSettings().test_stack != "containers":
        return False
    client = shutil.which("docker")
    return (
        client is not None and subprocess.run([client, "info"], capture_output=True).returncode == 0
    )


@contextmanager
def _kafka_container() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    port = free_port()
    version = jars.kafka_version(jars.pinned())
    variables = {
        **BROKER,
        "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "controller.quorum.voters": "1@localhost:9093",
    }
    container = DockerContainer(f"apache/kafka:{version}").with_bind_ports(9092, port)
    for name, value in variables.items():
        container = container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
    container = container.waiting_for(LogMessageWaitStrategy("Kafka Server started"))
    with container:
        yield f"{HOST}:{port}"


@contextmanager
def _postgres_container() -> Iterator[str]:
    from testcontainers.community.postgres import PostgresContainer

    password = secrets.token_urlsafe(16)
    container = PostgresContainer(
        "postgres:18", username="postgres", password=password, dbname="aftercare", driver=None
    )
    with container:
        yield container.get_connection_url()
