"""Makes the databases' snapshot the cut: events that were decided after it are left out.

Called by `collect` once everything is read. Only young events can be such: an old record without
an outbox row is an offence, not news.
"""

from __future__ import annotations

from cli.verify.facts import Facts
from cli.verify.log_facts import Id, shown
from schemas.topics import TOPICS

PASSED_ON_BY = "intake"
"""Who else publishes on `orders` besides the order systems."""


def leave_out_later(facts: Facts) -> None:
    """Forget what our services published after the snapshot, and its stories.

    What was planted on purpose stays where it is, but tells no story.
    """
    silent = _planted(facts)
    for topic in TOPICS:
        owner = PASSED_ON_BY if topic.owner == "upstream" else topic.owner
        store, log = facts.stores.get(owner), facts.logs.get(topic.name)
        if store is None or log is None or not log.young:
            continue
        decided = set(store.outbox.ids)
        for event_id in log.young - decided:
            if log.sources[log.row_of[event_id]] == f"aftercare/{owner}":
                log.forget(event_id)
                silent.add(event_id)
    if not silent:
        return
    stories = facts.stories
    stories.tickets = [each for each in stories.tickets if each.id not in silent]
    stories.clocks = [each for each in stories.clocks if each.id not in silent]
    stories.notifications = [each for each in stories.notifications if each.id not in silent]
    stories.triaged = [each for each in stories.triaged if each.id not in silent]
    stories.resolved = [each for each in stories.resolved if each.id not in silent]
    stories.archived = [each for each in stories.archived if each.id not in silent]


def _planted(facts: Facts) -> set[Id]:
    if not facts.planted:
        return set()
    return {
        event_id
        for log in facts.logs.values()
        for event_id in log.row_of
        if facts.is_planted(shown(event_id), log.place(event_id))
    }
