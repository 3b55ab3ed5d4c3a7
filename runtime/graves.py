"""Makes dead records of messages that are given up. Pure; called by `batch`."""

from __future__ import annotations

from collections.abc import Sequence

from runtime.case import Failure, Message
from runtime.dead_letters import DeadRecord
from runtime.sampling import blame

ID_REUSED = "id_reused"


def of_reused(messages: Sequence[Message]) -> list[DeadRecord]:
    """Ids that came back with other content."""
    detail = "an earlier event with this id had other content"
    for message in messages:
        blame(message, ID_REUSED)
    return [grave(Failure(message, ID_REUSED, detail)) for message in messages]


def of_final(failures: Sequence[Failure]) -> list[DeadRecord]:
    """Failures that another try can not help."""
    return [grave(f) for f in failures if f.final]


def grave(failure: Failure) -> DeadRecord:
    """One failure as a dead record, with all the tries it had."""
    message = failure.message
    return DeadRecord(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        value=message.raw or message.event.to_json(),
        reason=failure.reason,
        detail=failure.detail,
        tries=message.tries + 1,
        event_id=message.id,
        traceparent=message.traceparent,
    )
