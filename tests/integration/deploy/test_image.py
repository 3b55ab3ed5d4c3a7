"""The images are built, and run the system as docker-compose.yml would, on this machine's own
network: migrations and topics first, then all services at once. Needs a Docker engine."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import aiohttp
import pytest
from aiokafka import AIOKafkaConsumer

from devstack.layout import DEMO_SHOP
from devstack.plan import Options
from devstack.ports import HOST
from devstack.span_sink import read_spans
from devstack.supervisor import Stack
from runtime.clock import new_id, unix_s
from runtime.webhooks import read_secret, sign
from schemas.topics import SERVICES, TOPICS, topic_names
from tests.support import bus
from tests.support.deployment import Deployment, state_of
from tests.support.docker import base_image, build, docker, inspect, log_of, need_engine

pytestmark = pytest.mark.timeout(1500)
FOLLOWS = {"Triaged", "ClockStarted", "NotificationAccepted", "EvidenceArchived"}
"""What a new ticket must lead to, each from another service."""


@pytest.fixture(scope="module")
def images() -> dict[str, str]:
    """Tag of each service's image."""
    need_engine()
    base = base_image()
    return {service: build(service, base) for service in SERVICES}


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_no_more_than_it_needs(images: dict[str, str], service: str) -> None:
    config = inspect(images[service])["Config"]
    assert config["User"] == "10001:10001"
    assert config["Healthcheck"]["Test"][0] == "CMD"
    names = {entry.partition("=")[0] for entry in config["Env"]}
    assert not [name for name in names if re.search("SECRET|PASSWORD|KEY|TOKEN", name)]
    look = "ls -A /app /app/deploy /opt/aftercare/bin"
    held = docker("run", "--rm", "--network=none", "--read-only", images[service], "sh", "-c", look)
    assert "services" in held
    for unwanted in ("pip", "mypy", "tests", "requirements.lock", ".env", ".git"):
        assert not re.search(rf"^{re.escape(unwanted)}$", held, re.MULTILINE), unwanted


@pytest.mark.parametrize("service", SERVICES)
def test_without_settings_it_says_what_is_missing(images: dict[str, str], service: str) -> None:
    name = f"aftercare-test-{new_id().hex[-12:]}"
    docker("run", "--name", name, "--network=none", "--read-only", images[service], check=False)
    try:
        assert inspect(name)["State"]["ExitCode"] == 2
        said = json.loads(log_of(name).splitlines()[-1])
    finally:
        docker("rm", "--force", name)
    assert said["event"] == "the settings are not usable"
    assert "AFTERCARE_MASTER_KEY: Field required" in said["problems"]


async def test_six_containers_take_a_ticket_from_birth_to_end(
    images: dict[str, str], run_dir: Path
) -> None:
    async with Stack(run_dir / "stack", Options(services=())) as stack:
        deployment = Deployment(stack, images, run_dir / "secrets")
        deployment.make_secrets()
        said = await asyncio.to_thread(deployment.run_once, "migrate")
        assert f"the schemas of {len(SERVICES)} services are up to date" in said
        said = await asyncio.to_thread(deployment.run_once, "topics")
        assert f"{len(TOPICS)} topics are there" in said

        with deployment.running() as names:
            await _until_healthy(deployment, names)
            ticket = await _complain(deployment)
            await _until_told(stack, ticket, FOLLOWS)
            await _resolve(deployment, ticket)
            await _until_told(stack, ticket, {*FOLLOWS, "Resolved", "ClockCancelled"})
            await asyncio.to_thread(_stop, names)

            for service, name in names.items():
                assert state_of(name)["exit"] == "0", f"{service}: {log_of(name)[-2000:]}"
                _tells_no_secret(deployment, name)
        about = {s.service for s in read_spans(stack.spans_path)}
        assert about == {f"aftercare-{service}" for service in SERVICES}


async def _until_healthy(deployment: Deployment, names: dict[str, str]) -> None:
    async def ready() -> bool:
        states = [await asyncio.to_thread(state_of, name) for name in names.values()]
        for name, state in zip(names, states, strict=True):
            assert state["status"] == "running", f"{name}: {state['last']}"
        return {state["health"] for state in states} == {"healthy"}

    await bus.until(ready, timeout_s=240)
    async with aiohttp.ClientSession() as session:
        for service, port in deployment.health_ports.items():

            async def makes_progress(at: int = port) -> bool:
                async with session.get(f"http://{HOST}:{at}/readyz") as answer:
                    return answer.status == 200

            assert await bus.until(makes_progress), service


async def _complain(deployment: Deployment) -> str:
    body = {
        "origin": "inbox",
        "external_id": f"X-{new_id().hex[-12:]}",
        "channel": "douyin",
        "text": "充电宝漏电，孩子的手被烫伤了！马上给我解决",
    }
    answer = await _post(deployment, "intake", "/v1/tickets", body)
    return str(answer["ticket_id"])


async def _resolve(deployment: Deployment, ticket: str) -> None:
    body = {"outcome": "explanation", "agent_id": "agent-7", "reason": "已说明"}
    await _post(deployment, "resolution", f"/v1/tickets/{ticket}/resolution", body)


async def _post(
    deployment: Deployment, service: str, path: str, body: dict[str, str]
) -> dict[str, object]:
    data = json.dumps(body).encode()
    message, now = f"msg-{new_id()}", unix_s()
    headers = {
        "aftercare-shop": DEMO_SHOP,
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(read_secret(deployment.shop_secret), message, now, data),
    }
    url = f"http://{HOST}:{deployment.api_ports[service]}{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=data, headers=headers) as answer,
    ):
        found: dict[str, object] = await answer.json(content_type=None)
        assert answer.status in (200, 201), found
        return found


async def _until_told(stack: Stack, ticket: str, kinds: set[str]) -> None:
    """Read the topics from their beginning until all these events of the ticket were met."""
    consumer = AIOKafkaConsumer(
        *topic_names(), bootstrap_servers=stack.kafka_bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    lacking = set(kinds)
    try:
        async with asyncio.timeout(180):
            while lacking:
                record = await consumer.getone()
                if record.key == ticket.encode():
                    lacking.discard(json.loads(record.value)["type"].rpartition(".")[2])
    except TimeoutError:
        pytest.fail(f"nobody told of {', '.join(sorted(lacking))}")
    finally:
        await consumer.stop()


def _stop(names: dict[str, str]) -> None:
    docker("stop", "--time=40", *names.values(), timeout_s=120)


def _tells_no_secret(deployment: Deployment, name: str) -> None:
    seen = json.dumps(inspect(name)) + log_of(name)
    assert [value for value in deployment.secret_values if value in seen] == []
