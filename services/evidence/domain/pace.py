"""When to announce: at once while little happens, in larger lots while the log grows fast. Pure.

Asked by the head keeper once an interval.
"""

from __future__ import annotations

from services.evidence.domain.dossier import EvidenceRules


def is_time(grown: int, waited_s: float, rules: EvidenceRules) -> bool:
    """Whether what waits is announced now.

    `grown` leaves came in the last interval; the oldest that is not announced has waited
    `waited_s`. More of the same tickets is likely to follow a fast growth, and one event can
    tell of all of it.
    """
    return grown <= rules.calm_leaves or waited_s >= rules.announce_latest_s
