"""Run folders that begin with nothing: emptied if we made them, never somebody else's.

Used by the demo, the benchmarks and chaos.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from devstack.problems import StackError
from devstack.state import clear_leftovers, read_state


def made_empty(folder: Path, mark: str, stack: str = "") -> Path:
    """The folder, empty but for its mark. `stack`: where in it the system runs.

    Raises StackError unless an earlier run made it, and while one still runs there.
    """
    if folder.exists() and any(folder.iterdir()):
        if not (folder / mark).exists():
            raise StackError(
                f"{folder} holds other data: a {mark} begins with nothing and would remove them",
                "Name another folder (--run-dir DIR), or remove this one.",
            )
        state = read_state(folder / stack)
        if state.running:
            raise StackError(
                f"a {mark} still runs in {folder}", "End it first, or name another --run-dir."
            )
        clear_leftovers(state)
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / mark).touch()
    return folder
