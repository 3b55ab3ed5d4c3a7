"""How fast business time runs, measured from events: each carries it, its outbox row the wall's.

Asked by the checks that judge times.
"""

from __future__ import annotations

from cli.verify.facts import Facts

SHORTEST_SPAN_S = 1.0
REAL_WITHIN = 0.02


def measured_scale(facts: Facts) -> float:
    """Business seconds in a wall second; 1 where too little was published to tell."""
    points = _ends(facts)
    if points is None:
        return 1.0
    (first_wall, first), (last_wall, last) = points
    if last_wall - first_wall < SHORTEST_SPAN_S:
        return 1.0
    scale = (last - first) / (last_wall - first_wall)
    if scale <= 0 or abs(scale - 1) < REAL_WITHIN:
        return 1.0
    return float(f"{scale:.3g}")


def business_now_s(facts: Facts, scale: float) -> float:
    """Business time when the system was read, seconds since 1970; 0 where nothing tells."""
    points = _ends(facts)
    if points is None:
        return 0.0
    last_wall, last = points[1]
    return last + (facts.read_at_s - last_wall) * scale


def _ends(facts: Facts) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Wall and business time of the earliest and the latest event of all outboxes."""
    found: list[tuple[float, float]] = []
    for store in facts.stores.values():
        box = store.outbox
        for number in (0, len(box.ids) - 1):
            if box.ids:
                log = facts.log(box.topics[number])
                row = log.row_of.get(box.ids[number])
                if row is not None:
                    found.append((box.wall_s[number], log.business_s[row]))
    return (min(found), max(found)) if found else None
