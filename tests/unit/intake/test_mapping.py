"""Plain JSON of order systems is read by data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from services.intake.mapping import FieldRule, SourceMapping, UnmappedError, translate


def read(body: Any, **fields: dict[str, Any]) -> dict[str, Any]:
    mapping = SourceMapping.model_validate(
        {
            "id_path": "meta.id",
            "type_path": "kind",
            "types": {"x": {"event": "ParcelScanned", "fields": fields}},
        }
    )
    return translate(mapping, {"meta": {"id": 5}, "kind": "x", **body})[2]


@pytest.mark.parametrize(
    ("rule", "found", "expected"),
    [
        ({}, "text", "text"),
        ({"form": "text"}, 77, "77"),
        ({"form": "unix_s"}, 1_767_225_600, datetime(2026, 1, 1, tzinfo=UTC)),
        ({"form": "unix_ms"}, 1_767_225_600_500, datetime(2026, 1, 1, 0, 0, 0, 500_000, UTC)),
        ({"form": "local_time"}, "2026-01-01 08:00:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ({"form": "yuan"}, "12.3", 1230),
        ({"form": "yuan"}, "0.29", 29),
        ({"words": {"a": "b"}}, "a", "b"),
    ],
)
def test_forms(rule: dict[str, Any], found: Any, expected: Any) -> None:
    assert read({"f": found}, field={"path": "f", **rule}) == {"field": expected}


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ({"form": "text"}, True),
        ({"form": "text"}, 1.5),
        ({"form": "unix_s"}, 1_767_225_600_500),
        ({"form": "unix_s"}, "1767225600"),
        ({"form": "unix_s"}, -1),
        ({"form": "local_time"}, "yesterday"),
        ({"form": "local_time"}, "2026-01-01T00:00:00Z"),
        ({"form": "local_time"}, "0001-01-01 00:00:00"),
        ({"form": "yuan"}, 12.3),
        ({"form": "yuan"}, 12),
        ({"form": "yuan"}, "-1"),
        ({"form": "yuan"}, "1.234"),
        ({"form": "yuan"}, "1e3"),
        ({"words": {"a": "b"}}, "c"),
        ({"words": {"a": "b"}}, ["a"]),
        ({"each": {"x": {"path": "y"}}}, "no list"),
    ],
)
def test_values_that_do_not_fit_name_the_place_only(rule: dict[str, Any], found: Any) -> None:
    with pytest.raises(UnmappedError, match=r"^f: ") as refusal:
        read({"f": found}, field={"path": "f", **rule})
    assert str(found) not in str(refusal.value)


def test_what_is_missing_is_left_out() -> None:
    assert read({"a": 1}, b={"path": "a.b.c"}, c={"path": "c"}) == {}


def test_lists_and_places_inside() -> None:
    fields: dict[str, Any] = {
        "lines": {"path": "items", "each": {"n": {"path": "id"}, "k": {"value": "v"}}},
        "contact.name": {"path": "who"},
        "contact.phone": {"path": "tel"},
    }
    body = {"items": [{"id": 1}, {"id": 2}, "odd"], "who": "A", "tel": "1"}
    assert read(body, **fields) == {
        "lines": [{"n": 1, "k": "v"}, {"n": 2, "k": "v"}, {"k": "v"}],
        "contact": {"name": "A", "phone": "1"},
    }


def test_a_rule_with_two_origins_or_none_is_refused() -> None:
    for rule in ({}, {"path": "a", "value": 1}, {"path": "a", "zone": "Mars/Base"}):
        with pytest.raises((ValidationError, LookupError, ValueError)):
            FieldRule.model_validate(rule)
