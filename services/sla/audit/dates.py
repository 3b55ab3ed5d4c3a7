"""Clocks with a date that somebody set: the platform's own, and promises. They run by the wall from
when the date was set. Called by `knowledge`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from services.sla.audit.count import Count
from services.sla.audit.story import Generation, Json, Life, Story, instant
from services.sla.audit.terms import Terms

KEEPERS = {"agent_replied", "solution_offered", "call_made", "resolved"}


def dated(story: Story, terms: Terms) -> Iterator[Count]:
    """Platform clocks, one a life, then promises, each numbered in the order of its first telling:
    what is told of late has the last number."""
    lives = []
    for life in story.lives:
        told = [each for at, each in _set(story, "platform_deadline") if _within(life, at)]
        if told:
            lives.append((life, told))
    lives.sort(key=lambda pair: min(_telling(each) for each in pair[1]))
    for number, (life, told) in enumerate(lives, start=1):
        last = _last(story, life)
        met_at = None if last.ending == "merged" else life.ended_at
        anchor_at = max(instant(told[0]["at"]), story.lives[0].began_at)
        yield _count(terms, "platform", number, last, anchor_at, told[-1], met_at)
    number = 0
    for at, promise in sorted(_set(story, "promise_made"), key=lambda pair: _telling(pair[1])):
        within = [life for life in story.lives if _within(life, at)]
        if within:
            number += 1
            met_at = _kept_at(story, within[-1], at)
            yield _count(terms, "promise", number, _last(story, within[-1]), at, promise, met_at)


def _set(story: Story, what: str) -> Sequence[tuple[datetime, Json]]:
    return [(at, each) for at, each in story.happened if each["what"] == what]


def _telling(each: Json) -> tuple[datetime, str]:
    """When it was told of; of one moment by its event."""
    return instant(each["told_at"]), each["source"]


def _within(life: Life, at: datetime) -> bool:
    """Both ends belong to it."""
    return life.began_at <= at and (life.ended_at is None or at <= life.ended_at)


def _last(story: Story, life: Life) -> Generation:
    """What the ticket was at the end of that life, or is."""
    return [each for each in story.generations if each.life is life][-1]


def _kept_at(story: Story, life: Life, made_at: datetime) -> datetime | None:
    """The next thing that a person does for the customer."""
    for at, each in story.happened:
        if at > made_at and _within(life, at) and each["what"] in KEEPERS and _is_human(each):
            return at
    return None


def _is_human(each: Json) -> bool:
    """A call and a resolution are; of an offer nobody may have said."""
    if each["what"] == "agent_replied":
        return each.get("human") is True
    return each["what"] != "solution_offered" or each.get("human") is not False


def _count(
    terms: Terms,
    clock: str,
    number: int,
    last: Generation,
    anchor_at: datetime,
    setting: Json,
    met_at: datetime | None,
) -> Count:
    due_at = instant(setting["due_at"])
    generation = replace(last, number=number, anchor_at=anchor_at)
    return Count(
        term=terms.dated(clock, due_at - anchor_at),
        generation=generation,
        stretches=[(anchor_at, None, False)],
        met_at=met_at,
        due_at=due_at,
        date=f"@{due_at.isoformat()}",
    )
