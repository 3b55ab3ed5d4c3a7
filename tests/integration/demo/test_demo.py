"""The whole demo on a small scale: all services, a kill in the middle, everything judged."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from cli.demo.options import DemoOptions
from cli.demo.run import run_demo
from devstack.state import Phase, read_state
from simulator.journal import read


@pytest.mark.timeout(200)
async def test_a_small_demo_holds_with_a_service_killed_in_the_middle(run_dir: Path) -> None:
    folder = run_dir / "demo"
    options = DemoOptions(run_dir=folder, orders=300, tickets=40, scale=240.0, kill=("triage",))
    summary = await run_demo(options)

    broken = [check for check in summary.checks if check.outcome == "broken"]
    assert (summary.problem, broken) == ("", [])
    assert summary.holds
    assert summary.tickets >= 40
    assert summary.restarts["triage"] == 1
    assert summary.archived > summary.tickets
    assert sum(summary.notifications["aliyun_sms"].values()) > summary.tickets
    assert summary.hops[0].tickets == summary.tickets
    json.dumps(asdict(summary))
    sent = list(read(folder / "simulator" / "journal.jsonl"))
    assert len(sent) == sum(sum(results.values()) for results in summary.requests.values())
    assert read_state(folder).phase is Phase.STOPPED
