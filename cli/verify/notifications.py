"""I14 and I15: what providers really got, against what we told and what we knew.

A provider knows an SMS by our id of the notification, or by the reference that stands for it in
the id of a request for several; a robot's message only by its text: each notification in it is
named by a reference.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from cli.verify.facts import Facts
from cli.verify.log_facts import id_of
from cli.verify.report import Findings, Verdict
from cli.verify.stories import NotificationEvent
from devstack.standins.records import SendRecord, without_phones

NO_RECORD = "the stand-in providers left no record"
CALL_TASK = "call_task"
"""Carried out by people: nothing goes to a provider."""
UNCLEAR = frozenset({"status_500"})
"""Faults that take nothing but leave the sender without knowing that."""
_REFERENCE = re.compile(r"#[0-9a-f*]{12}")
SMS = "aliyun_sms"
REFERENCE_LENGTH = 8


def names_of(record: SendRecord) -> Iterator[str]:
    """What stands for each notification in a message: our id in an SMS, references in a text."""
    if record.provider == SMS:
        yield _of_sms(record)
    else:
        yield from dict.fromkeys(_REFERENCE.findall(record.text))


def name_of(notification: str, provider: str) -> str:
    """The same for a notification that goes through that provider.

    The record masks what looks like a phone number, also inside a reference.
    """
    if provider == SMS:
        return _reference(notification) or notification
    return without_phones(f"#{UUID(notification).hex[:12]}")


def _of_sms(record: SendRecord) -> str:
    whole = _reference(record.out_id)
    start = record.place * REFERENCE_LENGTH
    return whole or record.out_id[start : start + REFERENCE_LENGTH] or record.out_id


def _shown(record: SendRecord, name: str) -> str:
    """A notification as it is looked for: its whole id where the request has it."""
    return record.out_id if record.provider == SMS and _reference(record.out_id) else name


def _reference(out_id: str) -> str:
    """The first 48 bits of an id, as they stand for it; empty if it is no whole id."""
    try:
        start = id_of(out_id)[:6]
    except ValueError:
        return ""
    return urlsafe_b64encode(start).decode()


def sent_once(facts: Facts) -> Verdict:
    """I14: told as accepted = accepted by a provider, exactly once, under one id."""
    found = Findings(
        "I14", "exactly one accepted send per (ticket, rule, recipient, step), one id on every try"
    )
    _one_id(facts, found)
    if facts.sends is None:
        return found.not_applicable(NO_RECORD)
    taken = _taken(facts)
    accepted = Counter(name for name, _ in taken)
    told = _told_accepted(facts)
    for event in told.values():
        found.count("told accepted")
        if event.provider != CALL_TASK:
            times = accepted[name_of(event.notification, event.provider)]
            if times != 1:
                found.offend(f"accepted {times} times", event.notification)
    settled = Counter(name for name, at_s in taken if at_s < facts.settled_s)
    _never_silent(facts, settled, told, found)
    found.count("accepted sends", accepted.total())
    return found.verdict()


def _taken(facts: Facts) -> list[tuple[str, float]]:
    """Each notification that a provider accepted, as often as it did, and when (wall time)."""
    return [
        (name, record.at.timestamp())
        for record in facts.sends or ()
        if record.accepted and record.kind == "send"
        for name in names_of(record)
    ]


def _one_id(facts: Facts, found: Findings) -> None:
    """A notification has one id, and an id stands for one notification."""
    ids: dict[tuple[str, str, str, int], set[str]] = {}
    things: dict[str, set[tuple[str, str, str, int]]] = {}
    for event in facts.stories.notifications:
        thing = (event.about, event.rule, event.recipient, event.step)
        ids.setdefault(thing, set()).add(event.notification)
        things.setdefault(event.notification, set()).add(thing)
    for thing, names in ids.items():
        if len(names) > 1:
            found.offend(f"{len(names)} ids for one notification", "/".join(map(str, thing)))
    found.offend_all("one id for several", (n for n, several in things.items() if len(several) > 1))


def _told_accepted(facts: Facts) -> dict[str, NotificationEvent]:
    return {
        event.notification: event
        for event in facts.stories.notifications
        if event.kind == "NotificationAccepted"
    }


def _never_silent(
    facts: Facts, taken: Counter[str], told: dict[str, NotificationEvent], found: Findings
) -> None:
    """What a provider took was told as accepted, or as a try without a verdict."""
    known: dict[str, str] = {}
    for event in facts.stories.notifications:
        known[name_of(event.notification, event.provider)] = event.notification
    waiting: set[str] = set()
    for delivery in facts.notifier.deliveries if facts.notifier else ():
        if delivery.open:
            waiting.add(name_of(delivery.id, delivery.provider))
    for name, times in taken.items():
        if name in waiting:
            continue
        notification = known.get(name)
        if notification is None:
            found.offend("accepted and never told", name or "without an id")
        elif notification not in told:
            found.count("accepted, told as without verdict", times)
            if times > 1:
                found.offend(f"accepted {times} times", notification)


def never_blind(facts: Facts) -> Verdict:
    """I15: after an unclear outcome comes a question to the provider, never the same again."""
    found = Findings("I15", "after a crash or an unknown outcome: ask, never a blind re-send")
    if facts.sends is None:
        return found.not_applicable(NO_RECORD)
    last: dict[str, tuple[int, SendRecord]] = {}
    asked: dict[str, int] = {}
    for number, record in enumerate(facts.sends):
        if record.kind == "ask":
            found.count("asked")
            asked[record.recipient_hash] = number
            continue
        found.count("sends")
        for name in names_of(record):
            if name in last:
                found.count("sent again")
                since, before = last[name]
                if not _rejected(before) and asked.get(before.recipient_hash, -1) < since:
                    found.offend(f"sent again blindly to {record.provider}", _shown(record, name))
            last[name] = number, record
    return found.verdict()


def _rejected(record: SendRecord) -> bool:
    """Whether the provider said clearly that it did not take the message."""
    return not record.accepted and record.fault not in UNCLEAR
