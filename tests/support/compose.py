"""docker-compose.yml as the tests read it: defaults filled in, one object per service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from schemas.topics import SERVICES

ROOT = Path(__file__).resolve().parents[2]
SECRETS = "/run/secrets"
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*))?\}")


@dataclass(frozen=True)
class Container:
    """One entry of `services`."""

    name: str
    entry: dict[str, Any]

    @property
    def variables(self) -> dict[str, str]:
        """What `environment` sets."""
        return {name: str(value) for name, value in self.entry.get("environment", {}).items()}

    @property
    def secrets(self) -> dict[str, str]:
        """Name of each mounted secret by the file name below /run/secrets."""
        found = [
            (secret, secret) if isinstance(secret, str) else (secret["target"], secret["source"])
            for secret in self.entry.get("secrets", [])
        ]
        return dict(found)

    @property
    def secret_variables(self) -> dict[str, str]:
        """Those that the image's entry point turns into variables."""
        return {name: source for name, source in self.secrets.items() if name.isupper()}

    @property
    def ports(self) -> dict[int, tuple[str, int]]:
        """(address, port) on this machine by the port inside."""
        found = {}
        for port in self.entry.get("ports", []):
            address, outer, inner = port.split(":")
            found[int(inner)] = (address, int(outer))
        return found


class Compose:
    """The whole file."""

    def __init__(self) -> None:
        self.text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
        filled = VARIABLE.sub(lambda found: found[2] or "", self.text)
        self.document: dict[str, Any] = yaml.safe_load(filled)
        self.containers = {
            name: Container(name, entry) for name, entry in self.document["services"].items()
        }

    @property
    def services(self) -> dict[str, Container]:
        """Those that run one of our services."""
        return {name: self.containers[name] for name in SERVICES if name in self.containers}

    @property
    def interpolated(self) -> dict[str, str | None]:
        """Variables that the file itself reads, with their defaults."""
        return {found[1]: found[2] for found in VARIABLE.finditer(self.text)}


def read_yaml(path: str) -> Any:
    """A YAML file below the root."""
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
