"""The variables that each service is started with: the one place that knows their names.

Called by the supervisor. What is not named here a service inherits from whoever starts the stack.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from devstack.layout import ServicePorts
from devstack.ports import HOST
from devstack.standins.accounts import Accounts, load_or_create
from devstack.state import Keys
from runtime.migrations import role_of

ALL = "*"
"""Name under which `extra` holds variables for every service."""


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """Business time: `scale` business seconds a real second, beginning at `origin`."""

    scale: float
    origin_at: datetime
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a stack offers to its services."""

    run_dir: Path
    kafka_bootstrap: str
    database_url: str
    """With an owner's rights; services get their own role put in."""
    keys: Keys
    policy_dir: Path
    standins_port: int
    spans_port: int
    clock: ScaledClock | None
    extra: Mapping[str, Mapping[str, str]]

    @property
    def shop_secrets_path(self) -> Path:
        """File of the shops' signing secrets."""
        return self.run_dir / "shop-secrets.json"

    @property
    def accounts_path(self) -> Path:
        """File of those accounts; read by the stand-ins."""
        return self.run_dir / "standins.accounts.json"

    @property
    def notifier_accounts_path(self) -> Path:
        """File of the same accounts in the form that the notifier reads."""
        return self.run_dir / "notifier.accounts.json"

    @property
    def accounts(self) -> Accounts:
        """The accounts at the stand-in providers."""
        return load_or_create(self.accounts_path)

    @property
    def providers_url(self) -> str:
        """Where the stand-in providers answer."""
        return f"http://{HOST}:{self.standins_port}"


MEMORY = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "262144"}
"""The C library keeps an arena for each thread and gives little back: a tenth of the resident
memory of a busy service. deploy/Dockerfile sets the same."""


def variables_of(service: str, ports: ServicePorts, around: Surroundings) -> dict[str, str]:
    """All variables of one service."""
    password = around.keys.passwords[service]
    variables = {
        "AFTERCARE_KAFKA_BOOTSTRAP": around.kafka_bootstrap,
        "AFTERCARE_DATABASE_URL": with_account(around.database_url, role_of(service), password),
        "AFTERCARE_MASTER_KEY": around.keys.master_key,
        "AFTERCARE_HEALTH_PORT": str(ports.health),
        "AFTERCARE_OTLP_ENDPOINT": f"http://{HOST}:{around.spans_port}",
        "AFTERCARE_POLICY_DIR": str(around.policy_dir),
        **MEMORY,
        **_own(service, around),
    }
    if ports.api is not None:
        variables["AFTERCARE_API_PORT"] = str(ports.api)
    if around.clock is not None:
        variables |= {
            "AFTERCARE_TIME_SCALE": repr(around.clock.scale),
            "AFTERCARE_TIME_ORIGIN": around.clock.origin_at.isoformat(),
            "AFTERCARE_TIME_STARTED_AT": around.clock.started_at.isoformat(),
        }
    return {**variables, **around.extra.get(ALL, {}), **around.extra.get(service, {})}


def _own(service: str, around: Surroundings) -> dict[str, str]:
    """Variables that one service alone knows."""
    edge = {"AFTERCARE_SHOP_SECRETS_FILE": str(around.shop_secrets_path)}
    store = {"AFTERCARE_OBJECT_STORE": str(around.run_dir / "objects")}
    own = {
        "intake": {**edge, **store},
        "notifier": {
            **edge,
            "AFTERCARE_NOTIFIER_ACCOUNTS_FILE": str(around.notifier_accounts_path),
        },
        "resolution": edge,
        "evidence": {**store, "AFTERCARE_EVIDENCE_SIGNING_KEY": around.keys.evidence_seed},
    }
    return own.get(service, {})


def with_account(url: str, role: str, password: str) -> str:
    """The same database address for another role."""
    parts = urlsplit(url)
    where = parts.netloc.rpartition("@")[2]
    account = f"{quote(role, safe='')}:{quote(password, safe='')}"
    return parts._replace(netloc=f"{account}@{where}").geturl()


def through(url: str, port: int) -> str:
    """The same database, reached by another loopback port; 0 leaves the address as it is."""
    if not port:
        return url
    parts = urlsplit(url)
    account = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{account}@{HOST}:{port}").geturl()


def write_shop_secrets(keys: Keys, path: Path) -> None:
    """The file of signing secrets in the form that the HTTP edges read, for its owner only."""
    shops = {shop: [{"secret": secret}] for shop, secret in keys.shops.items()}
    path.touch(mode=0o600)
    path.write_text(json.dumps(shops, indent=2), encoding="utf-8")
