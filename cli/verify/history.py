"""I28: the history check. What was acknowledged is there, once, and in the order in which it was
acknowledged, in the manner of Jepsen's queue tests.

Order is judged by the load generator's clock against the database's: what was acknowledged before
something else was applied has to come before it. That holds however much was under way at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cli.verify.facts import Facts
from cli.verify.log_facts import Id, shown
from cli.verify.report import Findings, Verdict
from runtime.clock import derived_id, named_id
from schemas.topics import in_all_lanes, lane_of, routine_of
from simulator.journal import Sent

HTTP = "http"
CLOCKS_AGREE_WITHIN_S = 0.1
RESOLUTION, TICKETS = "resolution", "tickets"
SEVERAL = "keys with several operations"
DECISIONS = "decisions applied"
Position = tuple[bool, int, int]
"""Whether in the urgent lane (a key may rise, but never falls), partition, offset."""
EVENTS = "events"
REFS = {
    "messages": ("CustomerMessageReceived", "message_id"),
    "replies": ("AgentReplied", "message_id"),
    "calls": ("CallMade", "call_id"),
}


@dataclass(slots=True)
class Operation:
    """An acknowledged request that had an effect: when, and where it stands."""

    name: str
    acknowledged_s: float
    applied_s: float
    position: Position
    answer: dict[str, Any]


@dataclass(slots=True)
class Books:
    """Commands that services applied: wall time of it, by service and id."""

    applied: dict[str, dict[Id, float]] = field(default_factory=dict)


def nothing_lost(facts: Facts) -> Verdict:
    """I28: lost 0, duplicate effect 0, reorder within a key 0."""
    found = Findings("I28", "history: lost 0, duplicate effect 0, reorder within a key 0")
    if facts.journal is None:
        return found.not_applicable("no journal of the load")
    books = _books(facts)
    positions = _positions(facts)
    lanes: dict[tuple[str, str], dict[Id, Operation]] = {}
    for sent in facts.journal:
        if sent.via == "kafka":
            _kept(sent, facts, found)
            continue
        service = RESOLUTION if sent.what == RESOLUTION else "intake"
        if service not in facts.stores:
            continue
        command = next((i for i in _commands(sent) if i in books.applied[service]), None)
        if sent.result == "refused" and command is not None and sent.what != EVENTS:
            found.offend("refused and yet applied", f"{sent.what} {sent.id}")
        if sent.result != "acknowledged":
            continue
        found.count(f"acknowledged {sent.what}")
        if command is None:
            found.offend("acknowledged and lost", f"{sent.what} {sent.id}")
            continue
        _remember(sent, command, books.applied[service][command], positions, lanes, found)
    _effects_once(facts, found)
    _decided_once(facts, found)
    found.count(DECISIONS, len(books.applied.get(RESOLUTION, ())))
    for (_, about), operations in lanes.items():
        _in_order(about, list(operations.values()), found)
    return found.verdict()


def _books(facts: Facts) -> Books:
    books = Books()
    for service, store in facts.stores.items():
        mine = books.applied.setdefault(service, {})
        for _, topic, applied in store.lanes():
            if topic == HTTP:
                mine.update(zip(applied.ids, applied.wall_s, strict=True))
    return books


def _commands(sent: Sent) -> Iterator[Id]:
    """Ids under which a service may have applied a request (runtime.edge, intake.cloudevents)."""
    if sent.what != EVENTS:
        service = RESOLUTION if sent.what == RESOLUTION else "intake"
        request = named_id("request", service, sent.shop, sent.id)
        place = sent.sent.get("place")
        yield (request if place is None else derived_id(request, f"item/{place}")).bytes
        return
    source, number = str(sent.sent.get("source", "")), str(sent.sent.get("event_id", ""))
    yield named_id("plain-event", sent.shop, source, number).bytes
    yield named_id("event", sent.shop, f"upstream/{source.replace('_', '-')}", number).bytes


def _positions(facts: Facts) -> dict[Id, tuple[str, Position]]:
    """Topic and place of the first event that each command led to."""
    found: dict[Id, tuple[str, Position]] = {}
    for topic in in_all_lanes(("tickets", "orders", RESOLUTION)):
        urgent = lane_of(topic) == "urgent"
        log = facts.log(topic)
        for row, cause in enumerate(log.causes):
            if cause is not None and log.sources[row].startswith("aftercare/"):
                place = (urgent, log.parts[row], log.offsets[row])
                earlier = found.get(cause)
                if earlier is None or place < earlier[1]:
                    found[cause] = routine_of(topic), place
    return found


def _remember(
    sent: Sent,
    command: Id,
    applied_s: float,
    positions: dict[Id, tuple[str, Position]],
    lanes: dict[tuple[str, str], dict[Id, Operation]],
    found: Findings,
) -> None:
    """Put an operation into the lane of its topic and key; of its repeats the first counts."""
    acknowledged_s = sent.at.timestamp()
    if applied_s > acknowledged_s + CLOCKS_AGREE_WITHIN_S:
        found.offend("acknowledged before it was applied", f"{sent.what} {sent.id}")
    placed = positions.get(command)
    if placed is None:
        return  # it changed nothing, or its event is lost: I3 and I6 tell
    about = str(sent.answer.get("ticket_id") or sent.about)
    lane = lanes.setdefault((placed[0], f"{sent.shop}/{about}"), {})
    if command not in lane:
        name = f"{sent.what} {sent.id}"
        lane[command] = Operation(name, acknowledged_s, applied_s, placed[1], sent.answer)
    elif sent.what not in (TICKETS, EVENTS) and sent.answer != lane[command].answer:
        found.offend("answered otherwise when it came again", f"{sent.what} {sent.id}")


def _in_order(about: str, operations: list[Operation], found: Findings) -> None:
    """Nothing stands behind something that was applied only after it was acknowledged."""
    found.count("keys")
    if len(operations) > 1:
        found.count(SEVERAL)
    operations.sort(key=lambda operation: operation.position, reverse=True)
    earliest: Operation | None = None
    for operation in operations:
        if earliest is not None and _before(earliest, operation):
            found.offend(f"{earliest.name} stands behind {operation.name}", about)
        if earliest is None or operation.acknowledged_s < earliest.acknowledged_s:
            earliest = operation


def _before(one: Operation, other: Operation) -> bool:
    return one.acknowledged_s + CLOCKS_AGREE_WITHIN_S < other.applied_s


def _effects_once(facts: Facts, found: Findings) -> None:
    """By their own ids: each message, reply and call that was acknowledged is one event."""
    told = Counter((e.shop, e.kind, e.ticket, e.ref) for e in facts.stories.tickets)
    asked = {
        (sent.shop, kind, sent.about, str(sent.sent[ref]))
        for sent in facts.journal or ()
        if sent.result == "acknowledged" and sent.via == HTTP and sent.what in REFS
        for kind, ref in (REFS[sent.what],)
        if ref in sent.sent
    }
    for each in asked:
        if told[each] != 1:
            found.offend(f"{told[each]} events instead of one", f"{each[1]} {each[2]} {each[3]}")
    found.count("effects", len(asked))


def _decided_once(facts: Facts, found: Findings) -> None:
    """Each decision that was acknowledged is one event: money is told to be paid once."""
    told = Counter((each.ticket, each.resolved_at) for each in facts.stories.resolved)
    asked = {
        (sent.about, datetime.fromisoformat(str(sent.answer["resolved_at"])))
        for sent in facts.journal or ()
        if sent.result == "acknowledged" and sent.via == HTTP and sent.what == RESOLUTION
        if "resolved_at" in sent.answer
    }
    for each in asked:
        if told[each] != 1:
            found.offend(f"{told[each]} events instead of one", f"Resolved {each[0]}")


def _kept(sent: Sent, facts: Facts, found: Findings) -> None:
    """A record that the broker acknowledged is where it said."""
    if sent.result != "acknowledged":
        return
    found.count("acknowledged records")
    try:
        topic, part, pos = (sent.answer[name] for name in ("topic", "partition", "offset"))
        event_id = Id.fromhex(sent.id.replace("-", ""))
    except (KeyError, ValueError):
        found.offend("acknowledged without a place", sent.id)
        return
    log = facts.log(topic)
    if log.gone(part, pos):
        return
    if event_id not in log.row_of:
        found.offend("acknowledged record lost", shown(event_id))
    elif all((place.part, place.pos) != (part, pos) for place in log.places(event_id)):
        found.offend("acknowledged record not at its place", f"{topic}/{part}/{pos}")
