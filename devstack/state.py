"""What is known about a stack, kept in its run folder: keys, ports, processes, phase.

Written by the supervisor, read by `aftercare status` and `down` and by whoever starts next.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import psutil
from pydantic import BaseModel, Field, ValidationError

from devstack.layout import DEMO_SHOP
from devstack.problems import StackError
from devstack.processes import kill_tree
from schemas.values import Instant

FILE = "state.json"


class Phase(StrEnum):
    """Where a stack is in its life."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class Mark(BaseModel):
    """A process that is still told from a later one with the same id."""

    pid: int = Field(description="Process id.")
    born: float = Field(description="When it began, seconds since 1970, as the system says it.")

    @classmethod
    def of(cls, pid: int) -> Mark | None:
        """The mark of a running process; None when it is gone."""
        try:
            return cls(pid=pid, born=psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.born) < 1
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


class PartState(BaseModel):
    """One part of the stack as the supervisor saw it last."""

    name: str = Field(description="Name in the layout.")
    state: str = Field(description="waiting, starting, ready, down or stopped.")
    mark: Mark | None = Field(default=None, description="Its process.")
    ports: dict[str, int] = Field(default_factory=dict, description="Loopback ports by purpose.")
    restarts: int = Field(default=0, description="Restarts after an unexpected end.")
    log: str = Field(default="", description="Path of its log.")


class Keys(BaseModel):
    """Secrets made once per run folder; a stack started again there needs the same ones."""

    master_key: str = Field(description="32 bytes, base64: wraps the keys of persons.")
    passwords: dict[str, str] = Field(description="Database password of each service's role.")
    shops: dict[str, str] = Field(description="Signing secret of each shop, whsec_ and base64.")
    evidence_seed: str = Field(description="Seed of the key that signs tree heads, base64.")

    @classmethod
    def made(cls, services: Iterable[str]) -> Keys:
        """Fresh ones."""
        return cls(
            master_key=base64.b64encode(secrets.token_bytes(32)).decode(),
            passwords={name: secrets.token_urlsafe(24) for name in services},
            shops={DEMO_SHOP: f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"},
            evidence_seed=base64.b64encode(secrets.token_bytes(32)).decode(),
        )


class RunState(BaseModel):
    """The file. Readable by its owner only: it holds the keys."""

    phase: Phase = Field(default=Phase.STOPPED, description="Where the stack is in its life.")
    message: str = Field(default="", description="What it does now, or why it failed.")
    advice: str = Field(default="", description="What the user can do about a failure.")
    supervisor: Mark | None = Field(default=None, description="The process that keeps it.")
    started_at: Instant | None = Field(default=None, description="When the start began (UTC).")
    kafka_bootstrap: str = Field(default="", description="host:port of the broker.")
    database_url: str = Field(default="", description="URL with an owner's rights.")
    ports: dict[str, int] = Field(default_factory=dict, description="Ports, asked for again.")
    parts: list[PartState] = Field(default_factory=list, description="All parts, in order.")
    keys: Keys | None = Field(default=None, description="Secrets of this run folder.")
    time_origin: Instant | None = Field(default=None, description="Scaled clock: its beginning.")
    time_started_at: Instant | None = Field(default=None, description="Real time at that moment.")

    @property
    def running(self) -> bool:
        """Whether its supervisor lives."""
        return self.supervisor is not None and self.supervisor.alive

    def leftovers(self) -> list[PartState]:
        """Parts that still run although their supervisor is gone."""
        if self.running:
            return []
        return [part for part in self.parts if part.mark is not None and part.mark.alive]


def read_state(run_dir: Path) -> RunState:
    """The state of that run folder; an empty one where nothing ever ran. Raises StackError."""
    path = run_dir / FILE
    try:
        return RunState.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return RunState()
    except ValidationError as error:
        raise StackError(
            f"{path} can't be read ({error.error_count()} errors): it is of another version",
            f"If nothing runs from there any more, remove the folder {run_dir}.",
        ) from error


def write_state(run_dir: Path, state: RunState) -> None:
    """Replace the file in one step: a reader sees the old one or the new one."""
    run_dir.mkdir(parents=True, exist_ok=True)
    fresh = run_dir / f".{FILE}.{os.getpid()}"
    fresh.touch(mode=0o600)
    fresh.write_text(state.model_dump_json(indent=2), encoding="utf-8")
    fresh.replace(run_dir / FILE)


def clear_leftovers(state: RunState) -> list[str]:
    """End what an earlier supervisor left running (signal 9); the names of those parts."""
    found = state.leftovers()
    for part in found:
        if part.mark is not None:
            kill_tree(part.mark.pid)
    return [part.name for part in found]
