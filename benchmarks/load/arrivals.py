"""When complaints are to arrive. Called by `sender`; pure but for its dice."""

from __future__ import annotations

from random import Random

from benchmarks.load.plan import Stream


def planned(stream: Stream, dice: Random) -> list[tuple[float, int]]:
    """Seconds behind the start and number of complaints of each arrival, ascending.

    Arrivals are independent of each other (exponential gaps, unless the stream is even) and of
    how the system keeps up.
    """
    sizes = [stream.batch] * (stream.count // stream.batch)
    if stream.count % stream.batch:
        sizes.append(stream.count % stream.batch)
    if not stream.per_s:
        return [(stream.after_s, size) for size in sizes]
    found, at_s = [], stream.after_s
    for size in sizes:
        per_s = stream.per_s / stream.batch
        at_s += 1 / per_s if stream.even else dice.expovariate(per_s)
        found.append((at_s, size))
    return found
