"""I5: what came in is applied, parked or given up, each message in exactly one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import filterfalse

from cli.verify.facts import Facts
from cli.verify.log_facts import Id, Place, TopicLog, shown
from cli.verify.report import Findings, Verdict
from cli.verify.store_facts import Applied, Store
from schemas.flows import CONSUMES, heard_by
from schemas.registry import BY_TYPE

ID_REUSED = "id_reused"
"""Reason of dead letters whose id belongs to another message too."""


@dataclass(slots=True)
class DeskBooks:
    """Where one desk has each message, by id, and its dead letters by place."""

    name: str
    """As its consumer group is called."""
    topics: Mapping[str, Applied]
    heard: frozenset[str] = frozenset()
    """Types that it has a rule for."""
    applied: set[Id] = field(default_factory=set)
    parked: set[Id] = field(default_factory=set)
    dead: set[Id] = field(default_factory=set)
    dead_places: set[Place] = field(default_factory=set)
    reached: dict[tuple[str, int], int] = field(default_factory=dict)

    @property
    def messages(self) -> int:
        """How many were applied."""
        return sum(len(applied.ids) for applied in self.topics.values())

    def lost(self, place: Place, kind: str = "") -> bool:
        """Whether the desk went past a record that it should have worked on or given up.

        What lies ahead is lag; what is of a known type that it has no rule for is nothing to it.
        """
        if kind in BY_TYPE and kind not in self.heard:
            return False
        passed = place.pos < self.reached.get((place.topic, place.part), 0)
        return passed and place not in self.dead_places


def books_of(store: Store, desk: str) -> DeskBooks:
    """The books of a desk. A dead letter that was replayed is alive again."""
    name, heard = f"{store.service}.{desk}", heard_by(store.service, desk)
    books = DeskBooks(name, store.inboxes.get(desk, {}), heard)
    books.applied.update(*(applied.ids for applied in books.topics.values()))
    books.reached = {
        (topic, part): next_pos
        for (name, topic, part), next_pos in store.progress.items()
        if name == desk
    }
    books.parked = {each.id for each in store.parked if each.desk == desk}
    for letter in store.dead:
        if letter.desk == desk:
            books.dead_places.add(Place(letter.topic, letter.part, letter.pos))
            if letter.event_id and letter.reason != ID_REUSED and not letter.replayed:
                books.dead.add(letter.event_id)
    return books


def accounted(facts: Facts) -> Verdict:
    """I5 for every service and desk."""
    found = Findings("I5", "ids on the input topics = inbox + parked + dead letters, disjoint")
    for service, store in facts.stores.items():
        heard = {topic for desk in store.desks for topic in store.topics_of(desk)}
        for topic in CONSUMES.get(service, ()):
            if topic not in heard and facts.log(topic).records:
                found.offend(f"{service} has never listened to", topic)
        for desk in store.desks:
            books = books_of(store, desk)
            _apart(books, found)
            for topic in store.topics_of(desk):
                _messages(books, facts.log(topic), found)
            found.offend_all(f"{books.name} applied what was never sent", _invented(books, facts))
            found.count("applied", books.messages)
            found.count("parked", len(books.parked))
            found.count("dead", len(books.dead_places))
        found.count("desks", len(store.desks))
    return found.verdict()


def _apart(books: DeskBooks, found: Findings) -> None:
    for what, both in (
        ("both applied and parked", books.parked & books.applied),
        ("both applied and dead", books.dead & books.applied),
        ("both parked and dead", books.dead & books.parked),
    ):
        found.offend_all(f"{books.name} {what}", map(shown, both))
    if len(books.applied) != books.messages:
        found.offend(f"{books.name} applied", "the same id twice")


def _messages(books: DeskBooks, log: TopicLog, found: Findings) -> None:
    for event_id in _nowhere(books, log):
        # What was read here may have been unreadable by the contract: then only its place tells.
        kind = log.types[log.row_of[event_id]]
        if any(books.lost(place, log.headed.get(place, kind)) for place in log.places(event_id)):
            found.offend(f"{books.name} lost from {log.name}", shown(event_id))
    for place in log.unreadable:
        if books.lost(place, log.headed.get(place, "")):
            found.offend(f"{books.name} lost", place)
    used = _applied_at(books.topics.get(log.name, Applied()), log)
    for event_id, others in log.again.items():
        first = log.digests[log.row_of[event_id]]
        for other in others:
            place = Place(log.name, other.part, other.pos)
            if other.digest == first or not books.lost(place, log.headed.get(place, "")):
                continue
            if event_id not in books.dead and (event_id, other.part, other.pos) not in used:
                found.offend(f"{books.name} lost a message under a used id", place)


def _nowhere(books: DeskBooks, log: TopicLog) -> Iterator[Id]:
    """What the desk has nowhere, but for events that say everywhere that they are nothing to it."""
    unheard = BY_TYPE.keys() - books.heard
    for event_id in filterfalse(books.applied.__contains__, log.row_of):
        if event_id in books.parked or event_id in books.dead:
            continue
        row = log.row_of[event_id]
        if (
            log.types[row] not in unheard
            or event_id in log.again
            or (log.name, log.parts[row], log.offsets[row]) in log.headed
        ):
            yield event_id


def _applied_at(applied: Applied, log: TopicLog) -> set[tuple[Id, int, int]]:
    """Where a desk took the messages from whose ids occur more than once."""
    if not log.again:
        return set()
    rows = zip(applied.ids, applied.parts, applied.offsets, strict=True)
    return {(event_id, part, pos) for event_id, part, pos in rows if event_id in log.again}


def _invented(books: DeskBooks, facts: Facts) -> Iterator[str]:
    for topic, applied in books.topics.items():
        log = facts.logs.get(topic)
        if log is None:
            continue  # commands over HTTP were never on Kafka
        for event_id, part, pos in zip(applied.ids, applied.parts, applied.offsets, strict=True):
            if event_id not in log.row_of and not log.gone(part, pos):
                yield shown(event_id)
