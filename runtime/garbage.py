"""How often the cycle collector walks a service's objects. Called by `service` once it is built."""

from __future__ import annotations

import gc

THRESHOLDS = (20_000, 20, 20)
"""A batch makes tens of thousands of objects and hardly a cycle: by Python's own thresholds a
fifth of a busy service's time goes into walking them again and again."""


def collect_rarely() -> None:
    """Leave out what is there already, and look at the rest every few batches."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
