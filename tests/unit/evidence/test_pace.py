"""Announcing waits only while the log grows fast, and never beyond its limit."""

from __future__ import annotations

import pytest

from services.evidence.domain.dossier import EvidenceRules
from services.evidence.domain.pace import is_time

RULES = EvidenceRules(
    head_interval_s=1,
    announce_latest_s=5,
    calm_leaves=500,
    segment_max_bytes=1 << 20,
    file_max_bytes=1 << 20,
    file_retry_s=(1,),
)


@pytest.mark.parametrize(
    ("grown", "waited_s", "now"),
    [(0, 0.0, True), (500, 0.0, True), (501, 0.0, False), (9000, 4.9, False), (9000, 5.0, True)],
)
def test_when_to_announce(grown: int, waited_s: float, now: bool) -> None:
    assert is_time(grown, waited_s, RULES) is now
