"""The desk that is simulated: each case keeps what happened to it, in order.

The words of a message say what its rule does: `arm:<timer>:<s>`, `off:<timer>`, `urgent`,
`fail:<times>`, `load:<times>`, `poison`, `refuse`, `bad`. A timer's name ends in how often its
rule fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from runtime.case import Desk, Message, Rule
from runtime.database import Tx
from schemas.envelope import Envelope, Payload
from schemas.rules import Decision, RefusedError, TimerFired
from schemas.tickets import AgentReplied, CustomerMessageReceived
from schemas.values import Lane
from tests.support.probe import Tally, load, save

NAME = "diary"


class ToldToFailError(Exception):
    """What a rule with a defect would raise."""


@dataclass
class Moods:
    """How often what failed; shared by all processes, as the defects of one program are."""

    failed: Counter[str] = field(default_factory=Counter)
    healed: bool = False
    """Poison is harmless from now on."""

    def fail(self, what: str, times: int) -> None:
        """Fail as often as this, all in all."""
        if self.failed[what] < times:
            self.failed[what] += 1
            raise ToldToFailError(what)


def words_of(text: str) -> dict[str, list[str]]:
    """Word by word: what comes after its colons."""
    return {word.split(":")[0]: word.split(":")[1:] for word in text.split()}


def on_message(
    case: Tally | None, event: Envelope[CustomerMessageReceived], moods: Moods, now: datetime
) -> Decision[Tally]:
    """Note the message, do what it says, answer it."""
    data = event.data
    words = words_of(data.text)
    if "refuse" in words:
        raise RefusedError("refused", "told to refuse")
    if "poison" in words and not moods.healed:
        moods.fail(data.message_id, 1_000_000)
    if "fail" in words:
        moods.fail(data.message_id, int(words["fail"][0]))
    tally = case or Tally(data.ticket_id)
    seen = [*tally.seen, "\x00" if "bad" in words else f"m|{data.message_id}"]
    timers: dict[str, datetime | None] = {}
    if "arm" in words:
        name, wait_s = words["arm"]
        timers[name] = now + timedelta(seconds=float(wait_s))
        seen.append(f"arm|{name}|{timers[name]}")
    if "off" in words:
        timers[words["off"][0]] = None
        seen.append(f"off|{words['off'][0]}")
    if "urgent" in words and "urgent" not in seen:
        seen.append("urgent")
    reply = _reply(data.ticket_id, f"re-{data.message_id}", now)
    return Decision(replace(tally, seen=tuple(seen)), (reply,), timers, lane=_lane(seen))


def on_timer(
    case: Tally | None, event: Envelope[TimerFired], moods: Moods, now: datetime
) -> Decision[Tally]:
    """Note that it rang."""
    assert case is not None
    name, due_at = event.data.name, event.data.due_at
    moods.fail(f"{case.key}/{name}/{due_at}", int(name[-1]))
    seen = (*case.seen, f"ring|{name}|{due_at}|{now}")
    reply = _reply(case.key, f"ring-{name}-{due_at.timestamp():.6f}", now)
    return Decision(replace(case, seen=seen), (reply,), lane=_lane(seen))


def _reply(key: str, number: str, now: datetime) -> AgentReplied:
    return AgentReplied(ticket_id=key, message_id=number, agent_id="bot", human=False, sent_at=now)


def _lane(seen: Sequence[str]) -> Lane:
    return "urgent" if "urgent" in seen else "routine"


def desk(moods: Moods) -> Desk[Tally]:
    """The desk of one process."""
    rules: dict[type[Payload], Rule] = {CustomerMessageReceived: on_message, TimerFired: on_timer}

    async def load_or_fail(
        tx: Tx, keys: Sequence[str], messages: Sequence[Message]
    ) -> dict[str, Tally]:
        for message in messages:
            words = words_of(getattr(message.event.data, "text", ""))
            if "load" in words:
                moods.fail(f"load/{message.id}", int(words["load"][0]))
        return await load(tx, keys, messages)

    return Desk(name=NAME, rules=rules, load=load_or_fail, save=save, policy=moods)


def case_entries(case: Any) -> list[list[str]]:
    """The entries of a stored case, each in its parts."""
    return [entry.split("|") for entry in case["seen"]]
