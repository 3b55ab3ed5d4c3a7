"""The simulator's own record of what it sent and what was acknowledged, one JSON object a line.

Written by the driver, read by `aftercare verify` as the truth about what the system promised.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runtime.clock import wall_now
from schemas.values import Instant

Via = Literal["http", "kafka"]
Result = Literal["acknowledged", "refused", "given_up"]
FILE = "journal.jsonl"


class Sent(BaseModel):
    """One request or record and its end. Holds ids only, no personal data, no texts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    via: Via = Field(description="How it was sent.")
    what: str = Field(
        description="http: tickets, messages, replies, calls, waiting, resume, resolution, "
        "events; kafka: the event's short name."
    )
    result: Result = Field(
        description="acknowledged: 2xx, or the broker has it; refused: 4xx; given_up: no answer "
        "counts as a promise."
    )
    shop: str = Field(description="Shop that it was sent for.")
    id: str = Field(description="http: webhook-id; kafka: event id.")
    about: str = Field(description="Ticket id, order id, session id, or origin/external id.")
    sent: dict[str, Any] = Field(
        default_factory=dict,
        description="tickets: origin, external_id, in a burst its place; messages, replies: "
        "message_id; calls: call_id; events: source, event, event_id if the sender chose it; "
        "kafka: nothing.",
    )
    status: int = Field(default=0, description="HTTP status; 0 for Kafka or without an answer.")
    answer: dict[str, Any] = Field(
        default_factory=dict,
        description="http: body of the answer, of a refusal its code; kafka: topic, partition, "
        "offset.",
    )
    tries: int = Field(default=1, description="Requests that it took.")
    at: Instant = Field(description="Real time of the answer (UTC).")


class Journal:
    """Appends entries; call `close` before anybody reads it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.counts: dict[tuple[str, str], int] = {}
        self._file: IO[str] = path.open("a", encoding="utf-8")

    def note(
        self,
        via: Via,
        what: str,
        result: Result,
        shop: str,
        number: str,
        about: str,
        *,
        sent: Mapping[str, Any] | None = None,
        status: int = 0,
        answer: Mapping[str, Any] | None = None,
        tries: int = 1,
    ) -> None:
        """Write one entry; it is on disk after `flush`."""
        entry = {
            "via": via, "what": what, "result": result, "shop": shop, "id": number,
            "about": about, "sent": sent or {}, "status": status, "answer": answer or {},
            "tries": tries, "at": wall_now().isoformat(),
        }  # fmt: skip
        self._file.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n")
        self.counts[what, result] = self.counts.get((what, result), 0) + 1

    def flush(self) -> None:
        """Hand everything to the kernel."""
        self._file.flush()

    def close(self) -> None:
        """No entry can be written any more."""
        self._file.close()


def read(path: Path) -> Iterator[Sent]:
    """All entries in the order of their answers; a line that is still being written is left out.

    Nothing where the file is missing. Raises ValueError for a damaged line.
    """
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                yield Sent.model_validate_json(line)
