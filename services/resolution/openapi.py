"""The OpenAPI document of resolution, made from the request and answer models without a service.

`python -m services.resolution.openapi` prints it; the app serves it at /openapi.json.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from services.resolution.domain import ResolutionAnswer, ResolutionRequest

TITLE = "aftercare resolution"
VERSION = "1"
PATH = "/v1/tickets/{ticket_id}/resolution"
REFS = "#/components/schemas/{model}"
_ABOUT = (
    "Closing decisions of agents. Every request is signed after Standard Webhooks with the shop's "
    "secret; a 2xx means that the decision is stored and published. The same webhook-id again "
    "gets the first answer. Money is whole fen."
)
_TEXT = (
    "Ends the ticket. When money moves, the answer names a money action: it is in flight until "
    "the order system reports RefundCompleted with that action_id (or a merchant's refund of the "
    "same line and amount). An order has one money action in flight at most, and nothing is "
    "refunded beyond what was paid."
)
_REFUSED = {
    400: "The body is no acceptable JSON.",
    401: "The signature, its timestamp or the shop is wrong.",
    404: "unknown_ticket: not known in this shop, or not yet; a new ticket arrives in a moment.",
    408: "The body did not arrive in time.",
    409: "already_resolved; money_in_flight; order_not_known (try again in a moment); id_reused.",
    413: "The body is too large.",
    415: "The content type is not taken.",
    422: "invalid; more_than_paid; unknown_line; no_order; compensation_too_high; money_missing; "
    "money_not_allowed; lone_surrogate.",
    429: "Too many requests; come back after Retry-After.",
    500: "A defect, logged under the number given.",
    503: "Busy; come back after Retry-After with the same webhook-id.",
}
_HEADERS = (
    ("aftercare-shop", "The shop that signs.", "shop-a"),
    ("webhook-id", "Id of this message, the same on every try.", "msg_1"),
    ("webhook-timestamp", "Seconds since 1970, within 300 s.", "1772366400"),
    ("webhook-signature", "v1,<base64 of HMAC-SHA256>.", "v1,K5oZ..."),
)
_EXAMPLE = {
    "outcome": "return_refund",
    "agent_id": "agent-17",
    "refund_lines": [{"line_id": "L1", "refund_fen": 15900}],
    "compensation_fen": 0,
    "reason": "Confirmed: the lamp was broken on arrival.",
}


class Problem(BaseModel):
    """A refusal (RFC 9457)."""

    type: str = Field(description="aftercare:problem:<code>.")
    title: str = Field(description="The code in words.")
    status: int = Field(description="HTTP status.")
    detail: str = Field(description="What is wrong, for people.")
    code: str = Field(description="Short and stable.")


def document() -> dict[str, Any]:
    """The whole document, the same on every call."""
    models = (Problem, ResolutionAnswer, ResolutionRequest)
    _, found = models_json_schema([(model, "validation") for model in models], ref_template=REFS)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": _ABOUT},
        "paths": {PATH: {"post": _operation()}},
        "components": {"schemas": found["$defs"]},
    }


def _operation() -> dict[str, Any]:
    answer = {"description": "Resolved.", "content": _content(ResolutionAnswer)}
    refused = {
        str(status): {
            "description": text,
            "content": {"application/problem+json": {"schema": _ref(Problem)}},
        }
        for status, text in _REFUSED.items()
    }
    body = {"application/json": {"schema": _ref(ResolutionRequest), "example": _EXAMPLE}}
    return {
        "operationId": "post_tickets_resolution",
        "summary": "A closing decision",
        "description": _TEXT,
        "parameters": _parameters(),
        "requestBody": {"required": True, "content": body},
        "responses": {"200": answer, **refused},
    }


def _parameters() -> list[dict[str, Any]]:
    ticket = ("ticket_id", "The ticket.", "5f0b6b5e-6a55-5c0e-9a3e-9d8f1c5b7a11")
    places = [*(("header", header) for header in _HEADERS), ("path", ticket)]
    return [
        {
            "in": place,
            "name": name,
            "required": True,
            "description": text,
            "schema": {"type": "string"},
            "example": example,
        }
        for place, (name, text, example) in places
    ]


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": _ref(model)}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REFS.format(model=model.__name__)}


def main() -> None:
    """Print the document."""
    sys.stdout.write(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
