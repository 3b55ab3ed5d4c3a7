"""What a demo is made of. Filled in by the command line and by tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from devstack.settings import StackSettings

ORIGIN_AT = datetime(2026, 3, 6, 6, 0, tzinfo=UTC)
"""Friday, 14:00 in China: within working hours and outside quiet hours."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`scale`: business seconds in one real second; the stream lasts `span_s` business seconds."""

    run_dir: Path
    seed: int = 1
    orders: int = 20_000
    tickets: int = 2_000
    scale: float = 60.0
    span_s: int = 3_600
    texts: Path | None = None
    kill: tuple[str, ...] = ()
    """Services that get signal 9 in the middle of the stream."""
    keep: bool = False
    """The services run on after the checks, until the caller ends them."""
    settings: StackSettings = field(default_factory=StackSettings)
