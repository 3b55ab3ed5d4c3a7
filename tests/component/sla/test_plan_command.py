"""`aftercare sla plan` in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.unit.sla.plan_model.test_plan_command import GOOD


def test_the_command_needs_no_variables_and_speaks_through_pipes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "sla", "plan", "--input", "-", "--output", "-"],
        input=json.dumps(GOOD).encode() + b"\nno\n",
        capture_output=True,
        env={},
        check=False,
    )
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["t", None]
    assert done.returncode == 1
