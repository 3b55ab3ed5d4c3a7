"""Starts triage's own programs as processes: commands import no service. Called by `command`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from cli import programs
from devstack.settings import ROOT, inherited_environment

CLASSIFY = "services.triage.classify"
WORKBENCH = "services.triage.workbench"


def run(program: str, *words: str) -> int:
    """Run one that writes for people or files itself; its exit code, negative after a signal."""
    return subprocess.run(
        [sys.executable, "-m", program, *words], cwd=ROOT, env=inherited_environment(), check=False
    ).returncode


def asked(
    program: str, *words: str, lines: Iterable[bytes] | None = None
) -> tuple[dict[str, Any], int]:
    """The document that a tool of the workbench gives, and its exit code; see `cli.programs`."""
    return programs.asked(f"{WORKBENCH}.{program}", *words, lines=lines)
