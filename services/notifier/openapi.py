"""The OpenAPI document of the notifier, made from the request and answer models without a service.

`python -m services.notifier.openapi` prints it; the app serves it at /openapi.json.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from schemas.values import Count, Instant, Ordinal, Ref

TITLE = "aftercare notifier"
VERSION = "1"
ACK_PATH = "/v1/escalations/{escalation_id}/ack"
REFS = "#/components/schemas/{model}"
_ABOUT = (
    "Acknowledgements of escalations. Every request is signed after Standard Webhooks with the "
    "shop's secret; a 2xx means that it is stored. The same webhook-id again gets the first answer."
)
_TEXT = (
    "Somebody takes care of a breach: nobody further is told. Whoever comes second, or again, gets "
    "the first answer. The escalation is named by its id, or by the 12 digits after # in the "
    "message that told of it."
)
_REFUSED = {
    400: "The body is no acceptable JSON.",
    401: "The signature, its timestamp or the shop is wrong.",
    404: "unknown_escalation: this shop has no such escalation.",
    408: "The body did not arrive in time.",
    409: "escalation_ended: without an acknowledgement; state and reason say how. id_reused.",
    413: "The body is too large.",
    415: "The content type is not taken.",
    422: "invalid.",
    429: "Too many requests; come back after Retry-After.",
    500: "A defect, logged under the number given.",
    503: "Busy; come back after Retry-After with the same webhook-id.",
}
_PARAMETERS = (
    ("header", "aftercare-shop", "The shop that signs.", "shop-a"),
    ("header", "webhook-id", "Id of this message, the same on every try.", "msg_1"),
    ("header", "webhook-timestamp", "Seconds since 1970, within 300 s.", "1772366400"),
    ("header", "webhook-signature", "v1,<base64 of HMAC-SHA256>.", "v1,K5oZ..."),
    ("path", "escalation_id", "Its id, or the number in the message.", "5f0b6b5e6a55"),
)


class Acknowledgement(BaseModel):
    """Who takes care of it."""

    model_config = ConfigDict(extra="forbid")

    by: Ref = Field(description="Who, an opaque reference.")


class AcknowledgementAnswer(BaseModel):
    """What stands."""

    escalation_id: Ref = Field(description="Escalation.")
    ticket_id: Ref = Field(description="Ticket.")
    clock: Ref = Field(description="Clock.")
    generation: Ordinal = Field(description="Generation of the clock.")
    state: Literal["acknowledged"] = Field(description="State.")
    by: Ref = Field(description="Who acknowledged first.")
    ended_at: Instant = Field(description="When (UTC).")
    step: Count = Field(description="Step told last; 0: nobody was told yet.")


class Problem(BaseModel):
    """A refusal (RFC 9457)."""

    type: str = Field(description="aftercare:problem:<code>.")
    title: str = Field(description="The code in words.")
    status: int = Field(description="HTTP status.")
    detail: str = Field(description="What is wrong, for people.")
    code: str = Field(description="Short and stable.")
    state: Literal["met", "cancelled", "answered", "resolved"] | None = Field(
        default=None, description="Of escalation_ended: how it ended."
    )
    reason: str | None = Field(default=None, description="Of escalation_ended: that in words.")
    ended_at: Instant | None = Field(default=None, description="Of escalation_ended: when (UTC).")


def document() -> dict[str, Any]:
    """The whole document, the same on every call."""
    models = (Problem, AcknowledgementAnswer, Acknowledgement)
    _, found = models_json_schema([(model, "validation") for model in models], ref_template=REFS)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": _ABOUT},
        "paths": {ACK_PATH: {"post": _operation()}},
        "components": {"schemas": found["$defs"]},
    }


def _operation() -> dict[str, Any]:
    answer = {"description": "Acknowledged.", "content": _content(AcknowledgementAnswer)}
    refused = {
        str(status): {
            "description": text,
            "content": {"application/problem+json": {"schema": _ref(Problem)}},
        }
        for status, text in _REFUSED.items()
    }
    example = {"by": "agent-17"}
    body = {"application/json": {"schema": _ref(Acknowledgement), "example": example}}
    return {
        "operationId": "post_escalations_ack",
        "summary": "An acknowledgement",
        "description": _TEXT,
        "parameters": [_parameter(*each) for each in _PARAMETERS],
        "requestBody": {"required": True, "content": body},
        "responses": {"200": answer, **refused},
    }


def _parameter(place: str, name: str, text: str, example: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {
        "in": place,
        "name": name,
        "required": True,
        "description": text,
        "schema": schema,
        "example": example,
    }


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": _ref(model)}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REFS.format(model=model.__name__)}


def main() -> None:
    """Print the document."""
    sys.stdout.write(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
