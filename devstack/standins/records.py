"""The stand-ins' record: one JSON line per message of a request, written before the answer.
Written by the stand-ins, read by `aftercare verify` and tests as the truth about what providers
got."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

_PHONE = re.compile(r"(?<!\d)(?:86)?(1\d{10})(?!\d)")


class DamagedRecordError(ValueError):
    """A line that is complete and still no record."""


@dataclass(frozen=True, slots=True)
class SendRecord:
    """One message of a request as the provider saw it, the `place`-th of those that it holds.

    `recipient_hash` is comparable through `recipient_hash()`. `kind` ask is a query for the
    state of sends to that recipient. `fault` names the injected one. Of a template SMS, `text`
    is the rendering if the stand-in knows the template. Phone numbers inside are masked.
    """

    provider: str
    at: datetime
    accepted: bool
    code: str
    kind: Literal["send", "ask"] = "send"
    out_id: str = ""
    recipient_hash: str = ""
    recipient_masked: str = ""
    text: str = ""
    sign: str = ""
    template: str = ""
    params: dict[str, str] = field(default_factory=dict)
    provider_message_id: str = ""
    fault: str = ""
    place: int = 0


_LINE = TypeAdapter(SendRecord)
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_FIELDS = tuple(each.name for each in fields(SendRecord))


def read(path: Path) -> Iterator[SendRecord]:
    """All records in the order of arrival; none if the file is missing. A last line that is
    still being written is left out. Raises DamagedRecordError."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield _LINE.validate_json(line)
            except ValidationError as error:
                raise DamagedRecordError(f"line {number} of {path.name}") from error


def accepted_sends(path: Path) -> Iterator[SendRecord]:
    """What the providers took: each one is a message that a person gets."""
    return (each for each in read(path) if each.accepted and each.kind == "send")


class RecordFile:
    """Appends records. Each is in the kernel's hands before `append` returns, so that it
    outlives any process; only a crash of the machine may cost the last ones."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _drop_torn_end(path)
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def append(self, *records: SendRecord) -> None:
        """Write a line for each, all of them at once."""
        data = b"".join(map(_line, records))
        if os.write(self._handle, data) != len(data):
            raise OSError("the record could not be written in full")

    def close(self) -> None:
        """Give the file back."""
        os.close(self._handle)


def _line(record: SendRecord) -> bytes:
    # Not asdict(): its deep copies cost a fifth of a whole request.
    values = {name: getattr(record, name) for name in _FIELDS}
    values["at"] = record.at.isoformat()
    return _write(values).encode("utf-8", errors="replace") + b"\n"


def recipient_hash(recipient: str, salt: str) -> str:
    """What stands for a phone number or a robot's key: the same for the same salt."""
    name = recipient.encode("utf-8", errors="replace")
    return hmac.digest(salt.encode(), name, hashlib.sha256).hex()[:32]


def masked(recipient: str) -> str:
    """A phone number or key with at most the first three and last two characters left."""
    if len(recipient) < 8:
        return "*" * len(recipient)
    return f"{recipient[:3]}{'*' * (len(recipient) - 5)}{recipient[-2:]}"


def without_phones(text: str) -> str:
    """The text with phone numbers masked."""
    return _PHONE.sub(lambda found: masked(found.group(1)), text)


def _drop_torn_end(path: Path) -> None:
    """A line cut off by a crash was never answered: the provider did not take that one."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
