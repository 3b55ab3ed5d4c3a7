"""The service as a whole: what it listens to, what it refuses to start with, its documents."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from pydantic import ValidationError

from runtime.policy import load_policy
from schemas.flows import CONSUMES
from services.intake import http
from services.intake.app import build, http_parts
from services.intake.openapi import document
from services.intake.policy import IntakePolicy
from services.intake.settings import IntakeSettings
from tests.component.intake.world import POLICIES, World


async def test_it_listens_to_the_topics_of_the_contract(world: World) -> None:
    assert isinstance(world.service.settings, IntakeSettings)
    service = await build(world.service.settings)
    try:
        topics = {topic.name for s in service.broker.subscribers for topic in s.topics}  # type: ignore[attr-defined]
        assert topics == set(CONSUMES["intake"])
    finally:
        service.telemetry.close()
        await service.database.close()


async def test_the_document_describes_every_route(world: World) -> None:
    assert isinstance(world.service.settings, IntakeSettings)
    policy = load_policy(POLICIES, "intake", IntakePolicy)
    app = http.build(http_parts(world.service, world.service.settings, policy))
    routes = {
        (route.path, method.lower())
        for route in app.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    told = {(path, method) for path, found in document()["paths"].items() for method in found}
    assert routes == told
    assert (await world.client.get("/openapi.json")).json() == document()


async def test_without_the_database_it_is_busy(world: World) -> None:
    ticket = await world.opened()
    await world.service.database.close()
    for method, path in (("GET", f"/v1/tickets/{ticket}"), ("POST", "/v1/files")):
        response = await world.request(method, path, b"%PDF-1.7" if method == "POST" else b"")
        assert (response.status_code, response.json()["code"]) == (503, "busy")
        assert response.headers["retry-after"]
    (opened, masked) = await asyncio.gather(
        world.open("c-2"), world.open("c-3", text="138 1234 5678")
    )
    assert (opened[0], masked[0]) == (503, 503)


@pytest.mark.parametrize("content", ["", "{}", '{"shop-a": [{"secret": "short"}]}'])
def test_unusable_secrets_refuse_to_start(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(content)
    with pytest.raises(ValidationError, match=r"secrets\.json"):
        IntakeSettings(
            kafka_bootstrap="127.0.0.1:1",
            database_url="postgresql://127.0.0.1:1/none",  # type: ignore[arg-type]
            master_key="a" * 43 + "=",  # type: ignore[arg-type]
            shop_secrets_file=path,
        )


async def test_requests_are_counted_by_route_not_by_ticket(world: World) -> None:
    ticket = await world.opened()
    await world.post(f"/v1/tickets/{ticket}/messages", {"message_id": "m1", "text": "x"})
    text = world.service.metrics.text().decode()
    assert 'route="/v1/tickets/{ticket_id}/messages",status="200"} 1.0' in text
    assert ticket not in text
