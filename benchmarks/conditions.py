"""Under which conditions figures were measured: written beside them, so that they can be judged."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from typing import Any

import psutil

from runtime.clock import wall_now

LIBRARIES = ("aiokafka", "asyncpg", "faststream", "pydantic", "uvloop")


def conditions(rounds: int, size: float) -> dict[str, Any]:
    """Machine, versions, and how durable an acknowledgement is."""
    return {
        "measured_at": wall_now().isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load_average_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "libraries": {name: version(name) for name in LIBRARIES},
        "postgres": "fsync on, synchronous_commit on",
        "kafka": "acks all, each append synced to disk, idempotent producers, one broker",
        "rounds": rounds,
        "size": size,
    }
