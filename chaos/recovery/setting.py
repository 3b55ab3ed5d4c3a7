"""What a measurement of recovery is given. Made by the command and by tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Tell
from chaos.recovery.cases import NAMES

POISON_ROUND_S = 10.0


@dataclass(frozen=True, slots=True)
class Pace:
    """The load on the whole system. `per_s`: complaints a second, `window_s`: how long throughput
    is measured before a fault and behind it."""

    per_s: float = 55.0
    window_s: float = 15.0
    warm_s: float = 4.0
    settle_s: float = 12.0
    """Load goes on for so long between the healing and the window, besides what a fault takes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """`run_dir` is empty at the start. `names`: which measurements, all of NAMES by default."""

    run_dir: Path
    tell: Tell
    names: Sequence[str] = NAMES
    pace: Pace = Pace()
    poison_rounds: int = 3
    poison_round_s: float = POISON_ROUND_S
