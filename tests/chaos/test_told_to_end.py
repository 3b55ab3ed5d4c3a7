"""A run that is told to end takes everything with it: processes, and the disks that it mounted."""

from __future__ import annotations

import signal
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from pathlib import Path

import psutil
import pytest

from chaos.catalog import lacking
from cli.ending import ENDED_EARLY
from devstack.settings import ROOT

STRUCK = "X20" if not lacking() else "X9"


@pytest.mark.nightly
@pytest.mark.timeout(180)
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP], ids=lambda each: each.name)
async def test_nothing_is_left_behind(run_dir: Path, told: signal.Signals) -> None:
    words = ("--seconds", "60", "--per-s", "4", "--faults", STRUCK, "--run-dir", str(run_dir / "r"))
    run = await create_subprocess_exec(
        sys.executable, "-m", "cli.main", "chaos", *words, cwd=ROOT, stderr=PIPE
    )
    assert run.stderr is not None
    try:
        async for line in run.stderr:
            if f" s  {STRUCK} " in line.decode():
                break
        started = psutil.Process(run.pid).children(recursive=True)
        assert len(started) >= 8
        run.send_signal(told)
        await run.stderr.read()
        assert await run.wait() == ENDED_EARLY
        _, left = psutil.wait_procs(started, timeout=0)
        assert not left
        mounts = [each.mountpoint for each in psutil.disk_partitions(all=True)]
        assert not [place for place in mounts if place.startswith(str(run_dir))]
    finally:
        if run.returncode is None:
            run.kill()
