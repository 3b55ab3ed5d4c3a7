"""Bad input in the middle of the load is looked for wherever it has to die."""

from __future__ import annotations

from chaos.faults.strangers import DESKS, TOPIC
from schemas.flows import consumers_of
from schemas.topics import TOPICS


def test_whoever_reads_the_topic_has_to_bury_what_is_no_event() -> None:
    (topic,) = (each for each in TOPICS if each.name == TOPIC)
    assert {service for service, _ in DESKS} == set(consumers_of(topic))
