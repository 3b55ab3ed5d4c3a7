"""The table of what each desk hears is what its rules answer."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.case import Desk
from schemas.flows import CONSUMES, HEARS, events_on, heard_by
from schemas.topics import SERVICES, TOPICS
from services.evidence import app as evidence
from services.evidence.store import Store
from services.intake import app as intake
from services.notifier import app as notifier
from services.resolution import app as resolution
from services.sla import app as sla
from services.triage import app as triage

ANY: Any = None
"""Policies and stores: what a desk hears does not depend on them."""
FED: dict[str, tuple[Desk[Any], ...]] = {
    "intake": (intake.orders_desk(), intake.closing_desk(), intake.urgency_desk()),
    "triage": (triage.desk(ANY),),
    "sla": (sla.clocks_desk(ANY),),
    "notifier": (notifier.notices_desk(ANY, ANY), notifier.care_desk(ANY, ANY)),
    "evidence": (evidence.archive_desk(Store(ANY, 0), ANY),),
    "resolution": (resolution.desk(ANY),),
}


@pytest.mark.parametrize("service", SERVICES)
def test_each_desk_hears_what_it_has_a_rule_for(service: str) -> None:
    assert HEARS[service].keys() == {desk.name for desk in FED[service]}
    on_kafka = {event for topic in TOPICS for event in events_on(topic)}
    for desk in FED[service]:
        answered = {kind.type_name() for kind in desk.rules if kind in on_kafka}
        assert heard_by(service, desk.name) == answered


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_heard_travels_on_topics_that_are_consumed(service: str) -> None:
    heard = {kind for kinds in HEARS[service].values() for kind in kinds}
    topics = [topic for topic in TOPICS if topic.name in CONSUMES[service]]
    assert heard <= {kind for topic in topics for kind in events_on(topic)}
    assert all(heard & set(events_on(topic)) for topic in topics)


def test_a_desk_that_kafka_does_not_feed_hears_nothing() -> None:
    assert heard_by("notifier", "deliveries") == frozenset()
