"""Where the running system is: all that the driver needs to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from devstack.supervisor import Stack
from simulator.pace import Pace


@dataclass(frozen=True, slots=True)
class System:
    """Addresses, secrets and the clock of one running system."""

    kafka_bootstrap: str
    intake_url: str
    resolution_url: str
    database_url: str
    """Of a role that may use the keyring: an upstream adapter seals contact data itself."""
    master_key: str
    shops: Mapping[str, str]
    """Signing secret of each shop."""
    pace: Pace

    @classmethod
    def of(cls, stack: Stack) -> System:
        """A started stack with intake and resolution."""
        variables = stack.variables("intake")
        return cls(
            kafka_bootstrap=stack.kafka_bootstrap,
            intake_url=stack.api_url("intake"),
            resolution_url=stack.api_url("resolution"),
            database_url=variables["AFTERCARE_DATABASE_URL"],
            master_key=variables["AFTERCARE_MASTER_KEY"],
            shops=dict(stack.keys.shops),
            pace=Pace.of(variables),
        )
