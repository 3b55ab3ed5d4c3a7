"""I6: every message that was applied had its effect once: exactly the events that its rule made.

Ids of events follow from their cause (runtime.fold), so each event can be traced back to the
message, the desk and the position in the rule's answer that it came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha1
from itertools import compress

from cli.verify.facts import Facts
from cli.verify.log_facts import Id, TopicLog, shown
from cli.verify.report import Findings, Verdict
from cli.verify.store_facts import Applied, Store

LETTERS = "dead-letters."
UNBOOKED = {"notifier": ("deliveries",)}
"""Desks whose news no inbox keeps, for their ledger knows it again: their events are traced like
those of timers, and that none is told twice is judged by the ledger and the providers (I14)."""


@dataclass(slots=True)
class Effects:
    """The events of one service that are not traced back yet, by cause, in order."""

    by_cause: dict[Id, list[tuple[Id, str]]] = field(default_factory=dict)
    letters: set[Id] = field(default_factory=set)
    without_cause: list[Id] = field(default_factory=list)


def once(facts: Facts) -> Verdict:
    """I6 for every service."""
    found = Findings("I6", "each inbox id has exactly one effect")
    for service, store in facts.stores.items():
        effects = _effects_of(facts, store)
        source = f"aftercare/{service}"
        for desk, topic, applied in store.lanes():
            _claim(applied, f"{source}/{desk}", effects, facts.settled_s, found)
            _same_content(applied, facts.log(topic), f"{service}.{desk}", found)
            found.count("messages", len(applied.ids))
        _trace_timers(store, source, effects, found)
        found.offend_all(f"{service} event without a cause", map(shown, effects.without_cause))
        _letters(store, effects.letters, found)
        found.count("events", len(store.outbox.ids))
    for log in facts.logs.values():
        _other_content(facts, log, found)
    if facts.archive is not None:
        found.offend_all("archived twice", map(shown, facts.archive.twice))
    return found.verdict()


def derived(cause: Id, purpose: str) -> Id:
    """As runtime.clock.derived_id, on bytes: there are millions of them."""
    made = bytearray(sha1(cause + purpose.encode(), usedforsecurity=False).digest()[:16])
    made[6] = made[6] & 0x0F | 0x50
    made[8] = made[8] & 0x3F | 0x80
    return bytes(made)


def _effects_of(facts: Facts, store: Store) -> Effects:
    """What is not on Kafka has no known cause; I3 tells of it."""
    effects = Effects()
    box = store.outbox
    logs = {topic: facts.log(topic) for topic in set(box.topics) if not topic.startswith(LETTERS)}
    for event_id, topic in zip(box.ids, box.topics, strict=True):
        log = logs.get(topic)
        if log is None:
            effects.letters.add(event_id)
            continue
        row = log.row_of.get(event_id)
        if row is None:
            continue
        cause = log.causes[row]
        if cause is None:
            effects.without_cause.append(event_id)
        else:
            effects.by_cause.setdefault(cause, []).append((event_id, _short(log.types[row])))
    return effects


@lru_cache(maxsize=256)
def _short(type_name: str) -> str:
    return type_name.rpartition(".")[2]


def _claim(
    applied: Applied, maker: str, effects: Effects, settled_s: float, found: Findings
) -> None:
    """Take the events of this desk's messages away; what is missing is an effect too few."""
    rows = zip(applied.ids, applied.events, applied.wall_s, strict=True)
    for event_id, events, wall_s in compress(rows, applied.events):
        made = effects.by_cause.get(event_id, [])
        for number in range(events):
            if not _take(made, event_id, f"{maker}/{number}") and wall_s < settled_s:
                found.offend(f"event {number} of {maker} is missing", shown(event_id))
        if not made:
            effects.by_cause.pop(event_id, None)


def _take(made: list[tuple[Id, str]], cause: Id, maker: str) -> bool:
    for index, (event_id, kind) in enumerate(made):
        if derived(cause, f"{maker}/{kind}") == event_id:
            del made[index]
            return True
    return False


def _trace_timers(store: Store, source: str, effects: Effects, found: Findings) -> None:
    """What is left comes from timers, numbered without a gap by one desk; or from nowhere."""
    known = store.applied_ids() if effects.by_cause else set()
    desks = sorted({*store.desks, *UNBOOKED.get(store.service, ())})
    for cause, made in effects.by_cause.items():
        if cause in known:
            found.offend_all("effect beyond its own", (shown(event_id) for event_id, _ in made))
            continue
        found.count("timers")
        for desk in desks:
            number = 0
            while _take(made, cause, f"{source}/{desk}/{number}"):
                number += 1
        found.offend_all("made by nothing known", (shown(event_id) for event_id, _ in made))


def _same_content(applied: Applied, log: TopicLog, name: str, found: Findings) -> None:
    """What was applied is what was published under that id."""
    places = zip(applied.ids, applied.parts, applied.offsets, applied.digests, strict=True)
    for event_id, part, pos, digest in places:
        row = log.row_of.get(event_id)
        if row is None or log.digests[row] == digest:
            continue
        if (log.parts[row], log.offsets[row]) == (part, pos):
            found.offend(f"{name} applied other content", shown(event_id))


def _letters(store: Store, announced: set[Id], found: Findings) -> None:
    """Each dead letter was announced once for every time it was given up; nothing else was."""
    expected = {
        derived(each.letter, f"DeadLettered/{number}"): each.letter
        for each in store.dead
        for number in range(1, each.rounds + 1)
    }
    lacking = (shown(letter) for made, letter in expected.items() if made not in announced)
    found.offend_all(f"{store.service} dead letter not announced", lacking)
    strange = (shown(made) for made in announced if made not in expected)
    found.offend_all(f"{store.service} announced no dead letter of its own", strange)


def _other_content(facts: Facts, log: TopicLog, found: Findings) -> None:
    """No id stands for two contents on a topic that our services write."""
    for event_id, others in log.again.items():
        row = log.row_of[event_id]
        if not log.sources[row].startswith("aftercare/"):
            continue
        for other in others:
            if other.digest != log.digests[row] and not facts.is_planted(
                shown(event_id), f"{log.name}/{other.part}/{other.pos}"
            ):
                found.offend(f"two contents on {log.name}", shown(event_id))
