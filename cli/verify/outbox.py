"""I3 and I4: what the services decided to publish is on Kafka, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator

from cli.verify.facts import Facts
from cli.verify.log_facts import Id, TopicLog, shown
from cli.verify.report import Findings, Verdict
from schemas.topics import TOPICS, Topic

UPSTREAM = "upstream"
INTAKE = "intake"


def published(facts: Facts) -> Verdict:
    """I3: every outbox row is at least one Kafka record, on its topic, with its content."""
    found = Findings("I3", "every outbox row is at least one Kafka record")
    for service, store in facts.stores.items():
        box = store.outbox
        logs = {topic: facts.log(topic) for topic in set(box.topics)}
        for event_id, topic, content, wall_s in zip(
            box.ids, box.topics, box.contents, box.wall_s, strict=True
        ):
            log = logs[topic]
            row = log.row_of.get(event_id)
            if row is not None:
                if log.contents[row] != content:
                    found.offend(f"other content on {topic}", shown(event_id))
            elif log.kept_since_s <= wall_s < facts.settled_s:
                found.offend(f"{service} row not on {topic}", shown(event_id))
        found.count("rows", len(box.ids))
    return found.verdict()


def decided(facts: Facts) -> Verdict:
    """I4: no record on an owned topic without an outbox row of its owner.

    On `orders` that concerns only what intake passed on; the rest comes from outside.
    """
    found = Findings("I4", "no Kafka record without its outbox row")
    rows = {name: _by_topic(facts, name) for name in facts.stores}
    for topic in TOPICS:
        log = facts.log(topic.name)
        owner = INTAKE if topic.owner == UPSTREAM else topic.owner
        if owner not in rows:
            continue
        mine = rows[owner].get(topic.name, set())
        for event_id in _owned(topic, log, f"aftercare/{owner}"):
            if event_id in mine or facts.is_planted(shown(event_id), log.place(event_id)):
                continue
            found.offend(f"{topic.name} without an outbox row", shown(event_id))
        if topic.owner != UPSTREAM:
            for place in log.unreadable:
                if not facts.is_planted(place):
                    found.offend("not readable", place)
            found.offend_all("under a foreign key", map(shown, log.miskeyed))
        found.count("records", log.records)
    return found.verdict()


def _by_topic(facts: Facts, service: str) -> dict[str, set[Id]]:
    box = facts.stores[service].outbox
    found: dict[str, set[Id]] = {}
    for event_id, topic in zip(box.ids, box.topics, strict=True):
        found.setdefault(topic, set()).add(event_id)
    return found


def _owned(topic: Topic, log: TopicLog, source: str) -> Iterator[Id]:
    if topic.owner != UPSTREAM:
        yield from log.row_of
        return
    for event_id, row in log.row_of.items():
        if log.sources[row] == source:
            yield event_id
