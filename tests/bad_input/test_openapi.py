"""Requests made of the OpenAPI documents: the services keep to what their documents say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from runtime.clock import new_id, unix_s
from runtime.webhooks import sign
from services.intake.openapi import document as of_intake
from services.notifier.openapi import document as of_notifier
from services.resolution.openapi import document as of_resolution
from tests.bad_input.mutations import FEW, MANY
from tests.bad_input.outsider import Outsider

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@dataclass(frozen=True)
class Operation:
    """An operation of a service's document."""

    service: str
    described: Any

    def __str__(self) -> str:
        return str(self.described.label)


def operations(service: str, document: Callable[[], dict[str, Any]]) -> Iterator[Operation]:
    """All operations of a document."""
    for found in schemathesis.openapi.from_dict(document()).get_all_operations():
        assert isinstance(found, Ok), found
        yield Operation(service, found.ok())


OPERATIONS = (
    *operations("intake", of_intake),
    *operations("notifier", of_notifier),
    *operations("resolution", of_resolution),
)


def signing(stranger: Outsider) -> Callable[[Any], Any]:
    """Signs what was made, whatever it is: else nothing would come further than the signature."""

    def signed(request: Any) -> Any:
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else bytes(body)
        number, now = f"msg-{new_id()}", unix_s()
        request.headers.update(
            {
                "aftercare-shop": stranger.shop,
                "webhook-id": number,
                "webhook-timestamp": str(now),
                "webhook-signature": sign(stranger.secret, number, now, raw),
            }
        )
        return request

    return signed


async def keeps_to_it(stranger: Outsider, operation: Operation, data: st.DataObject) -> None:
    """One request as documented or otherwise, about a ticket that there is or about any."""
    known: dict[str, Any] = {}
    if "{ticket_id}" in operation.described.path and data.draw(st.booleans()):
        known = {"path_parameters": {"ticket_id": stranger.words["victim"]}}
    mode = data.draw(st.sampled_from(MODES))
    case = data.draw(operation.described.as_strategy(mode, **known))
    url = stranger.stack.api_url(operation.service)
    response = await asyncio.to_thread(case.call, base_url=url, auth=signing(stranger))
    case.validate_response(response, checks=CHECKS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
@settings(FEW, max_examples=5)
@given(data=st.data())
async def test_an_operation(stranger: Outsider, operation: Operation, data: st.DataObject) -> None:
    await keeps_to_it(stranger, operation, data)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
@MANY
@given(data=st.data())
async def test_an_operation_at_length(
    stranger: Outsider, operation: Operation, data: st.DataObject
) -> None:
    await keeps_to_it(stranger, operation, data)
