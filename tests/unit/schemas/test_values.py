"""The small values: money, times, numbers, immutability, descriptions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from schemas.envelope import Envelope
from schemas.orders import RefundCompleted
from schemas.registry import ENVELOPES, EVENTS
from schemas.values import (
    MAX_FEN,
    Count,
    Fen,
    FreeText,
    Instant,
    Label,
    Ordinal,
    Ref,
    Sealed,
    Value,
)
from tests.support.event_strategies import instants
from tests.support.golden import golden

money: TypeAdapter[int] = TypeAdapter(Fen)
instant: TypeAdapter[datetime] = TypeAdapter(Instant)


def models() -> list[type[Any]]:
    """Every model of the contract: envelopes, payloads and their values."""
    found: list[type[Any]] = []
    waiting: list[type[Any]] = [Value]
    while waiting:
        model = waiting.pop()
        found.append(model)
        waiting += [
            kind for kind in model.__subclasses__() if kind.__module__.startswith("schemas")
        ]
    return [Envelope, *ENVELOPES.values(), *found]


def test_every_field_has_a_description() -> None:
    bare = {
        f"{model.__name__}.{name}"
        for model in models()
        for name, field in model.model_fields.items()
        if not (field.description or "").endswith(".")
    }
    assert not bare


def test_every_model_and_event_has_a_docstring() -> None:
    assert not [model.__name__ for model in (*EVENTS, *models()) if not _own_doc(model)]


def _own_doc(model: type[Any]) -> bool:
    return "[" in model.__name__ or bool(model.__doc__)


def test_all_models_are_frozen_and_open_and_hide_what_they_refuse() -> None:
    for model in models():
        config = model.model_config
        assert config.get("frozen"), model
        assert config.get("extra") == "ignore", model
        assert config.get("hide_input_in_errors"), model


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_no_field_can_be_set(event: type[Any]) -> None:
    payload = event.model_validate(golden(event, "full")["data"])
    for name in event.model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(payload, name, getattr(payload, name))


def test_every_subject_is_a_required_ref() -> None:
    for event in EVENTS:
        field = event.model_fields[event.SUBJECT]
        assert field.is_required(), event
        assert field.annotation is str, event


@pytest.mark.parametrize("fen", [0, 1, 25_800, MAX_FEN])
def test_money_is_whole_fen(fen: int) -> None:
    assert money.validate_python(fen) == fen


@pytest.mark.parametrize(
    "bad", [-1, 1.0, 12.5, "100", "1.00", True, False, None, 10**30, MAX_FEN + 1, float("nan")]
)
def test_money_refuses_everything_else(bad: object) -> None:
    with pytest.raises(ValidationError):
        money.validate_python(bad)


@pytest.mark.parametrize("text", ["100.0", "1e2", "1E5", "-1", "true", '"100"', "null", "100.001"])
def test_money_refuses_decimals_and_exponents_in_json(text: str) -> None:
    with pytest.raises(ValidationError):
        money.validate_json(text)
    message = golden(RefundCompleted, "full")["data"]
    with pytest.raises(ValidationError):
        RefundCompleted.model_validate_json(
            RefundCompleted.model_validate(message).model_dump_json().replace("32900", text)
        )


@pytest.mark.parametrize(("kind", "low"), [(Count, 0), (Ordinal, 1)])
def test_whole_numbers_fit_the_database(kind: Any, low: int) -> None:
    number: TypeAdapter[int] = TypeAdapter(kind)
    assert number.validate_python(low) == low
    assert number.validate_python(2**31 - 1) == 2**31 - 1
    for bad in (low - 1, 2**31, 1.0, "1", True):
        with pytest.raises(ValidationError):
            number.validate_python(bad)


def test_every_number_of_the_contract_is_bounded_and_strict() -> None:
    for model in models():
        for name, field in model.model_fields.items():
            if field.annotation not in (int, int | None):
                continue
            kind: Any = Annotated[field.annotation, field]
            number: TypeAdapter[int] = TypeAdapter(kind)
            assert number.validate_python(1) == 1, (model, name)
            for bad in (2**53, -2, 1.0, "1", True):
                with pytest.raises(ValidationError):
                    number.validate_python(bad)


@given(instants)
def test_a_time_is_turned_to_utc(at: datetime) -> None:
    read = instant.validate_python(at)
    assert read.tzinfo is UTC
    assert read == at
    assert instant.validate_python(at.isoformat()) == at


@pytest.mark.parametrize(
    "text",
    ["2026-03-05T01:02:03Z", "2026-03-05T01:02:03.000004Z", "2026-03-05T01:02:03.4Z",
     "2026-03-05T01:02:03.000004999Z", "2026-03-05t01:02:03z", "2026-03-05 01:02:03Z",
     "2026-03-05T09:02:03+08:00", "2026-03-05T01:02Z", "2000-01-01T00:00:00Z",
     "2199-12-31T23:59:59.999999Z"],
)  # fmt: skip
def test_a_time_may_be_spelled_in_several_ways(text: str) -> None:
    read = instant.validate_python(text)
    assert read.tzinfo is UTC
    assert read == TypeAdapter(AwareDatetime).validate_python(text)
    assert instant.validate_json(f'"{text}"') == read


@given(
    st.datetimes(timezones=st.sampled_from([timezone(timedelta(hours=h)) for h in (-14, 0, 14)]))
)
def test_a_time_that_is_accepted_can_be_written_and_read_again(at: datetime) -> None:
    try:
        read = instant.validate_python(at)
    except ValidationError:
        return
    assert instant.validate_json(instant.dump_json(read)) == read


@pytest.mark.parametrize(
    "bad",
    ["2026-03-05T01:02:03", "2026-03-05", "01:02:03Z", "", "yesterday", 1_772_672_523, "1772672523",
     1_772_672_523.5, "1772672523.123456789", True, "2026-02-30T00:00:00Z", "2026-03-05T25:00:00Z",
     "2026-06-30T23:59:60Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
     "0000-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2200-01-01T00:00:00Z",
     "2000-01-01T00:00:00+08:00", "2026-W10-4T01:02:03Z", "20260305T010203Z",
     "2026-03-05T010203.4Z", "2026-03-05T24:00:00Z", "２０２６-03-05T01:02:03Z",
     "2026-03-05T01:02:03Z\n", datetime(2026, 3, 5)],  # noqa: DTZ001
)  # fmt: skip
def test_a_time_needs_a_zone_and_a_sane_year(bad: object) -> None:
    with pytest.raises(ValidationError):
        instant.validate_python(bad)


@pytest.mark.parametrize(
    "bad", ["", "a b", "-a", "ä", "a\n", "a\x00", "a" * 129, "=1", "<x>", "../a"]
)
def test_a_ref_is_printable_ascii(bad: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Ref).validate_python(bad)


@pytest.mark.parametrize(
    "bad",
    ["", "a\nb", "a\rb", "a\x00", "\x1b[1m", "a\x7f", "a\x85", "a\u2028b", "\u202ea", "\u2066a"],
)
def test_a_label_is_one_honest_line(bad: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Label).validate_python(bad)


def test_a_free_text_refuses_only_nul() -> None:
    text: TypeAdapter[str] = TypeAdapter(FreeText)
    assert text.validate_python("a\r\n\x1b\u202e") == "a\r\n\x1b\u202e"
    with pytest.raises(ValidationError, match="NUL"):
        text.validate_python("a\x00b")


def test_an_error_hides_what_was_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        Sealed(key="k", box="13912345678 in the clear")
    assert "13912345678" not in str(caught.value)
