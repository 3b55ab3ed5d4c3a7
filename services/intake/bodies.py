"""Reads request bodies: one JSON value, or a burst of complaints item by item. Called by `http`."""

from __future__ import annotations

import json
from typing import Any

from runtime.edge import Authentic, Edge, ProblemError, validated
from runtime.strict_json import NotJsonError, read_value
from services.intake.requests import TicketRequest

JSON = "application/json"
LINES = "application/x-ndjson"
MAX_BURST = 500
Item = TicketRequest | ProblemError
"""A complaint, or why it is none."""


def json_of(edge: Edge, sender: Authentic, media_types: tuple[str, ...] = (JSON,)) -> Any:
    """The body as JSON that can be written again. Raises ProblemError."""
    value = edge.json(sender, media_types)
    if b"\\u" in sender.body:
        _check_characters(value)
    return value


def burst_of(edge: Edge, sender: Authentic) -> list[Item]:
    """The complaints of a JSON array, or of a body with one JSON object a line, in their order.

    Raises ProblemError when the body as a whole is none of both; what is wrong with one item is
    told at its place.
    """
    if sender.media_type == LINES:
        lines = sender.body.removesuffix(b"\n").split(b"\n", MAX_BURST)
        _check_count(len(lines) if lines != [b""] else 0)
        return [_line(line) for line in lines]
    values = edge.json(sender, (JSON, LINES))
    if not isinstance(values, list):
        raise ProblemError(422, "wrong_batch", "an array of complaints is expected")
    _check_count(len(values))
    escaped = b"\\u" in sender.body
    return [_item(value, escaped) for value in values]


def _check_count(count: int) -> None:
    if not 1 <= count <= MAX_BURST:
        raise ProblemError(422, "wrong_batch", f"1 to {MAX_BURST} complaints are taken at once")


def _line(line: bytes) -> Item:
    try:
        return _item(read_value(line), b"\\u" in line)
    except NotJsonError as error:
        return ProblemError(400, error.code, error.text)


def _item(value: Any, escaped: bool) -> Item:
    try:
        if escaped:
            _check_characters(value)
        return validated(value, TicketRequest)
    except ProblemError as problem:
        return problem


def _check_characters(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        text = "half of a surrogate pair is no character"
        raise ProblemError(422, "lone_surrogate", text) from None
