"""When providers took the calls for help, read from Kafka and the providers' own records. Called by
`run` after the load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer

from cli.verify.notifications import name_of, names_of
from cli.verify.read_log import partitions_of
from devstack.standins.records import read
from schemas.notifications import NotificationAccepted

CALL = "call_task"
ACCEPTED = NotificationAccepted.type_name().encode()


async def calls(bootstrap: str, standins: Path) -> dict[str, float]:
    """Ticket to the moment (seconds since 1970) at which its call task was first accepted.

    Raises KafkaError, and ValueError for a damaged record.
    """
    tickets = await _told(bootstrap)
    found: dict[str, float] = {}
    for send in read(standins):
        if not (send.accepted and send.kind == "send"):
            continue
        for name in names_of(send):
            ticket = tickets.get(name)
            if ticket is not None:
                found.setdefault(ticket, send.at.timestamp())
    return found


async def _told(bootstrap: str) -> dict[str, str]:
    """Ticket of each call task, by the name that its provider has for it."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    found: dict[str, str] = {}
    try:
        consumer.assign(places := await partitions_of(bootstrap, ["notifications"]))
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        left = set(places)
        while left := {place for place in left if await consumer.position(place) < ends[place]}:
            for records in (await consumer.getmany(*left, timeout_ms=200)).values():
                for record in records:
                    _note(record, found)
    finally:
        await consumer.stop()
    return found


def _note(record: Any, found: dict[str, str]) -> None:
    if dict(record.headers).get("ce_type") != ACCEPTED or CALL.encode() not in record.value:
        return
    data = json.loads(record.value)["data"]
    if data["rule"] == CALL:
        found[name_of(data["notification_id"], data["provider"])] = data["about"]
