"""Signal 9 in the middle of a livestream: the service comes back and everything adds up."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from cli.demo.options import DemoOptions
from cli.demo.run import run_demo
from schemas.topics import SERVICES


@pytest.mark.timeout(240)
@pytest.mark.parametrize("service", SERVICES)
async def test_a_killed_service_leaves_nothing_undone(service: str) -> None:
    with tempfile.TemporaryDirectory(prefix="aftercare-kill-") as folder:
        options = DemoOptions(
            run_dir=Path(folder) / "run",
            seed=len(service),
            orders=400,
            tickets=60,
            span_s=900,
            kill=(service,),
        )
        summary = await run_demo(options)
    assert summary.killed == (service,)
    assert summary.restarts[service] >= 1
    assert summary.problem == ""
    broken = [check for check in summary.checks if check.outcome == "broken"]
    assert broken == []
    assert summary.holds
    assert summary.tickets >= 50
