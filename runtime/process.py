"""How a service's process behaves beside others: priority, and how often the cycle collector
walks its objects. Called by `service` once it is built."""

from __future__ import annotations

import gc
import os

THRESHOLDS = (20_000, 10, 5)
"""A batch makes tens of thousands of objects and hardly a cycle: by Python's own thresholds a
fifth of a busy service's time goes into walking them again and again."""


def settle_in(niceness: int) -> None:
    """Take the wanted priority; leave what is there already out of the collector's walks, and
    look at the rest every few batches."""
    os.nice(niceness)
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
