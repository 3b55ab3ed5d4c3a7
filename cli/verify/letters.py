"""I24: a dead letter that was asked back has its effect once, however often it was asked."""

from __future__ import annotations

from collections import Counter

from cli.verify.facts import Facts
from cli.verify.inbox import ID_REUSED
from cli.verify.log_facts import Id, shown
from cli.verify.report import Findings, Verdict
from cli.verify.store_facts import Store


def replayed_once(facts: Facts) -> Verdict:
    """I24: what was brought back was applied once, or waits in the line once; one letter each."""
    found = Findings("I24", "dead letters replayed twice = once")
    for service, store in facts.stores.items():
        letters = Counter(
            (each.desk, each.event_id) for each in store.dead if each.reason != ID_REUSED
        )
        for (desk, event_id), times in letters.items():
            if event_id is not None and times > 1:
                found.offend(f"{service}.{desk} has {times} letters for", shown(event_id))
        _brought_back(service, store, facts, found)
        found.count("letters", len(store.dead))
    return found.verdict()


def _brought_back(service: str, store: Store, facts: Facts, found: Findings) -> None:
    """What has left the log by its age may have left the inbox too."""
    back = {
        (each.desk, each.event_id)
        for each in store.dead
        if each.replayed and each.event_id is not None and each.reason != ID_REUSED
        if not facts.log(each.topic).gone(each.part, each.pos)
    }
    if not back:
        return
    times: Counter[tuple[str, Id]] = Counter()
    for desk, _, applied in store.lanes():
        times.update((desk, event_id) for event_id in applied.ids if (desk, event_id) in back)
    waiting = Counter((each.desk, each.id) for each in store.parked)
    for desk, event_id in sorted(back):
        name = f"{service}.{desk}"
        if times[desk, event_id] + waiting[desk, event_id] == 0:
            found.offend(f"{name} brought back and lost", shown(event_id))
        elif times[desk, event_id] + waiting[desk, event_id] > 1:
            found.offend(f"{name} applied more than once", shown(event_id))
    found.count("replayed", len(back))
