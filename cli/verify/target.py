"""Which system to verify, and where its parts lie. Made by the command, demo, tests and chaos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cli.verify.canaries import FILE as CANARIES
from devstack.ports import HOST
from devstack.problems import StackError
from devstack.settings import StackSettings
from devstack.state import RunState, read_state
from schemas.topics import SERVICES
from simulator.journal import FILE as JOURNAL

STANDINS, OBJECTS = "standins.jsonl", "objects"
LOGS, SPANS = "logs", "spans.jsonl"


@dataclass(frozen=True, slots=True)
class Target:
    """Addresses and files of one system; None: there is no such source."""

    kafka_bootstrap: str
    database_url: str
    """With reading rights on every service's schema."""
    services: tuple[str, ...] = SERVICES
    standins_record: Path | None = None
    journal: Path | None = None
    """What the load generator was promised (simulator.journal)."""
    objects: Path | None = None
    """Folder of the object store."""
    canaries: Path | None = None
    """The load generator's list of planted personal data (simulator.driver.write_canaries)."""
    logs: tuple[Path, ...] = ()
    """What was written beside the work: logs, spans. Folders stand for the logs in them."""
    pages: tuple[str, ...] = ()
    """Addresses under which the services tell their metrics."""
    planted: frozenset[str] = frozenset()
    """Poison put there on purpose: event ids, or places as topic/partition/offset."""
    time_scale: float | None = None
    """Business seconds in a wall second; None: measured."""
    lateness_limit_s: float | None = None
    """Most lateness allowed to 99 of 100 clocks, wall seconds; None: only reported."""
    brought_in: Mapping[str, datetime] = field(default_factory=dict)
    """Beginnings of the ids of tickets that were brought in from another system, and until when
    what was told of their clocks is on no topic."""
    sample_leaves: int = 20_000
    """About how many evidence records are read from the object store."""

    @classmethod
    def of_run_dir(cls, run_dir: Path, **changes: object) -> Target:
        """The stack of a run folder, else what the environment names. Raises StackError."""
        state = reached(run_dir)
        found: dict[str, object] = {
            "standins_record": _there(run_dir / STANDINS),
            "journal": _there(run_dir / JOURNAL) or _there(run_dir / "simulator" / JOURNAL),
            "objects": run_dir / OBJECTS,
            "canaries": _there(run_dir / CANARIES) or _there(run_dir / "simulator" / CANARIES),
            "logs": tuple(filter(Path.exists, (run_dir / LOGS, run_dir / SPANS))),
            "pages": metrics_of(state.ports),
        }
        if state.started_at is not None and state.time_origin is None:
            found["time_scale"] = 1.0
        return cls(state.kafka_bootstrap, state.database_url, **(found | changes))  # type: ignore[arg-type]


def reached(run_dir: Path) -> RunState:
    """Where broker and database of a run folder are; where nothing ever ran, those that the
    environment names. Raises StackError when there are neither."""
    state, settings = read_state(run_dir), StackSettings()
    found = state.model_copy(
        update={
            "kafka_bootstrap": state.kafka_bootstrap or settings.kafka_bootstrap,
            "database_url": state.database_url or settings.database_url.get_secret_value(),
        }
    )
    if not found.kafka_bootstrap or not found.database_url:
        raise StackError(
            f"nothing ever ran in {run_dir}",
            "`aftercare up` starts a system; --run-dir names the folder of another, "
            "AFTERCARE_KAFKA_BOOTSTRAP and AFTERCARE_DATABASE_URL one without a folder.",
        )
    return found


def metrics_of(ports: Mapping[str, int]) -> tuple[str, ...]:
    """Where the services of a stack tell their metrics, by the stack's ports."""
    found = (port for name, port in sorted(ports.items()) if name.endswith(".health") and port)
    return tuple(f"http://{HOST}:{port}/metrics" for port in found)


def _there(path: Path) -> Path | None:
    return path if path.exists() else None
