"""The verdict on a seed: what was told against what is in the database and in Kafka.

Nothing lost, nothing twice, order within a key, timers once and never early, dead letters right.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from schemas.registry import read_event
from tests.simulation import server as real
from tests.simulation.broker import Broker, Record
from tests.simulation.desk import case_entries
from tests.simulation.server import Server
from tests.simulation.story import TOPICS, Story, Told

Entries = dict[str, list[list[str]]]


def judged(story: Story, broker: Broker, server: Server, *, rested: bool) -> list[str]:
    """What is wrong, each beginning with a word for the promise. `rested`: everything is done."""
    cases: Entries = {row["key"]: case_entries(row) for row in server.rows(real.queries.cases)}
    found = [
        *_effects(story, cases, server, rested=rested),
        *_order(story, cases, server),
        *_published(broker, server, rested=rested),
        *_timers(cases, rested=rested),
    ]
    if rested:
        found += _letters(story, server)
    return found


def _firsts(story: Story) -> dict[UUID, Told]:
    """Each readable message as it was told first."""
    firsts: dict[UUID, Told] = {}
    for told in story.told:
        if told.id is not None:
            firsts.setdefault(told.id, told)
    return firsts


def _applied(cases: Entries) -> Counter[str]:
    return Counter(entry[1] for entries in cases.values() for entry in entries if entry[0] == "m")


def _dies(told: Told) -> bool:
    """Whether it can have no effect whatever is tried."""
    return "refuse" in told.words or "bad" in told.words


def _effects(story: Story, cases: Entries, server: Server, *, rested: bool) -> Iterator[str]:
    """Each message has one effect and one line in the inbox, or neither and is a dead letter."""
    applied = _applied(cases)
    noted = Counter(row["id"] for row in server.rows(real.queries.inbox))
    for event_id, told in _firsts(story).items():
        times = applied[told.message_id]
        if times > 1:
            yield f"twice: {told.message_id} had {times} effects"
        if noted[event_id] != min(times, 1):
            yield f"inbox: {told.message_id} had {times} effects, {noted[event_id]} lines"
        if _dies(told) and times:
            yield f"effect: {told.message_id} was to be refused"
        if rested and not times and not _dies(told):
            yield f"lost: {told.message_id} of {told.key} had no effect"
    for row in server.rows(real.queries.outbox_twice):
        yield f"twice: event {row['id']} was decided {row['times']} times"


def _order(story: Story, cases: Entries, server: Server) -> Iterator[str]:
    """The order of effects is that of the log, but for what was given up and came back."""
    gone = {row["event_id"] for row in server.rows(real.queries.dead)}
    for topic in TOPICS:
        wanted: dict[str, list[str]] = defaultdict(list)
        for event_id, told in _firsts(story).items():
            if told.place.topic == topic and event_id not in gone:
                wanted[told.key].append(told.message_id)
        for key, numbers in wanted.items():
            mine = set(numbers)
            was = [entry[1] for entry in cases.get(key, []) if entry[0] == "m"]
            was = [number for number in dict.fromkeys(was) if number in mine]
            if was != [number for number in numbers if number in set(was)]:
                yield f"order: {key} on {topic} had {was}, told {numbers}"


def _published(broker: Broker, server: Server, *, rested: bool) -> Iterator[str]:
    """Kafka has what the outbox has, and first sees it in the same order per key."""
    decided: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    for row in server.rows(real.queries.outbox):
        decided[row["topic"], row["key"]].append(row["id"])
    seen: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    for record in _records(broker):
        seen[record.topic, (record.key or b"").decode()].append(_id_of(record))
    for place in sorted({*decided, *seen}):
        first = list(dict.fromkeys(seen[place]))
        missing = [one for one in decided[place] if one not in set(first)]
        if rested and missing:
            yield f"unpublished: {len(missing)} events of {place} never came to Kafka"
        if unknown := [one for one in first if one not in set(decided[place])]:
            yield f"undecided: {len(unknown)} events of {place} are not in the outbox"
        elif first != [one for one in decided[place] if one in set(first)]:
            yield f"published order: {place} in another order than decided"


def _records(broker: Broker) -> Iterator[Record]:
    for place in sorted(broker.logs):
        if place.topic not in TOPICS:
            yield from broker.logs[place]


def _id_of(record: Record) -> UUID:
    return read_event(record.value or b"").id


def _timers(cases: Entries, *, rested: bool) -> Iterator[str]:
    """What was armed rang once, when it was due or later, unless it was disarmed or moved."""
    for key, entries in sorted(cases.items()):
        armed: dict[str, str] = {}
        for entry in entries:
            if entry[0] == "arm":
                armed[entry[1]] = entry[2]
            elif entry[0] == "off":
                armed.pop(entry[1], None)
            elif entry[0] == "ring":
                _, name, due_at, now = entry
                if armed.pop(name, None) != due_at:
                    yield f"timer: {name} of {key} rang for {due_at} without being armed"
                if datetime.fromisoformat(now) < datetime.fromisoformat(due_at):
                    yield f"early: {name} of {key} rang at {now}, due at {due_at}"
        if rested and armed:
            yield f"timer: {sorted(armed)} of {key} never rang"


def _letters(story: Story, server: Server) -> Iterator[str]:
    """Dead letters are exactly what cannot be read, is refused, or fails for good."""
    firsts = _firsts(story)
    wanted: Counter[tuple[str, str]] = Counter()
    for event_id, told in firsts.items():
        if "refuse" in told.words:
            wanted[str(event_id), "refused"] = 1
        if "bad" in told.words:
            wanted[str(event_id), "refused_by_database"] = 1
        if "poison" in told.words:
            wanted[str(event_id), "rule_failed"] = 1
    wanted += _strange(story.told, firsts)
    found = Counter((str(row["event_id"]), row["reason"]) for row in server.rows(real.queries.dead))
    if found != wanted:
        yield f"dead letters: too many {dict(found - wanted)}, missing {dict(wanted - found)}"
    for row in server.rows(real.queries.dead):
        if row["reason"] == "rule_failed" and row["tries"] != real.MAX_TRIES:
            yield f"tries: {row['event_id']} was given up after {row['tries']}"


def _strange(told: Sequence[Told], firsts: dict[UUID, Told]) -> Counter[tuple[str, str]]:
    """Records that nobody can read, and ids with other content: each record is a letter."""
    strange: Counter[tuple[str, str]] = Counter()
    for one in told:
        if one.id is None:
            strange["None", "not_object"] += 1
        elif one.value != firsts[one.id].value:
            strange[str(one.id), "id_reused"] += 1
    return strange
