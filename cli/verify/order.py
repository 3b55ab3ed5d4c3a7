"""I7: per key, messages were published as decided, and applied as published.

A lane is a topic of its own. What is told of a key may rise from the routine lane to the urgent one
and overtake its own past there, which every rule has to bear; it must never fall back.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from cli.verify.facts import Facts
from cli.verify.log_facts import Id, Place, TopicLog, shown
from cli.verify.report import Findings, Verdict
from cli.verify.store_facts import Applied, Store
from schemas.topics import lane_of, routine_of

ONE_CASE_A_KEY = frozenset({"tickets", "triage", "sla", "resolution"})
Reached = Mapping[int, Mapping[str, int]]
"""The last offset applied, by partition and key: within these there is one order."""


def in_order(facts: Facts) -> Verdict:
    """I7: no swap, no repeat, no gap within a key of one partition."""
    found = Findings("I7", "per key the applied order = the published order")
    for service, store in facts.stores.items():
        for desk, topic, applied in store.lanes():
            log = facts.logs.get(topic)
            if log is None:
                continue  # commands over HTTP have no place on Kafka
            name = f"{service}.{desk}"
            back = {
                (each.part, each.pos)
                for each in store.dead
                if each.replayed and (each.desk, each.topic) == (desk, topic)
            }
            reached = _ascending(applied, topic, name, back, found)
            _first_ones(applied, log, store, desk, found)
            _none_overtaken(store, desk, topic, reached, found)
            found.count("applied", len(applied.ids))
            found.count("keys by partition", sum(map(len, reached.values())))
        _relayed_in_order(store, facts, found)
    return found.verdict()


def _ascending(
    applied: Applied, topic: str, name: str, back: Set[tuple[int, int]], found: Findings
) -> Reached:
    """Offsets of a key only rise, but for letters that came back: those go to the end of its
    line."""
    reached: dict[int, dict[str, int]] = {part: {} for part in set(applied.parts)}
    for key, part, pos in zip(applied.keys, applied.parts, applied.offsets, strict=True):
        last = reached[part]
        if pos > last.get(key, -1):
            last[key] = pos
        elif (part, pos) not in back:
            found.offend(f"{name} applied {topic}/{part}/{pos} late for key", key)
    return reached


def _first_ones(applied: Applied, log: TopicLog, store: Store, desk: str, found: Findings) -> None:
    """What was applied is the first record of its id."""
    parts, offsets = log.parts, log.offsets
    rows = map(log.row_of.get, applied.ids)
    for event_id, row, part, pos in zip(
        applied.ids, rows, applied.parts, applied.offsets, strict=True
    ):
        if row is not None and (offsets[row] != pos or parts[row] != part):
            _not_first(store, desk, log, event_id, Place(log.name, part, pos), found)


def _not_first(
    store: Store, desk: str, log: TopicLog, event_id: Id, place: Place, found: Findings
) -> None:
    """A later record may be the applied one only if all before it were given up."""
    if log.gone(place.part, place.pos):
        return
    name = f"{store.service}.{desk}"
    given_up = {Place(each.topic, each.part, each.pos) for each in store.dead if each.desk == desk}
    there = set(log.places(event_id))
    earlier = {each for each in there if each.part == place.part and each.pos < place.pos}
    if place not in there:
        found.offend(f"{name} applied {shown(event_id)} from a place where it is not", place)
    elif not earlier <= given_up:
        found.offend(f"{name} applied a repeat of {shown(event_id)}", place)


def _none_overtaken(store: Store, desk: str, topic: str, reached: Reached, found: Findings) -> None:
    for waiting in store.parked:
        here = (waiting.desk, waiting.topic) == (desk, topic)
        if here and reached.get(waiting.part, {}).get(waiting.key, -1) > waiting.pos:
            name = f"{store.service}.{desk}"
            found.offend(f"{name} overtook a parked message of key", waiting.key)


def _relayed_in_order(store: Store, facts: Facts, found: Findings) -> None:
    """Events of a key reached Kafka in the order in which they were decided.

    Only where one case decides about a key: its lock puts the decisions in order.
    """
    last: dict[tuple[str, str], int] = {}
    box = store.outbox
    risen: set[tuple[str, str]] = set()
    logs = {topic: facts.log(topic) for topic in set(box.topics) if _of_one_case(topic)}
    urgent = {topic for topic in logs if lane_of(topic) == "urgent"}
    for event_id, topic, key in zip(box.ids, box.topics, box.keys, strict=True):
        log = logs.get(topic)
        if log is None:
            continue
        if topic in urgent:
            risen.add((routine_of(topic), key))
        elif (topic, key) in risen:
            found.offend(f"{shown(event_id)} fell back to the routine lane of {topic}, key", key)
        row = log.row_of.get(event_id)
        if row is None:
            continue  # not published: I3 tells
        pos = log.offsets[row]
        if pos > last.get((topic, key), -1):
            last[topic, key] = pos
        else:
            found.offend(f"{shown(event_id)} reached {topic} too early for key", key)
    found.count("keys in the urgent lane", len(risen))


def _of_one_case(topic: str) -> bool:
    return routine_of(topic) in ONE_CASE_A_KEY
