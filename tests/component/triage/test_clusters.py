"""Clusters over a real database: tickets that are triaged are counted once, whoever looks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from runtime.clock import new_id, wall_now
from schemas.envelope import Envelope
from schemas.registry import read_event
from schemas.tickets import Attachment, TicketOpened
from schemas.values import OrderLine, OrderSnapshot
from services.triage.cluster_watch import ClusterWatch, clusters_desk
from tests.component.triage.conftest import World
from tests.unit.triage.complaints import triager

PHOTO = Attachment(sha256="ab" * 32, media_type="image/jpeg", size_bytes=10)
USUAL = ("快递三天没有更新了", "怎么安装", "颜色和直播不一样", "发票怎么开")


def complaint(text: str, batch: str, photos: Sequence[Attachment] = ()) -> TicketOpened:
    """A new ticket about an order of its own."""
    now, number = wall_now(), new_id().hex
    line = OrderLine(
        line_id="L1", sku=f"sku-{batch[:3]}", title="Cup", quantity=1, list_fen=5000,
        paid_fen=5000, batch=batch,
    )  # fmt: skip
    order = OrderSnapshot(
        order_id=f"O-{number}", customer_id=f"C-{number}", channel="douyin",
        placed_at=now - timedelta(days=2), paid_fen=5000, lines=(line,),
    )  # fmt: skip
    return TicketOpened(
        ticket_id=f"T-{number}", external_id=number, origin="inbox", channel="douyin",
        opened_at=now, received_at=now, text=text, customer_id=order.customer_id,
        order_id=order.order_id, line_id="L1", order=order, attachments=tuple(photos),
    )  # fmt: skip


def watch(world: World) -> ClusterWatch:
    """A part that looks when it is told to."""
    desk = clusters_desk(triager().rules)
    assert desk is not None
    return ClusterWatch(world.service, world.service.applier(desk), 3600)


async def told(world: World) -> list[Envelope[Any]]:
    """Clusters of this shop that were told."""
    rows = await world.rows("SELECT value FROM outbox WHERE topic = 'clusters' ORDER BY seq")
    events = [read_event(row["value"]) for row in rows]
    return [event for event in events if event.shopid == world.shop]


async def left(world: World, table: str) -> int:
    """Rows of this shop."""
    (row,) = await world.rows(f"SELECT count(*) FROM {table} WHERE shop_id = $1", world.shop)
    return int(row["count"])


async def test_a_batch_that_leaks_is_told_once_whatever_comes_twice(world: World) -> None:
    look, other = watch(world), watch(world)
    usual = [
        world.event(complaint(USUAL[n * 7 // 3 % 4], f"b{n * 5 // 2 % 6}")) for n in range(330)
    ]
    await world.take(*usual)
    await look.step()
    leaking = [world.event(complaint("杯子底部一直漏水", "b-leak")) for _ in range(40)]
    for at in range(0, 40, 8):
        await world.take(*leaking[at : at + 8], *leaking[at : at + 8])
        await asyncio.gather(look.step(), other.step(), return_exceptions=True)
    await world.take(*leaking)
    await look.step()
    (event,) = await told(world)
    assert event.data.name == "b-leak"
    assert event.data.kind == "batch"
    assert set(event.data.ticket_ids) <= {each.subject for each in leaking}
    assert event.autoorigin
    assert await left(world, "cluster_sighting") == 0
    (row,) = await world.rows("SELECT shares FROM cluster_shop WHERE shop_id = $1", world.shop)
    assert json.loads(row["shares"])[0] == 370


async def test_a_photo_on_three_orders_is_told_by_the_third(world: World) -> None:
    look = watch(world)
    for expected in (0, 0, 1, 1):
        await world.take(world.event(complaint("赔钱", "b1", [PHOTO])))
        await look.step()
        assert len(await told(world)) == expected
    (event,) = await told(world)
    assert (event.data.kind, event.data.name) == ("same_photo", PHOTO.sha256)
    assert await left(world, "cluster_mark") == 4


async def test_two_that_look_at_once_count_each_ticket_once(world: World) -> None:
    one, other = watch(world), watch(world)
    await world.take(*(world.event(complaint("还没发货", f"b{n % 3}")) for n in range(50)))
    await asyncio.gather(one.step(), other.step(), return_exceptions=True)
    await one.step()
    (row,) = await world.rows("SELECT shares FROM cluster_shop WHERE shop_id = $1", world.shop)
    assert json.loads(row["shares"])[0] == 50
    assert await left(world, "cluster_sighting") == 0


async def test_names_and_marks_that_are_quiet_are_dropped(world: World) -> None:
    look = watch(world)
    await world.take(world.event(complaint("还没发货", "b1", [PHOTO])))
    await look.step()
    for table in ("cluster_name", "cluster_mark"):
        await world.rows(
            f"UPDATE {table} SET seen_at = now() - interval '60 days' WHERE shop_id = $1",
            world.shop,
        )
    await world.take(world.event(complaint("还没发货", "b2")))
    await look.step()
    names = await world.rows("SELECT name FROM cluster_name WHERE shop_id = $1", world.shop)
    assert {row["name"] for row in names} == {"b2", "sku-b2"}
    assert await left(world, "cluster_mark") == 0
