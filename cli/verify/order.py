"""I7: per key, messages were published as decided, and applied as published."""

from __future__ import annotations

from cli.verify.facts import Facts
from cli.verify.inbox import DeskBooks, books_of
from cli.verify.log_facts import Id, Place, TopicLog, shown
from cli.verify.report import Findings, Verdict
from cli.verify.store_facts import Store

Lane = tuple[str, str, int]
"""Key, topic, partition: within it there is one order."""
ONE_CASE_A_KEY = frozenset({"tickets", "triage", "sla", "resolution"})


def in_order(facts: Facts) -> Verdict:
    """I7: no swap, no repeat, no gap within a key of one partition."""
    found = Findings("I7", "per key the applied order = the published order")
    lanes = 0
    for store in facts.stores.values():
        for desk in store.desks:
            books = books_of(store, desk)
            last = _applied_in_order(books, facts, found)
            _none_overtaken(store, books, last, found)
            lanes += len(last)
            found.count("applied", len(books.inbox.ids))
        _relayed_in_order(store, facts, found)
    found.count("keys by partition", lanes)
    return found.verdict()


def _applied_in_order(books: DeskBooks, facts: Facts, found: Findings) -> dict[Lane, int]:
    last: dict[Lane, int] = {}
    inbox = books.inbox
    for event_id, key, topic, part, pos in zip(
        inbox.ids, inbox.keys, inbox.topics, inbox.parts, inbox.offsets, strict=True
    ):
        log = facts.logs.get(topic)
        if log is None:
            continue  # a command over HTTP: it has no place on Kafka
        lane = (key, topic, part)
        if pos <= last.get(lane, -1):
            found.offend(f"{books.name} applied {topic}/{part}/{pos} late for key", key)
        last[lane] = max(pos, last.get(lane, -1))
        if event_id in log.row_of:
            first = log.place(event_id)
            if (part, pos) != (first.part, first.pos):
                _not_first(books, log, event_id, Place(topic, part, pos), found)
    return last


def _relayed_in_order(store: Store, facts: Facts, found: Findings) -> None:
    """Events of a key reached Kafka in the order in which they were decided.

    Only where one case decides about a key: its lock puts the decisions in order.
    """
    last: dict[tuple[str, str], int] = {}
    box = store.outbox
    for event_id, topic, key in zip(box.ids, box.topics, box.keys, strict=True):
        if topic not in ONE_CASE_A_KEY:
            continue
        log = facts.log(topic)
        row = log.row_of.get(event_id)
        if row is None:
            continue  # not published: I3 tells
        if log.offsets[row] < last.get((topic, key), -1):
            found.offend(f"{shown(event_id)} reached {topic} too early for key", key)
        last[topic, key] = max(log.offsets[row], last.get((topic, key), -1))


def _not_first(
    books: DeskBooks, log: TopicLog, event_id: Id, place: Place, found: Findings
) -> None:
    """A later record may be the applied one only if all before it were given up."""
    if log.gone(place.part, place.pos):
        return
    name = shown(event_id)
    earlier = [p for p in log.places(event_id) if p.part == place.part and p.pos < place.pos]
    if place not in set(log.places(event_id)):
        found.offend(f"{books.name} applied {name} from a place where it is not", place)
    elif any(p not in books.dead_places for p in earlier):
        found.offend(f"{books.name} applied a repeat of {name}", place)


def _none_overtaken(store: Store, books: DeskBooks, last: dict[Lane, int], found: Findings) -> None:
    for waiting in store.parked:
        if waiting.desk == books.desk:
            lane = (waiting.key, waiting.topic, waiting.part)
            if last.get(lane, -1) > waiting.pos:
                found.offend(f"{books.name} overtook a parked message of key", waiting.key)
