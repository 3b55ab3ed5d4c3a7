"""A planted cluster in a small stream, on a real broker and database: told exactly once, also when
every record comes twice."""

from __future__ import annotations

import asyncio
import base64
import json
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from devstack.ports import free_port
from devstack.topics import create_topics
from runtime.clock import new_id, wall_now
from runtime.migrations import migrate_all, role_of
from runtime.service import Service
from schemas.clusters import ClusterSuspected
from schemas.envelope import Envelope
from schemas.tickets import TicketOpened
from services.triage.app import build
from services.triage.settings import TriageSettings
from tests.component.triage.conftest import PASSWORD
from tests.component.triage.test_clusters import USUAL, complaint
from tests.support import bus
from tests.unit.triage.policies import folder

TICKETS, LEAKING = 90, 30


def hasty(content: dict[str, Any]) -> None:
    """Looks often, and learns from few tickets."""
    content["clusters"] |= {"look_s": 0.2, "learn_tickets": 60}


def stream(shop: str) -> list[Envelope[TicketOpened]]:
    """Usual tickets, then every second one of a batch that leaks."""
    usual = [complaint(USUAL[n * 7 // 3 % 4], f"b{n * 5 // 2 % 6}") for n in range(TICKETS)]
    leaking = [complaint("杯子底部一直漏水", "b-leak") for _ in range(LEAKING)]
    later = [each for pair in zip(usual[-LEAKING:], leaking, strict=True) for each in pair]
    return [_event(shop, payload) for payload in (*usual[:-LEAKING], *later)]


def _event(shop: str, payload: TicketOpened) -> Envelope[TicketOpened]:
    return Envelope[TicketOpened](
        id=new_id(), source="aftercare/intake", type=payload.type_name(), time=wall_now(),
        subject=payload.subject, shopid=shop, correlationid=new_id(), data=payload,
    )  # fmt: skip


async def settings_of(bootstrap: str, database_url: str, policies: Path) -> TriageSettings:
    """Of a process on that broker and database."""
    await migrate_all(database_url, {"triage": PASSWORD})
    parts = urlsplit(database_url)
    place = parts.netloc.rpartition("@")[2]
    url = parts._replace(netloc=f"{role_of('triage')}:{PASSWORD}@{place}").geturl()
    return TriageSettings(
        kafka_bootstrap=bootstrap,
        database_url=SecretStr(url),
        master_key=SecretStr(base64.b64encode(b"m" * 32).decode()),
        policy_dir=policies,
        health_port=free_port(),
    )


async def counted(service: Service, shop: str) -> int:
    """Tickets of the shop that the alarm has counted."""
    async with service.database.single() as tx:
        rows = await tx.fetch("SELECT shares FROM cluster_shop WHERE shop_id = $1", shop)
    return int(json.loads(rows[0]["shares"])[0]) if rows else 0


async def test_a_planted_cluster_is_told_once_though_every_record_comes_twice(
    kafka_bootstrap: str, database_url: str, tmp_path: Path
) -> None:
    await create_topics(kafka_bootstrap)
    policies = await asyncio.to_thread(folder, tmp_path, hasty)
    shop = f"shop-{new_id().hex}"
    tickets = stream(shop)
    service = await build(await settings_of(kafka_bootstrap, database_url, policies))
    try:
        await service.start()
        for at in range(0, len(tickets), 20):
            part = tickets[at : at + 20]
            await bus.send(kafka_bootstrap, "tickets", [*part, *part], partition=0)
            await bus.until(partial(_reached, service, shop, at + len(part)))
        await bus.send(kafka_bootstrap, "tickets", tickets, partition=0)
        last = _event(shop, complaint("还没发货", "b1"))
        await bus.send(kafka_bootstrap, "tickets", [last], partition=0)
        await bus.until(partial(_reached, service, shop, len(tickets) + 1))
        await bus.until(partial(told, kafka_bootstrap, shop))
    finally:
        await service.stop()
    ((name, kind, members),) = await told(kafka_bootstrap, shop)
    assert (name, kind) == ("b-leak", "batch")
    assert set(members) <= {each.subject for each in tickets if "b-leak" in each.to_json().decode()}


async def _reached(service: Service, shop: str, tickets: int) -> bool:
    return await counted(service, shop) == tickets


async def told(bootstrap: str, shop: str) -> list[tuple[str, str, list[str]]]:
    """Clusters of the shop that lie on the topic."""
    events = [json.loads(record.value) for record in await bus.read_all(bootstrap, "clusters")]
    return [
        (each["data"]["name"], each["data"]["kind"], each["data"]["ticket_ids"])
        for each in events
        if each["shopid"] == shop and each["type"] == ClusterSuspected.type_name()
    ]
