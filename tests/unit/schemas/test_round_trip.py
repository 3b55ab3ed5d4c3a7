"""What is written is read back equal, whatever the values."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.catalog import schema_of
from schemas.envelope import Payload, UnreadableEventError, parse_object
from schemas.orders import OrderPlaced
from schemas.registry import read_event
from schemas.tickets import TicketOpened
from schemas.triage import Triaged
from tests.support.event_strategies import (
    enveloped,
    instants,
    orders_placed,
    tickets_opened,
    triages,
)

CHECKS: dict[type[Payload], Draft202012Validator] = {
    event: Draft202012Validator(schema_of(event)) for event in (OrderPlaced, TicketOpened, Triaged)
}


@settings(max_examples=60)
@given(payload=orders_placed() | tickets_opened | triages, at=instants)
def test_an_event_comes_back_equal_and_fits_its_schema(payload: Payload, at: datetime) -> None:
    event = enveloped(payload, at)
    raw = event.to_json()
    again = read_event(raw, payload.type_name())
    assert again == event
    assert again.to_json() == raw
    assert not list(CHECKS[type(payload)].iter_errors(json.loads(raw)))


@given(st.binary(max_size=300))
def test_any_bytes_end_as_unreadable(raw: bytes) -> None:
    with pytest.raises(UnreadableEventError):
        read_event(raw)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(), parts, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(value=st.dictionaries(st.text(), json_values, max_size=4))
def test_the_strict_reader_agrees_with_the_standard_one(value: dict[str, object]) -> None:
    assert parse_object(json.dumps(value, ensure_ascii=False).encode()) == value


@settings(max_examples=60)
@given(field=st.sampled_from(sorted(TicketOpened.model_fields)), value=json_values)
def test_any_value_in_any_field_is_read_or_unreadable(field: str, value: object) -> None:
    event = enveloped(_TICKET)
    message = json.loads(event.to_json())
    message["data"][field] = value
    assert _outcome(json.dumps(message).encode()) in {"read", "invalid", "wrong_subject"}


def _outcome(raw: bytes) -> str:
    try:
        read_event(raw)
    except UnreadableEventError as error:
        return error.reason
    return "read"


_TICKET = TicketOpened(
    ticket_id="t-1",
    external_id="x-1",
    origin="shop",
    channel="own_shop",
    opened_at=datetime.fromisoformat("2026-03-05T01:02:03Z"),
    received_at=datetime.fromisoformat("2026-03-05T01:02:04Z"),
    text="It hums.",
)
