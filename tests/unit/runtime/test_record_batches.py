"""Which partition a key goes to: fixed for ever, because the order of a key hangs on it."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import DefaultPartitioner

from runtime.case import Draft
from runtime.clock import named_id
from runtime.record_batches import SHARED_TOPICS, headers_of, homes, partition_of
from schemas.topics import TOPICS

KEYS = [str(named_id("key", str(number))).encode() for number in range(300)]


def test_a_key_stays_where_it_is() -> None:
    assert [partition_of("tickets", key, 6) for key in KEYS[:6]] == [5, 1, 0, 2, 3, 1]
    assert {partition_of("tickets", key, 6) for key in KEYS} == set(range(6))


@pytest.mark.parametrize("topic", sorted(SHARED_TOPICS))
def test_what_others_write_too_goes_where_they_put_it(topic: str) -> None:
    theirs = DefaultPartitioner()
    places = list(range(6))
    for key in KEYS:
        assert partition_of(topic, key, 6) == theirs(key, places, places)


def test_only_topics_of_other_systems_are_shared() -> None:
    assert {topic.name for topic in TOPICS if topic.owner == "upstream"} == SHARED_TOPICS


def test_partitions_that_are_added_move_no_key_of_ours() -> None:
    assert {homes("tickets", there) for there in (6, 7, 60)} == {6}
    assert {homes("dead-letters.sla", there) for there in (1, 9)} == {1}
    assert homes("orders", 60) == 60
    assert homes("tickets", 2) == 2
    assert homes("of-somebody-else", 9) == 9


def test_headers_name_type_id_and_trace() -> None:
    draft = Draft(named_id("d"), "sla", "T-1", "aftercare.sla.ClockMet", b"{}", None)
    assert dict(headers_of(draft)) == {
        "content-type": b"application/cloudevents+json",
        "ce_type": b"aftercare.sla.ClockMet",
        "ce_id": str(draft.id).encode(),
    }
    traced = Draft(draft.id, "sla", "T-1", draft.type, b"{}", "00-" + "a" * 32 + "-x-01")
    assert dict(headers_of(traced))["traceparent"] == (traced.traceparent or "").encode()
