"""What a stack is made of, and taking over its run folder. Called by the supervisor."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from devstack import layout
from devstack.layout import ServicePorts
from devstack.ports import free_ports, is_free
from devstack.problems import StackError
from devstack.settings import StackSettings
from devstack.state import Keys, Mark, Phase, RunState, clear_leftovers, read_state, write_state
from runtime.clock import wall_now
from schemas.topics import SERVICES

CONTROLLER = "kafka.controller"


@dataclass(frozen=True, slots=True)
class Options:
    """What a stack is made of."""

    services: tuple[str, ...] = SERVICES
    time_scale: float = 1.0
    """Business seconds in one real second; 1: the real clock."""
    time_origin_at: datetime | None = None
    """Business time when a scaled clock starts; None: the real time then."""
    extra_env: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """More variables by service; under "*" for all of them."""
    standins_args: tuple[str, ...] = ()
    """More flags of the stand-in providers, as `python -m devstack.standins --help` lists them."""
    settings: StackSettings = field(default_factory=StackSettings)
    database_through: int = 0
    """Loopback port of what stands between the services and the database; 0: nothing does."""
    led_in_by: tuple[str, ...] = ()
    """Module and words that start a service whose own module comes behind them; none: it starts
    itself."""

    @property
    def scaled(self) -> bool:
        """Whether business time differs from real time."""
        return self.time_scale != 1.0 or self.time_origin_at is not None


def port_names(services: Iterable[str]) -> list[str]:
    """A name for every port that a stack listens on."""
    names = [layout.KAFKA, CONTROLLER, layout.POSTGRES, layout.STANDINS, layout.SPANS]
    for service in services:
        names.append(f"{service}.health")
        if service in layout.WITH_API:
            names.append(f"{service}.api")
    return names


def assign_ports(names: list[str], earlier: Mapping[str, int]) -> dict[str, int]:
    """A free port for each name, the earlier one where it is free."""
    ports = {name: earlier[name] for name in names if name in earlier and is_free(earlier[name])}
    lacking = [name for name in names if name not in ports]
    fresh = [port for port in free_ports(len(names)) if port not in ports.values()]
    return ports | dict(zip(lacking, fresh, strict=False))


def lost_ports(ports: Mapping[str, int]) -> dict[str, int]:
    """Those that somebody else listens on, to be asked once everything of ours has ended."""
    return {name: port for name, port in ports.items() if not is_free(port)}


def service_ports(service: str, ports: Mapping[str, int]) -> ServicePorts:
    """Those of one service."""
    return ServicePorts(ports[f"{service}.health"], ports.get(f"{service}.api"))


def claim(run_dir: Path, options: Options) -> RunState:
    """Make the run folder this process's: end leftovers, keep earlier keys, ports and clock.

    Raises StackError when another supervisor lives there.
    """
    earlier = read_state(run_dir)
    if earlier.running:
        pid = earlier.supervisor.pid if earlier.supervisor else 0
        raise StackError(
            f"a stack already runs in {run_dir} (process {pid})",
            "`aftercare status` shows it, `aftercare down` stops it.",
        )
    clear_leftovers(earlier)
    keys = Keys.made(SERVICES) if earlier.keys is None else earlier.keys
    state = RunState(
        phase=Phase.STARTING,
        supervisor=Mark.of(os.getpid()),
        started_at=wall_now(),
        kafka_bootstrap=options.settings.kafka_bootstrap,
        database_url=options.settings.database_url.get_secret_value(),
        ports=assign_ports(port_names(options.services), earlier.ports),
        keys=keys,
        time_origin=earlier.time_origin,
        time_started_at=earlier.time_started_at,
    )
    write_state(run_dir, state)
    return state
