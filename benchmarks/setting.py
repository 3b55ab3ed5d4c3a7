"""What every benchmark is given, and the durable stack they all run on. Made by `aftercare bench`
and by the tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Tell
from devstack.plan import Options
from devstack.settings import StackSettings
from schemas.topics import SERVICES


@dataclass(frozen=True, slots=True)
class Setting:
    """`size` scales every load: 1 is the published one, tests take a hundredth.

    `run_dir` belongs to the benchmark alone and is empty at its start. `only` names parts of it,
    where it has such: none means all.
    """

    run_dir: Path
    tell: Tell
    rounds: int = 3
    size: float = 1.0
    only: tuple[str, ...] = ()

    def of(self, full: int, least: int = 1) -> int:
        """A count scaled to this run."""
        return max(least, round(full * self.size))


def durable(
    services: tuple[str, ...] = SERVICES,
    extra_env: Mapping[str, Mapping[str, str]] | None = None,
) -> Options:
    """A stack in which what is acknowledged is on the disk, in the database and the broker."""
    settings = StackSettings(kafka_flush_every_message=True)
    return Options(services=services, settings=settings, extra_env=extra_env or {})
