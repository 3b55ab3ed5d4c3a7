"""How a service's process behaves: priority beside others, how often the cycle collector walks its
objects, how soon a thread makes room for another. Called by `service` once it is built."""

from __future__ import annotations

import gc
import os
import sys

THRESHOLDS = (20_000, 10, 5)
"""A batch makes tens of thousands of objects and hardly a cycle: by Python's own thresholds a
fifth of a busy service's time goes into walking them again and again."""

SWITCH_S = 0.0005
"""So long a thread goes on when another waits for its turn. By Python's own 5 ms the loop would
wait that long at each answer of the database while spans are being written for export."""


def settle_in(niceness: int) -> None:
    """Take the wanted priority; leave what is there already out of the collector's walks, and
    look at the rest every few batches."""
    os.nice(niceness)
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    sys.setswitchinterval(SWITCH_S)
