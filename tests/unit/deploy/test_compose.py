"""docker-compose.yml: valid, complete, closed to the outside."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema import Draft7Validator

from cli.deploy_secrets import STANDINS_URL, makers
from devstack import jars
from devstack.standins.channel_accounts import REPORTS_PATH
from schemas.topics import SERVICES
from tests.support.compose import ROOT, Compose, Container

OURS = {*SERVICES, "migrate", "topics", "standins"}
LEANED_ON = {"kafka", "postgres"}
WATCHING = {"otel-collector", "tempo", "prometheus", "grafana"}
WITHOUT_SHELL = {"otel-collector", "tempo"}
"""Images that hold nothing a health check could run."""


def names(compose: Compose) -> list[str]:
    return sorted(compose.containers)


def test_fits_the_compose_specification(compose: Compose) -> None:
    path = ROOT / "tests" / "support" / "compose-spec.json"
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    found = list(Draft7Validator(schema).iter_errors(compose.document))
    assert [f"{list(error.path)}: {error.message}" for error in found] == []


def test_holds_the_whole_system(compose: Compose) -> None:
    assert set(compose.containers) == OURS | LEANED_ON | WATCHING
    assert tuple(compose.services) == SERVICES


@pytest.mark.parametrize("name", sorted(OURS | LEANED_ON | WATCHING))
def test_a_container_may_do_nothing_it_need_not(compose: Compose, name: str) -> None:
    entry = compose.containers[name].entry
    user, _, group = entry["user"].partition(":")
    assert int(user) > 0
    assert group
    assert entry["read_only"] is True
    assert entry["cap_drop"] == ["ALL"]
    assert "cap_add" not in entry
    assert entry["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in entry
    assert entry["mem_limit"]
    assert not {"pid", "ipc", "devices"} & entry.keys()
    assert entry.get("network_mode", "service:notifier") == "service:notifier"


def test_nothing_is_published_beyond_this_machine(compose: Compose) -> None:
    published = [
        (container.name, address, port)
        for container in compose.containers.values()
        for address, port in container.ports.values()
    ]
    assert {address for _, address, _ in published} == {"127.0.0.1"}
    ports = [port for _, _, port in published]
    assert len(ports) == len(set(ports))
    assert compose.document["networks"]["inside"] == {"internal": True}
    for container in compose.containers.values():
        inner = set(container.entry.get("networks", []))
        assert inner <= {"inside", "outside"}
        assert "outside" in inner or not container.ports


def test_only_this_folder_is_mounted_and_only_for_reading(compose: Compose) -> None:
    volumes = set(compose.document["volumes"])
    for container in compose.containers.values():
        for mount in container.entry.get("volumes", []):
            source, _, rest = mount.partition(":")
            if source in volumes:
                continue
            assert source.startswith("./deploy/"), mount
            assert rest.endswith(":ro"), mount
            assert (ROOT / source).exists(), mount


def test_secrets_are_files_that_the_command_makes(compose: Compose) -> None:
    folder = compose.interpolated["AFTERCARE_SECRETS_DIR"]
    declared = compose.document["secrets"]
    assert folder
    assert {entry["file"] for entry in declared.values()} == {
        f"{folder}/{name}" for name in makers("any")
    }
    used = {name for c in compose.containers.values() for name in c.secrets.values()}
    assert used == set(declared)


def test_no_secret_is_written_down(compose: Compose) -> None:
    suspicious = re.compile(r"PASSWORD|SECRET|KEY|TOKEN|DATABASE_URL")
    for container in compose.containers.values():
        for name, value in container.variables.items():
            if suspicious.search(name):
                assert value.startswith("/run/secrets/"), f"{container.name}: {name}"
    files = [ROOT / "docker-compose.yml", ROOT / ".env.example", *(ROOT / "deploy").rglob("*")]
    for path in (path for path in files if path.is_file()):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"whsec_|://[^\s/:@]+:[^\s/@]+@", text), path


@pytest.mark.parametrize("name", sorted((LEANED_ON | WATCHING) - WITHOUT_SHELL))
def test_others_images_have_a_health_check(compose: Compose, name: str) -> None:
    check = compose.containers[name].entry["healthcheck"]
    assert check["test"][0] == "CMD"
    assert check["retries"]


def conditions(container: Container) -> dict[str, str]:
    found = container.entry.get("depends_on", {})
    return {name: entry["condition"] for name, entry in found.items()}


def test_starts_in_order(compose: Compose) -> None:
    once = "service_completed_successfully"
    for container in compose.services.values():
        assert conditions(container) == {"migrate": once, "topics": once}
    assert conditions(compose.containers["migrate"]) == {"postgres": "service_healthy"}
    assert conditions(compose.containers["topics"]) == {"kafka": "service_healthy"}
    for name in ("migrate", "topics"):
        entry = compose.containers[name].entry
        assert entry["restart"] == "no"
        assert entry["command"] == ["python", "-m", "cli.deploy", name]


def test_a_service_without_collector_still_starts(compose: Compose) -> None:
    for name in OURS | LEANED_ON:
        assert not WATCHING & conditions(compose.containers[name]).keys()


def test_stand_in_providers_run_only_where_they_are_asked_for(compose: Compose) -> None:
    profiles = {name: c.entry.get("profiles") for name, c in compose.containers.items()}
    assert {name: found for name, found in profiles.items() if found} == {"standins": ["standins"]}
    command = compose.containers["standins"].entry["command"][-1]
    assert f"--port {STANDINS_URL.rpartition(':')[2]} " in command
    assert f"http://127.0.0.1:8080{REPORTS_PATH}/" in command


def test_images_are_built_here_or_pinned(compose: Compose) -> None:
    for name, container in compose.services.items():
        build = container.entry["build"]
        assert container.entry["image"] == f"aftercare/{name}"
        assert build["dockerfile"] == "deploy/Dockerfile"
        assert build["args"]["SERVICE"] == name
    built = {container.entry["image"] for container in compose.services.values()}
    for container in compose.containers.values():
        image = container.entry["image"]
        assert image in built or re.search(r":v?\d+(\.\d+)*$", image), image


def test_broker_and_database_are_the_versions_that_tests_run_on(compose: Compose) -> None:
    kafka = jars.kafka_version(jars.pinned())
    assert compose.containers["kafka"].entry["image"] == f"apache/kafka:{kafka}"
    assert compose.containers["postgres"].entry["image"] == "postgres:18"
