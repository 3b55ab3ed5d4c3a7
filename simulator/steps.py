"""One thing that an agent, or the platform, does about a ticket. Made by `handling` and `dates`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Path = Literal[
    "replies", "calls", "waiting", "resume", "messages", "resolution", "triage", "promises",
    "platform-deadline",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """Something done `after_s` business seconds behind the classification; what has a date is due
    `due_in_s` after that."""

    after_s: int
    path: Path
    body: Mapping[str, Any]
    due_in_s: int | None = None
