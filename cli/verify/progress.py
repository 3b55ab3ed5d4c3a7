"""I8, I9 and I10: how far each desk has come, on Kafka's side and in its own database."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from cli.verify.facts import Facts
from cli.verify.log_facts import Place, shown
from cli.verify.report import Findings, Verdict
from cli.verify.store_facts import Store
from runtime.polls import group_of
from schemas.topics import LANES


def steady(facts: Facts) -> Verdict:
    """I8: progress covers all that was applied, and never runs ahead of the log."""
    found = Findings("I8", "progress per partition never falls")
    for service, store in facts.stores.items():
        ends = _applied_ends(store)
        for (desk, topic, part), next_pos in store.progress.items():
            name = f"{service}.{desk} {topic}/{part}"
            end = facts.log(topic).ends.get(part, 0)
            if next_pos > end:
                found.offend("ahead of the log", f"{name}: {next_pos} > {end}")
            reached = ends.pop((desk, topic, part), 0)
            if next_pos < reached:
                found.offend("fell behind what was applied", f"{name}: {next_pos} < {reached}")
            found.count("partitions")
        for (desk, topic, part), reached in ends.items():
            if topic in facts.logs:
                found.offend("no progress row", f"{service}.{desk} {topic}/{part} at {reached}")
    return found.verdict()


def _applied_ends(store: Store) -> dict[tuple[str, str, int], int]:
    """The offset after the last message that a desk did anything with, by partition."""
    ends: dict[tuple[str, str, int], int] = {}
    for desk, topic, applied in store.lanes():
        last: dict[int, int] = {}
        for part, pos in zip(applied.parts, applied.offsets, strict=True):
            if pos > last.get(part, -1):
                last[part] = pos
        ends |= {(desk, topic, part): pos + 1 for part, pos in last.items()}
    for desk, topic, part, pos in _waiting(store):
        if pos >= ends.get((desk, topic, part), 0):
            ends[desk, topic, part] = pos + 1
    return ends


def _waiting(store: Store) -> Iterator[tuple[str, str, int, int]]:
    for held in store.parked:
        yield held.desk, held.topic, held.part, held.pos
    for dead in store.dead:
        yield dead.desk, dead.topic, dead.part, dead.pos


def bookmarked(facts: Facts) -> Verdict:
    """I9: no group has committed an offset that its database has not applied."""
    found = Findings("I9", "committed offset ≤ what the database has applied")
    for service, store in facts.stores.items():
        for desk, lane in product(store.desks, LANES):
            group = group_of(service, desk, lane)
            for (topic, part), offset in facts.committed.get(group, {}).items():
                applied = store.progress.get((desk, topic, part), 0)
                if offset > applied:
                    found.offend(f"{group} committed", f"{topic}/{part}: {offset} > {applied}")
                found.count("offsets")
    return found.verdict()


def drained(facts: Facts) -> Verdict:
    """I10: nothing is left to apply, to publish or to try again."""
    found = Findings("I10", "after drain: lag 0, outbox 0, parked 0")
    for service, store in facts.stores.items():
        for (desk, topic, part), left in _lags(store, facts):
            found.offend("lag", f"{service}.{desk} {topic}/{part}: {left}")
            found.count("lag", left)
        unpublished = store.outbox.unpublished
        if unpublished:
            found.offend("unpublished events", f"{service}: {unpublished}")
        found.count("unpublished", unpublished)
        for each in store.parked:
            if not facts.is_planted(shown(each.id), Place(each.topic, each.part, each.pos)):
                found.offend("parked", f"{service}.{each.desk} {shown(each.id)}")
        found.count("parked", len(store.parked))
    for delivery in facts.notifier.deliveries if facts.notifier else ():
        if delivery.waits:
            found.count("waiting for a person's pace")
        elif delivery.open and not delivery.young:
            found.offend("still to be sent or asked about", delivery.id)
    return found.verdict()


def _lags(store: Store, facts: Facts) -> Iterator[tuple[tuple[str, str, int], int]]:
    """Partitions with records that a desk has not come to, and how many."""
    for desk in store.desks:
        for topic in store.topics_of(desk):
            for part, end in facts.log(topic).settled.items():
                left = end - store.progress.get((desk, topic, part), 0)
                if left > 0:
                    yield (desk, topic, part), left
