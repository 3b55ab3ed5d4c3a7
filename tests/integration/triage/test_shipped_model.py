"""The shipped model is what training makes of the shipped texts and policy, byte for byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from services.triage.model.file import SHIPPED

ROOT = Path(__file__).resolve().parents[3]


def test_training_gives_the_shipped_model() -> None:
    before = SHIPPED.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "services.triage.training", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, f"`make train` was not run: {done.stdout}{done.stderr}"
    assert done.stdout.endswith(": the shipped model\n")
    assert done.stderr == ""
    assert SHIPPED.read_bytes() == before
