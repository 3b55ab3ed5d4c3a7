"""The OpenAPI document of intake, made from the request and answer models without a service.

`python -m services.intake.openapi` prints it; the app serves it at /openapi.json.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from schemas.envelope import Payload
from schemas.orders import OrderPlaced
from schemas.tickets import Attachment
from services.intake import answers, requests
from services.intake.bodies import LINES, MAX_BURST
from services.intake.cloudevents import BATCHED, MAX_BATCH, PLAIN, STRUCTURED
from services.intake.mapping import ORDER_EVENTS

TITLE = "aftercare intake"
VERSION = "1"
REFS = "#/components/schemas/{model}"
_ABOUT = (
    "Complaints, conversation and order events of shops. Every request is signed after Standard "
    "Webhooks with the shop's secret; a 2xx means that it is stored and will be worked on. The "
    "same webhook-id again has no second effect. Times are ISO 8601 with a zone, money is whole "
    "fen."
)
_COMMON = {
    400: "The body is no acceptable JSON.",
    401: "The signature, its timestamp or the shop is wrong.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    429: "Too many requests; come back after Retry-After.",
    503: "Busy; come back after Retry-After with the same webhook-id.",
}
_JSON = {415: "The content type is not taken.", 422: "A value is not acceptable."}
_UNKNOWN = {404: "There is no such ticket in this shop."}
_REUSED = {409: "An id was used before with other content."}


@dataclass(frozen=True, slots=True)
class Operation:
    """One route: what it takes (None: no JSON), gives and refuses, by status."""

    method: str
    path: str
    summary: str
    takes: type[BaseModel] | None
    gives: Mapping[int, type[BaseModel]]
    refuses: dict[int, str]
    text: str = ""

    @property
    def name(self) -> str:
        """Operation id, e.g. post_tickets_messages."""
        parts = [part for part in self.path.split("/")[2:] if "{" not in part]
        return "_".join((self.method, *parts))


_SAID = {200: answers.ConversationAnswer}
_ABOUT_TICKET = {**_JSON, **_UNKNOWN, **_REUSED}
OPERATIONS = (
    Operation(
        "post", "/v1/tickets", "A complaint",
        requests.TicketRequest,
        {201: answers.TicketAnswer, 200: answers.TicketAnswer},
        {**_JSON, **_REUSED},
        "Opens a ticket (201), or joins the open ticket of the same order line (200). The same "
        "origin and external id again answers the same ticket (200), with other content 409.",
    ),
    Operation(
        "post", "/v1/tickets/batch", "Up to 500 complaints at once",
        requests.TicketRequest, {200: answers.BurstAnswer}, _JSON,
        "A JSON array, or one JSON object a line (application/x-ndjson). The answer holds for each "
        "complaint, in order, what it alone would have been answered with; one that is refused "
        "costs no other. On 503 send the same again with the same webhook-id: what was taken "
        "before is answered as before.",
    ),
    Operation(
        "get", "/v1/tickets/{ticket_id}", "State of a ticket",
        None, {200: answers.TicketState}, _UNKNOWN,
        "Signed over an empty body.",
    ),
    Operation(
        "post", "/v1/tickets/{ticket_id}/messages", "The customer wrote again",
        requests.MessageRequest, _SAID, _ABOUT_TICKET,
        "Ends a wait for the customer. Reopens a ticket that was closed lately; later 409.",
    ),
    Operation(
        "post", "/v1/tickets/{ticket_id}/replies", "An answer or internal note",
        requests.ReplyRequest, _SAID, _ABOUT_TICKET,
        "Taken as a record also on a closed ticket.",
    ),
    Operation(
        "post", "/v1/tickets/{ticket_id}/calls", "A phone call to the customer",
        requests.CallRequest, _SAID, _ABOUT_TICKET,
        "Taken as a record also on a closed ticket.",
    ),
    Operation(
        "post", "/v1/tickets/{ticket_id}/waiting", "Work waits for somebody else",
        requests.WaitRequest, _SAID, _ABOUT_TICKET,
        "The same cause again changes nothing; another cause ends the wait before.",
    ),
    Operation(
        "post", "/v1/tickets/{ticket_id}/resume", "The wait is over",
        requests.ResumeRequest, _SAID, _ABOUT_TICKET,
        "Without a wait nothing changes.",
    ),
    Operation(
        "post", "/v1/tickets/{ticket_id}/triage", "A person sorts the ticket",
        requests.ClassifyRequest, _SAID, _ABOUT_TICKET,
        "Class, level and route as given, the rest as it was; nothing given confirms all of it. "
        "The decision stays, but for a danger that comes to light later. Refused on a closed "
        "ticket. The same webhook-id again has no second effect.",
    ),
    Operation(
        "post", "/v1/tickets/{ticket_id}/promises", "A promise to the customer",
        requests.PromiseRequest, _SAID, _ABOUT_TICKET,
        "Becomes a clock. Refused when it is due already, and on a closed ticket.",
    ),
    Operation(
        "post", "/v1/tickets/{ticket_id}/platform-deadline", "The platform's own deadline",
        requests.PlatformDeadlineRequest, _SAID, _ABOUT_TICKET,
        "Becomes a clock; told again it moves, earlier or later. Refused on a closed ticket.",
    ),
    Operation(
        "post", "/v1/tickets/{ticket_id}/merge", "The ticket goes on in another one",
        requests.MergeRequest, _SAID, _ABOUT_TICKET,
        "Closes it for good; what the customer writes there is refused (409) and names the other. "
        "Both must be open and not merged.",
    ),
    Operation(
        "post", "/v1/events/{source}", "Order events",
        requests.CloudEventRequest, {200: answers.EventsAnswer},
        {**_JSON, **_REUSED, 404: "No mapping is set up for this source's plain JSON."},
        "CloudEvents structured, batched or binary, or plain JSON of a source that the policy "
        "knows. In binary mode ce-id must equal webhook-id. A batch is taken as a whole or "
        "repeated as a whole; an event is known by its source and id.",
    ),
    Operation(
        "post", "/v1/files", "A file to attach",
        None, {201: Attachment, 200: Attachment}, {415: "Not JPEG, PNG, WebP or PDF."},
        "The raw bytes; messages name the file by its SHA-256. The type is found by looking.",
    ),
)  # fmt: skip


def document() -> dict[str, Any]:
    """The whole document, the same on every call."""
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": _ABOUT},
        "paths": _paths(),
        "components": {"schemas": _schemas()},
    }


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        described: dict[str, Any] = {
            "operationId": operation.name,
            "summary": operation.summary,
            "description": operation.text,
            "parameters": _parameters(operation),
            "responses": _responses(operation),
        }
        body = _body(operation)
        if body is not None:
            described["requestBody"] = {"required": True, "content": body}
        paths.setdefault(operation.path, {})[operation.method] = described
    return paths


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = [
        _parameter("header", "aftercare-shop", "The shop that signs.", "shop-a"),
        _parameter("header", "webhook-id", "Id of this message, the same on every try.", "msg_1"),
        _parameter(
            "header", "webhook-timestamp", "Seconds since 1970, within 300 s.", "1772366400"
        ),
        _parameter("header", "webhook-signature", "v1,<base64 of HMAC-SHA256>.", "v1,K5oZ..."),
    ]
    if "{ticket_id}" in operation.path:
        example = "5f0b6b5e-6a55-5c0e-9a3e-9d8f1c5b7a11"
        found.append(_parameter("path", "ticket_id", "The ticket.", example))
    if "{source}" in operation.path:
        found.append(_parameter("path", "source", "Sending system.", "carrier"))
    return found


def _parameter(place: str, name: str, text: str, example: str) -> dict[str, Any]:
    return {
        "in": place, "name": name, "required": True, "description": text,
        "schema": {"type": "string"}, "example": example,
    }  # fmt: skip


def _body(operation: Operation) -> dict[str, Any] | None:
    if operation.takes is None:
        raw = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        return raw if operation.method == "post" else None
    schema = _ref(operation.takes)
    if operation.path.endswith("/batch"):
        burst = {"type": "array", "items": schema, "minItems": 1, "maxItems": MAX_BURST}
        return {PLAIN: {"schema": burst}, LINES: {"schema": schema}}
    if operation.takes is not requests.CloudEventRequest:
        return {PLAIN: {"schema": schema}}
    batch = {"type": "array", "items": schema, "maxItems": MAX_BATCH}
    own = {"type": "object", "description": "The source's own form, or data in binary mode."}
    return {
        STRUCTURED: {"schema": schema, "example": _EXAMPLE},
        BATCHED: {"schema": batch, "example": [_EXAMPLE]},
        PLAIN: {"schema": own},
    }


def _responses(operation: Operation) -> dict[str, Any]:
    told = {
        str(status): {
            "description": (model.__doc__ or "").split("\n")[0],
            "content": {PLAIN: {"schema": _ref(model)}},
        }
        for status, model in operation.gives.items()
    }
    refused = {
        str(status): {
            "description": text,
            "content": {"application/problem+json": {"schema": _ref(answers.Problem)}},
        }
        for status, text in sorted({**_COMMON, **operation.refuses}.items())
    }
    return {**told, **refused}


def _schemas() -> dict[str, Any]:
    models: dict[str, type[BaseModel]] = {answers.Problem.__name__: answers.Problem}
    for operation in OPERATIONS:
        taken = [operation.takes] if operation.takes is not None else []
        models |= {model.__name__: model for model in (*taken, *operation.gives.values())}
    models |= {_in_requests(event).__name__: _in_requests(event) for event in ORDER_EVENTS.values()}
    _, found = models_json_schema(
        [(models[name], "validation") for name in sorted(models)], ref_template=REFS
    )
    schemas: dict[str, Any] = found["$defs"]
    data = [_ref(_in_requests(event)) for event in ORDER_EVENTS.values()]
    event = schemas[requests.CloudEventRequest.__name__]["properties"]
    event["data"] = {"description": event["data"]["description"], "anyOf": data}
    event["type"]["enum"] = [kind.type_name() for kind in ORDER_EVENTS.values()]
    return schemas


def _in_requests(event: type[Payload]) -> type[BaseModel]:
    return requests.OrderPlacedRequest if event is OrderPlaced else event


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REFS.format(model=model.__name__)}


_EXAMPLE = {
    "specversion": "1.0",
    "id": "n-88123",
    "source": "shop-a/oms",
    "type": "aftercare.orders.ParcelScanned",
    "data": {
        "order_id": "O-77",
        "parcel_id": "SF1001",
        "carrier": "sf",
        "state": "in_transit",
        "hub": "HZ-3",
        "scanned_at": "2026-03-01T20:15:00+08:00",
    },
}


def main() -> None:
    """Print the document."""
    sys.stdout.write(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
