"""Folds the messages of a batch over their cases by the desk's rules. Pure; called by `batch`.

A rule that raises costs only its own key: what the key already did in this batch stays, the
failing message is reported, and later messages of the key wait behind it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from runtime.case import HTTP, Desk, Draft, Failure, Folded, Message, TimerChange
from runtime.clock import derived_id
from runtime.parking import BEHIND
from runtime.sampling import Lately, blame, promote_by
from schemas.envelope import Payload
from schemas.rules import Decision, RefusedError, TimerFired
from schemas.topics import lane_topic
from schemas.values import Lane

MAX_EVENT_BYTES = 900_000
_quoted = json.encoder.encode_basestring
"""A JSON string, characters beyond ASCII as they are."""


class EventTooLargeError(ValueError):
    """A rule made an event that no topic would take."""


class Folding:
    """A batch being folded: `take` its messages, in one go or in slices; `folded` is the outcome.

    `source` names the publisher in new events, `automatic` marks them as made by a machine,
    `blocked` are keys whose earlier messages are still parked, `broken` maps messages that fail
    without asking the rule to the reason, `lately` says how many were recorded for the same.
    """

    def __init__(
        self,
        desk: Desk[Any],
        source: str,
        automatic: bool,
        cases: Mapping[str, Any],
        blocked: frozenset[str],
        now: datetime,
        broken: Mapping[UUID, str],
        lately: Lately,
    ) -> None:
        self._desk = desk
        self._source = source
        self._automatic = automatic
        self._current = dict(cases)
        self._held = set(blocked)
        self._now = now
        self._broken = broken
        self._lately = lately
        self.folded = Folded()

    def take(self, messages: Sequence[Message]) -> None:
        """Apply each message in order to the case of its key."""
        folded, held = self.folded, self._held
        for message in messages:
            if message.key in held:
                blame(message, BEHIND)
                folded.behind.append(message)
                continue
            if _overtaken(message, folded):
                continue
            failure = self._apply(message)
            if failure is not None:
                if not (failure.final and message.topic == HTTP):  # a 4xx is an answer
                    blame(message, failure.reason)
                folded.failures.append(failure)
                if not failure.final:
                    held.add(message.key)

    def _apply(self, message: Message) -> Failure | None:
        """Let the rule decide one message; whatever it raises becomes a Failure."""
        desk, now = self._desk, self._now
        if message.id in self._broken:
            return Failure(message, "refused_by_database", self._broken[message.id])
        try:
            decision = _decide(desk, self._current.get(message.key), message, now)
            promote_by(message, decision, self._lately)
            drafts = _drafts(decision, desk.name, self._source, self._automatic, message, now)
            if decision.answer is not None:
                json.dumps(decision.answer)  # what can't be stored must fail at its own message
        except RefusedError as refusal:
            return Failure(message, refusal.code, refusal.text, final=True, error=refusal)
        except Exception as error:  # noqa: BLE001  whatever a rule raises costs its key only
            return Failure(message, "rule_failed", _place(error), error=error)
        if decision.case is not None:
            self._current[message.key] = self.folded.cases[message.key] = decision.case
        _note(self.folded, message, decision, drafts)
        return None


def _overtaken(message: Message, folded: Folded) -> bool:
    """A timer that an earlier message of this batch moved or disarmed does not fire."""
    if not folded.timers:
        return False
    told = message.event.data
    return isinstance(told, TimerFired) and (message.key, told.name) in folded.timers


def _decide(desk: Desk[Any], case: Any, message: Message, now: datetime) -> Decision[Any]:
    rule = desk.rules.get(type(message.event.data))
    if rule is None:
        return Decision(case=None)
    return rule(case, message.event, desk.policy, now)


def _drafts(
    decision: Decision[Any],
    desk: str,
    source: str,
    automatic: bool,
    message: Message,
    now: datetime,
) -> list[Draft]:
    drafts = []
    for number, payload in enumerate(decision.events):
        event_id = derived_id(message.id, f"{source}/{desk}/{number}/{type(payload).__name__}")
        drafts.append(
            draft(
                payload,
                event_id=event_id,
                source=source,
                shop_id=message.event.shopid,
                correlation=message.event.correlationid,
                cause=message.id,
                at=now,
                automatic=automatic,
                traceparent=message.traceparent,
                lane=decision.lane,
            )
        )
    return drafts


def draft(
    payload: Payload,
    *,
    event_id: UUID,
    source: str,
    shop_id: str,
    correlation: UUID,
    cause: UUID | None,
    at: datetime,
    automatic: bool,
    traceparent: str | None,
    lane: Lane = "routine",
) -> Draft:
    """Wrap a payload in its envelope and write it. Raises EventTooLargeError."""
    kind = type(payload)
    envelope = Wrapped(
        id=event_id,
        source=source,
        type=kind.type_name(),
        time=at,
        subject=payload.subject,
        shopid=shop_id,
        correlationid=correlation,
        causationid=cause,
        schemaversion=kind.VERSION,
        autoorigin=automatic,
        data=payload,
    )
    value = write(envelope)
    if len(value) > MAX_EVENT_BYTES:
        raise EventTooLargeError(f"{kind.__name__} has {len(value)} bytes")
    topic = lane_topic(kind.TOPIC, lane)
    return Draft(event_id, topic, envelope.subject, envelope.type, value, traceparent)


class Wrapped(NamedTuple):
    """What goes into an envelope. To build the model itself would cost more than to write it."""

    id: UUID
    source: str
    type: str
    time: datetime
    subject: str
    shopid: str
    correlationid: UUID
    causationid: UUID | None
    schemaversion: int
    autoorigin: bool
    data: Payload


def write(envelope: Wrapped) -> bytes:
    """The envelope's JSON; the payload's own type decides its fields."""
    cause = envelope.causationid
    head = (
        f'{{"specversion": "1.0", "id": "{envelope.id}", "source": {_quoted(envelope.source)}, '
        f'"type": {_quoted(envelope.type)}, "time": "{_instant(envelope.time)}", '
        f'"subject": {_quoted(envelope.subject)}, "datacontenttype": "application/json", '
        f'"shopid": {_quoted(envelope.shopid)}, "correlationid": "{envelope.correlationid}", '
        f'"schemaversion": {envelope.schemaversion}, '
        f'"autoorigin": {"true" if envelope.autoorigin else "false"}, '
    )
    if cause is not None:
        head += f'"causationid": "{cause}", '
    payload = envelope.data
    data = payload.__pydantic_serializer__.to_json(payload, exclude_none=True)
    return b'%s"data": %s}' % (head.encode(), data)


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _note(folded: Folded, message: Message, decision: Decision[Any], drafts: list[Draft]) -> None:
    folded.applied.append(message)
    folded.answers[message.id] = decision.answer
    folded.counts[message.id] = len(drafts)
    folded.drafts.extend(drafts)
    for name, due_at in decision.timers.items():
        folded.timers[message.key, name] = TimerChange(
            message.key,
            name,
            due_at,
            message.event.shopid,
            message.event.correlationid,
            message.id,
            message.traceparent,
        )


def _place(error: Exception) -> str:
    """Type of an error and the line that raised it; never its text, which may quote data."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    name = trace.tb_frame.f_code.co_name
    return f"{type(error).__name__} in {name} line {trace.tb_lineno}"
