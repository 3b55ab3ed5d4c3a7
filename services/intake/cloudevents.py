"""Reads upstream events from a request: CloudEvents in three modes, or plain JSON by a mapping.

Called by `http`. What it returns has an identity, a known type, and data not validated yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from fastapi import Request

from runtime.clock import named_id
from runtime.edge import Authentic, ProblemError, validated
from schemas.envelope import Payload
from services.intake.mapping import ORDER_EVENTS, SourceMapping, UnmappedError, translate
from services.intake.requests import CloudEventRequest

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
PLAIN = "application/json"
MEDIA_TYPES = (STRUCTURED, BATCHED, PLAIN)
MAX_BATCH = 500
_TYPES = {event.type_name(): event for event in ORDER_EVENTS.values()}


@dataclass(frozen=True, slots=True)
class Notice:
    """One upstream event. `event_id` is the same for every repeat; `subject` is what the sender
    says that it is about, None when they did not say."""

    event_id: UUID
    kind: type[Payload]
    data: Mapping[str, Any]
    subject: str | None = None


def read_notices(
    request: Request,
    sender: Authentic,
    body: Any,
    source: str,
    sources: Mapping[str, SourceMapping],
) -> list[Notice]:
    """The events of a request in their order. Raises ProblemError."""
    if sender.media_type == BATCHED:
        if not isinstance(body, list) or len(body) > MAX_BATCH:
            raise ProblemError(
                422, "wrong_batch", f"a batch is a list of at most {MAX_BATCH} events"
            )
        return [_structured(sender, item) for item in body]
    if sender.media_type == STRUCTURED:
        return [_structured(sender, body)]
    if "ce-specversion" in request.headers or "ce-id" in request.headers:
        return [_binary(request, sender, body)]
    return [_plain(sender, body, source, sources.get(source))]


def _structured(sender: Authentic, body: Any) -> Notice:
    event = validated(body, CloudEventRequest)
    _check_shop(sender, event)
    number = named_id("event", sender.shop_id, event.source, event.id)
    return Notice(number, _kind(event.type), event.data, event.subject)


def _binary(request: Request, sender: Authentic, body: Any) -> Notice:
    """Attributes travel in headers, which no signature covers: so the identity is that of the
    signed request, and ce-id must say the same."""
    attributes: dict[str, Any] = {"data": body}
    for name, value in request.headers.items():
        if name.startswith("ce-"):
            if name.removeprefix("ce-") in attributes:
                raise ProblemError(400, "doubled_header", f"header {name} occurs twice")
            attributes[name.removeprefix("ce-")] = unquote(value)
    event = validated(attributes, CloudEventRequest)
    _check_shop(sender, event)
    if event.id != sender.message_id:
        raise ProblemError(
            422, "unsigned_id", "in binary mode ce-id must equal webhook-id, which is signed"
        )
    number = named_id("binary-event", sender.shop_id, sender.message_id)
    return Notice(number, _kind(event.type), event.data, event.subject)


def _plain(sender: Authentic, body: Any, source: str, mapping: SourceMapping | None) -> Notice:
    if mapping is None:
        raise ProblemError(
            404, "unknown_source", "no mapping is set up for this source: send CloudEvents"
        )
    try:
        number, name, data = translate(mapping, body)
    except UnmappedError as error:
        raise ProblemError(422, "unmapped", str(error)) from error
    identity = named_id("plain-event", sender.shop_id, source, number)
    return Notice(identity, ORDER_EVENTS[name], data)


def _check_shop(sender: Authentic, event: CloudEventRequest) -> None:
    if event.shopid is not None and event.shopid != sender.shop_id:
        raise ProblemError(422, "wrong_shop", "shopid is not the shop that signed")


def _kind(name: str) -> type[Payload]:
    kind = _TYPES.get(name)
    if kind is None:
        raise ProblemError(
            422, "unknown_type", f"type: one of {', '.join(sorted(_TYPES))} is expected"
        )
    return kind
