"""The containers of docker-compose.yml on this machine's own network, with broker, database and
providers of a stack below them. For tests of the images."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cli.deploy_secrets import STANDINS_URL, write_secrets
from devstack.layout import DEMO_SHOP
from devstack.ports import HOST, free_ports
from devstack.supervisor import Stack
from runtime.clock import new_id
from tests.support.compose import SECRETS, Compose, Container
from tests.support.docker import docker, hardened, inspect, log_of

WITH_API = ("intake", "resolution", "notifier")


class Deployment:
    """Secrets in a folder, containers with names of their own."""

    def __init__(self, stack: Stack, images: Mapping[str, str], folder: Path) -> None:
        self._stack = stack
        self._images = images
        self._folder = folder
        self._compose = Compose()
        self._run = f"aftercare-test-{new_id().hex[-12:]}"
        names = list(images)
        ports = free_ports(len(names) + len(WITH_API))
        self.health_ports = dict(zip(names, ports, strict=False))
        self.api_ports = dict(zip(WITH_API, ports[len(names) :], strict=True))

    def make_secrets(self) -> None:
        """As `aftercare secrets` does, with the addresses of the stack."""
        where = urlsplit(self._stack.admin_database_url)
        self._folder.mkdir()
        known = self._stack.run_dir / "standins.accounts.json"
        for name, text in {
            "migrate_database_url": self._stack.admin_database_url,
            "standins_accounts.json": known.read_text(encoding="utf-8"),
        }.items():
            (self._folder / name).write_text(text, encoding="utf-8")
        write_secrets(self._folder, f"{where.hostname}:{where.port}{where.path}")
        accounts = self._folder / "notifier_accounts.json"
        here = f"http://{HOST}:{self._stack.ports['standins']}"
        text = accounts.read_text(encoding="utf-8").replace(STANDINS_URL, here)
        accounts.write_text(text, encoding="utf-8")

    @property
    def shop_secret(self) -> str:
        """What the demo shop signs with."""
        shops = json.loads((self._folder / "shop_secrets.json").read_text(encoding="utf-8"))
        secret: str = shops[DEMO_SHOP][0]["secret"]
        return secret

    @property
    def secret_values(self) -> set[str]:
        """Everything that must not show up anywhere."""
        return {path.read_text(encoding="utf-8") for path in self._folder.iterdir()}

    def run_once(self, name: str) -> str:
        """`migrate` or `topics`: what it printed."""
        entry = self._compose.containers[name].entry
        return docker("run", "--rm", *self._flags(name), self._images["intake"], *entry["command"])

    @contextmanager
    def running(self) -> Iterator[dict[str, str]]:
        """All services at once: container name by service; removed at the end."""
        objects = f"{self._run}-objects"
        docker("volume", "create", objects)
        names = {service: f"{self._run}-{service}" for service in self._images}
        try:
            for service, name in names.items():
                docker(
                    *("run", "--detach", f"--name={name}", "--health-interval=1s"),
                    *(f"--volume={objects}:/var/lib/aftercare/objects",),
                    *self._flags(service),
                    self._images[service],
                )
            yield names
        finally:
            for name in names.values():
                docker("rm", "--force", name, check=False)
            docker("volume", "rm", "--force", objects, check=False)

    def _flags(self, name: str) -> list[str]:
        container = self._compose.containers[name]
        variables = {**container.variables, **self._addresses(container)}
        words = [f"--env={key}={value}" for key, value in variables.items()]
        for target, source in container.secrets.items():
            file = Path(self._compose.document["secrets"][source]["file"]).name
            words.append(f"--volume={self._folder / file}:{SECRETS}/{target}:ro")
        return [*hardened(container.entry), *words]

    def _addresses(self, container: Container) -> dict[str, str]:
        """What differs on one machine: loopback, other ports."""
        here = {
            "AFTERCARE_KAFKA_BOOTSTRAP": self._stack.kafka_bootstrap,
            "AFTERCARE_OTLP_ENDPOINT": f"http://{HOST}:{self._stack.ports['spans']}",
            "AFTERCARE_TRACE_RATIO": "1.0",
            "AFTERCARE_LISTEN_HOST": HOST,
            "AFTERCARE_HEALTH_PORT": str(self.health_ports.get(container.name, 0)),
            "AFTERCARE_API_PORT": str(self.api_ports.get(container.name, 0)),
        }
        return {name: value for name, value in here.items() if name in container.variables}


def state_of(name: str) -> dict[str, str]:
    """Health and exit code of a container, and its last words if it has ended."""
    state = inspect(name)["State"]
    last = "" if state["Running"] else log_of(name)[-1500:]
    return {
        "status": state["Status"],
        "health": state["Health"]["Status"],
        "exit": str(state["ExitCode"]),
        "last": last,
    }
