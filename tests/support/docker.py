"""A Docker engine, where one answers: builds and runs images through its command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic_settings import BaseSettings, SettingsConfigDict

from tests.support.compose import ROOT

BUILD_S = 900
MADE_BASE = "aftercare-test-base"
"""Tag of a base image that was made here, kept for the next run."""


class DockerSettings(BaseSettings):
    """What images are built on."""

    model_config = SettingsConfigDict(env_prefix="AFTERCARE_", extra="ignore")

    base_image: str = "python:3.11-slim"


def docker(*words: str, timeout_s: float = 60, check: bool = True) -> str:
    """Standard output of a docker command; fails the test with what it said."""
    done = _docker(*words, timeout_s=timeout_s)
    if check and done.returncode != 0:
        pytest.fail(f"docker {' '.join(words)}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout.strip()


def _docker(*words: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *words], cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False
    )


def need_engine() -> None:
    """Skip the test, with the reason, unless an engine answers."""
    if shutil.which("docker") is None:
        pytest.skip("no docker command")
    done = _docker("info", "--format", "{{.ServerVersion}}", timeout_s=30)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        pytest.skip(f"no Docker engine answers: {said[-1] if said else 'no word from it'}")


def base_image() -> str:
    """One that is here, can be made from Debian's packages, or can be pulled; else skip."""
    wanted = DockerSettings().base_image
    for tag in (wanted, MADE_BASE):
        if _docker("image", "inspect", tag, timeout_s=30).returncode == 0:
            return tag
    if os.geteuid() == 0 and shutil.which("debootstrap") is not None:
        made = subprocess.run(
            ["deploy/base-image.sh", MADE_BASE],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode == 0:
            return MADE_BASE
        pytest.skip(f"no base image can be made: {made.stderr.strip()[-300:]}")
    pulled = _docker("pull", "--quiet", wanted, timeout_s=300)
    if pulled.returncode != 0:
        pytest.skip(f"{wanted} can't be pulled, and to make one takes root and debootstrap")
    return wanted


def build(service: str, base: str) -> str:
    """Build a service's image; its tag. Uses this machine's network, as pip does here."""
    tag = f"aftercare-test/{service}"
    words = ["build", "--quiet", "--network=host", "--file=deploy/Dockerfile", f"--tag={tag}"]
    arguments = [f"--build-arg=BASE_IMAGE={base}", f"--build-arg=SERVICE={service}"]
    docker(*words, *arguments, ".", timeout_s=BUILD_S)
    return tag


def inspect(name: str) -> dict[str, Any]:
    """What the engine knows about an image or a container."""
    found: list[dict[str, Any]] = json.loads(docker("inspect", name))
    return found[0]


def log_of(name: str) -> str:
    """All that a container wrote."""
    done = _docker("logs", name, timeout_s=30)
    return done.stdout + done.stderr


def hardened(entry: Mapping[str, Any]) -> list[str]:
    """Flags for `docker run` that are as strict as a compose entry, on this machine's network."""
    words = ["--network=host", f"--user={entry['user']}", f"--memory={entry['mem_limit']}"]
    words += ["--read-only"] if entry["read_only"] else []
    words += [f"--cap-drop={name}" for name in entry["cap_drop"]]
    words += [f"--security-opt={name}" for name in entry["security_opt"]]
    words += [f"--tmpfs={place}" for place in entry["tmpfs"]]
    return [*words, f"--pids-limit={entry['pids_limit']}"]
