"""Signal 9 in the middle of a livestream: the services come back and everything adds up.

The whole demo on a small scale, judged as it judges itself and by what it left behind.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from cli.demo.options import DemoOptions
from cli.demo.run import run_demo
from devstack.state import Phase, read_state
from schemas.topics import SERVICES
from simulator.journal import read

STREAM_S = 18
"""Real seconds: a service is back before the next one is killed."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("killed", "scale"), [(SERVICES[::2], 60), (SERVICES[1::2], 240)], ids=["60x", "240x"]
)
async def test_killed_services_leave_nothing_undone(
    run_dir: Path, killed: tuple[str, ...], scale: int
) -> None:
    """One after the other in the same stream; each service is in one of the two."""
    folder, span_s = run_dir / "demo", STREAM_S * scale
    options = DemoOptions(
        folder, seed=scale, orders=400, tickets=60, scale=scale, span_s=span_s, kill=killed
    )
    summary = await run_demo(options)

    broken = [check for check in summary.checks if check.outcome == "broken"]
    assert (summary.problem, broken) == ("", [])
    assert summary.holds
    assert summary.killed == killed
    assert {name for name, times in summary.restarts.items() if times} == set(killed)
    assert summary.tickets >= 50
    assert summary.archived > summary.tickets
    assert sum(summary.notifications["aliyun_sms"].values()) > summary.tickets
    assert summary.hops[0].tickets == summary.tickets
    json.dumps(asdict(summary))
    sent = list(read(folder / "simulator" / "journal.jsonl"))
    assert len(sent) == sum(sum(results.values()) for results in summary.requests.values())
    assert read_state(folder).phase is Phase.STOPPED
