"""Folds the messages of a batch over their cases by the desk's rules. Pure; called by `batch`.

A rule that raises costs only its own key: what the key already did in this batch stays, the
failing message is reported, and later messages of the key wait behind it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from runtime.case import Desk, Draft, Failure, Folded, Message, TimerChange
from runtime.clock import derived_id
from schemas.envelope import Envelope, Payload
from schemas.rules import Decision, RefusedError, TimerFired

MAX_EVENT_BYTES = 900_000


class EventTooLargeError(ValueError):
    """A rule made an event that no topic would take."""


def fold(
    desk: Desk[Any],
    source: str,
    automatic: bool,
    messages: Sequence[Message],
    cases: Mapping[str, Any],
    blocked: frozenset[str],
    now: datetime,
    broken: Mapping[UUID, str],
) -> Folded:
    """Apply each message in order to the case of its key.

    `source` names the publisher in new events, `automatic` marks them as made by a machine,
    `blocked` are keys whose earlier messages are still parked, `broken` maps messages that fail
    without asking the rule to the reason.
    """
    folded = Folded()
    current = dict(cases)
    held = set(blocked)
    for message in messages:
        if message.key in held:
            folded.behind.append(message)
            continue
        if _overtaken(message, folded):
            continue
        failure = _apply(desk, source, automatic, message, current, broken, now, folded)
        if failure is not None:
            folded.failures.append(failure)
            if not failure.final:
                held.add(message.key)
    return folded


def _overtaken(message: Message, folded: Folded) -> bool:
    """A timer that an earlier message of this batch moved or disarmed does not fire."""
    told = message.event.data
    return isinstance(told, TimerFired) and (message.key, told.name) in folded.timers


def _apply(
    desk: Desk[Any],
    source: str,
    automatic: bool,
    message: Message,
    current: dict[str, Any],
    broken: Mapping[UUID, str],
    now: datetime,
    folded: Folded,
) -> Failure | None:
    """Let the rule decide one message; whatever it raises becomes a Failure."""
    if message.id in broken:
        return Failure(message, "refused_by_database", broken[message.id])
    try:
        decision = _decide(desk, current.get(message.key), message, now)
        drafts = _drafts(decision.events, desk.name, source, automatic, message, now)
        if decision.answer is not None:
            json.dumps(decision.answer)  # what can't be stored must fail here, at its own message
    except RefusedError as refusal:
        return Failure(message, refusal.code, refusal.text, final=True, error=refusal)
    except Exception as error:  # noqa: BLE001  whatever a rule raises costs its key only
        return Failure(message, "rule_failed", _place(error), error=error)
    if decision.case is not None:
        current[message.key] = folded.cases[message.key] = decision.case
    _note(folded, message, decision, drafts)
    return None


def _decide(desk: Desk[Any], case: Any, message: Message, now: datetime) -> Decision[Any]:
    rule = desk.rules.get(type(message.event.data))
    if rule is None:
        return Decision(case=None)
    return rule(case, message.event, desk.policy, now)


def _drafts(
    payloads: Sequence[Payload],
    desk: str,
    source: str,
    automatic: bool,
    message: Message,
    now: datetime,
) -> list[Draft]:
    drafts = []
    for number, payload in enumerate(payloads):
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
) -> Draft:
    """Wrap a payload in its envelope and write it. Raises EventTooLargeError."""
    kind = type(payload)
    envelope: Envelope[Any] = Envelope.model_construct(
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
    topic = kind.TOPIC
    return Draft(event_id, topic, envelope.subject, envelope.type, value, traceparent)


def write(envelope: Envelope[Any]) -> bytes:
    """JSON of an envelope built without validation; the payload's own type decides its fields."""
    head = envelope.__dict__ | {"specversion": "1.0", "datacontenttype": "application/json"}
    body = head.pop("data").model_dump_json(exclude_none=True)
    head["id"], head["correlationid"] = str(head["id"]), str(head["correlationid"])
    head["time"] = head["time"].isoformat().replace("+00:00", "Z")
    cause = head.pop("causationid")
    if cause is not None:
        head["causationid"] = str(cause)
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "data": {body}}}'.encode()


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
