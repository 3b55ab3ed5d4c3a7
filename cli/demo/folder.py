"""The demo's own run folder: emptied for each run, never somebody else's. Called by `run`."""

from __future__ import annotations

import shutil
from pathlib import Path

from devstack.problems import StackError
from devstack.state import clear_leftovers, read_state

MARK = "demo"


def made_empty(run_dir: Path) -> Path:
    """The folder, empty but for its mark. Raises StackError unless an earlier demo made it."""
    if run_dir.exists() and any(run_dir.iterdir()):
        if not (run_dir / MARK).exists():
            raise StackError(
                f"{run_dir} holds other data: a demo begins with nothing and would remove them",
                "Name another folder: --run-dir DIR",
            )
        state = read_state(run_dir)
        if state.running:
            raise StackError(
                f"a demo still runs in {run_dir}", "End it first, or name another --run-dir."
            )
        clear_leftovers(state)
        shutil.rmtree(run_dir)
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / MARK).touch()
    return run_dir
