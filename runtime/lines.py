"""Programs that read a file of JSON lines and answer each with a line. Called by the services'
own programs, which commands start.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from jiter import from_json
from pydantic import ValidationError

STANDARD = "-"
LONGEST_LINE = 1_000_000
"""Bytes."""
MARK = b"\xef\xbb\xbf"
"""What some editors put at the start of a file in UTF-8."""

Answering = Callable[[dict[str, object]], dict[str, object]]
"""What becomes of one object. Raises BadLineError; ValidationError is told field by field."""


class BadLineError(Exception):
    """A line can't be answered; the text says why."""


def answer_lines(source: BinaryIO, target: BinaryIO, answering: Answering) -> tuple[int, int]:
    """Answer line by line, in their order; how many there were, and how many had an error.

    Lines of nothing but blanks are none. Never holds more than one of them.
    """
    count = refused = 0
    for line in _lines(source):
        if line is not None and not line.strip():
            continue
        answer, good = _answered(line, answering)
        target.write(_written(answer))
        count += 1
        refused += not good
    target.flush()
    return count, refused


@contextmanager
def output_to(name: str) -> Iterator[BinaryIO]:
    """Where answers go. A file appears, or is replaced, once it is whole; never in between."""
    path = Path(name).resolve()
    if name == STANDARD:
        yield sys.stdout.buffer
        return
    if path.exists() and not path.is_file():  # a pipe or a device
        with path.open("wb") as target:
            yield target
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as target:
            yield target
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def input_from(name: str) -> nullcontext[BinaryIO] | BinaryIO:
    """Where questions come from."""
    return nullcontext(sys.stdin.buffer) if name == STANDARD else Path(name).open("rb")


def _answered(line: bytes | None, answering: Answering) -> tuple[dict[str, object], bool]:
    if line is None:
        return {"id": None, "error": f"the line is longer than {LONGEST_LINE} bytes"}, False
    known: str | int | None = None
    try:
        content = _object(line)
        known = _known(content.get("id"))
        return answering(content), True
    except ValidationError as error:
        return {"id": known, "error": _reasons(error)}, False
    except BadLineError as error:
        return {"id": known if known is not None else _id_within(line), "error": str(error)}, False


def _object(line: bytes) -> dict[str, object]:
    try:
        content = from_json(line, catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError as error:
        raise BadLineError(_unreadable(line, error)) from error
    if not isinstance(content, dict):
        raise BadLineError("the line is no JSON object")
    return content


def _lines(source: BinaryIO) -> Iterator[bytes | None]:
    """None for one that is too long; the rest of it is passed over."""
    first = True
    while line := source.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = source.readline(LONGEST_LINE)
            yield None
        else:
            yield line.removeprefix(MARK) if first else line
        first = False


def _written(answer: dict[str, object]) -> bytes:
    # Half of a surrogate pair can stand in an id only; it comes back as it was, escaped.
    try:
        return json.dumps(answer, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(answer).encode() + b"\n"


def _unreadable(line: bytes, error: ValueError) -> str:
    try:
        line.decode()
    except UnicodeDecodeError as broken:
        return f"the line is no UTF-8: byte {broken.start + 1}"
    if "duplicate key" in str(error):
        return "the line is no clear JSON object: a key stands twice"
    return f"the line is no JSON: {error}"


def _id_within(line: bytes) -> str | int | None:
    """The id of an object that can't be taken otherwise; None if there is not exactly one."""
    try:
        pairs = json.loads(line, object_pairs_hook=lambda found: tuple(found))
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, tuple):
        return None
    ids = [value for key, value in pairs if key == "id"]
    return _known(ids[0]) if len(ids) == 1 else None


def _known(given: object) -> str | int | None:
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        return None
    return given


def _reasons(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc'])}: "
        f"{item['msg'].removeprefix('Value error, ')}".removeprefix(": ")
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    )
