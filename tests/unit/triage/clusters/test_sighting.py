"""What the alarm keeps of a ticket: names and marks, no words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runtime.policy import PolicyError, parse_policy
from schemas.tickets import Attachment
from schemas.values import OrderLine, StreamRef
from services.triage.domain import triage
from services.triage.domain.clusters.sighting import age_of, names_of
from services.triage.policy import TriagePolicy
from tests.unit.triage.clusters.sightings import RULES
from tests.unit.triage.complaints import NOW, opened, order, triager

LONG = (
    "杯子底部漏水，收到的时候盒子里已经湿了一片，客服一直不回复，我很着急，麻烦尽快处理，谢谢你们"
)


def line(number: str, sku: str) -> OrderLine:
    return OrderLine(
        line_id=number, sku=sku, title="Cup", quantity=1, list_fen=100, paid_fen=100,
        batch=f"{sku}-b",
    )  # fmt: skip


def test_it_names_the_line_the_stream_and_the_carrier() -> None:
    known = order(
        lines=(line("L1", "cup"), line("L2", "lid")),
        stream=StreamRef(session_id="S-1", host_id="H-1"),
        carrier="sf",
        hub="杭州转运中心",
    )
    assert names_of(known, "L2") == {
        "sku": "lid", "batch": "lid-b", "session": "S-1", "host": "H-1", "carrier": "sf",
        "hub": "杭州转运中心",
    }  # fmt: skip
    assert names_of(known, None) == {
        "session": "S-1", "host": "H-1", "carrier": "sf", "hub": "杭州转运中心"
    }  # fmt: skip
    assert names_of(None, "L2") == {}


@pytest.mark.parametrize(
    ("hours", "letter"), [(0, "a"), (23.9, "a"), (24, "b"), (100, "c"), (200, "d"), (999, "e")]
)
def test_orders_have_an_age(hours: float, letter: str) -> None:
    placed = order(placed_at=NOW - timedelta(hours=hours))
    assert age_of(placed, NOW) == letter
    assert age_of(None, NOW) == "u"


def test_a_triaged_ticket_is_noted_once_without_its_words() -> None:
    photo = Attachment(sha256="ab" * 32, media_type="image/jpeg", size_bytes=10)
    event = opened(LONG, order=order(), attachments=(photo, photo))
    kept = triage(None, event, triager(), NOW + timedelta(seconds=1)).case
    assert kept is not None
    seen = kept.sighting
    assert seen is not None
    assert seen.ticket_id == "T-1"
    assert (seen.problem_class, seen.subtype) == (kept.problem_class, kept.subtype)
    assert seen.photos == (photo.sha256,)
    assert seen.wording is not None
    assert not set(LONG) & set(seen.model_dump_json()) - set("0123456789abcdef，")
    assert triage(kept, event, triager(), NOW).case is None


def test_a_short_text_has_no_wording() -> None:
    kept = triage(None, opened("漏水了"), triager(), NOW).case
    assert kept is not None
    assert kept.sighting is not None
    assert kept.sighting.wording is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"factors": [1, 2]}, "factors must be above 1"),
        ({"factors": [4, 2]}, "factors must be above 1"),
        ({"lasting_tickets": 10, "recent_tickets": 20}, "lasting_tickets"),
        ({"forget_days": 1, "quiet_h": 48}, "forget_days"),
        ({"false_alarm_every_tickets": 0}, "false_alarm_every_tickets"),
        ({"same": {**RULES.same.model_dump(), "customers": 9}}, "customers"),
        ({"same": {**RULES.same.model_dump(), "distance": 4}}, "distance"),
        ({"sigma": 3}, "sigma"),
    ],
)
def test_a_section_that_makes_no_sense_is_refused(change: dict[str, object], problem: str) -> None:
    content = triager().rules.model_dump(mode="json", exclude={"version"}, exclude_defaults=True)
    content["clusters"] = {**RULES.model_dump(mode="json"), **change}
    with pytest.raises(PolicyError, match=problem):
        parse_policy("triage", content, TriagePolicy)
