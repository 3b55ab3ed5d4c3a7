"""Reads JSON that strangers sent: no duplicate keys, no NaN, bounded depth and numbers."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

MAX_DEPTH = 64
MAX_DIGITS = 25


class NotJsonError(ValueError):
    """The bytes are not acceptable JSON. `code` is stable, the text is for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def read_object(raw: bytes) -> dict[str, Any]:
    """One JSON object. Raises NotJsonError with code `empty`, `bad_encoding`, `not_json`,
    `too_deep`, `duplicate_key`, `bad_number` or `not_object`."""
    value = read_value(raw)
    if not isinstance(value, dict):
        raise NotJsonError("not_object", "a JSON object is expected")
    return value


def read_value(raw: bytes) -> Any:
    """Any JSON value; as `read_object` otherwise."""
    if not raw.strip():
        raise NotJsonError("empty", "the body is empty")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJsonError("bad_encoding", f"not UTF-8 at byte {error.start}") from None
    _check_depth(text)
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_integer,
        )
    except NotJsonError:
        raise
    except (ValueError, RecursionError) as error:
        place = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise NotJsonError("not_json", f"the body is not JSON{place}") from None


_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")


def _check_depth(text: str) -> None:
    """Count brackets outside strings before the parser recurses over them."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for char in _NO_BRACKET.sub("", _STRING.sub("", text)):
        if char in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise NotJsonError("too_deep", f"nested deeper than {MAX_DEPTH}")
        else:
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJsonError("duplicate_key", "an object names a key twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise NotJsonError("bad_number", f"{name} is not a number")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise NotJsonError("bad_number", f"a number has more than {MAX_DIGITS} digits")
    return int(digits)
